"""The values of a run's settings: read from .ini files and the command line, checked, described.

The command line wins over the file of ``--config_file_path``, that over ``config_default.ini`` (a
copy of the declared defaults, which a user may edit or leave out), that over the defaults.
"""

import configparser
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from deepquake.core.errors import DeepQuakeError, at
from deepquake.core.files import decode_text, read_bytes
from deepquake.core.settings import DECLARED, DEFAULT_NAME, Settings
from deepquake.core.text import printable

DEFAULT_PATH = Path(__file__).resolve().parent.parent.parent / DEFAULT_NAME
UNET_SETTINGS = Path("experiments", "config_unet.ini")  # of a network for arrivals
COMMAND_LINE = "command line"
REMOVED = (  # old files may have them
    *("mseed_dir", "mseed_event_dir", "mseed_noise_dir"),
    *("png_dir", "png_event_dir", "png_noise_dir", "mixed_precision"),
)
BOOLEANS = configparser.ConfigParser.BOOLEAN_STATES  # 1, true, yes, on; 0, false, no, off


def parse_value(key: str, text: str) -> Any:
    """Return a text as the type of a setting.

    Parameters
    ----------
    key : str
        The setting.
    text : str
        Its value as it stands in a file or on the command line.

    Returns
    -------
    bool, int, float or str
        The value.

    Raises
    ------
    ValueError
        Where the text is not a value of this setting; says what the setting takes.
    """
    text, kind, limits = text.strip(), DECLARED[key].kind, DECLARED[key]
    if kind is bool:
        if text.lower() not in BOOLEANS:
            raise ValueError("takes true or false (1 or 0 on the command line)")
        return BOOLEANS[text.lower()]
    if kind is str:
        if not limits.choices:
            return text
        if (chosen := text.replace(" ", "")) not in limits.choices:
            raise ValueError(f"takes one of {', '.join(limits.choices)}")
        return chosen
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(f"takes {'a whole number' if kind is int else 'a number'}") from None
    if not -1e12 < value < 1e12:
        raise ValueError("takes a finite number")
    if limits.above is not None and value <= limits.above:
        raise ValueError(f"takes a number above {limits.above}")
    if limits.most is not None and not limits.least <= value <= limits.most:
        raise ValueError(f"takes a number from {limits.least} to {limits.most}")
    if value < limits.least:
        why = f"{limits.least} or more: {limits.meaning}"
        raise ValueError(f"takes {why if limits.least else 'a number of 0 or more'}")
    return value


def read_ini(path: Path) -> dict[str, Any]:
    """Return the keys and values of one .ini file.

    Raises DeepQuakeError, naming file, line and key, for a file that is missing or malformed, an
    unknown key, a key given twice or a value of the wrong type. Keys that there are no more are
    left out, and named on stderr.
    """
    if not path.exists():
        raise DeepQuakeError(f"{path}: no such configuration file")
    text = decode_text(read_bytes(path))
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text, str(path))
    except configparser.Error as error:
        message = " ".join(str(error).split())
        raise DeepQuakeError(f"{path}: is not a configuration file: {message}") from None
    values: dict[str, Any] = {}
    removed = []
    items = [item for section in parser.sections() for item in parser.items(section)]
    for key, value in items + list(parser.defaults().items()):
        place = at(path, _line_of(text, key))
        if key in REMOVED:
            removed.append(key)
        elif key not in DECLARED:
            raise DeepQuakeError(f"{place}: unknown key '{key}'{_similar(key)}")
        elif key in values:
            raise DeepQuakeError(f"{place}: key '{key}' is given twice")
        else:
            try:
                values[key] = parse_value(key, value)
            except ValueError as error:
                raise DeepQuakeError(f"{place}: {key} {error}, not '{value}'") from None
    if removed:
        _tell_removed(str(path), tuple(removed))
    return values


def load(
    given: Mapping[str, Any], path: str | Path | None = None, source: str = COMMAND_LINE
) -> Settings:
    """Return the settings: those given over a file over config_default.ini over the defaults.

    Parameters
    ----------
    given : mapping
        Keys and their values, already of the right type.
    path : str or Path, optional
        The .ini file given with ``--config_file_path``.
    source : str, optional
        Where the first are given, for messages.

    Returns
    -------
    Settings
        The values, with the sources of those that were given.

    Raises
    ------
    DeepQuakeError
        As ``read_ini`` does, and where two values contradict each other.
    """
    edited = read_ini(DEFAULT_PATH) if DEFAULT_PATH.is_file() else {}
    edited = {key: value for key, value in edited.items() if value != DECLARED[key].default}
    from_file = read_ini(Path(path)) if path else {}
    sources = dict.fromkeys(edited, DEFAULT_NAME) | dict.fromkeys(from_file, str(path))
    sources |= dict.fromkeys(given, source)
    settings = Settings(sources=sources).changed(**{**edited, **from_file, **given})
    check_settings(settings)
    return settings


def describe_settings(settings: Settings, keys: Iterable[str]) -> str:
    """Return the values of settings as text for the user.

    Parameters
    ----------
    settings : Settings
        The settings of the run.
    keys : iterable of str
        The settings that matter to it.

    Returns
    -------
    str
        Those that differ from the defaults, or all (``debug``), a line each, with their sources.
    """
    shown = [
        key for key in keys if settings.run.debug or settings.value(key) != DECLARED[key].default
    ]
    if not shown:
        return "settings: the defaults"
    width = max(map(len, shown))
    lines = ["settings:" if settings.run.debug else "settings that differ from the defaults:"]
    for key in shown:
        source = f"   ({settings.sources[key]})" if key in settings.sources else ""
        value = printable(value_text(settings.value(key)))
        lines.append(f"  {key:<{width}} = {value}{printable(source)}")
    return "\n".join(lines)


def value_text(value: Any) -> str:
    """Return the value of a setting as an .ini file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_settings(settings: Settings) -> None:
    """Raise DeepQuakeError where two settings contradict each other."""
    records, windows = settings.records, settings.windows
    low, high, nyquist = records.filter_lowpass, records.filter_highpass, records.sampling_rate / 2
    for key, corner in (("filter_highpass", high), ("filter_lowpass", low)):
        if corner >= nyquist:
            limit = f"half the sampling_rate ({nyquist} Hz)"
            raise DeepQuakeError(f"{key} = {corner} Hz must be below {limit}")
    if low and low <= high:
        raise DeepQuakeError(f"filter_lowpass = {low} Hz must be above filter_highpass = {high} Hz")
    if windows.pwave_window > windows.window_size:
        window = f"a window of window_size = {windows.window_size} s"
        pwave_s = windows.pwave_window
        raise DeepQuakeError(f"pwave_window = {pwave_s} s leaves no place for a P in {window}")
    if not records.components:
        raise DeepQuakeError("no component is in use: set component_Z, component_N or component_E")


@cache  # once a run, however often the file is read
def _tell_removed(path: str, keys: tuple[str, ...]) -> None:
    print(f"{path}: no longer has any effect: {', '.join(keys)}", file=sys.stderr)


def _line_of(text: str, key: str) -> int:
    keys = [line.partition("=")[0].partition(":")[0].strip() for line in text.splitlines()]
    return keys.index(key) + 1 if key in keys else 0


def _similar(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, DECLARED, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
