"""The commands of all steps for a data set, which work word for word."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from deepquake.catalog.events import is_s
from deepquake.core.configuration import COMMAND_LINE, UNET_SETTINGS
from deepquake.core.settings import DEFAULT_NAME, UNET
from deepquake.core.text import printable
from deepquake.earth.stations import find_stations_file
from deepquake.tools.check.comparison import Check, recorded_s
from deepquake.waveforms.channels import channel_map_beside
from deepquake.windows.labels import NEGATIVE, POSITIVE, count_kind

LARGE_HOURS = 500.0  # of station streams; from here on, window files and pictures cost too much
CONTINUOUS = Path("continuous", "mseed")  # the records to search, beside those to train with
# Settings that later steps take too: of a window, of the records, of stations and estimates.
OF_WINDOWS = "window_size", "sampling_rate"
OF_SEARCH = (
    *("stations_path", "elevation_positive", "elevation_unit", "mean_velocity", "sensor_order"),
    *("allow_upsampling", "min_pick_score", "use_estimated_p", "pwave_window"),
    *("window_avoid_negatives_before", "window_avoid_negatives_after", "window_avoid_unpicked"),
)


def next_commands(check: Check) -> list[list[str]]:
    """Return the commands of the steps, each as the lines of one shell command.

    All steps where there are events and noise to train with; else as far as they can be run, and
    a search with the network that comes along.
    """
    data = check.data
    out = Path("output", data.output_name)
    catalogue = out / "catalog.json"
    commands = []
    step0_done = list(data.catalogues.formats) == ["catalog.json"]
    if data.catalogue and step0_done and data.catalogue.is_file():
        catalogue = data.catalogue
    elif data.catalogue:
        given = [*_given(check, ["stations_path"]), *_own_settings(check)]
        step0 = f"python step0_metadata.py --input_path {_quoted(data.catalogue)}"
        commands.append([step0, f"--output_path {_quoted(catalogue)}", *given])
    if data.catalogue and data.waveforms:
        step1 = f"python step1_windows.py --raw_data_dir {_quoted(data.waveforms)}"
        prep = f"--prep_data_dir {_quoted(out / 'prep')}"
        commands.append([step1, f"--catalog_path {_quoted(catalogue)}", prep, *_options(check)])
    if can_train(check):
        commands += _training(check, out)
    if data.waveforms:
        commands.append(_search(check, out))
    return commands


def can_train(check: Check) -> bool:
    """Return whether there are events and noise to train with."""
    return all(count_kind(check.windows, kind) for kind in (POSITIVE, NEGATIVE))


def _training(check: Check, out: Path) -> list[list[str]]:
    """Return the commands of steps 2 to 5."""
    prep = f"--prep_data_dir {_quoted(out / 'prep')}"
    records = f"--tfrecords_dir {_quoted(out / 'tfrecords')}"
    network = f"--checkpoint_dir {_quoted(out / 'checkpoints')}"
    rest = [*_given(check, OF_WINDOWS), *_settings_files(check)]
    phases = ["--phases P"] * (trains_unet(check) and not _has_s(check))
    test = f"--tfrecords_dir {_quoted(out / 'tfrecords' / 'test')}"
    return [
        [f"python step2_tfrecords_pos.py {prep}", records, *rest],
        [f"python step3_tfrecords_neg.py {prep}", records, *rest],
        [f"python step4_train.py {records}", network, *rest, *phases],
        [
            f"python step5_eval_tfrecords.py {test}",
            f"{network} --output_dir {_quoted(out / 'eval')}",
        ],
    ]


def _search(check: Check, out: Path) -> list[str]:
    """Return the command of step 6, over records without a catalogue where there are some."""
    data = check.data
    network = str(out / "checkpoints") if can_train(check) else "pretrained"
    continuous = data.root / CONTINUOUS
    records = continuous if continuous.is_dir() else data.waveforms
    step6 = f"python step6_detect_mseed.py --stream_path {_quoted(records)}"
    folders = f"--checkpoint_dir {_quoted(network)} --output_dir {_quoted(out / 'detect')}"
    pattern = [_with("--pattern", data.pattern)] * (
        data.pattern != "*" and records == data.waveforms
    )
    given = [*_given(check, OF_SEARCH), *_own_settings(check)]
    return [step6, folders, *pattern, *_channel_map(check, records), *_model(check), *given]


def trains_unet(check: Check) -> bool:
    """Return whether the commands train a network that tells when P and S arrive."""
    return check.settings.network.model == UNET


def _has_s(check: Check) -> bool:
    return any(is_s(pick.phase) for event in check.events for pick in event.event.picks)


def _channel_map(check: Check, records: Path | None) -> list[str]:
    """Return the option that names the channel map, where a step doesn't find it by itself."""
    path = check.data.channel_map
    found = None if records is None else channel_map_beside(records)
    if path is None or (found is not None and found.resolve() == path.resolve()):
        return []
    return [f"--channel_map {_quoted(path)}"]


def _model(check: Check) -> list[str]:
    path = check.data.velocity_model
    return [] if path is None else [f"--velocity_model_path {_quoted(path)}"]


def _given(check: Check, keys: Sequence[str]) -> list[str]:
    """Return the options for those of some settings that were given on the command line."""
    given = check.settings.given.items()
    named = [key for key, source in given if source == COMMAND_LINE]
    return [_option(check, key) for key in named if key in keys]


def _settings_files(check: Check) -> list[str]:
    """Return the option that names the settings file; config_default.ini needs none."""
    files = set(check.settings.given.values()) - {COMMAND_LINE, DEFAULT_NAME}
    return [f"--config_file_path {_quoted(path)}" for path in sorted(files)]


def _own_settings(check: Check) -> list[str]:
    """Return the same for a step that trains nothing, and needs only a file of the user's."""
    ours = f"--config_file_path {_quoted(UNET_SETTINGS)}"
    return [option for option in _settings_files(check) if option != ours]


def _option(check: Check, key: str) -> str:
    value = check.settings.value(key)
    return _with(f"--{key}", int(value) if isinstance(value, bool) else value)


def _with(option: str, value: object) -> str:
    text = _quoted(value)
    return f"{option}{'=' if text.startswith('-') else ' '}{text}"  # what begins so is an option


def _options(check: Check) -> list[str]:
    """Return the options of step 1 that this data set needs, and those that were given here."""
    data, settings = check.data, check.settings
    options = []
    if data.pattern != "*":
        options.append(_with("--pattern", data.pattern))
    if data.stations_path and data.waveforms:
        found = find_stations_file(data.waveforms)
        if found is None or found.resolve() != data.stations_path.resolve():
            options.append(f"--stations_path {_quoted(data.stations_path)}")
    options += _channel_map(check, data.waveforms)
    options += [*_model(check), *_settings_files(check)]
    done: tuple[str, ...] = ("stations_path", "velocity_model_path", "channel_map")
    done = *done, "plot", "debug"
    if check.geometry.findings:  # records without an event may hold one
        done = *done, "noise_without_event"
    options += [
        _option(check, key)
        for key, source in settings.given.items()
        if source == COMMAND_LINE and key not in done
    ]
    if sum(map(recorded_s, data.recordings)) > LARGE_HOURS * 3600:
        options.append("--plot 0 --workers 0")
    return options


def _quoted(value: object) -> str:
    """Return a value as one word for the shell, which no program takes for an option."""
    text = f"./{value}" if isinstance(value, Path) and str(value).startswith("-") else str(value)
    if printable(text) == text:
        return shlex.quote(text)
    # what has no letter is written as bash reads it between $' and '
    plain = {ord(mark): f"\\{mark}" for mark in "\\'"}
    letters = (c if printable(c) == c else _as_bytes(c) for c in text.translate(plain))
    return f"$'{''.join(letters)}'"


def _as_bytes(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))
