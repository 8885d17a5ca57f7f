"""Near the end of a record: what a UNet finds there, and how much of it the whole record confirms.

Real records, those of DEEPQUAKE_SHARED_DATA or of ../shared/data, are searched whole, and up to
ends that come one after another. What is found a given time before an end counts as staying where
the search of the whole record finds the same phase within 0.1 s. Step 6 --follow 1 holds back by
it what it tells.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from obspy import Stream, UTCDateTime, read  # noqa: E402

from deepquake.detection.detector import Detector  # noqa: E402
from deepquake.detection.stations import Detection  # noqa: E402
from deepquake.learning.picking.matching import match_arrivals  # noqa: E402
from tests.benchmarks.arrival_networks import DATA  # noqa: E402

STATIONS = {"hengill": 8, "ridgecrest": 2}
BEFORE_S = 200.0  # more of a record than decides what is found at its end
FIRST_END_S, EVERY_S = 60.0, 3.7  # of one end to the next: each at another place of an event
BEHIND_S = ((5, 8), (8, 12), (12, 16), (16, 20))
SAME_S, SURE = 0.1, 0.9


def main() -> None:
    """Print how much stays, by how far behind the arrival the record goes on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint_dir", default="pretrained")
    parser.add_argument("--sets", nargs="+", choices=STATIONS, default=list(STATIONS))
    args = parser.parse_args()
    if not DATA.is_dir():
        print(f"left out: there are no records at {DATA} (DEEPQUAKE_SHARED_DATA)")
        return
    detector = Detector.load(args.checkpoint_dir)
    counted: Counter[tuple] = Counter()
    for name in args.sets:
        by_station: dict[str, Stream] = {}
        for path in sorted((DATA / name / "mseed").iterdir()):
            for trace in read(path):
                by_station.setdefault(trace.stats.station, Stream()).append(trace)
        for station in sorted(by_station)[: STATIONS[name]]:
            print(name, station, flush=True)
            counted += ends_of(detector, by_station[station])
    print("| behind | score | told P | stay | told S | stay | in the whole P | told | S | told |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for span in BEHIND_S:
        for least in (SURE, 0.0):
            cells: list[str] = []
            for side in ("told", "whole"):
                for phase in "PS":
                    n, same = (counted[span, least, side, phase, what] for what in ("all", "same"))
                    cells += [str(n), f"{same / max(n, 1):.3f}"]
            print(f"| {span[0]} to {span[1]} s | {least or 'any'} |", " | ".join(cells), "|")


def ends_of(detector: Detector, records: Stream) -> Counter[tuple]:
    """Count what is found before each of the ends of a record, and what should be."""
    counted: Counter[tuple] = Counter()
    whole = detector.detect(records).picks
    begin = min(trace.stats.starttime for trace in records)
    last_s = max(trace.stats.endtime for trace in records).timestamp - BEHIND_S[-1][1]
    for end_s in np.arange(begin.timestamp + FIRST_END_S, last_s, EVERY_S):
        end = UTCDateTime(end_s)
        told = detector.detect(records.slice(max(begin, end - BEFORE_S), end)).picks
        for span in BEHIND_S:
            for phase in "PS":
                for least in (SURE, 0.0):
                    key = span, least
                    near = [p for p in told if p.phase == phase and p.probability >= least]
                    there = [p for p in whole if p.phase == phase]
                    among = within(near, end_s, span)
                    counted[*key, "told", phase, "all"] += len(among)
                    counted[*key, "told", phase, "same"] += n_same(among, there)
                    among = within(there, end_s, span)
                    counted[*key, "whole", phase, "all"] += len(among)
                    counted[*key, "whole", phase, "same"] += n_same(among, near)
    return counted


def within(picks: Sequence[Detection], end_s: float, behind_s: tuple[int, int]) -> list[Detection]:
    """Return the picks that an end is so far behind."""
    return [p for p in picks if behind_s[0] <= end_s - p.time_s < behind_s[1]]


def n_same(picks: Sequence[Detection], others: Sequence[Detection]) -> int:
    """Return how many picks have one of their own among others."""
    of, among = ([p.time_s for p in these] for these in (picks, others))
    return int(np.sum(match_arrivals(of, among, tolerance_s=SAME_S).detection_of >= 0))


if __name__ == "__main__":
    main()
