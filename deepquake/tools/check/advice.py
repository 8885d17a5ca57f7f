"""What to do next with a data set, after a look at it."""

from collections.abc import Iterator
from dataclasses import replace

from deepquake.catalog.events import is_located
from deepquake.core.text import listing, number_of, printable
from deepquake.earth.codes import why_no_pick
from deepquake.tools.check.commands import can_train, next_commands, trains_unet
from deepquake.tools.check.comparison import Check
from deepquake.waveforms.recording import spans_by_station
from deepquake.windows.grid import no_window_text
from deepquake.windows.labels import (
    KIND_OF,
    NEAR_P,
    NEAR_UNKNOWN,
    NEGATIVE,
    NO_EVENT,
    POSITIVE,
    SKIPPED,
    count_kind,
)

WHY_NO_NOISE = {
    NEAR_P: "the records are too short around their events. Lower --window_avoid_negatives_before "
    "or --window_avoid_negatives_after, or cut longer ones",
    NEAR_UNKNOWN: "in most, P may come at any time: nobody picked it there, or its picks are out "
    "of use or doubtful, and nothing tells its time (location, coordinates of the station). Put "
    "that right, or lower --window_avoid_unpicked",
    NO_EVENT: "the records hold no event that is known",
}


def what_next(check: Check) -> str:
    """Return the advice, and the commands of the steps for this data set."""
    lines = [f"  - {printable(line)}" for line in advise(check)]
    lines += ["  " + " \\\n      ".join(command) for command in next_commands(check)]
    return "\n".join(["NEXT", *lines])


def advise(check: Check) -> Iterator[str]:
    """Yield what the user should know or decide before going on."""
    data, events, arrivals = check.data, check.events, check.settings.arrivals
    recordings, stations = data.recordings, data.stations
    moved = check.hours.finding or check.slip.finding
    if moved is not None:
        yield (
            f"{moved.message} Correct its times, and those of its picks, before step 1, which "
            "cannot see this and would take noise for events, and events for noise"
        )
    believed = [finding for finding in check.geometry.findings if finding is not moved]
    if doubts := replace(check.geometry, findings=believed).text():
        yield (
            f"not believed: {doubts} (see GEOMETRY). They are neither positives nor estimated, and "
            "noise keeps away from them; put right what is wrong, and look again"
        )
    if not recordings:
        yield "no waveforms: only step 0 can be run (--waveforms names a folder elsewhere)"
    if not events:
        yield (
            "no catalogue: there is nothing to train on; the network that comes with DeepQuake can "
            "detect here, or one of your own (--catalog names a catalogue elsewhere)"
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
        names = sorted(path.relative_to(data.root).as_posix() for path in data.read)
        yield (
            f"{len(names)} catalogue files are read as one: {listing(names, 5)}. --catalog names "
            "the one to use, if they should not be"
        )
    unlocated = sum(not is_located(event.event) for event in events)
    if unlocated:
        yield (
            f"{unlocated} of {len(events)} events have no location: they belong to no source "
            "region, and their arrivals cannot be estimated"
        )
    if unlocated < len(events) and trains_unet(check) and can_train(check):
        yield (
            "the commands below train a UNet, which tells when P and S arrive. Source regions need "
            "a ConvNetQuake: see docs/regions.md"
        )
    if data.velocity_model and events and recordings and not arrivals.velocity_model_path:
        yield "a velocity model was found: the commands below use it instead of mean_velocity"
    if events and recordings:
        yield from _on_windows(check)
    partial = sum(len(recording.channels) < 3 for recording in recordings)
    if partial:
        cure = "the default, the vertical alone, serves all that have Z"
        if trains_unet(check):
            cure = "a UNet makes do with one"
        yield f"{partial} of {len(recordings)} station streams lack a component: {cure}"


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
        estimated = (
            "Arrivals can be estimated: with --use_estimated_p 1, here too, a ConvNetQuake takes "
            "these as events"
        )
        if check.hours.finding or check.slip.finding:
            estimated = "Arrivals can be estimated, once the times are right"
        spans = spans_by_station(check.data.recordings)
        why = why_no_pick([event.event for event in check.events], spans)
        why = why or "no P pick in a record is in use (their weights, scores or doubts)"
        yield f"{why}. {estimated if check.kinds['estimated'] else 'There is nothing to train on'}"
    if not noise:
        skipped = {n: count for n, count in check.windows.items() if KIND_OF[n] == SKIPPED}
        most = max(skipped, key=skipped.__getitem__, default=NEAR_P)
        yield f"no window is noise: {WHY_NO_NOISE.get(most, WHY_NO_NOISE[NEAR_P])}"
    empty = check.kinds["none"]
    # where places and times do not fit, records without an event may hold one
    if empty and not settings.arrivals.noise_without_event and not check.geometry.findings:
        yield (
            f"{number_of(empty, 'station stream')} without an event: no noise is taken from there. "
            "If the catalogue is complete, add --noise_without_event 1"
        )
