"""Pictures of scores."""

from pathlib import Path

import numpy as np

from deepquake.learning import metrics
from deepquake.plots import metrics as metric_plots
from tests.plots.png import is_png


def test_score_pictures(tmp_path: Path) -> None:
    truth, p = np.array([0, 0, 1, 1, 1]), np.array([0.1, 0.7, 0.6, 0.8, 0.9])
    metric_plots.plot_confusion(tmp_path / "a.png", "t", np.array([[1, 1], [0, 3]]), ["n", "e"])
    metric_plots.plot_confusion(
        tmp_path / "b.png", "t", np.zeros((7, 7), int), ["a region with a long name"] * 7
    )
    pr, roc = metrics.precision_recall_curve(truth, p), metrics.roc_curve(truth, p)
    for name, kind, curve, point in (
        ("c", "precision-recall", pr, (1.0, 0.75)),
        ("d", "roc", roc, None),
        ("e", "roc", metrics.roc_curve([1], [0.5]), None),
    ):
        metric_plots.plot_threshold_curve(
            tmp_path / f"{name}.png",
            "t",
            (curve.x, curve.y),
            kind=kind,
            area=curve.area,
            point=point,
            threshold=0.5,
        )
    mistake = metric_plots.Mistake(np.zeros((3, 101)), 0.9, "XX.AAA", 0.4)
    metric_plots.plot_mistakes(
        tmp_path / "f.png", "t", false_alarms=[mistake] * 3, misses=[mistake], components="ZNE",
        rate_hz=None,
    )  # fmt: skip
    assert all(is_png(path) for path in tmp_path.glob("*.png"))


def test_mistakes_of_a_network_without_any(tmp_path: Path) -> None:
    metric_plots.plot_mistakes(
        tmp_path / "d.png", "none", false_alarms=[], misses=[], components="Z", rate_hz=100.0
    )
    assert is_png(tmp_path / "d.png")
