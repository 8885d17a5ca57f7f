"""The configuration: its keys, their types and defaults, and where each value came from.

``config_default.ini`` is the only place where a default stands; the comment above a key there
is also the help text of the command-line option of that name.
"""

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from deepquake.core.errors import DeepQuakeError

DEFAULT_PATH = Path(__file__).resolve().parents[2] / "config_default.ini"


@dataclass(frozen=True)
class Config:
    """The values a run uses. Meaning and unit of each key: the comments of config_default.ini."""

    debug: bool
    workers: int
    dask_address: str
    random_seed: int
    plot: bool
    plot_windows: bool
    sampling_rate: float
    component_Z: bool
    component_N: bool
    component_E: bool
    sensor_order: str
    allow_upsampling: bool
    filter_highpass: float
    filter_lowpass: float
    normalization: str
    stations_path: str
    elevation_positive: str
    velocity_model_path: str
    mean_velocity: float
    use_estimated_p: bool
    estimated_p_uncertainty: float
    window_avoid_unpicked: float
    noise_without_event: bool
    window_size: float
    window_stride: float
    window_stride_negatives: float
    pwave_window: float
    window_avoid_negatives_before: float
    window_avoid_negatives_after: float
    save_windows: bool
    save_sac: bool
    mseed_dir: str
    mseed_event_dir: str
    mseed_noise_dir: str
    png_dir: str
    png_event_dir: str
    png_noise_dir: str
    test_fraction: float
    split_by: str
    random_placements: int
    balance: bool
    model: str
    n_clusters: int
    num_conv_layers: int
    ksize: int
    conv_stride: int
    pooling: bool
    pooling_window: int
    pooling_stride: int
    num_fc_layers: int
    fc_size: int
    batch_norm: bool
    learning_rate: float
    learning_rate_decay: str
    weight_average: float
    weight_decay: float
    mixed_precision: bool
    batch_size: int
    display_step: int
    checkpoint_step: int
    max_checkpoint_step: int
    resume: bool
    validation_fraction: float
    augment_noise_std: float
    augment_mix_noise: float
    augment_snr_min: float
    augment_snr_max: float
    augment_polarity: float
    augment_amplitude: float
    augment_dead_component: float
    augment_stretch: float
    window_step_predict: float
    max_windows: int
    detection_threshold: float
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def components(self) -> str:
        """The components in use, in the order of the rows of a window: some of 'ZNE'."""
        return "".join(c for c in "ZNE" if getattr(self, f"component_{c}"))

    @property
    def win_size(self) -> int:
        """Samples in a window: both ends count, so 10 s at 100 Hz are 1001."""
        return round(self.window_size * self.sampling_rate) + 1


KEYS: dict[str, type] = {f.name: f.type for f in fields(Config) if f.name != "sources"}  # type: ignore[misc]

CHOICES = {
    "normalization": ("max", "std", "none"),
    "elevation_positive": ("up", "down"),
    "split_by": ("event", "window"),
    "model": ("ConvNetQuake", "ConvNetQuake2"),
    "learning_rate_decay": ("cosine", "none"),
}
POSITIVE = {
    *("sampling_rate", "mean_velocity", "window_size", "window_stride", "window_step_predict"),
    *("num_conv_layers", "ksize", "conv_stride", "pooling_window", "pooling_stride"),
    *("num_fc_layers", "fc_size", "learning_rate", "batch_size", "display_step"),
    *("checkpoint_step", "max_checkpoint_step"),
}
SHARES = {
    *("test_fraction", "validation_fraction", "detection_threshold", "weight_average"),
    *("augment_mix_noise", "augment_polarity", "augment_dead_component"),
}
DIRECTORIES = (
    *("mseed_dir", "mseed_event_dir", "mseed_noise_dir"),
    *("png_dir", "png_event_dir", "png_noise_dir"),
)
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def parse_value(key: str, text: str) -> Any:
    """Return ``text`` as the type of ``key``.

    Raises ValueError, saying what the key takes, when the text is no such value.
    """
    text, kind = text.strip(), KEYS[key]
    if kind is bool:
        if text.lower() not in TRUE + FALSE:
            raise ValueError("takes true or false (1 or 0 on the command line)")
        return text.lower() in TRUE
    try:
        value = kind(text)
    except ValueError:
        wanted = {int: "a whole number", float: "a number"}[kind]
        raise ValueError(f"takes {wanted}") from None
    if kind is float and not -1e12 < value < 1e12:
        raise ValueError("takes a finite number")
    if key in CHOICES and value not in CHOICES[key]:
        raise ValueError(f"takes one of {', '.join(CHOICES[key])}")
    if key in POSITIVE and not value > 0:
        raise ValueError("takes a number above 0")
    if key in SHARES and not 0 <= value <= 1:
        raise ValueError("takes a number from 0 to 1")
    if kind in (int, float) and value < 0:
        raise ValueError("takes a number of 0 or more")
    if key == "batch_size" and value < 2:
        raise ValueError("takes 2 or more: half of the windows are noise")
    if key == "n_clusters" and value < 2:
        raise ValueError("takes 2 or more: noise and at least one source region")
    return value


def read_ini(path: Path) -> dict[str, Any]:
    """Return the keys and values of one .ini file.

    Raises DeepQuakeError, naming file, line and key, for a file that is missing or malformed, an
    unknown key, a key given twice or a value of the wrong type.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows put a mark in front
    except FileNotFoundError:
        raise DeepQuakeError(f"{path}: no such configuration file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DeepQuakeError(f"{path}: cannot be read as a configuration file: {error}") from None
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text, str(path))
    except configparser.Error as error:
        message = " ".join(str(error).split())
        raise DeepQuakeError(f"{path}: is not a configuration file: {message}") from None
    values: dict[str, Any] = {}
    items = [item for section in parser.sections() for item in parser.items(section)]
    for key, value in items + list(parser.defaults().items()):
        place = f"{path}, line {_line_of(text, key)}"
        if key not in KEYS:
            raise DeepQuakeError(f"{place}: unknown key '{key}'{_similar(key)}")
        if key in values:
            raise DeepQuakeError(f"{place}: key '{key}' is given twice")
        try:
            values[key] = parse_value(key, value)
        except ValueError as error:
            raise DeepQuakeError(f"{place}: {key} {error}, not '{value}'") from None
    return values


def load(command_line: Mapping[str, Any], path: str | Path | None = None) -> Config:
    """Return the configuration: command line over the file at ``path`` over config_default.ini.

    ``command_line`` holds the keys given there, already of the right type. Raises DeepQuakeError
    as ``read_ini`` does, and where two values contradict each other.
    """
    values = read_ini(DEFAULT_PATH)
    missing = KEYS.keys() - values.keys()
    if missing:
        raise DeepQuakeError(f"{DEFAULT_PATH}: lacks the key '{min(missing)}'")
    sources = {}
    if path:
        given = read_ini(Path(path))
        values |= given
        sources |= dict.fromkeys(given, str(path))
    values |= command_line
    sources |= dict.fromkeys(command_line, "command line")
    config = Config(**values, sources=sources)
    _check(config)
    return config


def describe(config: Config, keys: list[str]) -> str:
    """Return the values of ``keys``, one a line, with the source of those that are no default."""
    width = max(map(len, keys))
    lines = []
    for key in keys:
        source = config.sources.get(key)
        value = getattr(config, key)
        shown = str(value).lower() if isinstance(value, bool) else value
        lines.append(f"  {key:<{width}} = {shown}" + (f"   ({source})" if source else ""))
    return "\n".join(lines)


def comments() -> dict[str, str]:
    """Return the comment above each key of config_default.ini: the help text of its option."""
    found, pending = {}, []
    for line in DEFAULT_PATH.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            pending.append(line.lstrip("# "))
            continue
        key = line.partition("=")[0].strip()
        if key in KEYS:
            found[key] = " ".join(pending)
        pending = []
    return found


def _check(config: Config) -> None:
    nyquist = config.sampling_rate / 2
    for key in ("filter_highpass", "filter_lowpass"):
        if getattr(config, key) >= nyquist:
            raise DeepQuakeError(
                f"{key} = {getattr(config, key)} Hz must be below half the sampling_rate "
                f"({nyquist} Hz)"
            )
    if config.filter_lowpass and config.filter_lowpass <= config.filter_highpass:
        raise DeepQuakeError(
            f"filter_lowpass = {config.filter_lowpass} Hz must be above "
            f"filter_highpass = {config.filter_highpass} Hz"
        )
    if config.pwave_window > config.window_size:
        raise DeepQuakeError(
            f"pwave_window = {config.pwave_window} s leaves no place for a P in a window of "
            f"window_size = {config.window_size} s"
        )
    names = [getattr(config, key) for key in DIRECTORIES]  # step 1 empties these folders
    for key, name in zip(DIRECTORIES, names, strict=True):
        if name in ("", ".", "..") or Path(name).name != name or names.count(name) > 1:
            raise DeepQuakeError(
                f"{key} = '{name}' must be a plain name, and another one than those of the other "
                "folders below prep_data_dir"
            )
    if not config.components:
        raise DeepQuakeError("no component is in use: set component_Z, component_N or component_E")


def _line_of(text: str, key: str) -> int:
    lines = text.splitlines()
    return next(
        (n for n, s in enumerate(lines, 1) if s.split("=")[0].split(":")[0].strip() == key), 0
    )


def _similar(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, KEYS, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
