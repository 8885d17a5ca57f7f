"""Print a Nordic (SEISAN) s-file the way a person wants to read it.

For each event: origin, hypocentre, magnitudes, waveform files, and every pick with its travel
time; then what departs from the format and what was left out. Reads every other catalogue that
step 0 reads as well.

Example:
  python -m deepquake.tools.inspect_sfile \\
      --stream_path input/demo/sfiles_nordicformat/06-0718-39L.S202303
"""

from pathlib import Path

from deepquake.catalog.events import Event, Pick, arrange, is_p, is_s, is_usable
from deepquake.core import cli
from deepquake.core.report import Report
from deepquake.core.text import number_of, table
from deepquake.core.times import iso

DISTANCE_NAMES = {"L": "local", "R": "regional", "D": "distant"}
ONSET_NAMES = {"I": "impulsive", "E": "emergent"}
POLARITY_NAMES = {"C": "up", "+": "up", "D": "down", "-": "down"}


def main() -> None:
    """Run the tool from the command line."""
    parser = cli.make_parser(__doc__)
    parser.add_argument("--stream_path", required=True, type=Path, help="the s-file")
    args = parser.parse_args()

    from deepquake.catalog.reader import read_file

    report = Report()
    events, format_name = read_file(args.stream_path, report)
    cli.say(f"{args.stream_path}: {format_name}, {number_of(len(events), 'event')}")
    for event in arrange(events):
        print(f"\n{describe_event(event)}", flush=True)
    report.print_summary(everything=True)


def describe_event(event: Event) -> str:
    """Return what is known of an event, a line for each fact and each pick."""
    known = [
        DISTANCE_NAMES.get(event.distance, ""),
        event.kind,
        f"agency {event.agency}" if event.agency else "",
        "time fixed" if event.time_fixed else "",
    ]
    magnitudes = [f"{m.value:.1f} {m.kind} {m.agency}".strip() for m in event.magnitudes]
    n_p = sum(is_p(pick.phase) for pick in event.picks)
    n_s = sum(is_s(pick.phase) for pick in event.picks)
    stations = len({(pick.network, pick.station) for pick in event.picks})
    line = f" (line {event.source_line})" if event.source_line else ""
    lines = [
        f"event {event.event_id}{line}",
        f"  origin      {_utc(event.origin_time)}  {', '.join(filter(None, known))}".rstrip(),
        f"  hypocentre  {_hypocentre(event)}",
        f"  magnitudes  {', '.join(magnitudes) or 'none'}",
        *(f"  waveforms   {name}" for name in event.waveforms),
        f"  picks       {len(event.picks)} at {number_of(stations, 'station')}: {n_p} P, {n_s} S, "
        f"{len(event.picks) - n_p - n_s} other",
    ]
    if event.picks:
        header = ("station", "channel", "phase", "time (UTC)", "travel s", "notes")
        rows = [_pick_row(pick, event.origin_time) for pick in event.picks]
        lines += [f"    {text}" for text in table(header, rows)]
    return "\n".join(lines)


def _pick_row(pick: Pick, origin_s: float | None) -> tuple[str, ...]:
    notes = [
        ONSET_NAMES.get(pick.onset, ""),
        POLARITY_NAMES.get(pick.polarity, ""),
        f"weight {pick.weight}" if pick.weight else "",
        "" if is_usable(pick) else "not used",
        "automatic" if pick.automatic else "",
    ]
    return (
        ".".join(filter(None, (pick.network, pick.station, pick.location))),
        pick.channel,
        pick.phase,
        _utc(pick.time),
        "" if origin_s is None else f"{pick.time - origin_s:.2f}",
        ", ".join(filter(None, notes)),
    )


def _utc(time_s: float | None) -> str:
    return "unknown" if time_s is None else iso(time_s)[:-4].replace("T", " ")


def _hypocentre(event: Event) -> str:
    if event.latitude is None or event.longitude is None:
        return "unknown"
    north = f"{abs(event.latitude):.4f} {'N' if event.latitude >= 0 else 'S'}"
    east = f"{abs(event.longitude):.4f} {'E' if event.longitude >= 0 else 'W'}"
    depth = "depth unknown" if event.depth_km is None else f"depth {event.depth_km:.1f} km"
    return f"{north}  {east}  {depth}{' (fixed)' if event.depth_fixed else ''}"


if __name__ == "__main__":
    cli.run(main)
