"""What all pictures share."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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


def test_a_large_event_leaves_the_panel_and_its_peak_is_told() -> None:
    samples = np.random.default_rng(1).normal(size=3000)
    samples[1000:1100] *= 1e4
    figure = style.new_figure(2.0)
    for length_s, is_clipped in ((100.0, False), (300.0, True)):
        panel = figure.add_subplot()
        outline = envelope_of(0.0, 3000 / length_s, samples[np.newaxis])
        style.draw_record([panel], outline, "Z")
        assert (panel.get_ylim()[1] < 100) == is_clipped
        assert [text.get_text()[:13] for text in panel.texts] == ["clipped, peak"] * is_clipped


def test_a_long_record_is_drawn_in_decibels_dead_stretches_left_out() -> None:
    samples = np.tile([1.0, -1.0], 3000)
    samples[100:200] *= 1000
    samples[3000:4000] = 0
    samples[5000:] = np.nan
    figure = style.new_figure(2.0)
    panel = figure.add_subplot()
    style.draw_record([panel], envelope_of(0.0, 1.0, samples[np.newaxis]), "Z")
    low, high = panel.get_ylim()
    assert low < 0 < 60 < high < 70
    (area,) = panel.collections
    x = np.concatenate([path.vertices[:, 0] for path in area.get_paths()])
    assert not ((x > 3010) & (x < 3990)).any() and x.max() < 5010


def test_a_dead_record_is_drawn() -> None:
    figure = style.new_figure(2.0)
    for value in (0.0, np.nan):
        panel = figure.add_subplot()
        style.draw_record([panel], envelope_of(0.0, 1.0, np.full((1, 5000), value)), "Z")
        style.draw_record([panel], envelope_of(0.0, 10.0, np.full((1, 5000), value)), "Z")
        assert [text.get_text() for text in panel.texts] == ["no data"] * (
            2 * bool(np.isnan(value))
        )


def test_a_small_picture_keeps_our_colours_and_its_bytes() -> None:
    figure = style.new_figure(1.0, 1.0)
    figure.add_axes((0, 0, 1, 1), facecolor=style.VERMILLION).set(xticks=[], yticks=[])
    written = style.small_png(figure)
    assert written == style.small_png(figure)
    middle = Image.open(io.BytesIO(written)).convert("RGB").getpixel((50, 50))
    assert "#{:02x}{:02x}{:02x}".format(*middle) == style.VERMILLION
