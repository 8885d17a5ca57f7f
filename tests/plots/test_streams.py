"""Pictures of streams, windows and detections."""

from pathlib import Path

import numpy as np

from deepquake.plots import streams
from deepquake.waveforms.envelope import empty_envelope, envelope_of
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
    streams.plot_stream(
        tmp_path / "b.png", "XX.AAA", envelope_of(START, 100.0, data), components="Z"
    )
    outline = envelope_of(START, 100.0, data * np.nan)
    streams.plot_detections(
        tmp_path / "c.png", "XX.AAA", outline, components="Z", marks=streams.Marks({})
    )
    assert all(is_png(path) for path in tmp_path.glob("*.png"))


def test_scores_are_written_where_there_is_room() -> None:
    found = [streams.FoundArrival("P", t, p, "found") for t, p in ((0, 0.5), (1, 0.9), (7, 0.6))]
    assert [a.time_s for a in streams._with_room(found, 5.0)] == [1, 7]
    assert streams._with_room([], 5.0) == []


def test_detection_picture_of_a_month(tmp_path: Path) -> None:
    outline = empty_envelope(START, 100.0, (3, 30 * 8_640_000))
    outline.low[:], outline.high[:] = -1, 1
    times = START + np.arange(0, 30 * 86400, 10.0)
    marks = streams.Marks(
        detections={
            "found": [(START + 1e5, START + 1e5 + 20)],
            "false": [(START + 2e5, START + 2e5 + 10)],
            "undecided": [(START + 3e5, START + 3e5 + 10)],
        },
        found_s=[START + 1e5 + 5],
        missed_s=[START + 4e5],
        estimated_s=[START + 3e5 + 5],
        arrivals=[
            streams.FoundArrival("P", START + 1e5 + 5, 0.9, "found"),
            streams.FoundArrival("S", START + 1e5 + 9, 0.8, "false"),
        ],
        curve_times_s=times,
        curves={"P": np.linspace(0, 1, len(times))},
        thresholds={"P": 0.5, "S": 0.6},
    )
    streams.plot_detections(tmp_path / "a.png", "XX.AAA", outline, components="ZNE", marks=marks)
    assert is_png(tmp_path / "a.png")
