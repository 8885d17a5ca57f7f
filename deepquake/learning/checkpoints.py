"""The checkpoint folder: weights, what is needed to go on exactly, and model.json.

``model.json`` says what the network is and names the file of its newest weights. That file is
complete before model.json names it, so that a run killed at any moment leaves a folder that can be
used. No pickle: arrays only.
"""

import hashlib
import json
import platform
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, whole_file, write_json
from deepquake.core.settings import Settings
from deepquake.learning.spec import ModelSpec, as_json, check_given, from_json

if TYPE_CHECKING:
    from deepquake.learning.tensorflow import tf

MODEL_JSON = "model.json"
# There while a run starts over and has written no checkpoint: model.json is still an older run's.
STARTED_OVER = ".started_over"
WEIGHTS_PATTERN = "weights-*.npz"

# the groups of arrays in a checkpoint
INFERENCE = "inference"  # the weights that steps 5 and 6 use (model.weights, in its order)
LEARNING = "training"  # those that training goes on from
OPTIMIZER = "optimizer"

Groups = dict[str, list[np.ndarray]]


def save_checkpoint(folder: Path, spec: ModelSpec, *, step: int, groups: Groups) -> None:
    """Write a checkpoint and make it the newest; older ones, but the last, are removed.

    Parameters
    ----------
    folder : Path
        Where to write.
    spec : ModelSpec
        The network.
    step : int
        How many steps it has been trained.
    groups : dict of str to list of array
        Those of ``INFERENCE`` and, to be able to go on, the other two.
    """
    described = as_json(spec)
    # a digest of the specification keeps apart the runs that follow one another in one folder
    digest = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:8]
    name = f"weights-{step:08d}-{digest}.npz"
    arrays: dict[str, Any] = {
        f"{group}/{i:03d}": array for group, some in groups.items() for i, array in enumerate(some)
    }
    with whole_file(folder / name) as temporary:
        np.savez(temporary, **arrays)
    # a reader that has just read model.json still finds the weights it names
    keep = {name, _newest_weights(folder)}
    head = {**described, "step": step, "weights": name, "versions": _versions()}
    write_json(folder / MODEL_JSON, head)
    (folder / STARTED_OVER).unlink(missing_ok=True)
    for old in sorted(folder.glob(WEIGHTS_PATTERN)):
        if old.name not in keep:
            old.unlink()


def start_over(folder: Path) -> None:
    """Note that the checkpoint in a folder, if any, is not of the run that begins now."""
    if (folder / MODEL_JSON).is_file():
        (folder / STARTED_OVER).touch()


def can_resume(folder: Path) -> bool:
    """Tell whether a folder holds a checkpoint of the run that was started there last."""
    return (folder / MODEL_JSON).is_file() and not (folder / STARTED_OVER).exists()


def read_model_json(folder: Path) -> tuple[ModelSpec, int, str]:
    """Return the network of a checkpoint folder, the step reached and the name of its weights.

    Raises DeepQuakeError, naming the file, where there is none or it is damaged.
    """
    path = folder / MODEL_JSON
    if not path.is_file():
        raise DeepQuakeError(f"{folder}: holds no checkpoint (no {MODEL_JSON}); step 4 writes one")
    head = read_json(path)
    spec = from_json(head, path)
    step, name = head.get("step"), head.get("weights")
    if type(step) is not int or not isinstance(name, str) or Path(name).name != name:
        raise DeepQuakeError(f"{path}: step or weights cannot be {step!r}, {name!r}")
    return spec, step, name


def read_checkpoint(folder: Path) -> tuple[ModelSpec, int, Groups]:
    """Return the newest checkpoint: what the network is, the step reached, the arrays by group.

    Raises DeepQuakeError, naming the file, where there is none or it is damaged.
    """
    spec, step, name = read_model_json(folder)
    weights = folder / name
    groups: Groups = {}
    try:
        with np.load(weights, allow_pickle=False) as arrays:
            for key in sorted(arrays.files):
                groups.setdefault(key.split("/")[0], []).append(arrays[key])
    except FileNotFoundError:
        raise DeepQuakeError(
            f"{weights}: no such file, but {folder / MODEL_JSON} names it"
        ) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DeepQuakeError(f"{weights}: damaged checkpoint: {error}") from None
    return spec, step, groups


def load_checkpoint(
    folder: Path, settings: Settings | None = None
) -> tuple["tf.keras.Model", ModelSpec, int]:
    """Return the trained network of a checkpoint folder.

    Parameters
    ----------
    folder : Path
        The folder.
    settings : Settings, optional
        Those of the run, to be checked against the network.

    Returns
    -------
    tuple of keras.Model, ModelSpec and int
        The network, its specification and the step reached.

    Raises
    ------
    DeepQuakeError
        Where there is none, it is damaged, or a value given on the command line or in a
        configuration file contradicts it.
    """
    from deepquake.learning.networks import build

    spec, step, groups = read_checkpoint(folder)
    if settings is not None:
        check_given(spec, folder / MODEL_JSON, settings)
    model = build(spec)
    set_weights(model.weights, groups.get(INFERENCE, []), folder)
    return model, spec, step


def set_weights(variables: Sequence[Any], arrays: Sequence[np.ndarray], folder: Path) -> None:
    """Set the weights of a network.

    Parameters
    ----------
    variables : sequence of keras.Variable
        The weights.
    arrays : sequence of array
        Their values.
    folder : Path
        Where these are from.

    Raises
    ------
    DeepQuakeError
        Where the shapes are not the same.
    """
    if [tuple(v.shape) for v in variables] != [a.shape for a in arrays]:
        raise DeepQuakeError(
            f"{folder}: the weights do not fit the network that {MODEL_JSON} describes; "
            f"train it again"
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _newest_weights(folder: Path) -> str:
    try:
        return read_model_json(folder)[2]
    except DeepQuakeError:
        return ""


def _versions() -> dict[str, str]:
    from deepquake import __version__
    from deepquake.learning.tensorflow import tf

    return {
        "deepquake": __version__,
        "tensorflow": tf.__version__,
        "keras": tf.keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
