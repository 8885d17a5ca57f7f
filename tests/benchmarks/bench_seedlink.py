"""Records received from a SeedLink server: what they take of a processor.

    python tests/benchmarks/run.py seedlink

A server in a process of its own has two minutes of some hundred stations with three components.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from multiprocessing.queues import Queue
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from deepquake.waveforms.seedlink.receiving import SeedlinkRequest, receive  # noqa: E402
from deepquake.waveforms.seedlink.request import parse_stations  # noqa: E402
from tests.waveforms.seedlink.seedlink_server import (  # noqa: E402
    START,
    SeedlinkServer,
    made_records,
    serving,
)

SECONDS = 120.0


def main() -> None:
    """Receive all that the server has, and print how much of the time of a processor it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=200)
    n_stations = parser.parse_args().stations
    ports: Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=_serve, args=(n_stations, ports), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        begin_s = START.timestamp
        request = SeedlinkRequest(
            address=("127.0.0.1", ports.get()),
            stations=parse_stations("XX_*"),
            folder=Path(folder),
            begin_s=begin_s,
            end_s=begin_s + 2 * SECONDS,
        )
        began_s = time.process_time()
        n_records = receive(request, print).records.total()
        took_s = time.process_time() - began_s
    server.terminate()
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{n_stations} stations, {n_records} records of {SECONDS:.0f} s: {took_s:.1f} s of the "
        f"processor, {took_s / SECONDS:.1%} of one, {1e6 * took_s / n_records:.0f} us a record; "
        f"{memory_mb:.0f} MB"
    )


def _serve(n_stations: int, ports: "Queue[int]") -> None:
    server = SeedlinkServer()
    channels = [made_records("AAAA", f"HH{component}", seconds=SECONDS) for component in "ZNE"]
    for number in range(n_stations):
        code = f"S{number:03d} ".encode()
        records = [record for at_once in zip(*channels, strict=False) for record in at_once]
        renamed = [record[:8] + code + record[13:] for record in records]
        server.add(renamed, f"XX_{code.decode().strip()}")
    with serving(server):
        ports.put(server.port)
        time.sleep(3600)


if __name__ == "__main__":
    main()
