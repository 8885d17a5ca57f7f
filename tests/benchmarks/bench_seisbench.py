"""How fast a data set of SeisBench's format is taken in: traces of 60 s, 3 components, 100 Hz."""

import resource
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from deepquake.core.settings import Settings  # noqa: E402
from deepquake.tools.sets.importing import import_set  # noqa: E402
from tests.tools.sets.made_sets import event_row  # noqa: E402

N_TRACES, BUCKET_TRACES, N_STATIONS, N_SAMPLES = 20_000, 1024, 200, 6000


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
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "public_set")
        write_large_set(source, N_TRACES)
        n_mb = (source / "waveforms.hdf5").stat().st_size / 1e6
        clock, processor = time.perf_counter(), time.process_time()
        import_set(source, Path(folder, "prep"), Settings())
        took_s, worked_s = time.perf_counter() - clock, time.process_time() - processor
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"seisbench import, {N_TRACES} traces ({n_mb:.0f} MB): {worked_s:.1f} s of processor, "
        f"{took_s:.1f} s on the clock, {N_TRACES / worked_s:.0f} traces and "
        f"{n_mb / worked_s:.0f} MB a second of processor, {peak_mb:.0f} MB of memory"
    )


if __name__ == "__main__":
    main()
