"""Pictures: what they draw is judged by eye; here, that they are made, alike, and of the data."""

import numpy as np
import pytest

from deepquake.learning import metrics
from deepquake.plots import metrics as metric_plots
from deepquake.plots import streams, style
from deepquake.waveforms.envelope import empty_envelope, envelope_of

START = 1_400_000_000.0


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 2000


def test_envelope_holds_the_least_and_the_greatest_of_each_column():
    data = np.arange(12, dtype=float).reshape(1, 12)
    outline = envelope_of(0.0, 1.0, data, columns=3)
    assert outline.low.tolist() == [[0, 4, 8]]
    assert outline.high.tolist() == [[3, 7, 11]]
    assert outline.times_s.tolist() == [1.5, 5.5, 9.5]


def test_a_short_trace_is_drawn_sample_by_sample():
    data = np.array([[3.0, np.nan, 5.0]])
    outline = envelope_of(10.0, 2.0, data)
    np.testing.assert_array_equal(outline.low, data)
    np.testing.assert_allclose(outline.times_s, [10, 10.5, 11])


def test_envelope_made_in_pieces_is_the_one_made_at_once():
    data = np.random.default_rng(1).normal(size=(3, 100_003))
    data[1, 5000:30_000] = np.nan
    whole = envelope_of(START, 100.0, data)
    parts = empty_envelope(whole.start_s, whole.end_s, 3, data.shape[1])
    for first in (60_000, 0, 17_777):
        last = {60_000: 100_003, 0: 17_777, 17_777: 60_000}[first]
        parts.add(START + first / 100, 100.0, data[:, first:last])
    np.testing.assert_array_equal(parts.low, whole.low)
    np.testing.assert_array_equal(parts.high, whole.high)
    assert np.nanmax(whole.high) == np.nanmax(data)


def test_the_labels_of_large_numbers_hold_their_factor():
    panel = style.new_figure(2.0).add_subplot()
    style.draw_traces([panel], envelope_of(0.0, 1.0, np.array([[-3e4, 2e4]])), "Z")
    panel.figure.canvas.draw()
    assert panel.yaxis.get_offset_text().get_text() == ""
    assert "20k" in [label.get_text() for label in panel.get_yticklabels()]


def test_samples_outside_the_span_are_left_out():
    outline = empty_envelope(100.0, 110.0, 1, 10)
    outline.add(95.0, 1.0, np.arange(30.0).reshape(1, 30))
    assert outline.low.tolist() == [list(range(5, 15))]


@pytest.mark.parametrize("span_s", [0.5, 10, 32, 90, 600, 86400, 40 * 86400, 900 * 86400])
def test_the_time_axis_has_a_few_labels_whatever_its_span(span_s):
    axes = style.new_figure(2).add_subplot()
    style.utc_axis(axes, START + 0.123, START + 0.123 + span_s)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert 1 <= len(labels) <= 12
    assert len(set(labels)) == len(labels)
    assert "UTC" in axes.get_xlabel()
    assert "2014-05-13" in axes.get_xlabel()


def test_stream_picture_with_everything_in_it(tmp_path):
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
        streams.plot_stream(tmp_path / f"{name}.png", "XX.AAA", outline, "ZNE", **arguments)
    assert is_png(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_pictures_with_nothing_in_them(tmp_path):
    data = np.zeros((1, 500))
    streams.plot_stream(tmp_path / "a.png", "XX.AAA", envelope_of(START, 100.0, data), "Z")
    streams.plot_window(tmp_path / "b.png", "XX.AAA", START, 100.0, data, "Z")
    outline = envelope_of(START, 100.0, data * np.nan)
    streams.plot_detections(tmp_path / "c.png", "XX.AAA", outline, "Z", streams.Marks({}))
    metric_plots.plot_mistakes(
        tmp_path / "d.png", "none", false_alarms=[], misses=[], components="Z", rate_hz=100.0
    )
    assert all(is_png(path) for path in tmp_path.glob("*.png"))


def test_detection_picture_of_a_month(tmp_path):
    outline = empty_envelope(START, START + 30 * 86400, 3, 10**9)
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
        window_times_s=times,
        probabilities=np.linspace(0, 1, len(times)),
    )
    streams.plot_detections(tmp_path / "a.png", "XX.AAA", outline, "ZNE", marks)
    assert is_png(tmp_path / "a.png")


def test_score_pictures(tmp_path):
    truth, p = np.array([0, 0, 1, 1, 1]), np.array([0.1, 0.7, 0.6, 0.8, 0.9])
    metric_plots.plot_confusion(tmp_path / "a.png", "t", np.array([[1, 1], [0, 3]]), ["n", "e"])
    metric_plots.plot_confusion(
        tmp_path / "b.png", "t", np.zeros((7, 7), int), ["a region with a long name"] * 7
    )
    pr, roc = metrics.precision_recall_curve(truth, p), metrics.roc_curve(truth, p)
    metric_plots.plot_precision_recall(
        tmp_path / "c.png", "t", pr.x, pr.y, area=pr.area, point=(1.0, 0.75), threshold=0.5
    )
    for name, curve in (("d", roc), ("e", metrics.roc_curve([1], [0.5]))):
        metric_plots.plot_roc(
            tmp_path / f"{name}.png", "t", curve.x, curve.y, area=curve.area, point=None,
            threshold=0.5,
        )  # fmt: skip
    mistake = metric_plots.Mistake(np.zeros((3, 101)), 0.9, "XX.AAA", 0.4)
    metric_plots.plot_mistakes(
        tmp_path / "f.png", "t", false_alarms=[mistake] * 3, misses=[mistake], components="ZNE",
        rate_hz=None,
    )  # fmt: skip
    assert all(is_png(path) for path in tmp_path.glob("*.png"))


def test_a_picture_that_fails_leaves_nothing_behind(tmp_path):
    figure = style.new_figure(1)
    figure.savefig = lambda *_, **__: (_ for _ in ()).throw(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        style.save(figure, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
