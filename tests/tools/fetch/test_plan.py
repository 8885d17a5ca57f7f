"""Regions, and the spans of records."""

from pathlib import Path

import pytest

from deepquake.core.times import parse_iso
from deepquake.tools.fetch.plan import (
    ALL_RECORDS,
    FetchRegion,
    FetchRequest,
    days_between,
    spans_around,
    stations_at_once,
)


def test_a_region_is_a_box_or_a_circle() -> None:
    box = FetchRegion(10, 20, -70, -60)
    assert box.holds(15, -65) and not box.holds(15, -59) and not box.holds(9, -65)
    assert box.query()["minlongitude"] == -70
    circle = FetchRegion(latitude=0, longitude=179.9, radius_km=50)
    assert circle.holds(0.1, -179.9) and not circle.holds(1, 179.9)
    assert circle.query()["maxradius"] == pytest.approx(0.44966, abs=1e-5)


def test_days_begin_at_midnight() -> None:
    start_s, end_s = parse_iso("2024-02-28T12:00:00"), parse_iso("2024-03-01T06:00:00")
    days = list(days_between(start_s, end_s))
    assert [int(end - start) // 3600 for start, end in days] == [12, 24, 6]
    assert days[0][0] == start_s and days[-1][1] == end_s


def test_spans_that_touch_are_one() -> None:
    assert spans_around([1000.5, 100.0, 1100.0], 60, 120) == [(40.0, 220.0), (940.0, 1220.0)]
    assert spans_around([], 60, 120) == []


def test_fewer_stations_at_once_for_days_than_for_minutes() -> None:
    assert (stations_at_once(86400), stations_at_once(300), stations_at_once(1e9)) == (10, 200, 1)


def test_the_records_go_where_a_data_set_has_them() -> None:
    request = FetchRequest(Path("input/a"), FetchRegion(), 0.0, 1.0, ("USGS",))
    assert request.records_dir == Path("input/a/mseed")
    continuous = FetchRequest(Path("a"), FetchRegion(), 0.0, 1.0, (), records=ALL_RECORDS)
    assert continuous.records_dir == Path("a/continuous/mseed")
