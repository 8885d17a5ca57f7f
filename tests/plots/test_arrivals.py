"""Pictures of what found arrivals are worth."""

from pathlib import Path

import numpy as np

from deepquake.plots import arrivals
from deepquake.plots.arrivals import AlarmCurve
from tests.plots.png import is_png

THRESHOLDS = np.array([0.1, 0.5, 0.9])


def curve(alarms: list[float], noise_days: float) -> AlarmCurve:
    recall = np.array([1.0, 0.8, 0.2])
    return AlarmCurve(THRESHOLDS, recall, np.array(alarms), noise_days=noise_days, in_use=0.5)


def test_residuals_of_one_phase_of_two_and_of_none_found(tmp_path: Path) -> None:
    found = np.random.default_rng(1).normal(0, 0.05, 200)
    for name, by_phase in (
        ("one", {"P": found}),
        ("two", {"P": found, "S": np.empty(0)}),
        ("none", {}),
    ):
        path = tmp_path / f"{name}.png"
        arrivals.plot_residuals(path, "a $ title", by_phase, tolerance_s=0.5, close_s=0.1)
        assert is_png(path)


def test_the_residuals_are_told_in_words() -> None:
    text = arrivals._residual_text("P", np.array([0.1, -0.1, 0.3, -0.1]), close_s=0.1)
    assert text.startswith("P: 4 found, 75% within 0.1 s\nmean +0.050 s, deviation 0.166 s, ")


def test_alarms_where_noise_had_some_none_and_where_there_was_no_noise(tmp_path: Path) -> None:
    some, none = curve([20.0, 2.0, 0.0], 1.0), curve([0.0, 0.0, 0.0], 0.01)
    unknown = curve([np.nan] * 3, 0.0)
    for name, curves in (
        ("both", {"P": some, "S": none}),
        ("silent", {"P": none}),
        ("part", {"P": some, "S": unknown}),
        ("unknown", {"P": unknown}),
        ("empty", {}),
    ):
        path = tmp_path / f"{name}.png"
        arrivals.plot_alarms(path, "t", curves)
        assert is_png(path)


def test_labels_of_thresholds_lie_over_no_other(tmp_path: Path, monkeypatch) -> None:
    figures = []
    monkeypatch.setattr(arrivals.style, "save", lambda figure, path: figures.append(figure))
    thresholds = np.linspace(0.05, 0.95, 19)
    recall, alarms = 1 - thresholds**4 / 2, 1000 * np.exp(-9 * thresholds)
    alarms[alarms < 10] = 0.0
    of_p = AlarmCurve(thresholds, recall, alarms, noise_days=0.1, in_use=0.5)
    of_s = AlarmCurve(thresholds, recall - 0.01, alarms * 1.1, noise_days=0.1, in_use=0.5)
    arrivals.plot_alarms(tmp_path / "a.png", "t", {"P": of_p, "S": of_s})
    (figure,) = figures
    figure.canvas.draw()
    axes = figure.axes[0]
    labels = [text for text in axes.texts if text.get_text()[0] == "0"]
    boxes = [text.get_window_extent() for text in labels]
    assert len(labels) >= 6 and all(axes.bbox.fully_containsx(box.x0) for box in boxes)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_reliability_of_some_bins_and_of_none(tmp_path: Path) -> None:
    bins = [np.array(v) for v in ([0.05, 0.95], [0.0, 1.0], [0.0, 0.5], [0.2, 1.0], [100.0, 3.0])]
    for name, by_phase in (
        ("two", {"P": bins, "S": bins}),
        ("none", {"P": [np.empty(0)] * 5}),
        ("empty", {}),
    ):
        path = tmp_path / f"{name}.png"
        arrivals.plot_reliability(path, "t", by_phase)
        assert is_png(path)
