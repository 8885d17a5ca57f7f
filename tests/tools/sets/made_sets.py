"""A made-up data set in SeisBench's format, written as its WaveformDataWriter does."""

import csv
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from deepquake.core.times import iso

T0 = 1_400_000_000.0
RATE_HZ = 100.0
P_SAMPLE, S_SAMPLE = 2500, 3100
SAMPLES = 9000


def trace_samples(number: int, n_samples: int = SAMPLES, with_event: bool = True) -> np.ndarray:
    """Return whole counts (3, samples): noise and, with an event, a P and an S."""
    rng = np.random.default_rng(number)
    samples = rng.normal(scale=50, size=(3, n_samples))
    if with_event:
        times = np.arange(n_samples)
        for onset, scale in ((P_SAMPLE, 1000), (S_SAMPLE, 2000)):
            after = times >= onset
            fade = np.exp(-(times[after] - onset) / 300)
            samples[:, after] += scale * fade * rng.normal(size=(3, after.sum()))
    return np.rint(samples).astype(np.float32)


def event_row(number: int, station: str = "ABCD", start_s: float | None = None) -> dict[str, Any]:
    """Return what a table says of a trace with an event, but for its name."""
    start_s = T0 + 1000.0 * number if start_s is None else start_s
    return {
        "trace_start_time": iso(start_s),
        "trace_sampling_rate_hz": RATE_HZ,
        "trace_npts": SAMPLES,
        "trace_channel": "HH",
        "station_network_code": "XX",
        "station_code": station,
        "station_location_code": "",
        "station_latitude_deg": 40.5,
        "station_longitude_deg": 15.5,
        "station_elevation_m": 800.0,
        "trace_P_arrival_sample": P_SAMPLE,
        "trace_P_status": "manual",
        "trace_S_arrival_sample": S_SAMPLE,
        "trace_S_status": "automatic",
        "source_id": f"event{number}",
        "source_origin_time": iso(start_s + 20.0),
        "source_latitude_deg": 40.0 + number / 100,
        "source_longitude_deg": 15.0,
        "source_depth_km": 8.0,
        "source_magnitude": 2.1,
        "split": ("train", "dev", "test")[number % 3],
    }


def noise_row(number: int, station: str = "ABCD") -> dict[str, Any]:
    """Return what a table says of a trace of noise."""
    row = event_row(number, station, T0 + 1e6 + 10_000.0 * number)
    kept = {key: row[key] for key in row if key.startswith(("trace_s", "trace_n", "station"))}
    return {**kept, "trace_channel": "HH", "trace_category": "noise", "split": "train"}


def write_set(
    folder: Path,
    rows: list[dict[str, Any]],
    samples: list[np.ndarray],
    chunk: str = "",
    dimension_order: str = "CW",
    component_order: str = "ZNE",
    in_buckets: bool = True,
) -> Path:
    """Write a data set, or a chunk of one.

    Parameters
    ----------
    folder : Path
        Where it is written.
    rows : list of dict
        What the table says of each trace; the names are added.
    samples : list of numpy.ndarray
        Of each trace (components, samples).
    chunk : str
        The ending of the names of its files.
    dimension_order, component_order : str
        How the samples are written.
    in_buckets : bool
        Four traces in an array, or each in one of its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [dict(row) for row in rows]
    if dimension_order == "WC":
        samples = [array.T for array in samples]
    with h5py.File(folder / f"waveforms{chunk}.hdf5", "w") as file:
        data = file.create_group("data")
        step = 4 if in_buckets else 1
        for first in range(0, len(rows), step):
            some, name = samples[first : first + step], f"bucket{first}{chunk}"
            shape = np.max([array.shape for array in some], axis=0)
            together = np.zeros((len(some), *shape), some[0].dtype)
            for number, array in enumerate(some):
                together[number][tuple(slice(length) for length in array.shape)] = array
                place = ",".join([str(number), *(f":{length}" for length in array.shape)])
                rows[first + number]["trace_name"] = f"{name}${place}" if in_buckets else name
            data.create_dataset(name, data=together if in_buckets else together[0])
        told = file.create_group("data_format")
        told["dimension_order"], told["component_order"] = dimension_order, component_order
        told["sampling_rate"] = RATE_HZ
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (folder / f"metadata{chunk}.csv").open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, columns)
        writer.writeheader()
        writer.writerows(rows)
    return folder
