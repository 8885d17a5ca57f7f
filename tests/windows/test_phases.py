"""Every arrival of a station stream, and where others may hide."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.arrivals import station_arrivals
from deepquake.windows import phases
from deepquake.windows.phases import PhaseRow, phase_rows, read_arrivals, worth_of_pick

SETTINGS = ArrivalSettings()


def rows_of(*catalogues: list[Event], span_s: tuple[float, float] = (-1e9, 1e9)) -> list[PhaseRow]:
    known = [
        station_arrivals(events, None, network="XX", code="AAA", settings=SETTINGS)
        for events in catalogues
    ]
    return phase_rows(catalogues, known, "XX", code="AAA", settings=SETTINGS, span_s=span_s)


def an_event(*picks: Pick, origin_time: float | None = 100.0, located: bool = False) -> Event:
    place = 10.0 if located else None
    return Event("one", origin_time, place, place, 5.0, picks=list(picks))


def summed(rows: list[PhaseRow]) -> list[tuple[str, float, float, float]]:
    return [(row.phase, row.earliest, row.latest, row.weight) for row in rows]


def test_p_and_s_that_are_used_are_to_be_learnt() -> None:
    event = an_event(Pick("AAA", "Pg", 102.0, weight=1), Pick("AAA", "S", 104.0), Pick("B", "P", 1))
    assert summed(rows_of([event])) == [("P", 102, 102, 0.75), ("S", 104, 104, 1.0)]


def test_what_is_not_used_is_only_known_to_be_there() -> None:
    event = an_event(
        Pick("AAA", "P", 102.0), Pick("AAA", "S", 104, weight=4), Pick("AAA", "L", 150)
    )
    rows = rows_of([event])
    assert summed(rows)[0] == ("P", 102, 102, 1.0)
    assert ("S", 103, 105, 0.0) in summed(rows)
    assert ("", 149, 151, 0.0) in summed(rows)


def test_another_reading_of_the_same_arrival_hides_nothing() -> None:
    readings = Pick("AAA", "P", 102.0), Pick("AAA", "P", 102.3, weight=2), Pick("AAA", "S", 104)
    assert summed(rows_of([an_event(*readings)])) == [("P", 102, 102, 1.0), ("S", 104, 104, 1.0)]


def test_the_s_that_nobody_read_comes_when_its_p_and_origin_tell() -> None:
    p = Pick("AAA", "P", 110.0)
    (_, s) = rows_of([an_event(p, located=True)])
    assert (s.phase, s.earliest, s.latest, s.weight) == ("S", 115.0, 122.0, 0.0)
    (_, s) = rows_of([an_event(p)])  # an origin without a place is a guess
    assert (s.phase, s.earliest, s.latest) == ("S", 110.3, 170.0)


def test_the_p_that_nobody_read_comes_before_its_s() -> None:
    rows = rows_of([an_event(Pick("AAA", "S", 122.0), located=True)])
    p = next(row for row in rows if row.phase == "P")
    assert (p.earliest, p.latest, p.weight) == pytest.approx((110.0, 100 + 22 / 1.5, 0.0))
    assert ("S", 122, 122, 1.0) in summed(rows)
    assert ("", 100.0, 122.0, 0.0) not in summed(rows)  # S tells more than that


def test_a_second_catalogue_is_nothing_to_learn_from() -> None:
    event = an_event(Pick("AAA", "P", 102.0), Pick("AAA", "S", 104.0))
    assert summed(rows_of([], [event])) == [("P", 101, 103, 0.0), ("S", 103, 105, 0.0)]


def test_only_what_may_come_within_the_span_is_told() -> None:
    event = an_event(Pick("AAA", "P", 102.0), Pick("AAA", "S", 104.0))
    assert [row.phase for row in rows_of([event], span_s=(103.0, 200.0))] == ["S"]


@pytest.mark.parametrize(
    ("pick", "weight"),
    [
        (Pick("AAA", "P", 0.0), 1.0),
        (Pick("AAA", "P", 0.0, weight=3), 0.25),
        (Pick("AAA", "P", 0.0, weight=9), 1.0),  # the clock of the station is not trusted
        (Pick("AAA", "P", 0.0, score=0.6), 0.6),
    ],
)
def test_what_a_pick_is_worth(pick: Pick, weight: float) -> None:
    assert worth_of_pick(pick) == weight


def test_the_list_of_step_1_comes_back(prep: Path) -> None:
    found = read_arrivals(prep)
    assert len(found) == 16
    rows = found["mseed/event01_BBB.mseed"]
    assert [(row.phase, row.weight) for row in rows] == [("P", 1.0), ("S", 0.0)]


def test_a_list_that_is_none_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match=r"arrivals.csv: no such file; run step1_windows.py"):
        read_arrivals(tmp_path)
    row = ("mseed/a.mseed", *["P", *["2020-01-01T00:00:00Z"] * 3, "1", "one"])
    for wrong in ({1: "X"}, {2: "now"}, {5: "much"}, {5: "nan"}, {5: "-1"}):
        cells = [wrong.get(n, cell) for n, cell in enumerate(row)]
        text = "\n".join(map(",".join, (phases.ARRIVALS_HEADER, row, cells)))
        (tmp_path / phases.ARRIVALS_NAME).write_text(text)
        with pytest.raises(DeepQuakeError, match=r"arrivals.csv, line 3: is not a row of arrivals"):
            read_arrivals(tmp_path)
