"""Pictures of streams and windows."""

from pathlib import Path

import numpy as np

from deepquake.plots import streams
from deepquake.waveforms.envelope import envelope_of
from tests.plots.png import is_png

START = 1_400_000_000.0


def test_stream_picture_with_everything_in_it(tmp_path: Path) -> None:
    data = np.random.default_rng(2).normal(size=(3, 9001))
    data[2] = np.nan
    arguments = {
        "picked_s": [START + 30],
        "estimated_s": [START + 60],
        "avoided": [(START + 28, START + 90)],
        "windows": {"positive": START + np.arange(21, 29), "negative": START + np.arange(0, 18)},
        "window_size_s": 10,
    }
    outline = envelope_of(START, 100.0, data)
    for name in ("a", "b"):
        streams.plot_stream(
            tmp_path / f"{name}.png", "XX.AAA", outline, components="ZNE", **arguments
        )
    assert is_png(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_pictures_with_nothing_in_them(tmp_path: Path) -> None:
    data = np.zeros((1, 500))
    streams.plot_stream(
        tmp_path / "a.png", "XX.AAA", envelope_of(START, 100.0, data), components="Z"
    )
    outline = envelope_of(START, 100.0, data * np.nan)
    streams.plot_stream(tmp_path / "b.png", "XX.AAA", outline, components="Z")
    assert all(is_png(path) for path in tmp_path.glob("*.png"))
