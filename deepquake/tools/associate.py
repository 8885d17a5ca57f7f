"""Make events of anybody's picks: put together, located, and written as step 6 writes its own.

Reads picks as step 0 does, whatever events they are of there: picks.csv of step 6, of PhaseNet or
SeisBench, s-files, QuakeML, what PyOcto or GaMMA made of them ... The stations are those of
--stations_path, or of the list that lies with the picks. Writes to OUTPUT_DIR: events.csv,
picks.csv (with the event of each), events.xml (QuakeML), seisan/REA (s-files), report.html and
detect.json (counts); with the records (--stream_path) local magnitudes too, record sections in
report.html, and seisan/WAV (the records around each event).

Example:
  python -m deepquake.tools.associate --picks_path output/demo/detect/picks.csv \\
      --stations_path input/demo/stations.csv \\
      --velocity_model_path input/demo/velocity_model.csv --output_dir output/demo/associated
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json
from deepquake.core.locks import hold
from deepquake.core.report import Report
from deepquake.core.text import counted, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from deepquake.core.settings import Settings
    from deepquake.detection.association.event import DetectedEvent
    from deepquake.detection.stations import Detection
    from deepquake.earth.stations import Station
    from deepquake.waveforms.recording import Recording

KEYS = [
    *("min_stations", "min_picks", "min_pairs"),
    *("mean_velocity", "velocity_model_path", "vp_vs_ratio"),
    *("ml_log_distance", "ml_distance", "ml_constant", "counts_per_mm", "event_waveforms"),
    *("sensor_order", "channel_map", "plot"),
    *("stations_path", "elevation_positive", "elevation_unit", "workers", "dask_address", "debug"),
]


def main() -> None:
    """Make events of the picks that the command line names."""
    parser = cli.make_parser(__doc__, KEYS)
    add = parser.add_argument
    add("--picks_path", required=True, type=Path, help="file of picks or events, or folder of them")
    add("--output_dir", required=True, type=Path, help="folder to write")
    records = "folder (or file) of the waveforms that were picked, for magnitudes and event files"
    add("--stream_path", type=Path, help=records)
    region_file = "region file (JSON): the region of each event that is located"
    add("--clusters_file_path", type=Path, help=region_file)
    args = parser.parse_args()
    settings = cli.load_settings(args)
    if args.picks_path.resolve().is_relative_to(args.output_dir.resolve()):
        raise DeepQuakeError(
            f"{args.picks_path}: lies in --output_dir, where earlier results are replaced; give "
            "another --output_dir"
        )

    from deepquake.detection.outputs.folder import QUAKEML_NAME, REPORT_NAME, SEISAN_DIR
    from deepquake.detection.tables import EVENT_TABLE, PICK_TABLE

    report = Report()
    request = AssociationRequest(
        args.picks_path,
        args.output_dir,
        stream_path=args.stream_path,
        clusters_path=args.clusters_file_path,
    )
    with hold(args.output_dir, "detect.json"):
        values = associate(request, settings, report)
    print(describe(values), flush=True)
    report.print_summary(settings.run.debug)
    seisan = f", {SEISAN_DIR}" if values["seisan"] else ""
    cli.say(f"results: {args.output_dir / EVENT_TABLE}, {PICK_TABLE}, {QUAKEML_NAME}{seisan}")
    cli.say(f"to look at them: {args.output_dir / REPORT_NAME}")


@dataclass(frozen=True)
class AssociationRequest:
    """What is read and written; the records and the region file are optional."""

    picks_path: Path
    output_dir: Path
    stream_path: Path | None = None
    clusters_path: Path | None = None


def associate(request: AssociationRequest, settings: Settings, report: Report) -> dict[str, Any]:
    """Read picks, make events of them and write these.

    Parameters
    ----------
    request : AssociationRequest
        What is read, and the folder that is written.
    settings : Settings
        Where stations are, how fast waves travel, and what an event needs.
    report : Report
        Is told what was odd and what was left out.

    Returns
    -------
    dict
        The content of detect.json.

    Raises
    ------
    DeepQuakeError
        Where there are no picks, or the stations, the velocity model or the regions can't be read.
    """
    from deepquake.detection import tables
    from deepquake.detection.association.associating import find_events
    from deepquake.detection.association.open_places import with_open_places_told
    from deepquake.detection.association.picks import arrivals_and_stations, with_regions_alike
    from deepquake.detection.events import with_places_regions
    from deepquake.detection.magnitudes.local import with_magnitudes
    from deepquake.detection.outputs.event_files import write_event_files
    from deepquake.detection.outputs.folder import (
        REPORT_NAME,
        SUMMARY_NAME,
        names_written,
        new_files,
    )
    from deepquake.detection.outputs.report_page import write_report
    from deepquake.detection.outputs.report_rows import ReportContent
    from deepquake.earth.location.networks import tell_far_stations
    from deepquake.earth.region_files import load_regions
    from deepquake.earth.stations import lists_in_use
    from deepquake.earth.travel_times import choose_travel_time
    from deepquake.waveforms.scan import find_recordings

    regions = load_regions(request.clusters_path) if request.clusters_path else None
    choose_travel_time(settings.arrivals)  # a bad velocity model is an error before the work
    recordings: list[Recording] = []
    if request.stream_path is not None:
        in_use = lists_in_use(request.stream_path, settings.arrivals)
        recordings = find_recordings(request.stream_path, settings.records, report, in_use=in_use)
    arrivals, stations = arrivals_and_stations(request.picks_path, settings, report, recordings)
    n_regions = None if regions is None else len(regions.regions)
    arrivals = with_regions_alike(arrivals, n_regions, report, request.picks_path)
    recorded_s = _recorded_s(arrivals, recordings)
    tell_far_stations(stations, recorded_s, report, path=request.picks_path)
    events = find_events(arrivals, stations, settings, recorded_s, report=report)
    events = with_open_places_told(events, stations, recorded_s)
    if regions is not None:
        events = with_places_regions(events, regions)
    if request.stream_path is not None:
        events = with_magnitudes(
            events,
            recordings,
            waveforms=request.stream_path,
            stations=stations,
            settings=settings,
            report=report,
        )
    values = {"picks": str(request.picks_path), **counts_of(arrivals, events, stations)}
    labels = () if regions is None else regions.labels
    with new_files(request.output_dir) as new:
        tables.write_picks(arrivals, events, new.folder)
        tables.write_detected_events(events, new.folder, labels=labels)
        write_event_files(
            events,
            new.folder,
            new.seisan,
            recordings=recordings,
            settings=settings,
            class_names=("noise", *labels) if labels else (),
            picker="",
            report=report,
        )
        content = ReportContent(
            title="Events of picks",
            events=events,
            arrivals=arrivals,
            stations=stations,
            told=[("picks", str(request.picks_path))],
            recordings=recordings,
            recorded_s=recorded_s if recordings else {},
            region_names=labels,
            regions=regions,
        )
        write_report(new.folder / REPORT_NAME, content, settings, report=report)
        values |= names_written([], new)
        write_json(new.folder / SUMMARY_NAME, values)
    return values


def _recorded_s(
    arrivals: Sequence[Detection], recordings: Sequence[Recording]
) -> dict[tuple[str, str], NDArray]:
    """Return when each station recorded; one that has picks but no records does so always."""
    import numpy as np

    from deepquake.waveforms.recording import spans_by_station

    always = {(a.network, a.station): np.array([[-np.inf, np.inf]]) for a in arrivals}
    return always | {name: np.array(spans) for name, spans in spans_by_station(recordings).items()}


def counts_of(
    arrivals: Sequence[Detection], events: Sequence[DetectedEvent], stations: Sequence[Station]
) -> dict[str, Any]:
    """Return what detect.json says of picks and events.

    Parameters
    ----------
    arrivals : sequence of Detection
        All that were read.
    events : sequence of DetectedEvent
        What they amount to.
    stations : sequence of Station
        Those whose places are known.
    """
    from deepquake.detection.events import region_agreement
    from deepquake.earth.stations import station_of

    names = Counter((arrival.network, arrival.station) for arrival in arrivals)
    placed = [name for name in names if station_of(stations, *name) is not None]
    by_phase = Counter(arrival.phase for arrival in arrivals)
    return {
        "arrivals": {phase: by_phase[phase] for phase in "PS"},
        "arrivalsOfEvents": sum(len(event.arrivals) for event in events),
        "stations": len(names),
        "stationsWithPlace": len(placed),
        "arrivalsByStation": {".".join(filter(None, n)): k for n, k in sorted(names.items())},
        "detectedEvents": len(events),
        "detectedEventsLocated": sum(event.origin is not None for event in events),
        "regionsOfPlaceAndNetwork": region_agreement(events),
        "notLocated": dict(Counter(e.why_not_located for e in events if e.why_not_located)),
    }


def describe(values: dict[str, Any]) -> str:
    """Return what the user is told of what detect.json holds."""
    of_phase = ", ".join(f"{count} {phase}" for phase, count in values["arrivals"].items())
    n_arrivals = sum(values["arrivals"].values())
    lines = [
        f"arrivals: {of_phase} at {number_of(values['stations'], 'station')}; "
        f"stations whose place is known: {values['stationsWithPlace']}",
        f"events: {values['detectedEvents']}, {values['detectedEventsLocated']} of them located; "
        f"{values['arrivalsOfEvents']} of {n_arrivals} arrivals are theirs",
    ]
    if values["notLocated"]:
        lines.append(f"not located: {counted(values['notLocated'], 4)}")
    return "\n".join(lines)


if __name__ == "__main__":
    cli.run(main)
