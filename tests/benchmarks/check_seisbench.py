"""Hold our data sets against SeisBench itself, in an environment of its own.

    python -m venv output/sb && output/sb/bin/pip install torch seisbench
    output/sb/bin/python tests/benchmarks/check_seisbench.py write input/made_by_seisbench
    output/sb/bin/python tests/benchmarks/check_seisbench.py read output/demo/seisbench

``write`` makes a small data set with SeisBench's own writer, to be taken in; ``read`` reads one
that we wrote, each trace of it, and looks whether it is louder behind its P than before it.
"""

import sys
from pathlib import Path

import numpy as np
import seisbench
import seisbench.data as sbd

N_TRACES, RATE_HZ, P_SAMPLE = 300, 100.0, 2500


def write(folder: Path) -> None:
    """Write traces of different lengths with SeisBench's writer."""
    rng = np.random.default_rng(1)
    with sbd.WaveformDataWriter(folder / "metadata.csv", folder / "waveforms.hdf5") as writer:
        writer.data_format = {"dimension_order": "CW", "component_order": "ZNE"}
        for number in range(N_TRACES):
            samples = rng.normal(scale=50, size=(3, 6000 + 7 * (number % 5)))
            samples[:, P_SAMPLE : P_SAMPLE + 500] *= 20
            row = {
                "trace_start_time": f"2020-01-{1 + number // 24:02d}T{number % 24:02d}:00:00.0Z",
                "trace_sampling_rate_hz": RATE_HZ,
                "trace_p_arrival_sample": P_SAMPLE,
                "station_network_code": "XX",
                "station_code": f"ST{number % 10}",
                "trace_channel": "HH",
                "source_id": f"event{number}",
                "split": ("train", "dev", "test")[number % 3],
            }
            writer.add_trace(row, samples.astype(np.float32))
    print(f"{N_TRACES} traces written to {folder}")


def read(folder: Path) -> None:
    """Read every trace of a data set."""
    data = sbd.WaveformDataset(folder, sampling_rate=RATE_HZ)
    louder = []
    for number in range(len(data)):
        samples, row = data.get_sample(number)
        assert samples.shape == (3, row["trace_npts"]), row["trace_name"]
        assert np.isfinite(samples).all(), row["trace_name"]
        if row["trace_category"] == "earthquake":
            p = round(row["trace_P_arrival_sample"])
            z = samples[0] - np.median(samples[0])
            if (noise := np.abs(z[max(0, p - 300) : p - 10]).mean()) > 0:
                louder.append(np.abs(z[p : p + 200]).mean() / noise)
    parts = [len(part) for part in (data.train(), data.dev(), data.test())]
    print(f"SeisBench {seisbench.__version__}: {len(data)} traces, train/dev/test {parts}")
    print(f"{len(louder)} with a P; behind it {np.median(louder):.1f} times louder (median)")


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
