"""Pictures of records with what was found in them."""

from pathlib import Path

import numpy as np

from deepquake.plots import panels
from deepquake.plots.detections import FoundArrival, Marks, _with_room, plot_detections
from deepquake.waveforms.envelope import empty_envelope, envelope_of
from tests.plots.png import is_png

START = 1_400_000_000.0


def test_nothing_found_where_nothing_was_recorded(tmp_path: Path) -> None:
    outline = envelope_of(START, 100.0, np.full((1, 500), np.nan))
    plot_detections(tmp_path / "a.png", "XX.AAA", outline, components="Z", marks=Marks())
    assert is_png(tmp_path / "a.png")


def test_scores_are_written_where_there_is_room() -> None:
    found = [FoundArrival("P", t, p, "found") for t, p in ((0, 0.5), (1, 0.9), (7, 0.6))]
    assert [a.time_s for a in _with_room(found, 5.0)] == [1, 7]
    assert _with_room([], 5.0) == []


def test_detection_picture_of_a_month(tmp_path: Path) -> None:
    outline = empty_envelope(START, 100.0, (3, 30 * 8_640_000))
    outline.low[:], outline.high[:] = -1, 1
    times = START + np.arange(0, 30 * 86400, 10.0)
    marks = Marks(
        found_s=[START + 1e5 + 5],
        missed_s=[START + 4e5],
        estimated_s=[START + 3e5 + 5],
        arrivals=[
            FoundArrival("P", START + 1e5 + 5, 0.9, "found"),
            FoundArrival("S", START + 1e5 + 9, 0.8, "false"),
        ],
        curve_times_s=times,
        curves={"P": np.linspace(0, 1, len(times))},
        thresholds={"P": 0.5, "S": 0.6},
    )
    plot_detections(tmp_path / "a.png", "XX.AAA", outline, components="ZNE", marks=marks)
    assert is_png(tmp_path / "a.png")


def drawn(tmp_path: Path, monkeypatch, length_s: float, arrivals: list[FoundArrival]):
    """Return the figure of a record of noise with these arrivals."""
    figures = []

    def keep(figure, *args, **options):
        figures.append(figure)

    monkeypatch.setattr("deepquake.plots.detections.style.save", keep)
    data = np.random.default_rng(1).normal(size=(1, round(length_s)))
    marks = Marks(arrivals=arrivals, thresholds={"P": 0.5, "S": 0.5})
    outline = envelope_of(START, 1.0, data)
    plot_detections(tmp_path / "a.png", "XX.AAA", outline, components="Z", marks=marks)
    return figures[0]


def test_each_arrival_is_a_line_with_its_score(tmp_path: Path, monkeypatch) -> None:
    """The scores of P and of S have a row each: an S soon after its P does not hide it."""
    found = [FoundArrival("P", START + 60, 0.91, "false"), FoundArrival("S", START + 61, 0.97, "")]
    figure = drawn(tmp_path, monkeypatch, 300, found)
    panel = figure.axes[0]
    assert [text.get_text() for text in panel.texts] == ["0.91", "0.97"]
    assert panel.texts[0].xyann[1] + 15 < panel.texts[1].xyann[1]
    lines = [line for of in panel.collections for line in of.get_paths()]
    assert [line.vertices[0, 0] - START for line in lines[:2]] == [60, 61]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["P (1)", "S (1)", "false (1)"]
    assert (
        panel.get_position().y1 * figure.get_figheight()
        < figure.get_figheight() - panels.PANELS_TOP_IN
    )


def test_lines_do_not_hide_the_events_of_a_day(tmp_path: Path, monkeypatch) -> None:
    found = [FoundArrival("P", START + 3600.0, 0.9, "")]
    figure = drawn(tmp_path, monkeypatch, 86_400, found)
    panel = figure.axes[0]
    (line,) = [of.get_paths()[0] for of in panel.collections if len(of.get_paths()[0]) == 2]
    assert line.vertices[:, 1].min() > 0.9
    assert "dB" in panel.get_ylabel() and not panel.texts
