"""Draw seismograms: every station and component of a file or folder, with its picks.

Writes to --output_dir one picture per station stream (NAME.png), and for each file of several
stations one with all of them below each other (STEM_all.png). Where --catalog_path names a
catalogue, its P and S picks are drawn. The traces are filtered as the configuration says;
--filter_highpass 0 shows them as recorded.

Example:
  python -m deepquake.tools.plot_mseed --stream_path input/demo/mseed --output_dir output/look \\
      --catalog_path output/demo/catalog.json
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from deepquake.core import cli
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.text import number_of

if TYPE_CHECKING:
    from deepquake.catalog.events import Event
    from deepquake.plots.seismograms import DrawnPick, GatherRow
    from deepquake.waveforms.recording import Recording


def main() -> None:
    """Draw what the command line names."""
    keys = (
        *("sampling_rate", "sensor_order", "channel_map", "allow_upsampling"),
        *("filter_highpass", "filter_lowpass", "debug"),
    )
    parser = cli.make_parser(__doc__, keys)
    add = parser.add_argument
    add("--stream_path", required=True, type=Path, help="file or folder of waveforms")
    add("--output_dir", required=True, type=Path, help="folder of the pictures")
    add("--catalog_path", type=Path, help="catalog.json, for the picks")
    add("--pattern", default="*", help="only files whose name matches, e.g. '2014*'")
    add("--station", default="", help="only these stations, between commas")
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.catalog.catalog_json import read_catalog_json
    from deepquake.plots.seismograms import GatherRow, plot_gather, plot_station
    from deepquake.waveforms.envelope import stream_envelope
    from deepquake.waveforms.recording import stem
    from deepquake.waveforms.scan import find_recordings

    report, records, debug = Report(), settings.records, settings.run.debug
    which = {"pattern": args.pattern, "station": args.station, "debug": debug}
    recordings = find_recordings(args.stream_path, records, report, **which)
    events = read_catalog_json(args.catalog_path) if args.catalog_path else []
    filtered = f"  ({records.filter_text})" if records.filter_text else ""
    gathers: dict[Path, list[GatherRow]] = defaultdict(list)
    for recording in progress(recordings, len(recordings), "station streams"):
        components, outline = stream_envelope(recording, records.corners_hz, report)
        picks = _picks_within(events, recording)
        plot_station(
            args.output_dir / f"{recording.name}.png",
            f"{recording.network}.{recording.station}  {recording.name}{filtered}",
            outline,
            components=components,
            picks=picks,
        )
        outline.low, outline.high = outline.low[:1].copy(), outline.high[:1].copy()
        label = f"{recording.station} {recording.channels[components[0]]}"
        gathers[recording.paths()[0]].append(GatherRow(label, outline, picks))
    gathers = {path: rows for path, rows in gathers.items() if len(rows) > 1}
    for path, rows in gathers.items():
        plot_gather(
            args.output_dir / f"{stem(path)}_all.png",
            f"{path.name}: {len(rows)} stations, each to its own scale{filtered}",
            sorted(rows, key=_first_p),
        )
    n_pictures = len(recordings) + len(gathers)
    made = f"{number_of(len(recordings), 'station stream')}, {number_of(n_pictures, 'picture')}"
    cli.say(f"{made} in {args.output_dir}")
    report.print_summary(debug)


def _picks_within(events: list[Event], recording: Recording) -> list[DrawnPick]:
    """Return the P and S picks of a station within its recording, by time."""
    from deepquake.catalog.events import is_at, is_p, is_s
    from deepquake.plots.seismograms import DrawnPick

    begin, end = recording.span()
    found = [
        DrawnPick("P" if is_p(pick.phase) else "S", pick.time, pick.phase)
        for event in events
        for pick in event.picks
        if (is_p(pick.phase) or is_s(pick.phase)) and begin <= pick.time <= end
        if is_at(pick, recording.network, recording.station)
    ]
    return sorted(found, key=lambda pick: (pick.time, pick.phase))


def _first_p(row: GatherRow) -> tuple[float, str]:
    times = [pick.time for pick in row.picks if pick.kind == "P"]
    return min(times, default=float("inf")), row.label


if __name__ == "__main__":
    cli.run(main)
