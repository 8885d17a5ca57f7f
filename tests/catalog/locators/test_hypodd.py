"""Phase files and relocated events of HypoDD."""

from pathlib import Path

import pytest

from deepquake.catalog.events import DO_NOT_USE, Event, Magnitude, Pick
from deepquake.catalog.locators.hypodd import is_hypodd_phases, is_hypodd_relocated
from deepquake.catalog.obspy_formats import to_obspy
from deepquake.core.times import iso
from tests.catalog.locators.made_files import hypodd_phases, hypodd_relocated, made_events
from tests.catalog.locators.reading import check_origins, check_picks, read_as

PHASES, RELOCATED = "HypoDD phases", "HypoDD"
HEADER = "# 2019  7  4 17  2 55.340   35.7080 -117.5040   10.600 3.98 0.1 0.2 0.05   38443095\n"


def test_phases_written_are_read() -> None:
    for seed in range(4):
        made = made_events(20, seed)
        found, said = read_as(PHASES, hypodd_phases(made))
        check_origins(found, made, places=3)
        check_picks(found, made, lambda pick: pick.weight)
        assert [event.event_id for event in found] == [event.event_id for event in made]
        assert said == []


def test_relocated_events_written_are_read() -> None:
    made = made_events(30)
    for loc in (False, True):
        found, said = read_as(RELOCATED, hypodd_relocated(made, loc))
        check_origins(found, made, places=3)
        assert [event.event_id for event in found] == [event.event_id for event in made]
        assert said == [] and not any(event.picks for event in found)


def test_obspy_writes_what_is_read(tmp_path: Path) -> None:
    origin = 1562259775.34
    event = Event("7", origin, 35.708, -117.504, 10.6, [Magnitude(3.98)])
    event.picks = [Pick("CLC", "P", origin + 2.5), Pick("CLC", "S", origin + 4.5)]
    path = tmp_path / "a.pha"
    to_obspy([event]).write(str(path), format="HYPODDPHA")
    (found,), said = read_as(PHASES, path.read_text())
    check_origins([found], [event])
    check_picks([found], [event])
    assert said == []


def test_weights_from_1_to_0_and_networks() -> None:
    weights = ("1.000", "1", "0.75", "0.5", ".2", "0.1", "0.01", "0.000", "0", "-1.0", "-0.5", "4")
    lines = [f"NC.MDC {travel:.3f} {weight} P\n" for travel, weight in enumerate(weights, 1)]
    (event,), said = read_as(PHASES, HEADER + "".join(lines))
    assert [pick.weight for pick in event.picks] == [0, 0, 0, 1, 2, 3, 3, 4, 4, 0, 1, 0]
    assert {(pick.network, pick.station) for pick in event.picks} == {("NC", "MDC")}
    assert said == [(13, "weight over 1, which is full: taken as 1")]


def test_seconds_of_60_and_hours_of_24() -> None:
    text = HEADER.replace("17  2 55.340", "24  0 60.000") + "CLC 2.5 1 P\n"
    (event,), _ = read_as(PHASES, text)
    assert iso(event.origin_time) == "2019-07-05T00:01:00.000000Z"
    assert iso(event.picks[0].time) == "2019-07-05T00:01:02.500000Z"


def test_magnitude_0_is_none_and_nan_is_unknown() -> None:
    for text in ("0.00", "NaN"):
        (event,), said = read_as(PHASES, HEADER.replace("3.98", text))
        assert event.magnitudes == [] and said == []
    (event,), said = read_as(RELOCATED, hypodd_relocated(made_events(1)).replace(" 2.0 ", " NaN "))
    assert event.latitude is not None and said == []


def test_a_travel_time_below_0_is_kept_and_not_used() -> None:
    (event,), said = read_as(PHASES, HEADER + "CLC -60.0 1.0 P\nMCB 2.5 1.0 P\n")
    assert [pick.weight for pick in event.picks] == [DO_NOT_USE, 0]
    assert [line for line, _ in said] == [2]


def test_what_is_not_understood_is_reported() -> None:
    text = HEADER + "CLC ****** 1.0 P\nMCB 2.5\nMDC 2.5 1.0 P\n"
    text += (
        HEADER.replace("35.7080", "*******") + "MDC 2.5 1.0 P\n" + HEADER.replace(" 7  4", "13  4")
    )
    text += "MDC 2.5 1.0 P\n# 2019 7 4\n"
    events, said = read_as(PHASES, text)
    assert [(event.latitude, len(event.picks)) for event in events] == [(35.708, 1), (None, 1)]
    assert [line for line, _ in said] == [2, 3, 5, 7, 8, 9]
    text = hypodd_relocated(made_events(2)) + "1 2 3\n"
    events, said = read_as(RELOCATED, text)
    assert len(events) == 2 and said == [
        (3, "line without the 24 or 18 values of HypoDD: left out")
    ]


@pytest.mark.parametrize("fits", [is_hypodd_phases, is_hypodd_relocated])
def test_other_texts_are_none(fits) -> None:
    for text in (
        "",
        "# a comment\nid,time\n",
        "#YYY/MM/DD HH:mm:SS.ss ET GT MAG  M    LAT     LON\n",
    ):
        assert not fits(text)
    assert not fits("# 2019  7  4 17  2 55.340\n")
    assert not fits(" ".join(str(number) for number in range(24)))
