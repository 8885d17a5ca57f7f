"""What a trained network is, in plain values, and the checkpoint folder that says so.

``model.json`` holds all that a network's user must know, and names the file of its newest weights:
arrays only, no pickle. Nothing here loads TensorFlow.
"""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core.configuration import check_settings, parse_value, value_text
from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.files import read_json
from deepquake.core.settings import COMPONENTS, DECLARED, UNET, Settings, window_samples

MODEL_JSON = "model.json"
PRETRAINED = Path(__file__).parents[1] / "pretrained"
CALIBRATION_KEY = "calibration"  # in it: what the scores of the network mean
CALIBRATED_ON_KEY = "calibratedOn"  # and on what that was measured
# the groups of arrays in a checkpoint
INFERENCE = "inference"  # the weights that steps 5 and 6 use (model.weights, in its order)
LEARNING = "training"  # those that training goes on from
OPTIMIZER = "optimizer"

Groups = dict[str, list[np.ndarray]]


@dataclass(frozen=True)
class Signature:
    """What all windows of a data set share. None: the files do not say (ConvNetQuake's own)."""

    window_size: int  # samples
    n_traces: int
    components: str | None = None
    sampling_rate: float | None = None  # Hz
    filter_highpass: float | None = None  # Hz, 0 none
    filter_lowpass: float | None = None


@dataclass(frozen=True)
class ModelSpec:
    """A network, and the windows it takes. Each name is a setting's and means what it says."""

    model: str
    n_clusters: int
    class_names: tuple[str, ...]  # noise and the regions
    window_size: float  # s
    sampling_rate: float  # Hz
    components: str  # rows of a window, some of 'ZNE'
    filter_highpass: float  # Hz, 0 none
    filter_lowpass: float
    normalization: str
    num_conv_layers: int
    ksize: int
    conv_stride: int
    pooling: bool
    pooling_window: int
    pooling_stride: int
    num_fc_layers: int
    fc_size: int
    batch_norm: bool
    training_window: float  # s, of a UNet's excerpts
    phases: str  # P or P,S
    unet_levels: int
    unet_channels: int
    unet_ksize: int
    unet_stride: int
    unet_stem_stride: int
    random_seed: int

    @property
    def win_size(self) -> int:
        """Samples in a window."""
        return window_samples(self.window_size, self.sampling_rate)

    @property
    def signature(self) -> Signature:
        """What the windows of a data set must be like to train the network."""
        shared: dict[str, Any] = {key: getattr(self, key) for key in SIGNATURE_KEYS}
        size = self.win_size
        if self.model == UNET:
            size = window_samples(self.training_window, self.sampling_rate)
        return Signature(size, len(self.components), **shared)


SIGNATURE_KEYS = ("components", "sampling_rate", "filter_highpass", "filter_lowpass")
SPEC_KEYS = tuple(f.name for f in fields(ModelSpec) if f.name not in ("class_names", "components"))
CONVNETQUAKE2_KEYS = (
    *("num_conv_layers", "ksize", "conv_stride", "pooling", "pooling_window", "pooling_stride"),
    *("num_fc_layers", "fc_size"),
)
UNET_KEYS = (
    *("training_window", "phases", "unet_levels", "unet_channels", "unet_ksize", "unet_stride"),
    "unet_stem_stride",
)  # a model.json of before there was a UNet lacks them
UNUSED = {
    "ConvNetQuake": (*CONVNETQUAKE2_KEYS, *UNET_KEYS),
    "ConvNetQuake2": UNET_KEYS,
    UNET: (*CONVNETQUAKE2_KEYS, "normalization", "batch_norm"),
}


def spec_of(settings: Settings) -> ModelSpec:
    """Return the specification of the network that the settings ask for."""
    n_clusters = settings.network.n_clusters
    classes = [f"region {i}" for i in range(n_clusters - 1)] if n_clusters > 2 else ["event"]
    if settings.network.model == UNET:
        if n_clusters > 2:
            raise DeepQuakeError(
                f"n_clusters = {n_clusters}: a UNet tells no regions apart; set n_clusters = 2, "
                "and train a ConvNetQuake for the regions"
            )
        classes = settings.network.phases.split(",")
    return ModelSpec(
        components=settings.records.components,
        class_names=("noise", *classes),
        **{key: settings.value(key) for key in SPEC_KEYS},
    )


def with_spec(settings: Settings, spec: ModelSpec) -> Settings:
    """Return the settings with all that the network decides taken from it.

    Parameters
    ----------
    settings : Settings
        Those of the run.
    spec : ModelSpec
        The network that is used.

    Returns
    -------
    Settings
        A copy; the seed is the run's.
    """
    values = {key: getattr(spec, key) for key in SPEC_KEYS if key != "random_seed"}
    values |= {f"component_{c}": c in spec.components for c in COMPONENTS}
    return settings.changed(**values)


def check_signature(
    spec: ModelSpec, signature: Signature, path: Path, network: Path | None = None
) -> None:
    """Raise DeepQuakeError where windows are not what a network takes.

    What the files do not say (ConvNetQuake's say the shape only) is taken to be right.

    Parameters
    ----------
    spec : ModelSpec
        The network.
    signature : Signature
        The windows.
    path : Path
        Where they are.
    network : Path, optional
        The folder of the network; without it, it is still to be trained.
    """
    for name, ours in vars(spec.signature).items():
        theirs = getattr(signature, name)
        if theirs is None or theirs == ours:
            continue
        unit = " samples" if name == "window_size" else ""
        found = f"{path}: its windows have {name} = {theirs}{unit}, but"
        if network is None:
            advice = "give step 4 the settings of steps 2 and 3"
            raise DeepQuakeError(f"{found} {ours}{unit} is asked for; {advice}")
        raise DeepQuakeError(
            f"{found} the network of {network} takes {name} = {ours}{unit}; "
            "write the TFRecords with its settings"
        )


def check_given(spec: ModelSpec, settings: Settings, folder: Path) -> None:
    """Raise DeepQuakeError where a setting that the user gives contradicts a network.

    Parameters
    ----------
    spec : ModelSpec
        The network.
    settings : Settings
        Those of the run; what is default there does not count.
    folder : Path
        Where the network is.
    """
    decided = with_spec(settings, spec)
    for key, place in settings.given.items():
        saved, given = decided.value(key), settings.value(key)
        if saved != given and not _is_unused(key, spec):
            raise DeepQuakeError(
                f"{folder / MODEL_JSON}: the network was trained with {key} = "
                f"{value_text(saved)}, but {key} = {value_text(given)} is given ({place}); "
                "leave it out"
            )


def check_same(saved: ModelSpec, wanted: ModelSpec, folder: Path) -> None:
    """Raise DeepQuakeError where the network to go on with is not the one that is asked for.

    Parameters
    ----------
    saved, wanted : ModelSpec
        The two networks.
    folder : Path
        Where the first is.
    """
    for key, ours in asdict(saved).items():
        theirs = getattr(wanted, key)
        if ours != theirs and not _is_unused(key, saved):
            raise DeepQuakeError(
                f"{folder}: cannot go on from this checkpoint: its {key} is {value_text(ours)}, "
                f"but {value_text(theirs)} is asked for; give the first, or --resume 0 to start "
                "over"
            )


def check_layers(other: ModelSpec, wanted: ModelSpec, folder: Path) -> None:
    """Raise DeepQuakeError where the weights of one network do not fit another.

    Parameters
    ----------
    other, wanted : ModelSpec
        That of the weights, and the one they are for.
    folder : Path
        Where the first is.
    """
    fully_connected = ("window_size", "sampling_rate") if wanted.model != UNET else ()
    shared = ("model", "n_clusters", "phases", "components", "batch_norm", *fully_connected)
    for key in (*shared, *CONVNETQUAKE2_KEYS, *UNET_KEYS[2:]):
        theirs, ours = getattr(other, key), getattr(wanted, key)
        if theirs != ours and not _is_unused(key, wanted):
            raise DeepQuakeError(
                f"{folder}: its weights do not fit: its {key} is {value_text(theirs)}, but "
                f"{value_text(ours)} is asked for"
            )


def checkpoint_folder(folder: Path) -> Path:
    """Return a checkpoint folder; ``pretrained``, where there is none, is the one that comes along.

    Parameters
    ----------
    folder : Path
        As the user gives it.
    """
    is_ours = folder == Path(PRETRAINED.name) and not folder.exists() and PRETRAINED.is_dir()
    return PRETRAINED if is_ours else folder


def as_json(spec: ModelSpec) -> dict[str, Any]:
    """Return a specification as it stands in model.json."""
    return {**asdict(spec), "class_names": list(spec.class_names)}


def from_json(head: Any, path: Path) -> ModelSpec:
    """Return the specification that a model.json holds.

    Parameters
    ----------
    head : dict
        The content of the file.
    path : Path
        The file.

    Returns
    -------
    ModelSpec
        Its values.

    Raises
    ------
    DeepQuakeError
        Where one is missing, or such as no settings could have had.
    """
    try:
        later = {key: head[key] if key in head else DECLARED[key].default for key in UNET_KEYS}
        texts = {key: str(later[key] if key in later else head[key]) for key in SPEC_KEYS}
        components, class_names = str(head["components"]), tuple(map(str, head["class_names"]))
    except (KeyError, TypeError) as error:
        raise DeepQuakeError(f"{path}: not the model.json of a checkpoint: lacks {error}") from None
    values = {}
    for key, text in texts.items():
        try:
            values[key] = parse_value(key, text)
        except ValueError as error:
            raise DeepQuakeError(f"{path}: {key} {error}, not '{text}'") from None
    spec = ModelSpec(components=components, class_names=class_names, **values)
    if components != "".join(c for c in COMPONENTS if c in components):
        raise DeepQuakeError(f"{path}: components cannot be '{components}'")
    n_classes = len(spec.phases.split(",")) + 1 if spec.model == UNET else spec.n_clusters
    if len(class_names) != n_classes:
        found = f"{len(class_names)} class_names"
        raise DeepQuakeError(f"{path}: has {found}, but {n_classes} classes by its other values")
    try:
        # the default of pwave_window may be longer than the network's window
        check_settings(with_spec(Settings().changed(pwave_window=0.0), spec))
    except DeepQuakeError as error:
        raise DeepQuakeError(f"{path}: {error}") from None
    return spec


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


def attempt_of(folder: Path) -> int:
    """Return how often the run of a checkpoint folder was stuck and started again."""
    attempt = read_json(folder / MODEL_JSON).get("attempt", 0)
    if type(attempt) is not int or attempt < 0:
        raise DeepQuakeError(f"{folder / MODEL_JSON}: attempt cannot be {attempt!r}")
    return attempt


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
                group, array = key.split("/")[0], arrays[key]
                # a moment of Adam may be infinite, and is then without effect
                is_wrong = np.isnan(array) if group == OPTIMIZER else ~np.isfinite(array)
                if is_wrong.any():
                    raise ValueError(f"array {key} holds what is no number (NaN or infinite)")
                groups.setdefault(group, []).append(array)
    except FileNotFoundError:
        message = f"{weights}: no such file, but {folder / MODEL_JSON} names it"
        raise DeepQuakeError(message) from None
    except Exception as error:  # zipfile and NumPy raise anything on a damaged file
        raise DeepQuakeError(f"{weights}: damaged checkpoint: {short(error)}") from None
    return spec, step, groups


def _is_unused(key: str, spec: ModelSpec) -> bool:
    return key in UNUSED[spec.model]
