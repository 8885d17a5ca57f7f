"""Make a data set of synthetic seismograms, for people who have no data at hand.

The default is the archive of a small network, read by an analyst: one file per event and its
s-file, stations.csv, a velocity model, and continuous records to look for earthquakes in.
With --distinct_regions 1 its regions are such that each station can tell them apart. With
--workflow continuous it is weeks of record of two stations, with events from six regions and CSV
catalogues. README.txt in the data set says what is what. The same seed gives the same bytes.
"""

from argparse import Namespace
from pathlib import Path

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_json, write_text
from deepquake.core.locks import LOCK_PREFIX, hold

MARK = "dataset.json"
TEMPLATE = Path(__file__).parent / "demo" / "readme.txt"
ONLY = {
    "events": ("events", "event_seconds", "continuous_hours", "distinct_regions"),
    "continuous": ("days", "stations"),
}


def main() -> None:
    """Make the data set that the command line asks for."""
    parser = cli.make_parser(__doc__)
    add = parser.add_argument
    add("--output_dir", required=True, type=Path, help="folder of the data set")
    add("--seed", type=cli.in_range(int), default=1, help="seed of every random choice (1)")
    add("--events", type=cli.in_range(int, 1), help="event files (60)")
    # 90: the S of far events; 180: two files never overlap
    length = "length of an event file, 90 to 180 s (120)"
    add("--event_seconds", type=cli.in_range(float, 90, 180), help=length)
    add("--continuous_hours", type=cli.in_range(float), help="hours of continuous record (1)")
    regions = "1: three regions that a station can tell apart, --workflow events only (0)"
    add("--distinct_regions", type=int, choices=(0, 1), help=regions)
    archive = "events: an analyst's archive of event files"
    month = "continuous: weeks of records with CSV catalogues (events)"
    add("--workflow", choices=tuple(ONLY), default="events", help=f"{archive}; {month}")
    days = "days of record, --workflow continuous only (30)"
    add("--days", type=cli.in_range(float, above=0), help=days)
    stations = "stations, --workflow continuous only (2)"
    add("--stations", type=cli.in_range(int, 1, 6), help=stations)
    args = parser.parse_args()
    for workflow, names in ONLY.items():
        for name in names:
            if workflow != args.workflow and getattr(args, name) is not None:
                parser.error(f"--{name} has no meaning with --workflow {args.workflow}")
    with hold(args.output_dir, "data set"):
        if args.workflow == "events":
            _make_archive(args)
        else:
            _make_month(args)
    cli.say(f"{args.output_dir}: see README.txt there")


def _make_archive(args: Namespace) -> None:
    events = 60 if args.events is None else args.events
    hours = 1.0 if args.continuous_hours is None else args.continuous_hours
    length = {} if args.event_seconds is None else {"event_seconds": args.event_seconds}
    distinct = {"distinct_regions": 1} if args.distinct_regions else {}
    _claim(args, events=events, continuous_hours=hours, **length, **distinct)

    from deepquake.tools.demo import archive
    from deepquake.tools.demo.network import DISTINCT_FAULTS, SITES, write_network

    faults = DISTINCT_FAULTS if distinct else archive.ARCHIVED.faults
    folder, seconds = args.output_dir, args.event_seconds or 120.0
    write_network(folder, SITES)
    picked = archive.write_archive(folder, events, args.seed, length_s=seconds, faults=faults)
    phases = [pick.phase for picks in picked for pick in picks]
    print(f"{len(picked)} event files with {phases.count('P')} P and {phases.count('S')} S picks")
    parts = {"archive": {"events": events, "event_seconds": seconds}}
    if hours:
        picked = archive.write_continuous(folder, hours, args.seed, faults)
        n_p = sum(pick.phase == "P" for picks in picked for pick in picks)
        print(
            f"{hours:g} h of continuous record at {len(SITES)} stations, holding {len(picked)} "
            f"events with {n_p} P picks"
        )
        parts["continuous"] = {"hours": hours, "events": len(picked)}
    if distinct:
        parts["distinct"] = {}
    _write_readme(args, parts, n_regions=len(faults))


def _make_month(args: Namespace) -> None:
    days, stations = args.days or 30.0, args.stations or 2
    _claim(args, days=days, stations=stations)

    from deepquake.tools.demo import month
    from deepquake.tools.demo.network import SITES, write_network

    write_network(args.output_dir, SITES[:stations])
    made = month.write_month(args.output_dir, days, n_stations=stations, seed=args.seed)
    seen = ", ".join(f"{n} at {code}" for code, n in made.seen.items())
    print(f"{days:g} days of {stations} stations with {made.events} events; P stands out of {seen}")
    print(f"{made.catalogued} of the events are in catalog.csv")
    values = {"days": days, "events": made.events, "catalogued": made.catalogued}
    values |= {"least": month.CATALOGUED, "seen": month.NEEDED_SNR["P"]}
    _write_readme(args, {"month": values}, n_regions=len(month.NATURAL.faults))


def _write_readme(args: Namespace, parts: dict[str, dict[str, float]], n_regions: int) -> None:
    """Write README.txt from parts of a template, each with the numbers that belong into it."""
    sections = TEMPLATE.read_text("utf-8").split("=== ")[1:]
    texts = dict(section.split("\n", 1) for section in sections)
    ends = {"introduction": {"seed": args.seed}, **parts, "method": {"regions": n_regions}}
    text = "".join(texts[name].format(**values) for name, values in ends.items())
    write_text(args.output_dir / "README.txt", text)


def _claim(args: Namespace, **sizes: float) -> None:
    """Mark the folder as the data set of these arguments, so that two never mix in one folder.

    Raises DeepQuakeError where the folder holds anything else.
    """
    folder = args.output_dir
    wanted = {"workflow": args.workflow, "seed": args.seed} | sizes
    if any(not path.name.startswith(LOCK_PREFIX) for path in folder.iterdir()):
        mark = folder / MARK
        if not mark.is_file() or read_json(mark) != wanted:
            raise DeepQuakeError(
                f"{folder}: holds other data already; delete it or give another --output_dir"
            )
    write_json(folder / MARK, wanted)


if __name__ == "__main__":
    cli.run(main)
