"""What to do next with a data set, after a look at it."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from deepquake.catalog.events import is_located
from deepquake.core.configuration import COMMAND_LINE
from deepquake.core.text import listing, number_of
from deepquake.earth.codes import why_no_pick
from deepquake.earth.stations import find_stations_file
from deepquake.tools.check.comparison import Check, recorded_s
from deepquake.waveforms.recording import spans_by_station
from deepquake.windows.grid import no_window_text
from deepquake.windows.labels import NEGATIVE, POSITIVE, count_kind

LARGE_HOURS = 500.0  # of station streams; from here on, window files and pictures cost too much


def what_next(check: Check) -> str:
    """Return the advice, and the commands of steps 0 and 1 (or 6) for this data set."""
    lines = [f"  - {line}" for line in advise(check)]
    lines += ["  " + " \\\n      ".join(command) for command in next_commands(check)]
    return "\n".join(["NEXT", *lines])


def advise(check: Check) -> Iterator[str]:
    """Yield what the user should know or decide before going on."""
    data, events, arrivals = check.data, check.events, check.settings.arrivals
    recordings, stations = data.recordings, data.stations
    if not recordings:
        yield "no waveforms: only step 0 can be run (--waveforms names a folder elsewhere)"
    if not events:
        yield (
            "no catalogue: there is nothing to train on; a network that is trained already can "
            "detect here (--catalog names a catalogue elsewhere)"
        )
    if events and recordings and not stations:
        yield (
            "no stations.csv: arrivals that nobody picked cannot be estimated. Where an event has "
            f"no pick, no noise is taken until {arrivals.window_avoid_unpicked:g} s after its "
            "origin"
        )
    below = sum(station.elevation_m < 0 for station in stations)
    if 2 * below > len(stations):
        yield (
            f"{below} of {len(stations)} stations would lie below sea level: if the column is a "
            "depth, say --elevation_positive down here and in step 1"
        )
    lacking = sum(station.place is None for station in check.stations)
    if stations and lacking:
        yield (
            f"{number_of(lacking, 'station')} of the waveforms not in {data.stations_path}: "
            "arrivals there cannot be estimated"
        )
    if len(data.read) > 1 and data.catalogue == data.root:
        names = sorted(str(path.relative_to(data.root)) for path in data.read)
        yield (
            f"{len(names)} catalogue files are read as one: {listing(names, 5)}. --catalog names "
            "the one to use, if they should not be"
        )
    unlocated = sum(not is_located(event.event) for event in events)
    if unlocated:
        yield (
            f"{unlocated} of {len(events)} events have no location: they belong to no source "
            "region (train with --n_clusters 2), and their arrivals cannot be estimated"
        )
    if data.velocity_model and events and recordings and not arrivals.velocity_model_path:
        yield "a velocity model was found: the command below uses it instead of mean_velocity"
    if events and recordings:
        yield from _on_windows(check)
    partial = sum(len(recording.channels) < 3 for recording in recordings)
    if partial:
        yield (
            f"{partial} of {len(recordings)} station streams lack a component: the default, "
            "the vertical alone, serves all that have Z"
        )


def _on_windows(check: Check) -> Iterator[str]:
    settings = check.settings
    if not check.windows:
        yield no_window_text(check.data.recordings, settings.windows.window_size)
        return
    events, noise = (count_kind(check.windows, kind) for kind in (POSITIVE, NEGATIVE))
    if 0 < noise < events / 10:
        yield (
            f"{noise} noise windows to {events} of events are too few to learn from: the records "
            "hold little but arrivals and the time around them. Lower "
            "--window_avoid_negatives_after, or add longer records and records without events"
        )
    if not any(event.n_recorded for event in check.events):
        estimated = "Arrivals can be estimated: --use_estimated_p 1 takes these as events"
        spans = spans_by_station(check.data.recordings)
        why = why_no_pick([event.event for event in check.events], spans)
        yield f"{why}. {estimated if check.kinds['estimated'] else 'There is nothing to train on'}"
    if not noise:
        yield (
            "no window is noise: the records are too short around their events. Lower "
            "--window_avoid_negatives_before or --window_avoid_negatives_after, or cut longer ones"
        )
    empty = check.kinds["none"]
    if empty and not settings.arrivals.noise_without_event:
        yield (
            f"{number_of(empty, 'station stream')} without an event: no noise is taken from there. "
            "If the catalogue is complete, add --noise_without_event 1"
        )


def next_commands(check: Check) -> list[list[str]]:
    """Return the commands to run next, each as the lines of one shell command."""
    data, commands = check.data, []
    out = Path("output", data.name)
    catalogue = out / "catalog.json"
    step0_done = list(data.catalogues.formats) == ["catalog.json"]
    if data.catalogue and step0_done and data.catalogue.is_file():
        catalogue = data.catalogue
    elif data.catalogue:
        step0 = f"python step0_metadata.py --input_path {_quoted(data.catalogue)}"
        commands.append([step0, f"--output_path {_quoted(catalogue)}"])
    if data.catalogue and data.waveforms:
        step1 = f"python step1_windows.py --raw_data_dir {_quoted(data.waveforms)}"
        size = f"--window_size {check.settings.windows.window_size:g}"
        prep = f"--prep_data_dir {_quoted(out / 'prep')} {size}"
        commands.append([step1, f"--catalog_path {_quoted(catalogue)}", prep, *_options(check)])
    elif data.waveforms:
        step6 = f"python step6_detect_mseed.py --stream_path {_quoted(data.waveforms)}"
        folders = f"--checkpoint_dir CHECKPOINT_DIR --output_dir {_quoted(out / 'detect')}"
        commands.append([step6, folders])
    return commands


def _options(check: Check) -> list[str]:
    """Return the options of step 1 that this data set needs, and those that were given here."""
    data, settings = check.data, check.settings
    options = []
    if data.pattern != "*":
        options.append(f"--pattern {_quoted(data.pattern)}")
    if data.stations_path and data.waveforms:
        found = find_stations_file(data.waveforms)
        if found is None or found.resolve() != data.stations_path.resolve():
            options.append(f"--stations_path {_quoted(data.stations_path)}")
    if data.velocity_model:
        options.append(f"--velocity_model_path {_quoted(data.velocity_model)}")
    files = {source for source in settings.given.values() if source != COMMAND_LINE}
    options += [f"--config_file_path {_quoted(path)}" for path in sorted(files)]
    done = ("stations_path", "velocity_model_path", "window_size", "plot", "debug")
    for key, source in settings.given.items():
        if source == COMMAND_LINE and key not in done:
            value = settings.value(key)
            options.append(f"--{key} {_quoted(int(value) if isinstance(value, bool) else value)}")
    if sum(map(recorded_s, data.recordings)) > LARGE_HOURS * 3600:
        options.append("--plot 0 --workers 0")
    return options


def _quoted(value: object) -> str:
    return shlex.quote(str(value))
