"""Made records and catalogues for the loudness detector, and running a step in this process."""

import importlib
import sys

import numpy as np

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Pick
from deepquake.core.times import parse_iso

START = parse_iso("2020-01-02T03:00:00Z")
RATE = 20.0
WINDOW_S = 10.0
BURST_S = 1.5  # P comes and goes within the same windows
SETTINGS = {
    "window_size": WINDOW_S,
    "sampling_rate": RATE,
    "filter_highpass": 0.0,
    "normalization": "none",
    "model": "ConvNetQuake2",
    "num_conv_layers": 1,
    "ksize": 1,
    "conv_stride": 1,
    "pooling": False,
    "num_fc_layers": 1,
}


def write_detector(folder, **changes):
    """Write a checkpoint whose network calls an event what holds 20 samples of 100 counts."""
    from deepquake.core import configuration
    from deepquake.learning.checkpoints import save_checkpoint
    from deepquake.learning.networks import build
    from deepquake.learning.spec import INFERENCE, spec_of

    spec = spec_of(configuration.load(SETTINGS | changes))
    shapes = [tuple(weight.shape) for weight in build(spec).weights]
    weights = [np.zeros(shape, np.float32) for shape in shapes]
    kernel, _, dense, bias = weights
    kernel[0, 0, :2] = 1, -1  # the positive and the negative half of the trace
    dense.reshape(-1, 32, 2)[:, :2, 1] = 0.01
    bias[1] = -0.01 * 100 * 20
    save_checkpoint(folder, spec, step=1, groups={INFERENCE: weights})


def write_record(path, bursts_s, duration_s=600.0, start_s=0.0, station="AAA", gap=None, **changes):
    """Write a quiet record of one station with bursts of 100 counts at ``bursts_s``."""
    from obspy import Stream, Trace, UTCDateTime

    n = round(duration_s * RATE) + 1
    data = np.where(np.arange(n) % 2, 1.0, -1.0)
    for burst in bursts_s:
        first = round((burst - start_s) * RATE)
        data[max(first, 0) : max(first + round(BURST_S * RATE), 0)] *= 100
    stats = {
        "network": "XX",
        "station": station,
        "channel": "HHZ",
        "sampling_rate": RATE,
        "starttime": UTCDateTime(START + start_s),
    }
    trace = Trace(data.astype(np.int32), stats | changes)
    stream = Stream([trace])
    if gap:
        t0 = UTCDateTime(START)
        stream = Stream([trace.slice(endtime=t0 + gap[0]), trace.slice(starttime=t0 + gap[1])])
    path.parent.mkdir(parents=True, exist_ok=True)
    stream.write(str(path), format="MSEED")
    return path


def write_events(path, picks_s, station="AAA"):
    write_catalog_json(
        path,
        [
            Event(f"e{k}", origin_time=START + p - 3, picks=[Pick(station, "P", START + p)])
            for k, p in enumerate(picks_s)
        ],
    )
    return path


def run_step(script, capsys, monkeypatch, **options):
    """Run a step script in this process; return exit status, stdout and stderr."""
    from deepquake.core import cli

    arguments = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    monkeypatch.setattr(sys, "argv", [f"{script}.py", *arguments])
    status = 0
    try:
        cli.run(importlib.import_module(script).main)
    except SystemExit as stop:
        status = stop.code
    out = capsys.readouterr()
    return status, out.out, out.err
