"""Curves of a training, of many experiments, and of the number of regions."""

from pathlib import Path

from deepquake.plots import curves
from tests.plots.png import is_png


def test_a_training_with_and_without_validation(tmp_path: Path) -> None:
    training = [(step, 1.0 / step, 1 - 0.5 / step) for step in range(1, 50)]
    curves.plot_training(tmp_path / "a.png", "t", {"training": training, "validation": []})
    points = {"training": training, "validation": training[::10]}
    curves.plot_training(tmp_path / "b.png", "t", points)
    assert is_png(tmp_path / "a.png") and is_png(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_f1_of_several_data_sets_and_of_none_that_differs(tmp_path: Path) -> None:
    lines = {
        ("study", "Z"): [(10.0, [0.9, 0.95]), (20.0, [0.92])],
        ("study", "ZNE"): [(10.0, [0.97])],
    }
    panels = {(name, 2): lines for name in ("ncal", "iceland", "carabobo", "demo")}
    curves.plot_f1(tmp_path / "a.png", panels)
    curves.plot_f1(tmp_path / "b.png", {("ncal", 2): {("study", "Z"): [(10.0, [1.0])]}})
    assert is_png(tmp_path / "a.png") and is_png(tmp_path / "b.png")


def test_scores_of_the_number_of_regions(tmp_path: Path) -> None:
    curves.plot_scores(
        tmp_path / "a.png",
        "How many regions?",
        [2, 3, 4],
        inertia_km2=[100.0, 40.0, 35.0],
        silhouette=[0.4, 0.7, 0.5],
        elbow=3,
        best=3,
    )
    assert is_png(tmp_path / "a.png")
