"""Keeping a training: weights, and what is needed to go on exactly, in the checkpoint folder.

The file of the weights is complete before model.json names it, so that a run killed at any moment
leaves a folder that can be used.
"""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, whole_file, write_json
from deepquake.learning.spec import (
    CALIBRATED_ON_KEY,
    CALIBRATION_KEY,
    INFERENCE,
    MODEL_JSON,
    ModelSpec,
    as_json,
    read_checkpoint,
    read_model_json,
)

# There while a run starts over: model.json, or the history beside it, is still an older run's.
STARTED_OVER = ".started_over"


def save_checkpoint(
    folder: Path,
    spec: ModelSpec,
    *,
    step: int,
    groups: Mapping[str, Sequence[Any]],
    attempt: int = 0,
) -> None:
    """Write a checkpoint and make it the newest; older ones, but the last, are removed.

    Parameters
    ----------
    folder : Path
        Where to write.
    spec : ModelSpec
        The network.
    step : int
        How many steps it has been trained.
    groups : mapping of str to sequence of keras.Variable or array
        Those of ``INFERENCE`` and, to be able to go on, the other two.
    attempt : int
        How often the run was stuck and started again.
    """
    import deepquake
    from deepquake.learning.tensorflow import tf

    described = as_json(spec)
    # a digest of the specification keeps apart the runs that follow one another in one folder
    digest = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:8]
    name = f"weights-{step:08d}-{digest}.npz"
    arrays: dict[str, Any] = {}
    for group, some in groups.items():
        arrays |= {f"{group}/{i:03d}": np.asarray(array) for i, array in enumerate(some)}
    with whole_file(folder / name) as temporary:
        np.savez(temporary, **arrays)
    keep = {name}
    with suppress(DeepQuakeError):
        # a reader that has just read model.json still finds the weights it names
        keep.add(read_model_json(folder)[2])
    packages = {"deepquake": deepquake, "tensorflow": tf, "keras": tf.keras, "numpy": np}
    versions = {name: package.__version__ for name, package in packages.items()}
    versions["python"] = platform.python_version()
    head = {**described, "step": step, "weights": name, "versions": versions}
    head |= {"attempt": attempt} if attempt else {}
    write_json(folder / MODEL_JSON, head)
    for old in sorted(folder.glob("weights-*.npz")):
        if old.name not in keep:
            old.unlink()


def add_calibration(
    folder: Path, values: Mapping[str, Any], measured_on: Mapping[str, str]
) -> None:
    """Add to the newest checkpoint what the scores of its network mean.

    Parameters
    ----------
    folder : Path
        Where it is.
    values : mapping
        By phase, as ``calibration_values`` returns them.
    measured_on : mapping of str to str
        By phase, on which windows or excerpts that was measured.
    """
    head = read_json(folder / MODEL_JSON)
    added = {CALIBRATION_KEY: values, CALIBRATED_ON_KEY: measured_on}
    write_json(folder / MODEL_JSON, {**head, **added})


def export_network(folder: Path, target: Path) -> int:
    """Write what steps 5 and 6 need of a trained network: its weights, and what it is.

    Parameters
    ----------
    folder : Path
        The checkpoint folder.
    target : Path
        The folder to write; a network that is there already is replaced.

    Returns
    -------
    int
        Bytes of both files.

    Raises
    ------
    DeepQuakeError
        Where there is no checkpoint, or it is damaged.
    """
    _, _, groups = read_checkpoint(folder)
    head = read_json(folder / MODEL_JSON)
    weights = target / head["weights"]
    arrays: dict[str, Any] = {
        f"{INFERENCE}/{i:03d}": _in_half_precision(array)
        for i, array in enumerate(groups.get(INFERENCE, []))
    }
    with whole_file(weights) as temporary:
        np.savez(temporary, **arrays)
    write_json(target / MODEL_JSON, head)
    for old in sorted(target.glob("weights-*.npz")):
        if old.name != weights.name:
            old.unlink()
    return weights.stat().st_size + (target / MODEL_JSON).stat().st_size


def _in_half_precision(array: np.ndarray) -> np.ndarray:
    """Return weights as float16, or as float32 where they are beyond the range of that."""
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.isfinite(half).all() else array.astype(np.float32)


def start_over(folder: Path) -> None:
    """Note that the checkpoint in a folder, if any, is not of the run that begins now."""
    if (folder / MODEL_JSON).is_file():
        (folder / STARTED_OVER).touch()


def end_starting_over(folder: Path) -> None:
    """Note that checkpoint and history in a folder are of the run at work: it can be resumed."""
    (folder / STARTED_OVER).unlink(missing_ok=True)


def can_resume(folder: Path) -> bool:
    """Tell whether a folder holds a checkpoint of the run that was started there last."""
    return (folder / MODEL_JSON).is_file() and not (folder / STARTED_OVER).exists()
