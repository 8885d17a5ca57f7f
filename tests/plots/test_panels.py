"""Panels of a record: lines and shades across them, and their legend."""

import numpy as np

from deepquake.plots.panels import draw_lines, finish_panels, new_panels, shade_spans
from deepquake.waveforms.envelope import envelope_of


def test_panels_lie_one_below_the_other_with_room_for_the_title() -> None:
    figure, panels = new_panels("a", 2, below_in=0.5, top_in=1.0)
    boxes = [panel.get_position() for panel in panels]
    height = figure.get_figheight()
    assert len(panels) == 3 and boxes[0].y1 * height < height - 0.99
    assert all(upper.y0 > lower.y1 for upper, lower in zip(boxes, boxes[1:], strict=False))


def test_the_legend_says_what_the_lines_are() -> None:
    figure, panels = new_panels("a", 1, below_in=0.5)
    look = ("black", "--", "v")
    handles = [
        draw_lines(panels, [5.0], look=look, label="line"),
        draw_lines(panels, [5.0], look=look, label="marker", only_markers=True),
    ]
    assert [handle.get_linestyle() for handle in handles] == ["--", "None"]
    finish_panels(figure, panels, envelope_of(0.0, 1.0, np.zeros((1, 10))), handles=handles)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["line", "marker"]
    assert "1970-01-01" in panels[-1].get_xlabel()


def test_a_short_stretch_is_widened_to_be_seen() -> None:
    _, (panel,) = new_panels("a", 1, below_in=0)
    shade_spans(panel, [(10.0, 11.0), (50.0, 70.0)], "black", alpha=0.5, at_least=4.0)
    x = [path.vertices[:, 0] for path in panel.collections[0].get_paths()]
    assert [(row.min(), row.max()) for row in x] == [(8.5, 12.5), (50.0, 70.0)]
