"""What all pictures share."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.plots import style
from deepquake.waveforms.envelope import envelope_of

START = 1_400_000_000.0


def test_the_labels_of_large_numbers_hold_their_factor() -> None:
    panel = style.new_figure(2.0).add_subplot()
    style.draw_traces([panel], envelope_of(0.0, 1.0, np.array([[-3e4, 2e4]])), "Z")
    panel.figure.canvas.draw()
    assert panel.yaxis.get_offset_text().get_text() == ""
    assert "20k" in [label.get_text() for label in panel.get_yticklabels()]


@pytest.mark.parametrize("span_s", [0.5, 10, 32, 90, 600, 86400, 40 * 86400, 900 * 86400])
def test_the_time_axis_has_a_few_labels_whatever_its_span(span_s):
    axes = style.new_figure(2).add_subplot()
    style.utc_axis(axes, START + 0.123, START + 0.123 + span_s)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert 1 <= len(labels) <= 12
    assert len(set(labels)) == len(labels)
    assert "UTC" in axes.get_xlabel()
    assert "2014-05-13" in axes.get_xlabel()


def test_a_picture_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    figure = style.new_figure(1)
    figure.savefig = lambda *_, **__: (_ for _ in ()).throw(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        style.save(figure, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
