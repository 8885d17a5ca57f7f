"""Small waveform files for the tests."""

from pathlib import Path

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.reading import read
from deepquake.waveforms.recording import Recording, Segment
from deepquake.waveforms.scan import scan

SETTINGS = RecordSettings()
START = UTCDateTime(2024, 3, 1, 12, 0, 0)


def noise(n_samples: int, seed: int = 1) -> np.ndarray:
    """Return whole numbers that look like a seismogram at rest (int32)."""
    return np.random.default_rng(seed).normal(0, 500, n_samples).astype(np.int32)


def trace(
    data: np.ndarray,
    channel: str = "HHZ",
    start: UTCDateTime = START,
    rate: float = 100.0,
    station: str = "ABC",
    location: str = "",
    network: str = "XX",
) -> Trace:
    """Return a trace of these samples."""
    header = {"network": network, "station": station, "location": location, "channel": channel}
    return Trace(np.ascontiguousarray(data), header | {"starttime": start, "sampling_rate": rate})


def write(path: Path, *traces: Trace, format: str = "MSEED", **options) -> Path:
    """Write traces to a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Stream(list(traces)).write(str(path), format=format, **options)
    return path


def damage(path: Path) -> Path:
    """Write the checksum of a GSE2 file anew: its headers can be read, its samples cannot."""
    content = bytearray(path.read_bytes())
    at = content.index(b"CHK2") + 5
    content[at : at + 8] = b"%8d" % 123
    path.write_bytes(content)
    return path


def three(n_samples: int, start: UTCDateTime = START, **options) -> list[Trace]:
    """Return the three components of a station."""
    return [
        trace(noise(n_samples, seed), f"HH{component}", start, **options)
        for seed, component in enumerate("ZNE", 1)
    ]


def scanned(
    path: Path, settings: RecordSettings = SETTINGS, **options
) -> tuple[list[Recording], Report]:
    """Return what scan finds in a file or folder, and its report."""
    report = Report()
    return scan(path, settings, report, **options), report


def messages(report: Report) -> str:
    """Return the problems of a report, one a line."""
    return "\n".join(str(problem) for problem in report.problems)


def only(path: Path, report: Report | None = None) -> Recording:
    """Return the one recording in a file or folder."""
    (recording,) = scan(path, SETTINGS, report or Report())
    return recording


def whole(path: Path) -> Segment:
    """Return all samples of the one recording in a file or folder."""
    recording = only(path)
    return read(recording, *recording.span())


def vertical(path: Path) -> np.ndarray:
    """Return the vertical component of the one recording in a file or folder."""
    return whole(path).data[0]


def same(row: np.ndarray, samples: np.ndarray, tolerance: float = 0.0) -> bool:
    """Tell whether a row holds these samples but for a constant."""
    row, samples = np.asarray(row, float), np.asarray(samples, float)
    return len(row) == len(samples) and np.allclose(
        row - row[0], samples - samples[0], rtol=0, atol=tolerance
    )


def stored(path: Path, record_length: int = 512) -> np.ndarray:
    """Return the records of a miniSEED file, one per row."""
    return np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, record_length)
