"""What is written as a Nordic file: it reads back, and its lines are those of SEISAN."""

import string
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obspy.io.nordic.core import read_nordic as obspy_read

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.catalog.nordic.reader import read_nordic
from deepquake.catalog.nordic.writer import (
    KIND_LETTERS,
    PickFit,
    Solution,
    event_lines,
    sfile_name,
    write_nordic,
)
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import day_start
from tests.catalog.nordic.sfile_lines import (
    BLANK,
    CLEAN,
    TYPE_1,
    read_event,
)
from tests.made_data import network_events

CODE = string.ascii_uppercase + string.digits
PHASES = ("P", "Pg", "Pn", "P*", "Pb", "S", "Sg", "Sn", "IAML", "Lg", "PKiKP", "Pdiff", "")
DAYS = st.dates(min_value=date(1900, 1, 1)).map(lambda d: day_start(d.year, d.month, d.day))


def codes(longest: int, shortest: int = 0) -> st.SearchStrategy[str]:
    return st.text(CODE, min_size=shortest, max_size=longest)


LATITUDES = st.integers(-9_000_000, 9_000_000)


@st.composite
def picks(draw: st.DrawFn, origin: float) -> Pick:
    phase = draw(st.sampled_from(PHASES))
    long_name = len(phase) > 4
    polarity = draw(st.sampled_from(("", "C", "D")))
    return Pick(
        station=draw(codes(5, 1)),
        phase=phase,
        time=origin + draw(st.integers(0, 1_200_000)) / 1000,
        channel=draw(codes(2)),
        onset=draw(st.sampled_from(("", "I", "E") if phase else ("I", "E"))),
        polarity="" if long_name or not phase.startswith(("P", "S")) else polarity,
        weight=draw(st.sampled_from((0, 1, 2, 3, 4, 9))),
        automatic=False if long_name else draw(st.booleans()),
    )


@st.composite
def events(draw: st.DrawFn) -> Event:
    origin = draw(DAYS) + draw(st.integers(0, 86_399_999)) / 1000
    located = draw(st.booleans())
    return Event(
        event_id="",
        origin_time=origin,
        # 0, 0 (three decimals) is what many programs write where they know no place
        latitude=draw(LATITUDES.filter(lambda of: abs(of) > 100)) / 1e5 if located else None,
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
        picks=draw(st.lists(picks(origin), max_size=6)),
        agency=draw(codes(3)),
        distance=draw(st.sampled_from(("L", "R", "D"))),
        kind=draw(st.sampled_from(("", *(k for k in KIND_LETTERS if k != "blast")))),
        time_fixed=draw(st.booleans()),
        depth_fixed=draw(st.booleans()),
        waveforms=draw(st.lists(st.just("2014-08-24-0001-00S.Z7____036"), max_size=2)),
    )


@settings(max_examples=50, deadline=None, derandomize=True)
@given(data=st.data())
def test_what_fits_the_columns_reads_back(data: st.DataObject) -> None:
    written = data.draw(st.lists(events(), min_size=1, max_size=3))
    report = Report()
    got = read_nordic(write_nordic(written), "x", report)
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


def test_sfile_name() -> None:
    assert sfile_name(read_event(*CLEAN)) == "27-0844-30L.S201804"
    assert sfile_name(read_event(TYPE_1, BLANK)) == "27-0844-50L.S201804"


def test_what_a_location_adds() -> None:
    event = network_events(1)[0]
    event.picks = event.picks[:1]
    event.picks[0].residual_s = -0.13
    fit = PickFit(takeoff_deg=92.4, residual_s=-0.126, used=8, distance_km=103.4, azimuth_deg=7)
    solution = Solution(
        rms_s=0.13,
        gap_deg=124,
        time_error_s=0.31,
        latitude_error_km=1.2,
        longitude_error_km=2.3,
        depth_error_km=3.4,
        fits=[fit],
    )
    lines = event_lines(
        event, solution=solution, comments=["felt"], made_by=("REG", "ABC"), decimals=2
    )
    assert [line[79] for line in lines] == list("1EI367  ")
    assert lines[0][48:55] == "  1 0.1"
    assert lines[1][:49] == " GAP=124        0.31       1.2     2.3  3.4".ljust(49)
    assert " ACTION:REG 10-01-01 00:00 OP:ABC  STATUS:" in lines[2]
    assert lines[3].rstrip()[:5] == " felt"
    assert lines[6][56:] == "  92   -0.13 8  103   7 "
    assert read_nordic("\n".join(lines) + "\n", "x", Report())[0].picks == event.picks


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"station": "SIXLET"}, "'SIXLET' does not fit the 5 columns"),
        ({"phase": "NINELETTR"}, "'NINELETTR' does not fit the 8 columns"),
        ({"time": 0.0}, "a pick must be of the day of its event or the next"),
    ],
)
def test_what_has_no_place_in_the_columns_is_an_error(
    changes: dict[str, object], told: str
) -> None:
    event = network_events(1)[0]
    event.picks = [replace(event.picks[0], **changes)]
    with pytest.raises(DeepQuakeError, match=told):
        write_nordic([event])


def test_an_event_without_a_time_has_no_place_in_nordic() -> None:
    with pytest.raises(DeepQuakeError, match="has no time"):
        write_nordic([Event("x")])


def test_obspy_reads_what_we_write(tmp_path: Path) -> None:
    events = network_events(5)
    path = tmp_path / "sfile"
    path.write_text(write_nordic(events))
    for event, theirs in zip(events, obspy_read(str(path)), strict=True):
        origin = theirs.preferred_origin()
        assert origin.time.timestamp == pytest.approx(event.origin_time, abs=1e-3)
        assert (origin.latitude, origin.longitude) == (event.latitude, event.longitude)
        got = [
            (p.waveform_id.station_code, p.phase_hint, round(p.time.timestamp * 1000))
            for p in theirs.picks
        ]
        assert got == [(p.station, p.phase, round(p.time * 1000)) for p in event.picks]
