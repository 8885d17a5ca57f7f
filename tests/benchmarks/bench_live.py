"""Step 6 --follow 1: how many stations of three components it keeps up with, and how late it is.

An SDS archive of made records grows by some seconds at a time, as from a server; each time the
follower has its turn. What counts is how long a turn takes: more than what was recorded meanwhile,
and it falls behind. The first turn, which reads what is there, is left out.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.made_data import BEGIN, RATE, stream  # noqa: E402

BEFORE_S, RECORD_BYTES = 200.0, 512
EVERY_S = 60.0  # from one earthquake to the next
N_MADE = 4  # stations whose records differ; the others have theirs
STATION_CODE = slice(8, 13)  # in the header of a record


def main() -> None:
    """Print what a turn takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stations", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5.0, help="of records in a turn")
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        _measure(Path(name), args)


def _measure(folder: Path, args: argparse.Namespace) -> None:
    from deepquake.core import configuration
    from deepquake.detection.detector import load_detector
    from deepquake.detection.following.following import open_follower
    from deepquake.detection.run import DetectionRequest
    from deepquake.learning.spec import checkpoint_folder

    seconds = BEFORE_S + args.seconds * args.turns
    packets = [_records_of(number, seconds) for number in range(N_MADE)]
    _write_stations(folder / "stations.csv", args.stations)
    settings = configuration.load({"stations_path": str(folder / "stations.csv")})
    detector = load_detector(checkpoint_folder(Path("pretrained")), settings)
    begin_s = BEGIN.timestamp
    request = DetectionRequest(
        folder / "sds", detector.checkpoint_dir, folder / "out", starttime_s=begin_s
    )
    (folder / "sds").mkdir()
    follower = open_follower(request, detector)
    follower.n_threads = args.threads
    told_s, walls, used = 0.0, [], []
    for turn in range(args.turns + 1):
        until_s = BEFORE_S + turn * args.seconds
        _append(folder / "sds", packets, args.stations, since_s=told_s, until_s=until_s)
        told_s = until_s
        wall_s, used_s = time.perf_counter(), time.process_time()
        follower.turn()
        walls.append(time.perf_counter() - wall_s)
        used.append(time.process_time() - used_s)
        print(f"  turn {turn}: {walls[-1]:.2f} s, of processors {used[-1]:.2f} s", flush=True)
    wall_s, used_s = float(np.median(walls[1:])), float(np.median(used[1:]))
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"| {args.stations} stations, {args.seconds:g} s of records in a turn, {args.threads} "
        f"threads | {wall_s:.2f} s a turn, of processors {used_s:.2f} s | keeps up with "
        f"{args.stations * args.seconds / wall_s:.0f} stations; by the processors' time, of "
        f"{args.threads} idle ones, {args.threads * args.stations * args.seconds / used_s:.0f} "
        f"| {len(follower.arrivals)} arrivals, {len(follower.events)} events; {memory_mb:.0f} MB |"
    )


def _records_of(number: int, seconds: float) -> list[tuple[str, float, bytes]]:
    """Return the records of a station in order: channel, end (s since the begin), bytes."""
    rng = np.random.default_rng(number)
    n_samples = round(seconds * RATE)
    data = rng.normal(0, 60, (3, n_samples))
    for second in np.arange(EVERY_S / 2, seconds - 20, EVERY_S):
        at = round((second + number) * RATE)
        envelope = 3000 * np.exp(-np.arange(1500) / 300)
        data[:, at : at + 1500] += envelope * rng.normal(size=(3, 1500))
    found = []
    for trace in stream(data.astype(np.int32), BEGIN, "S0000"):
        file = BytesIO()
        trace.write(file, format="MSEED", encoding="STEIM2", reclen=RECORD_BYTES)
        records, n_before = file.getvalue(), 0
        for first in range(0, len(records), RECORD_BYTES):
            record = records[first : first + RECORD_BYTES]
            n_before += int.from_bytes(record[30:32], "big")
            found.append((trace.stats.channel, n_before / RATE, record))
    return sorted(found, key=lambda record: record[1])


def _append(
    folder: Path, packets: list, n_stations: int, *, since_s: float, until_s: float
) -> None:
    """Append the records that end in a span to the files of all stations."""
    lots: list[dict[str, bytearray]] = []
    for of_station in packets:
        lots.append({})
        for channel, end_s, record in of_station:
            if since_s < end_s <= until_s:
                lots[-1].setdefault(channel, bytearray()).extend(record)
    day = f"{BEGIN.year}.{BEGIN.julday:03d}"
    for station in range(n_stations):
        code = f"S{station:04d}"
        for channel, records in lots[station % len(packets)].items():
            for first in range(0, len(records), RECORD_BYTES):
                records[first + STATION_CODE.start : first + STATION_CODE.stop] = code.encode()
            path = folder / f"{BEGIN.year}/XX/{code}/{channel}.D/XX.{code}..{channel}.D.{day}"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(records)


def _write_stations(path: Path, n_stations: int) -> None:
    """Write a network over some 200 km."""
    rng = np.random.default_rng(1)
    rows = [
        f"XX.S{k:04d},{46 + rng.uniform(-1, 1):.4f},{8 + rng.uniform(-1.3, 1.3):.4f},500"
        for k in range(n_stations)
    ]
    path.write_text("\n".join(["code,latitude,longitude,elevation_m", *rows]) + "\n")


if __name__ == "__main__":
    main()
