"""All benchmarks, or those named: python tests/benchmarks/run.py [NAME ...]

'arrivals' takes hours, and is run by its name alone; what stands behind it are its options.

Each prints the ratio, measured in one run, to what it is compared with, and the absolute figures.
The data are made in a temporary folder (a station-month takes 1.3 GB for some minutes).
"""

import argparse
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
NAMES = {
    "step0": "1000 s-files, and 100,000 events in one file, against ObsPy",
    "preparation": "steps 1 to 3, and the window files of step 1, against the ObsPy way",
    "training": "step 4 from TFRecords on disk against arrays in memory",
    "detection": "step 6: a station-day, a month, 1000 short files",
    "station_day": "step 6 with a UNet: a station-day against ConvNetQuake, and the least work",
    "geometry": "100,000 events with 1,200,000 picks held against 100 stations",
    "association": "100,000 arrivals of 50 stations: their events, found and located",
    "archives": "steps 1 and 6: a station-month, 5000 files of 200 stations, 20,000 files",
    "seisbench": "20,000 traces in SeisBench's format taken in",
    "seedlink": "two minutes of 200 stations received from a SeedLink server",
    "live": "step 6 that follows 200 stations: what a turn of 5 s takes",
    "settling": "what stays of what is found near the end of a record (on real records)",
    "pieces": "a day in 5000 pieces against the whole day",
    "arrivals": "what the networks find on real records (--part ..., --help)",
}
BY_NAME_ALONE = "arrivals"


def main() -> None:
    """Run the benchmarks that are asked for, each in a process of its own."""
    listed = "\n".join(f"  {name:12} {what}" for name, what in NAMES.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"names:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"default: all of them but {BY_NAME_ALONE}"
    )
    given = sys.argv[1:]
    if given[:1] == [BY_NAME_ALONE]:
        _run(BY_NAME_ALONE, *given[1:])
        return
    names = parser.parse_args().names or [name for name in NAMES if name != BY_NAME_ALONE]
    for name in names:
        if name not in NAMES:
            parser.error(f"no benchmark '{name}'; there are {', '.join(NAMES)}")
    for name in names:
        print(f"== {name}: {NAMES[name]}", flush=True)
        _run(name)


def _run(name: str, *options: str) -> None:
    subprocess.run([sys.executable, str(FOLDER / f"bench_{name}.py"), *options], check=True)


if __name__ == "__main__":
    main()
