"""Record sections: what is larger than the event is cut off, and nothing is drawn of nothing."""

import numpy as np

from deepquake.plots.sections import HALF_ROW, SectionRow, draw_section
from deepquake.plots.style import small_png
from deepquake.waveforms.envelope import envelope_of

SPAN_S = (1000.0, 1020.0)


def row(label: str = "AAA", scale: float = 100.0, later: float = 0.0) -> SectionRow:
    """Return a station with an event at 1005 s and, ten seconds later, another one."""
    data = np.zeros((2, 2001))
    data[:, 500:600] = scale * np.sin(np.arange(100))
    data[:, 1500:1600] = later * np.sin(np.arange(100))
    return SectionRow(
        label,
        outline=envelope_of(SPAN_S[0], 100.0, data),
        components="ZN",
        found={"P": [1005.0]},
        others={"S": [1015.0]},
        computed={"P": [1005.1], "S": [1007.0]},
        read={"P": [1005.05]},
    )


def test_each_station_has_the_scale_of_the_event_and_what_is_larger_is_cut_off() -> None:
    rows = [row(scale=100.0), row("BBB", scale=3e6, later=9e9)]
    figure = draw_section("two", rows, SPAN_S, scaled_in_s=(1004.0, 1010.0), origin_s=1003.0)
    axes = figure.axes[0]
    waves = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) > 100]
    assert len(waves) == 4
    for number, wave in ((0, waves[0]), (0, waves[1]), (1, waves[2]), (1, waves[3])):
        assert np.nanmax(np.abs(wave - number)) <= HALF_ROW + 1e-9
        at_event = np.abs(wave[1000:1200] - number)
        assert np.nanmax(at_event) > 0.9 * HALF_ROW
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == [
        *("P found", "P computed", "P read", "S computed"),
        *("found, not of this event", "origin"),
    ]


def test_a_section_without_records_shows_arrivals_and_the_same_bytes_each_time() -> None:
    bare = SectionRow("AAA", found={"P": [1005.0]})
    empty = SectionRow("BBB", outline=envelope_of(1000.0, 1.0, np.full((1, 21), np.nan)),
                       components="Z")  # fmt: skip
    pictures = {
        small_png(draw_section("none", [bare, empty], SPAN_S, scaled_in_s=SPAN_S)) for _ in range(2)
    }
    assert len(pictures) == 1 and pictures.pop().startswith(b"\x89PNG")
