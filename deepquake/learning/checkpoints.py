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
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepquake.core import config as configuration
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, whole_file, write_json
from deepquake.learning.networks import CONVNETQUAKE2_KEYS, SPEC_KEYS, ModelSpec, build

if TYPE_CHECKING:
    from deepquake.learning.tensorflow import tf

MODEL_JSON = "model.json"
# There while a run starts over and has written no checkpoint: model.json is still an older run's.
STARTED_OVER = ".started_over"
WEIGHTS_PATTERN = "weights-*.npz"
KEPT = 2  # a reader that has just read model.json still finds the weights it names

# the groups of arrays in a checkpoint
INFERENCE = "inference"  # the weights that steps 5 and 6 use (model.weights, in its order)
TRAINING = "training"  # those that training goes on from
OPTIMIZER = "optimizer"

Groups = dict[str, list[np.ndarray]]


def save_checkpoint(folder: Path | str, spec: ModelSpec, step: int, groups: Groups) -> None:
    """Write a checkpoint and make it the newest one; older ones, but the last, are removed.

    ``groups`` holds the arrays of ``INFERENCE`` and, to be able to go on, the other two.
    """
    folder = Path(folder)
    described = _describe(spec)
    # a digest of the specification keeps apart the runs that follow one another in one folder
    digest = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:8]
    name = f"weights-{step:08d}-{digest}.npz"
    arrays = {f"{group}/{i:03d}": a for group, list_ in groups.items() for i, a in enumerate(list_)}
    with whole_file(folder / name) as temporary:
        np.savez(temporary, **arrays)
    previous = folder / MODEL_JSON
    keep = {name, _weights_named_by(previous)} if previous.is_file() else {name}
    head = {**described, "step": step, "weights": name, "versions": _versions()}
    write_json(folder / MODEL_JSON, head)
    (folder / STARTED_OVER).unlink(missing_ok=True)
    for old in sorted(folder.glob(WEIGHTS_PATTERN)):
        if old.name not in keep:
            old.unlink()


def start_over(folder: Path) -> None:
    """Note that the checkpoint in ``folder``, if any, is none of the run that begins now."""
    if (folder / MODEL_JSON).is_file():
        (folder / STARTED_OVER).touch()


def can_resume(folder: Path) -> bool:
    """Tell whether ``folder`` holds a checkpoint of the run that was started there last."""
    return (folder / MODEL_JSON).is_file() and not (folder / STARTED_OVER).exists()


def read_checkpoint(folder: Path | str) -> tuple[ModelSpec, int, Groups]:
    """Return the newest checkpoint: what the network is, the step reached, the arrays by group.

    Raises DeepQuakeError, naming the file, where there is none or it is damaged.
    """
    folder = Path(folder)
    path = folder / MODEL_JSON
    if not path.is_file():
        raise DeepQuakeError(f"{folder}: holds no checkpoint (no {MODEL_JSON}); step 4 writes one")
    spec, step, name = _parse(path)
    weights = folder / name
    groups: Groups = {}
    try:
        with np.load(weights, allow_pickle=False) as arrays:
            for key in sorted(arrays.files):
                groups.setdefault(key.split("/")[0], []).append(arrays[key])
    except FileNotFoundError:
        raise DeepQuakeError(f"{weights}: no such file, but {path} names it") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DeepQuakeError(f"{weights}: damaged checkpoint: {error}") from None
    return spec, step, groups


def load_checkpoint(
    folder: Path | str, config: Config | None = None
) -> tuple["tf.keras.Model", ModelSpec, int]:
    """Return the trained network of a checkpoint folder, its specification and the step reached.

    Raises DeepQuakeError where a value given on the command line or in a configuration file
    contradicts the checkpoint (``config`` says which were given), naming both values.
    """
    spec, step, groups = read_checkpoint(folder)
    if config is not None:
        check_against(Path(folder) / MODEL_JSON, spec, config)
    model = build(spec)
    set_weights(model.weights, groups.get(INFERENCE, []), folder)
    return model, spec, step


def set_weights(variables: Sequence[Any], arrays: Sequence[np.ndarray], folder: Path | str) -> None:
    """Assign ``arrays`` to ``variables``; DeepQuakeError where the shapes are not the same."""
    if [tuple(v.shape) for v in variables] != [a.shape for a in arrays]:
        raise DeepQuakeError(
            f"{folder}: the weights do not fit the network that {MODEL_JSON} describes; "
            f"train it again"
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def check_same(folder: Path | str, saved: ModelSpec, wanted: ModelSpec) -> None:
    """Raise DeepQuakeError where the network to go on with is not the one that is asked for."""
    for key, value in asdict(saved).items():
        other = getattr(wanted, key)
        if value != other and (saved.model != "ConvNetQuake" or key not in CONVNETQUAKE2_KEYS):
            raise DeepQuakeError(
                f"{folder}: cannot go on from this checkpoint: its {key} is {_show(value)}, but "
                f"{_show(other)} is asked for; give the first, or --resume 0 to start over"
            )


def check_against(path: Path, spec: ModelSpec, config: Config) -> None:
    found: dict[str, tuple[Any, Any]] = {
        key: (getattr(spec, key), getattr(config, key)) for key in SPEC_KEYS if key != "random_seed"
    }
    found |= {
        f"component_{c}": (c in spec.components, getattr(config, f"component_{c}")) for c in "ZNE"
    }
    if spec.model == "ConvNetQuake":
        found = {key: pair for key, pair in found.items() if key not in CONVNETQUAKE2_KEYS}
    for key, (saved, given) in found.items():
        if key in config.given and saved != given:
            raise DeepQuakeError(
                f"{path}: the network was trained with {key} = {_show(saved)}, but {key} = "
                f"{_show(given)} is given ({config.sources[key]}); leave it out"
            )


def _parse(path: Path) -> tuple[ModelSpec, int, str]:
    head = read_json(path)
    try:
        values = {f.name: head[f.name] for f in fields(ModelSpec)}
        step, name = head["step"], head["weights"]
    except (KeyError, TypeError) as error:
        raise DeepQuakeError(f"{path}: not the model.json of a checkpoint: lacks {error}") from None
    for f in fields(ModelSpec):
        kind = {"tuple[str, ...]": list}.get(str(f.type), f.type)
        if kind is float and type(values[f.name]) is int:
            values[f.name] = float(values[f.name])
        if type(values[f.name]) is not kind:
            raise DeepQuakeError(f"{path}: {f.name} cannot be {values[f.name]!r}")
    _check_values(path, values)
    if type(step) is not int or not isinstance(name, str) or Path(name).name != name:
        raise DeepQuakeError(f"{path}: step or weights cannot be {step!r}, {name!r}")
    values["class_names"] = tuple(map(str, values["class_names"]))
    return ModelSpec(**values), step, name


def _check_values(path: Path, values: dict[str, Any]) -> None:
    """Raise DeepQuakeError where no configuration could have had the values of a model.json."""
    components, names = values["components"], values["class_names"]
    if not components or components != "".join(c for c in "ZNE" if c in components):
        raise DeepQuakeError(f"{path}: components cannot be {components!r}")
    given: dict[str, Any] = {"pwave_window": 0.0}  # may be longer than the window by default
    for key in SPEC_KEYS:
        try:
            given[key] = configuration.parse_value(key, str(values[key]))
        except ValueError as error:
            raise DeepQuakeError(f"{path}: {key} {error}, not {values[key]!r}") from None
    if len(names) != values["n_clusters"]:
        raise DeepQuakeError(f"{path}: class_names are {len(names)}, not n_clusters")
    try:
        configuration.load(given)
    except DeepQuakeError as error:
        raise DeepQuakeError(f"{path}: {error}") from None


def _weights_named_by(path: Path) -> str:
    try:
        return _parse(path)[2]
    except DeepQuakeError:
        return ""


def _describe(spec: ModelSpec) -> dict[str, Any]:
    return {**asdict(spec), "class_names": list(spec.class_names)}


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


def _show(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value}"
