"""Make a data set of synthetic seismograms, for people who have no data at hand.

The default is the archive of a small network, read by an analyst: one file per event and its
s-file, stations.csv, a velocity model, and continuous records to look for earthquakes in.
With --workflow continuous it is weeks of record of two stations, with events from six regions and
CSV catalogues. README.txt in the data set says what is what. The same seed gives the same bytes.
"""

import argparse
from pathlib import Path

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_json, write_text

MARK = "dataset.json"


def main() -> None:
    """Make the data set that the command line asks for."""
    parser = cli.make_parser(__doc__)
    parser.add_argument("--output_dir", required=True, help="folder of the data set")
    parser.add_argument("--seed", type=_whole, default=1, help="seed of every random choice (1)")
    parser.add_argument("--events", type=_at_least_one, help="event files (60)")
    parser.add_argument(
        "--event_seconds", type=_event_seconds, help="length of an event file, 90 to 180 s (120)"
    )
    parser.add_argument(
        "--continuous_hours", type=_not_negative, help="hours of continuous record (1)"
    )
    parser.add_argument(
        "--workflow",
        choices=("events", "continuous"),
        default="events",
        help="events: an analyst's archive of event files; continuous: weeks of records with CSV "
        "catalogues (events)",
    )
    parser.add_argument(
        "--days", type=_positive, help="days of record, --workflow continuous only (30)"
    )
    parser.add_argument(
        "--stations", type=_stations, help="stations, --workflow continuous only (2)"
    )
    args = parser.parse_args()
    folder = Path(args.output_dir)
    if args.workflow == "events":
        _refuse(parser, args, ("days", "stations"))
        events = 60 if args.events is None else args.events
        hours = 1.0 if args.continuous_hours is None else args.continuous_hours
        length = {} if args.event_seconds is None else {"event_seconds": args.event_seconds}
        _claim(folder, args, events=events, continuous_hours=hours, **length)
        _make_archive(folder, events, args.event_seconds or 120.0, hours, args.seed)
    else:
        _refuse(parser, args, ("events", "event_seconds", "continuous_hours"))
        days, stations = args.days or 30.0, args.stations or 2
        _claim(folder, args, days=days, stations=stations)
        _make_month(folder, days, stations, args.seed)


def _make_archive(folder: Path, events: int, event_seconds: float, hours: float, seed: int) -> None:
    from deepquake.tools.demo import archive, readme, records
    from deepquake.tools.demo.network import SITES

    records.write_network(folder, SITES)
    reach = archive.write_events(folder, events, seed, event_seconds)
    print(f"{reach.events} event files with {reach.p_picks} P and {reach.s_picks} S picks")
    if hours:
        reach = archive.write_continuous(folder, hours, seed)
        print(
            f"{hours:g} h of continuous record at {len(SITES)} stations, holding {reach.events} "
            f"events with {reach.p_picks} P picks"
        )
    write_text(folder / "README.txt", readme.archive_text(events, event_seconds, hours, seed))
    print(f"{folder}: see README.txt there")


def _make_month(folder: Path, days: float, stations: int, seed: int) -> None:
    from deepquake.tools.demo import month, readme, records
    from deepquake.tools.demo.network import SITES

    records.write_network(folder, SITES[:stations])
    made = month.write_month(folder, days, stations, seed)
    seen = ", ".join(f"{n} at {code}" for code, n in made.seen.items())
    print(f"{days:g} days of {stations} stations with {made.events} events; P stands out of {seen}")
    print(f"{made.catalogued} of the events are in catalog.csv")
    text = readme.month_text(days, made.events, made.catalogued, seed)
    write_text(folder / "README.txt", text)
    print(f"{folder}: see README.txt there")


def _refuse(
    parser: argparse.ArgumentParser, args: argparse.Namespace, names: tuple[str, ...]
) -> None:
    for name in names:
        if getattr(args, name) is not None:
            parser.error(f"--{name} has no meaning with --workflow {args.workflow}")


def _claim(folder: Path, args: argparse.Namespace, **sizes: float) -> None:
    """Mark the folder as the data set of these arguments, so that two never mix in one folder.

    Raises DeepQuakeError where the folder holds anything else.
    """
    wanted = {"workflow": args.workflow, "seed": args.seed} | sizes
    if folder.exists() and not folder.is_dir():
        raise DeepQuakeError(f"{folder}: is a file; --output_dir takes a folder")
    if folder.is_dir() and any(folder.iterdir()):
        mark = folder / MARK
        if not mark.is_file() or read_json(mark) != wanted:
            raise DeepQuakeError(
                f"{folder}: holds other data already (see {MARK} there); delete it or give "
                "another --output_dir"
            )
    write_json(folder / MARK, wanted)


def _whole(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"takes a whole number of 0 or more, not '{text}'")
    return int(text)


def _at_least_one(text: str) -> int:
    if _whole(text) < 1:
        raise argparse.ArgumentTypeError("takes 1 or more")
    return int(text)


def _not_negative(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e5:
        raise argparse.ArgumentTypeError(f"takes a number of 0 or more, not '{text}'")
    return value


def _positive(text: str) -> float:
    if _not_negative(text) == 0:
        raise argparse.ArgumentTypeError("takes a number above 0")
    return float(text)


def _event_seconds(text: str) -> float:
    # shorter ones lose the S of far events; two longer ones could overlap
    if not 90 <= _not_negative(text) <= 180:
        raise argparse.ArgumentTypeError(f"takes a number from 90 to 180, not '{text}'")
    return float(text)


def _stations(text: str) -> int:
    if not 1 <= _whole(text) <= 6:
        raise argparse.ArgumentTypeError("takes 1 to 6")
    return int(text)


if __name__ == "__main__":
    cli.run(main)
