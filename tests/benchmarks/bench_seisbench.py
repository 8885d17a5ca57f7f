"""How fast a data set in SeisBench's format is taken in: traces of 60 s, three components, 100 Hz.

Run by hand: python -m tests.benchmarks.bench_seisbench /tmp/bench --traces 20000
"""

import argparse
import resource
import shutil
import time
from pathlib import Path

import h5py
import numpy as np

from deepquake.core.settings import Settings
from deepquake.tools.sets.importing import import_set
from tests.tools.sets.made_sets import event_row

BUCKET_TRACES, N_STATIONS, N_SAMPLES = 1024, 200, 6000


def write_large_set(folder: Path, n_traces: int) -> None:
    """Write a data set of events that 200 stations record, in arrays of 1024 traces."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    noise = np.rint(rng.normal(scale=300, size=(3, N_SAMPLES * 4))).astype(np.float32)
    with (
        h5py.File(folder / "waveforms.hdf5", "w") as file,
        (folder / "metadata.csv").open("w", encoding="utf-8") as table,
    ):
        told = file.create_group("data_format")
        told["dimension_order"], told["component_order"] = "CW", "ZNE"
        data = file.create_group("data")
        for first in range(0, n_traces, BUCKET_TRACES):
            some = range(first, min(first + BUCKET_TRACES, n_traces))
            shifts = rng.integers(0, N_SAMPLES * 3, len(some))
            samples = np.stack([noise[:, shift : shift + N_SAMPLES] for shift in shifts])
            data.create_dataset(f"bucket{first}", data=samples)
            for place, number in enumerate(some):
                row = event_row(number // N_STATIONS, f"S{number % N_STATIONS:03d}")
                row |= {"trace_npts": N_SAMPLES}
                row |= {"trace_name": f'"bucket{first}${place},:3,:{N_SAMPLES}"'}
                if number == 0:
                    table.write(",".join(row) + "\n")
                table.write(",".join(map(str, row.values())) + "\n")


def main() -> None:
    """Write a data set, take it in, and tell how long that takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--traces", type=int, default=20_000)
    args = parser.parse_args()
    source, prep = args.folder / "public_set", args.folder / "prep"
    if not source.exists():
        write_large_set(source, args.traces)
    shutil.rmtree(prep, ignore_errors=True)
    n_bytes = (source / "waveforms.hdf5").stat().st_size
    began, began_cpu = time.perf_counter(), time.process_time()
    import_set(source, prep, Settings())
    taken_s, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{args.traces} traces, {n_bytes / 1e6:.0f} MB: {taken_s:.1f} s ({cpu_s:.1f} s of a core)"
    )
    print(f"{args.traces / taken_s:.0f} traces/s, {n_bytes / 1e6 / taken_s:.0f} MB/s")
    print(f"most memory {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
