"""What a day cut into 5000 pieces costs to scan, read and filter, against the whole day.

Times are those of the processor, which other work on the machine does not change much. Reading the
whole day with ``obspy.read`` is shown beside. Run: python tests/benchmarks/bench_pieces.py
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from obspy import Trace, UTCDateTime, read

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deepquake.core.report import Report  # noqa: E402
from deepquake.core.settings import RecordSettings, Settings  # noqa: E402
from deepquake.waveforms.filtering import filter_segment  # noqa: E402
from deepquake.waveforms.reading import read as read_recording  # noqa: E402
from deepquake.waveforms.scan import scan  # noqa: E402

N_SAMPLES = 8_640_000
N_PIECES = 5000
WANTED_RATIO = 2.0
REPEATS = 3


def main() -> None:
    """Print the processor seconds of a whole day, of a day in pieces, and their ratio."""
    records = Settings().records
    with tempfile.TemporaryDirectory() as folder:
        whole, pieces = Path(folder, "whole"), Path(folder, "pieces")
        write_day(whole, 1)
        write_day(pieces, N_PIECES)
        whole_s = min(_timed(lambda: _use(whole, records)) for _ in range(REPEATS))
        pieces_s = min(_timed(lambda: _use(pieces, records)) for _ in range(REPEATS))
        obspy_s = min(_timed(lambda: read(str(whole))) for _ in range(REPEATS))
        obspy_pieces_s = min(_timed(lambda: read(str(pieces))) for _ in range(REPEATS))
    print(
        f"a day, scanned, read and filtered: whole {whole_s:.2f} s, in {N_PIECES} pieces "
        f"{pieces_s:.2f} s: {pieces_s / whole_s:.2f} times (wanted {WANTED_RATIO:.0f} at most)"
    )
    print(f"obspy.read alone: whole {obspy_s:.2f} s, in pieces {obspy_pieces_s:.2f} s")


def write_day(path: Path, n_pieces: int) -> None:
    """Write three components of a day, at 100 samples per second, in pieces with gaps between."""
    rng = np.random.default_rng(1)
    cuts = np.sort(rng.choice(np.arange(1000, N_SAMPLES - 1000), n_pieces - 1, replace=False))
    with path.open("wb") as file:
        for component in "ZNE":
            data = rng.normal(0, 60, N_SAMPLES).astype(np.int32)
            for begin, end in zip([0, *cuts], [*cuts, N_SAMPLES], strict=True):
                end = max(begin + 10, end - 200) if n_pieces > 1 else end
                header = {
                    "network": "XX",
                    "station": "DAY",
                    "channel": f"HH{component}",
                    "sampling_rate": 100.0,
                    "starttime": UTCDateTime(2024, 3, 1) + float(begin) / 100,
                }
                Trace(data[begin:end].copy(), header).write(
                    file, format="MSEED", encoding="STEIM2", reclen=512
                )


def _use(path: Path, records: RecordSettings) -> None:
    (recording,) = scan(path, records, Report())
    segment = read_recording(recording, *recording.span())
    filter_segment(segment, records.sampling_rate, (2.0, 0.0))


def _timed(action: Callable[[], object]) -> float:
    begin = time.process_time()
    action()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
