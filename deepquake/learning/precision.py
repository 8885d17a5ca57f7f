"""Training in half precision: which one the machine computes well, and gradients that survive it.

Weights, moments and checkpoints stay float32, as do preparing the windows, the logits and the
loss; what is computed in between is not. Micikevicius et al., Mixed Precision Training, ICLR 2018.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deepquake.learning.tensorflow import tf

BFLOAT16_CAPABILITY = 8  # NVIDIA's compute capability from which on GPUs compute in bfloat16
# Gradients below 6e-8 are 0 in float16. Adam does not mind a power of two; 1024 leaves room
# upwards too, as the gradients are those of a mean over the batch.
FLOAT16_SCALE = 1024.0


@contextmanager
def computing_in(policy: str) -> Iterator[None]:
    """Let the layers built in this context compute in a Keras precision policy."""
    before = tf.keras.config.dtype_policy()
    tf.keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        tf.keras.config.set_dtype_policy(before)


def policy_of(mixed_precision: bool) -> str:
    """Return Keras' name of the precision: float32, or half precision as this machine has it.

    That is bfloat16, whose range is that of float32; float16 where there are GPUs without it.
    """
    if not mixed_precision:
        return "float32"
    for gpu in tf.config.list_physical_devices("GPU"):
        capability = tf.config.experimental.get_device_details(gpu).get("compute_capability")
        if capability is not None and capability[0] < BFLOAT16_CAPABILITY:
            return "mixed_float16"
    return "mixed_bfloat16"


def gradients_of(tape: Any, loss: Any, model: Any) -> list[Any]:
    """Return the gradients of a loss by the trainable weights of a model.

    For float16 the loss is scaled while they are computed. One that overflows all the same counts
    as 0, in this step.
    """
    weights = [weight.value for weight in model.trainable_weights]
    if model.compute_dtype != "float16":
        return tape.gradient(loss, weights)
    with tape:
        scaled = loss * FLOAT16_SCALE
    gradients = [gradient / FLOAT16_SCALE for gradient in tape.gradient(scaled, weights)]
    return [tf.where(tf.math.is_finite(g), g, tf.zeros_like(g)) for g in gradients]
