"""Print a Nordic (SEISAN) s-file the way a person wants to read it.

For each event: origin, hypocentre, magnitudes, waveform files, and every pick with its travel
time; then what departs from the format and what was left out. Reads every other catalogue that
step 0 reads as well, and can write what it read as QuakeML.

Example:
  python -m deepquake.tools.inspect_sfile \\
      --stream_path input/demo/sfiles_nordicformat/01-0000-00L.S201001 --output_path event.xml
"""

from pathlib import Path

from deepquake.catalog.events import Event, Pick, is_located, is_p, is_s, is_usable
from deepquake.core import cli

DISTANCES = {"L": "local", "R": "regional", "D": "distant"}
KINDS = {"E": "explosion", "P": "probable explosion", "V": "volcanic", "I": "induced"}


def main() -> None:
    """Run the tool from the command line."""
    parser = cli.make_parser(__doc__)
    parser.add_argument("--stream_path", required=True, type=Path, help="the s-file")
    parser.add_argument("--output_path", type=Path, help="QuakeML file to write")
    args = parser.parse_args()

    from deepquake.catalog.events import arrange
    from deepquake.catalog.reader import read_file
    from deepquake.core.report import Report

    report = Report()
    events, format_name = read_file(args.stream_path, report)
    print(f"{args.stream_path}: {format_name}, {len(events)} event{'s' * (len(events) != 1)}")
    for event in arrange(events):
        print()
        print(describe(event), flush=True)
    report.print_summary(everything=True)
    if args.output_path:
        from deepquake.catalog.obspy_formats import to_obspy
        from deepquake.core.files import whole_file

        with whole_file(args.output_path) as temporary:
            to_obspy(events).write(str(temporary), format="QUAKEML")
        print(f"\nwrote {args.output_path}")


def describe(event: Event) -> str:
    """Return what is known of an event, a line for each fact and each pick."""
    known = [
        DISTANCES.get(event.distance, ""),
        KINDS.get(event.kind, ""),
        f"agency {event.agency}" if event.agency else "",
        "time fixed" if event.time_fixed else "",
    ]
    lines = [
        f"event {event.event_id}" + (f" (line {event.source_line})" if event.source_line else "")
    ]
    lines.append(
        f"  origin      {_utc(event.origin_time)}  {', '.join(filter(None, known))}".rstrip()
    )
    lines.append(f"  hypocentre  {_place(event)}")
    magnitudes = [f"{m.value:.1f} {m.kind} {m.agency}".strip() for m in event.magnitudes]
    lines.append(f"  magnitudes  {', '.join(magnitudes) or 'none'}")
    lines.extend(f"  waveforms   {name}" for name in event.waveforms)
    p_count = sum(is_p(pick.phase) for pick in event.picks)
    s_count = sum(is_s(pick.phase) for pick in event.picks)
    stations = len({(pick.network, pick.station) for pick in event.picks})
    lines.append(
        f"  picks       {len(event.picks)} at {stations} stations: {p_count} P, {s_count} S, "
        f"{len(event.picks) - p_count - s_count} other"
    )
    if event.picks:
        lines.append(
            "    station      channel  phase     time (UTC)                  travel s  notes"
        )
        lines.extend(f"    {_pick(pick, event.origin_time)}" for pick in event.picks)
    return "\n".join(lines)


def _pick(pick: Pick, origin: float | None) -> str:
    code = ".".join(filter(None, (pick.network, pick.station, pick.location)))
    travel = "" if origin is None else f"{pick.time - origin:.2f}"
    notes = [
        {"I": "impulsive", "E": "emergent"}.get(pick.onset, ""),
        {"C": "up", "+": "up", "D": "down", "-": "down"}.get(pick.polarity, ""),
        f"weight {pick.weight}" if pick.weight else "",
        "" if is_usable(pick) else "not used",
        "automatic" if pick.automatic else "",
    ]
    return (
        f"{code:<11}  {pick.channel:<7}  {pick.phase:<8}  {_utc(pick.time):<26}  {travel:>7}  "
        f"{', '.join(filter(None, notes))}"
    ).rstrip()


def _utc(time: float | None) -> str:
    from deepquake.core.times import iso

    return "unknown" if time is None else iso(time)[:-4].replace("T", " ")


def _place(event: Event) -> str:
    if not is_located(event):
        return "unknown"
    north = f"{abs(event.latitude):.4f} {'N' if event.latitude >= 0 else 'S'}"
    east = f"{abs(event.longitude):.4f} {'E' if event.longitude >= 0 else 'W'}"
    depth = "depth unknown" if event.depth_km is None else f"depth {event.depth_km:.1f} km"
    return f"{north}  {east}  {depth}{' (fixed)' if event.depth_fixed else ''}"


if __name__ == "__main__":
    cli.run(main)
