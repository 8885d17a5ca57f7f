"""Properties of the Nordic reader: what we write reads back, and no damage yields a wrong pick."""

import string
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepquake.catalog.events import Event, Magnitude, Pick, is_p
from deepquake.catalog.nordic.reader import parse_nordic
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import DAY_S, day_start
from tests.catalog.nordic_samples import network_events

CODE = string.ascii_uppercase + string.digits
PHASES = ("P", "Pg", "Pn", "P*", "Pb", "S", "Sg", "Sn", "IAML", "Lg", "PKiKP", "Pdiff", "")
DAYS = st.dates(min_value=date(1900, 1, 1)).map(lambda d: day_start(d.year, d.month, d.day))


def codes(longest: int, shortest: int = 0) -> st.SearchStrategy[str]:
    return st.text(CODE, min_size=shortest, max_size=longest)


@st.composite
def picks(draw: st.DrawFn, origin: float, new_format: bool) -> Pick:
    phase = draw(st.sampled_from(PHASES))
    long_name = not new_format and len(phase) > 4
    polarity = draw(st.sampled_from(("", "C", "D")))
    return Pick(
        station=draw(codes(5, 1)),
        phase=phase,
        time=origin + draw(st.integers(0, 1_200_000)) / 1000,
        network=draw(codes(2)) if new_format else "",
        location=draw(codes(2)) if new_format else "",
        channel=draw(codes(3 if new_format else 2)),
        onset=draw(st.sampled_from(("", "I", "E") if phase else ("I", "E"))),
        polarity="" if long_name or not phase.startswith(("P", "S")) else polarity,
        weight=draw(st.sampled_from((0, 1, 2, 3, 4, 9))),
        automatic=False if long_name else draw(st.booleans()),
    )


@st.composite
def events(draw: st.DrawFn, new_format: bool) -> Event:
    origin = draw(DAYS) + draw(st.integers(0, 86_399_999)) / 1000
    located = draw(st.booleans())
    return Event(
        event_id="",
        origin_time=origin,
        latitude=draw(st.integers(-9_000_000, 9_000_000)) / 1e5 if located else None,
        longitude=draw(st.integers(-17_999_999, 18_000_000)) / 1e5 if located else None,
        depth_km=draw(st.none() | st.integers(-3000, 700_000).map(lambda m: m / 1000)),
        magnitudes=draw(
            st.lists(
                st.builds(
                    Magnitude,
                    st.integers(-30, 95).map(lambda m: m / 10),
                    st.sampled_from(("", "L", "W", "b", "C")),
                    codes(3),
                ),
                max_size=3,
                unique_by=lambda m: (m.value, m.kind, m.agency),
            )
        ),
        picks=draw(st.lists(picks(origin, new_format), max_size=6)),
        agency=draw(codes(3)),
        distance=draw(st.sampled_from(("L", "R", "D"))),
        kind=draw(st.sampled_from(("", "Q", "E", "P"))),
        time_fixed=draw(st.booleans()),
        depth_fixed=draw(st.booleans()),
        waveforms=draw(st.lists(st.just("2014-08-24-0001-00S.Z7____036"), max_size=2)),
    )


@pytest.mark.parametrize("new_format", [False, True])
@settings(max_examples=50, deadline=None, derandomize=True)
@given(data=st.data())
def test_what_fits_the_columns_reads_back(new_format: bool, data: st.DataObject) -> None:
    written = data.draw(st.lists(events(new_format), min_size=1, max_size=3))
    report = Report()
    got = parse_nordic(write_nordic(written, new_format), "x", report)
    assert report.problems == []
    assert len(got) == len(written)
    for event, wanted in zip(got, written, strict=True):
        assert event.origin_time == pytest.approx(wanted.origin_time, abs=6e-4)
        assert (event.latitude, event.longitude) == (wanted.latitude, wanted.longitude)
        for name in ("depth_km", "magnitudes", "agency", "distance", "kind", "waveforms"):
            assert getattr(event, name) == getattr(wanted, name), name
        assert (event.time_fixed, event.depth_fixed) == (wanted.time_fixed, wanted.depth_fixed)
        assert len(event.picks) == len(wanted.picks)
        for pick, wish in zip(event.picks, wanted.picks, strict=True):
            assert pick.time == pytest.approx(wish.time, abs=6e-4)
            pick.time = wish.time
            assert pick == wish


TEXTS = {
    new_format: write_nordic(network_events(3, seed=7), new_format) for new_format in (False, True)
}
STATIONS = {pick.station for event in network_events(1) for pick in event.picks}
CHARACTERS = st.sampled_from(string.printable + "\0\x1aéÿ²٣ \N{NO-BREAK SPACE}")


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, set[str]]:
    """Return a file with one to three lines damaged, and the stations it then names."""
    lines = TEXTS[draw(st.booleans())].split("\n")
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


@settings(max_examples=400, deadline=None, derandomize=True)
@given(damaged())
def test_damage_never_gives_a_wrong_station_or_day(case: tuple[str, set[str]]) -> None:
    text, stations = case
    try:
        events = parse_nordic(text, "x", Report())
    except DeepQuakeError:
        return
    for event in events:
        times = [pick.time for pick in event.picks]
        if not times:
            continue
        begin = event.origin_time if event.origin_time is not None else min(times)
        day = begin // DAY_S * DAY_S
        assert all(day <= time < day + 2 * DAY_S for time in times)
        assert {pick.station for pick in event.picks} <= stations
        if event.origin_time is not None and event.latitude is not None:
            assert all(
                -0.1001 <= pick.time - event.origin_time <= 1300
                for pick in event.picks
                if is_p(pick.phase)
            )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=400) | st.binary(max_size=400).map(lambda b: b.decode("latin-1")))
def test_any_text_reads_or_is_refused(text: str) -> None:
    try:
        parse_nordic(text, "x", Report())
    except DeepQuakeError as error:
        assert "\n" not in str(error)
