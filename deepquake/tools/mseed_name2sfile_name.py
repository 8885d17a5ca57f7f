"""Print an s-file's name as the start of a waveform file, named in SEISAN's way, would make it.

An s-file is named by the origin time of its event, which is seldom to the second that at which the
record starts: the s-file of the event in it mostly has another name. Rarely needed now: events and
waveforms are put together by station and time, whatever their files are called.
2014-08-24-0001-00S.Z7____036.mseed gives 24-0001-00L.S201408. Nothing is renamed.

Example:
  python -m deepquake.tools.mseed_name2sfile_name --stream_path input/demo/mseed
"""

import re
from pathlib import Path

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below

# SEISAN: year-month-day-hourminute-second, then the kind of file and the recording network.
WAVEFORM_NAME = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(\d{4})-(\d\d)")


def main() -> None:
    """Run the tool from the command line."""
    parser = cli.make_parser(__doc__)
    add = parser.add_argument
    add("--stream_path", required=True, type=Path, help="waveform file, or folder of them")
    add("--distance", choices="LRD", default="L", help="local, regional or distant (default: L)")
    args = parser.parse_args()
    path, found = args.stream_path, 0
    # a name is enough: there need be no file of it
    names = sorted(p.name for p in files_below(path)) if path.is_dir() else [path.name]
    for name in names:
        sfile = sfile_name_of(name, args.distance)
        found += sfile is not None
        print(f"{name}  {sfile or '(not named in the way of SEISAN)'}")
    if not found:
        raise DeepQuakeError(f"{path}: no name like 2014-08-24-0001-00S.Z7____036")


def sfile_name_of(name: str, distance: str = "L") -> str | None:
    """Return the name of an s-file whose origin time is that in the name of a waveform file.

    Parameters
    ----------
    name : str
        The name of the waveform file.
    distance : str, optional
        L (local), R (regional) or D (distant).

    Returns
    -------
    str or None
        None where the file is not named in SEISAN's way.
    """
    match = WAVEFORM_NAME.match(name)
    if match is None:
        return None
    year, month, day, clock, second = match.groups()
    return f"{day}-{clock}-{second}{distance}.S{year}{month}"


if __name__ == "__main__":
    cli.run(main)
