"""Made-up station-days to measure with: three components, 100 samples per second, Steim-2.

And untrained networks to run over them.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from obspy import Stream, Trace, UTCDateTime

RATE = 100.0
DAY_S = 86400
BEGIN = UTCDateTime(2024, 3, 1)
EVERY_S = 3600  # from one earthquake to the next
COMPONENTS = "ZNE"


def write_days(
    folder: Path, n_days: int = 1, station: str = "DAY", n_files: int = 1, seconds: float = DAY_S
) -> Path:
    """Write ``n_days`` files of a station into a folder, each cut into ``n_files``; return it.

    An earthquake an hour stands out of the noise.
    """
    folder.mkdir(parents=True, exist_ok=True)
    n_samples = round(seconds * RATE)
    for day in range(n_days):
        rng = np.random.default_rng(day)
        data = rng.normal(0, 60, (3, n_samples))
        for second in range(EVERY_S // 2, int(seconds) - 60, EVERY_S):
            at = round(second * RATE)
            envelope = 3000 * np.exp(-np.arange(4000) / 800)
            data[:, at : at + 4000] += envelope * rng.normal(size=(3, 4000))
        edges = np.linspace(0, n_samples, n_files + 1).round().astype(int)
        for number, (first, end) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            start = BEGIN + day * seconds + float(first) / RATE
            path = folder / f"{start.strftime('%Y-%m-%dT%H%M%S')}.{number:04d}.{station}.mseed"
            stream(data[:, first:end].astype(np.int32), start, station).write(
                str(path), format="MSEED", encoding="STEIM2", reclen=4096
            )
    return folder


def stream(data: np.ndarray, start: UTCDateTime, station: str = "DAY") -> Stream:
    """Return samples (3, n) as the traces of a station."""
    header = {"network": "XX", "station": station, "sampling_rate": RATE, "starttime": start}
    return Stream(
        Trace(row.copy(), header | {"channel": f"HH{component}"})
        for row, component in zip(data, COMPONENTS, strict=True)
    )


def write_catalog(path: Path, n_days: int = 1, stations: tuple[str, ...] = ("DAY",)) -> Path:
    """Write the catalogue of the earthquakes of ``write_days`` and return its path."""
    events = []
    for second in range(EVERY_S // 2, n_days * DAY_S - 60, EVERY_S):
        p = str(BEGIN + second)
        events.append(
            {
                "eventOriginTime": str(BEGIN + second - 3),
                "lat": 10.0,
                "lon": -67.0,
                "depth": 5.0,
                "detections": [{"station": station, "ptime": p} for station in stations],
            }
        )
    path.write_text(json.dumps({"events": events}))
    return path


def write_checkpoint(folder: Path, **settings: Any) -> Path:
    """Write an untrained network for three components as step 4 would; return the folder.

    It is a ConvNetQuake unless the settings tell another one.
    """
    from deepquake.core import configuration
    from deepquake.learning.checkpoints import save_checkpoint
    from deepquake.learning.networks import build
    from deepquake.learning.spec import INFERENCE, spec_of

    spec = spec_of(configuration.load({"component_N": True, "component_E": True, **settings}))
    weights = [weight.numpy() for weight in build(spec).weights]
    save_checkpoint(folder, spec, step=1, groups={INFERENCE: weights})
    return folder
