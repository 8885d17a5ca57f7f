"""Fetch a data set from FDSN servers: events, StationXML, and the records of a region and time.

Writes to DATASET_DIR what the steps read: sfiles_nordicformat/ (the events, with their picks where
the server has any, as QuakeML), stations.csv and stations.xml (StationXML with responses), and the
records, as miniSEED: around each event in mseed/ or, with --records continuous, all of them in
continuous/mseed/. Servers are asked slowly, and again where they fail. A run that was stopped goes
on when the same command is given again; what is there is not fetched twice, and what the servers
do not have is asked for once (--again 1: once more). fetch.json tells what is missing, and why.

Example:
  python -m deepquake.tools.fetch_records --servers NCEDC --around 38.8 -122.8 30 \\
      --starttime 2024-03-01 --endtime 2024-03-08 --dataset_dir input/geysers
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.locks import hold
from deepquake.core.report import Report
from deepquake.core.text import counted, number_of, size_of

if TYPE_CHECKING:
    import argparse

    from deepquake.tools.fetch.plan import FetchRegion, FetchRequest

KEYS = ["sensor_order", "debug"]
NO_EVENT_SERVER = "none"
SHOWN_STATIONS = 6


def main() -> None:
    """Fetch what the command line asks for."""
    parser = cli.make_parser(__doc__, KEYS)
    _add_arguments(parser)
    args = parser.parse_args()
    settings = cli.load_settings(args)
    if not args.servers:
        parser.error("--servers names no server")
    if args.endtime <= args.starttime:
        parser.error("--endtime must be later than --starttime")
    if args.endtime > time.time():
        parser.error("--endtime lies in the future; records are fetched once and for all")

    from deepquake.tools.fetch.run import SUMMARY_FILE, fetch_dataset
    from deepquake.tools.fetch.servers import Patience

    request = _request_of(args, settings.records.sensors)
    patience = Patience(args.pause_s, args.timeout_s, args.attempts, args.wait_s)
    report = Report()
    with hold(args.dataset_dir, SUMMARY_FILE):
        values = fetch_dataset(
            request,
            patience,
            report,
            again=args.again,
            connections=args.connections,
            debug=settings.run.debug,
        )
    report.print_summary(settings.run.debug)
    if not values:
        cli.say(
            f"{args.dataset_dir}: all of this has been fetched already; --again 1 asks once more "
            "for what the servers did not have"
        )
        return
    print(describe_fetch(values), flush=True)
    if not values["complete"]:
        raise DeepQuakeError(
            f"{args.dataset_dir}: not all could be fetched ({SUMMARY_FILE} tells what); the same "
            "command again goes on from here"
        )
    cli.say(f"now: python -m deepquake.tools.check_dataset --dataset_dir {args.dataset_dir}")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add, number = parser.add_argument, cli.in_range(float)
    add("--dataset_dir", required=True, type=Path, help="folder to write, such as input/mynet")
    names = "FDSN servers, the first to be asked first: names that ObsPy knows, or http://..."
    add("--servers", required=True, type=_names, metavar="NAME,NAME", help=names)
    region = parser.add_mutually_exclusive_group(required=True)
    box = ("SOUTH", "NORTH", "WEST", "EAST")
    degrees = "stations and events between these latitudes and longitudes (degrees)"
    region.add_argument("--region", nargs=4, type=float, metavar=box, help=degrees)
    circle = "stations and events within so many km of a point (degrees)"
    around = ("LAT", "LON", "KM")
    region.add_argument("--around", nargs=3, type=float, metavar=around, help=circle)
    for name, what in (("--starttime", "begin"), ("--endtime", "end")):
        meaning = f"{what} (UTC), e.g. 2024-03-01 or 2024-03-01T12:00"
        add(name, required=True, type=cli.utc_time, metavar="ISO", help=meaning)
    kinds = "records: around each event, all of the time, or none (default: events)"
    add("--records", choices=("events", "continuous", "none"), default="events", help=kinds)
    before = "with --records events: how long before each origin time (s, default: 120)"
    add("--before_s", type=number, default=120.0, help=before)
    add("--after_s", type=number, default=180.0, help="and how long after it (s, default: 180)")
    who = f"who is asked for events (default: the first of --servers; {NO_EVENT_SERVER}: nobody)"
    add("--event_server", default="", metavar="NAME", help=who)
    own = "a catalogue of your own, in any format of step 0: no server is asked for events"
    add("--catalog_path", type=Path, help=own)
    add("--min_magnitude", type=float, help="only events of this magnitude or more")
    for name in ("networks", "stations"):
        meaning = f"codes of {name}, with * and ? (default: all)"
        add(f"--{name}", default="*", metavar="CODE,CODE", help=meaning)
    add("--again", type=int, choices=(0, 1), default=0, help="1: ask anew for what was not there")
    pause = "seconds between two requests to one server (default: 0.5)"
    add("--pause_s", type=number, default=0.5, help=pause)
    several = "requests to a server at a time (default: 2)"
    add("--connections", type=cli.in_range(int, 1, 10), default=2, help=several)
    silent = "seconds after which a silent server has failed (default: 120)"
    add("--timeout_s", type=cli.in_range(float, above=0), default=120.0, help=silent)
    tries = "how often a request that fails is made (default: 3)"
    add("--attempts", type=cli.in_range(int, 1, 20), default=3, help=tries)
    wait = "seconds before the second time, doubled each further time (default: 10)"
    add("--wait_s", type=number, default=10.0, help=wait)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _request_of(args: argparse.Namespace, sensors: tuple[str, ...]) -> FetchRequest:
    from deepquake.tools.fetch.plan import FetchRequest

    event_server = args.event_server or args.servers[0]
    if args.catalog_path is not None or event_server == NO_EVENT_SERVER:
        event_server = ""
    if args.records == "events" and not event_server and args.catalog_path is None:
        raise DeepQuakeError(
            "--records events needs events: of a server (--event_server), or --catalog_path"
        )
    return FetchRequest(
        dataset_dir=args.dataset_dir,
        region=_region_of(args),
        start_s=float(math.floor(args.starttime)),
        end_s=float(math.floor(args.endtime)),
        servers=args.servers,
        event_server=event_server,
        records=args.records,
        networks=args.networks,
        stations=args.stations,
        sensors=sensors,
        min_magnitude=args.min_magnitude,
        catalog_path=args.catalog_path,
        before_s=args.before_s,
        after_s=args.after_s,
    )


def _region_of(args: argparse.Namespace) -> FetchRegion:
    """Return the region of the command line; an error where it is none."""
    from deepquake.tools.fetch.plan import FetchRegion

    if args.around:
        latitude, longitude, radius_km = args.around
        if not (abs(latitude) <= 90 and abs(longitude) <= 180 and radius_km > 0):
            raise DeepQuakeError("--around takes latitude, longitude (degrees) and a distance (km)")
        return FetchRegion(latitude=latitude, longitude=longitude, radius_km=radius_km)
    south, north, west, east = args.region
    if not (-90 <= south < north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise DeepQuakeError("--region takes SOUTH NORTH WEST EAST, in degrees, south below north")
    if west >= east:
        raise DeepQuakeError(
            f"--region: {west:g} is not west of {east:g}; a region across 180 degrees is asked for "
            "with --around"
        )
    return FetchRegion(south, north, west, east)


def describe_fetch(values: dict[str, Any]) -> str:
    """Return what the user is told of what fetch.json holds."""
    records = values["records"]
    lines = [
        f"stations: {values['stations']}, StationXML of {values['stationXml']}",
        f"records: {records['fetched']} files fetched ({size_of(values['bytes'])}), "
        f"{records['here']} were here, {records['absent']} are at no server, "
        f"{records['failed']} could not be got; {values['requests']} requests",
    ]
    if values["missing"]:
        missing = {name: counts["files"] for name, counts in values["missing"].items()}
        lines.append(f"missing, by station: {counted(missing, SHOWN_STATIONS)}")
    if values["failures"]:
        lines.append(f"failed: {counted(values['failures'], SHOWN_STATIONS)}")
    if values["piecesNotAskedFor"]:
        pieces = number_of(values["piecesNotAskedFor"], "piece")
        lines.append(f"not asked for: {pieces}, for the servers failed again and again")
    return "\n".join(lines)


if __name__ == "__main__":
    cli.run(main)
