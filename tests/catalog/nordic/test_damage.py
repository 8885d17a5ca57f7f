"""Properties of the Nordic reader: no damage yields a wrong pick."""

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from deepquake.catalog.events import is_p, is_usable
from deepquake.catalog.nordic.reader import is_nordic, read_nordic
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.core.report import Report
from deepquake.core.times import DAY_S
from tests.catalog.nordic.sfile_lines import in_new_columns
from tests.made_data import network_events

OLD_TEXT = write_nordic(network_events(3, seed=7))
TEXTS = OLD_TEXT, in_new_columns(OLD_TEXT)
STATIONS = {pick.station for event in network_events(1) for pick in event.picks}
CHARACTERS = st.sampled_from(string.printable + "\0\x1aéÿ²٣ \N{NO-BREAK SPACE}")


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, set[str]]:
    """Return a file with one to three lines damaged, and the stations it then names."""
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    stations = set(STATIONS)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        by = draw(st.integers(0, 80))
        damage = draw(st.sampled_from(("cut", "left", "right", "gap", "drop", "replace", "swap")))
        if damage == "cut":
            lines[at] = line[:by]
        elif damage == "left":
            lines[at] = line[by:]
        elif damage == "right":
            lines[at] = " " * by + line
        elif damage == "gap":
            lines[at] = line[:by] + line[by + draw(st.integers(1, 5)) :]
        elif damage == "drop":
            del lines[at]
        elif damage == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            for _ in range(draw(st.integers(1, 4))):
                column = draw(st.integers(0, 79))
                line = line[:column] + draw(CHARACTERS) + line[column + 1 :]
                if 1 <= column <= 5:  # a station renamed is a station of that name
                    stations.add(line[1:6].strip())
            lines[at] = line
        if len(lines) < 2:
            break
    return "\n".join(lines), stations


def test_the_texts_are_whole() -> None:
    first, second = (read_nordic(text, "x", Report()) for text in TEXTS)
    assert first == second
    assert sum(len(event.picks) for event in first) > 0


@settings(max_examples=400, deadline=None, derandomize=True)
@given(damaged())
def test_damage_never_gives_a_wrong_station_or_day(case: tuple[str, set[str]]) -> None:
    text, stations = case
    if not is_nordic(text):
        return
    events = read_nordic(text, "x", Report())
    for event in events:
        times = [pick.time for pick in event.picks]
        if not times:
            continue
        begin = event.origin_time if event.origin_time is not None else min(times)
        day = begin // DAY_S * DAY_S
        assert all(day - 300 <= time < day + 2 * DAY_S for time in times)
        assert {pick.station for pick in event.picks} <= stations
        if event.origin_time is not None and event.latitude is not None:
            assert all(
                -0.1001 <= pick.time - event.origin_time <= 1300
                for pick in event.picks
                if is_p(pick.phase) and is_usable(pick)
            )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=400) | st.binary(max_size=400).map(lambda b: b.decode("latin-1")))
def test_any_text_is_read_or_known_not_to_be_nordic(text: str) -> None:
    if is_nordic(text):
        read_nordic(text, "x", Report())
