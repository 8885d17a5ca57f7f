"""Receive records from a SeedLink server into an archive on disk.

Adds each record as it comes to ARCHIVE/YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY (an SDS
archive, miniSEED). Runs until it is stopped (Ctrl-C). A connection that is lost is made again, and
a run that is started again goes on where the last one was, as far back as the server remembers;
what comes twice is written once. With --endtime the records of a span are received, no more.

Example:
  python -m deepquake.tools.seedlink --server geofon.gfz.de:18000 \\
      --stations "CH_DAVOX,GE_*:HH? BH?" --output_dir input/sds
"""

import time
from pathlib import Path

from deepquake.core import cli
from deepquake.core.text import utc

KEYS = ["sensor_order"]


def main() -> None:
    """Receive what the command line asks for."""
    from deepquake.waveforms.seedlink.request import parse_server, parse_stations

    parser = cli.make_parser(__doc__, KEYS)
    add = parser.add_argument
    server = "the server; the port is 18000 where none is given"
    add("--server", required=True, type=cli.told(parse_server), metavar="HOST:PORT", help=server)
    stations = (
        "NET_STA with * and ?, and which channels: 'CH_*:HH? BHZ' (default: the sensors of "
        "--sensor_order); '' is the only station of a server that has no more"
    )
    add("--stations", required=True, type=cli.told(parse_stations), metavar="LIST", help=stations)
    add("--output_dir", required=True, type=Path, help="the archive, such as input/sds")
    since = "records from this time on (UTC), where none came before, e.g. 2024-03-01T12:00"
    add("--starttime", type=cli.utc_time, metavar="ISO", help=f"{since} (default: the newest)")
    until = "records before this time, no more; with --starttime"
    add("--endtime", type=cli.utc_time, metavar="ISO", help=until)
    args = parser.parse_args()
    if args.endtime is not None and (args.starttime is None or args.starttime >= args.endtime):
        parser.error("--endtime needs an earlier --starttime")
    settings = cli.load_settings(args)

    from deepquake.waveforms.seedlink.receiving import SeedlinkRequest, receive

    request = SeedlinkRequest(
        address=args.server,
        stations=args.stations,
        folder=args.output_dir,
        sensors=settings.records.sensors,
        begin_s=args.starttime,
        end_s=args.endtime,
    )
    receive(request, lambda line: cli.say(f"{utc(time.time())} {line}"))


if __name__ == "__main__":
    cli.run(main)
