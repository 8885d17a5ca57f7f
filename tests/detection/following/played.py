"""Made records of a few stations that come in packet by packet, as a recorder sends them."""

import random
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np

from tests.made_data import seismogram, traces

START_S = 1_577_934_000.0  # 2020-01-02 03:00:00
DAY = "2020-01-02"
SECONDS = 150.0
STATIONS = ("AAA", "BBB", "CCC")
P_AT_S = (40.0, 90.0)
RECORD_BYTES = 512
Packet = tuple[Path, bytes]


def write_all(folder: Path, packets: list[Packet]) -> None:
    """Append packets to the files of a folder."""
    for path, data in packets:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with (folder / path).open("ab") as file:
            file.write(data)


def made_packets(
    start_s: float = START_S, seconds: float = SECONDS, p_at_s: Sequence[float] = P_AT_S
) -> list[Packet]:
    """Return the records of all stations in order of time, for the files of an SDS archive."""
    timed = []
    for number, station in enumerate(STATIONS):
        rng = np.random.default_rng(number)
        data = sum(seismogram(rng, at_s + 0.7 * number, seconds) for at_s in p_at_s)
        for trace in traces(data.astype(np.int32), start_s, station):
            file = BytesIO()
            trace.write(file, format="MSEED", reclen=RECORD_BYTES, encoding="STEIM2")
            records = file.getvalue()
            code = trace.stats.channel
            path = Path(f"2020/XX/{station}/{code}.D/XX.{station}..{code}.D.2020.002")
            n_records = len(records) // RECORD_BYTES
            timed += [
                (k / n_records, path, records[k * RECORD_BYTES : (k + 1) * RECORD_BYTES])
                for k in range(n_records)
            ]
    return [(path, data) for _, path, data in sorted(timed, key=lambda of: of[:2])]


def disordered(packets: list[Packet], seed: int = 1) -> list[Packet]:
    """Return packets out of order, some twice, and some late; some are missing."""
    draw = random.Random(seed)
    packets = [packet for k, packet in enumerate(packets) if k % 311 != 100]
    timed = [(k + draw.uniform(0, 30), packet) for k, packet in enumerate(packets)]
    timed += [(k + draw.uniform(0, 60), p) for k, p in enumerate(packets) if draw.random() < 0.05]
    late = {draw.randrange(len(timed)) for _ in range(3)}
    timed = [(at + 200 * (k in late), packet) for k, (at, packet) in enumerate(timed)]
    return [packet for _, packet in sorted(timed, key=lambda of: of[0])]


def in_turns(packets: list[Packet], n_turns: int) -> Iterator[list[Packet]]:
    """Yield packets in so many lots."""
    edges = np.linspace(0, len(packets), n_turns + 1).astype(int).tolist()
    for first, end in zip(edges[:-1], edges[1:], strict=True):
        yield packets[first:end]
