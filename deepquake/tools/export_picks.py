"""Write picks and stations as the associators PyOcto and GaMMA take them.

Reads picks as step 0 does: picks.csv of step 6, of PhaseNet or SeisBench, s-files, QuakeML ... The
stations are those of --stations_path, or of the list that lies with the picks. Writes picks.csv and
stations.csv to --output_dir; docs/associate.md shows how each program takes them, and step 0 reads
what it makes of them. To make events of picks here: python -m deepquake.tools.associate.

Example:
  python -m deepquake.tools.export_picks --picks_path output/demo/detect/picks.csv \\
      --stations_path input/demo/stations.csv --program pyocto --output_dir output/demo/pyocto
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_csv
from deepquake.core.locks import hold
from deepquake.core.report import Report
from deepquake.core.text import counted, number_of
from deepquake.core.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from deepquake.detection.stations import Detection
    from deepquake.earth.stations import Station

    Placed = tuple[Detection, Station]

KEYS = ["stations_path", "elevation_positive", "elevation_unit", "workers", "dask_address", "debug"]
PICKS_NAME, STATIONS_NAME = "picks.csv", "stations.csv"
SENSOR = "location", "channel"  # PyOcto gives them back
PICKS_FOR = {
    "pyocto": ("station", "phase", "time", "probability", *SENSOR),
    "gamma": ("id", "type", "timestamp", "prob", *SENSOR),
}
EXPORTED_STATION = "id", "latitude", "longitude", "elevation"  # degrees, metres above sea level


def main() -> None:
    """Write what the command line asks for."""
    parser = cli.make_parser(__doc__, KEYS)
    add = parser.add_argument
    add("--picks_path", required=True, type=Path, help="file of picks or events, or folder of them")
    add("--output_dir", required=True, type=Path, help="folder to write")
    add("--program", required=True, choices=sorted(PICKS_FOR), help="who will take them")
    args = parser.parse_args()
    settings = cli.load_settings(args)

    from deepquake.detection.association.picks import arrivals_and_stations

    report = Report()
    given = args.picks_path, Path(settings.arrivals.stations_path)
    for path in (args.output_dir / name for name in (PICKS_NAME, STATIONS_NAME)):
        if path.exists() and path.resolve() in [other.resolve() for other in given]:
            raise DeepQuakeError(f"{path}: would be written over; give another --output_dir")
    arrivals, stations = arrivals_and_stations(args.picks_path, settings, report)
    if not stations:
        raise DeepQuakeError(f"{args.picks_path}: no list of stations beside it: --stations_path")
    found = _with_places(arrivals, stations, report, path=args.picks_path)
    places = {_name_of(arrival): station for arrival, station in reversed(found)}
    with hold(args.output_dir, PICKS_NAME):
        rows = (_exported_row(arrival, args.program) for arrival, _ in found)
        write_csv(args.output_dir / STATIONS_NAME, EXPORTED_STATION, _station_rows(places))
        write_csv(args.output_dir / PICKS_NAME, PICKS_FOR[args.program], rows)
    report.print_summary(settings.run.debug)
    cli.say(
        f"wrote {args.output_dir / PICKS_NAME} ({number_of(len(found), 'pick')}) and "
        f"{STATIONS_NAME} beside it ({number_of(len(places), 'station')})"
    )


def _with_places(
    arrivals: Iterable[Detection], stations: Sequence[Station], report: Report, path: Path
) -> list[Placed]:
    """Return the arrivals at stations whose places are known, each with its station."""
    from deepquake.earth.stations import station_of

    found: list[Placed] = []
    without: Counter[str] = Counter()
    for arrival in arrivals:
        station = station_of(stations, arrival.network, arrival.station, arrival.time_s)
        if station is None:
            without[_name_of(arrival)] += 1
        else:
            found.append((arrival, station))
    if without:
        said = f"{without.total()} of stations that are not in the list: {counted(without, 6)}"
        report.skip(path, f"picks left out: {said}")
    if not found:
        raise DeepQuakeError(f"{path}: no pick is of a station whose place is known")
    places = Counter(name for name, _ in {(_name_of(a), station) for a, station in found})
    for name in sorted(name for name, count in places.items() if count > 1):
        report.note(path, f"station {name} has moved: the program is given its first place")
    return found


def _name_of(arrival: Detection) -> str:
    return f"{arrival.network}.{arrival.station}"


def _exported_row(arrival: Detection, program: str) -> tuple[str, ...]:
    """Return a row of picks; PyOcto's times are seconds since 1970."""
    time = f"{arrival.time_s:.6f}" if program == "pyocto" else iso(arrival.time_s).rstrip("Z")
    score = f"{arrival.probability:.6f}"
    return _name_of(arrival), arrival.phase, time, score, arrival.location, arrival.channel


def _station_rows(places: dict[str, Station]) -> Iterable[tuple[str, ...]]:
    for name, station in sorted(places.items()):
        degrees = f"{station.latitude:.6f}", f"{station.longitude:.6f}"
        yield name, *degrees, f"{station.elevation_m:.1f}"


if __name__ == "__main__":
    cli.run(main)
