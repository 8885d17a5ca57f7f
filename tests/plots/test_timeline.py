"""The timeline of a data set: sparse records in columns, overlapping ones in lanes."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.plots.timeline import Quakes, StationRow, columns_of, lanes, plot_timeline


def test_sparse_records_get_columns_and_continuous_ones_a_time_axis() -> None:
    years = np.arange(50) * 2e7
    sparse = [StationRow("A", np.column_stack([years, years + 90]))]
    quakes = Quakes(years + 20, np.full(50, np.nan), np.ones(50, bool))
    columns = columns_of(sparse, quakes)
    assert columns is not None and len(columns.start_s) == 50
    x = columns.place(np.array([years[3], years[3] + 45, years[3] + 1000]))
    assert 3 < x[0] < x[1] < 4 and x[1] == pytest.approx(3.5) and np.isnan(x[2])
    month = [StationRow("A", np.array([[0.0, 1e6], [1.1e6, 2.6e6]]))]
    assert columns_of(month, quakes) is None


def test_a_record_of_another_year_does_not_hide_the_month_of_the_others() -> None:
    starts = 1.7e9 + np.arange(900) * 3000.0
    rows = [StationRow("A", np.column_stack([starts, starts + 90])), StationRow("B")]
    quakes = Quakes(starts + 20, np.full(900, np.nan), np.ones(900, bool))
    assert columns_of(rows, quakes) is None
    rows[1].spans = np.array([[4.8e8, 4.8e8 + 51]])
    columns = columns_of(rows, quakes)
    assert columns is not None and 2 <= len(columns.start_s) <= 400
    assert np.isfinite(columns.place(starts)).all()
    assert np.isfinite(columns.place(rows[1].spans[:, 0])).all()


def test_overlapping_records_lie_in_lanes() -> None:
    lane, count = lanes(np.array([[0.0, 10], [5, 15], [11, 20], [16, 18]]))
    assert lane.tolist() == [0, 1, 0, 1] and count == 2


def test_pictures_are_the_same_each_time(tmp_path: Path) -> None:
    rows = [
        StationRow("A", np.array([[0.0, 1e6]]), np.array([5e5]), np.array([2e6])),
        StationRow("B"),
    ]
    quakes = Quakes(np.array([4.9e5]), np.array([1.0]), np.array([True]))
    for name in ("a.png", "b.png"):
        plot_timeline(tmp_path / name, "title", rows, quakes)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
