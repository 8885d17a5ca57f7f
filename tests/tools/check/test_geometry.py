"""The chapter on what was held against what, and what does not fit."""

from pathlib import Path

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.tools.check.account import account
from deepquake.tools.check.geometry import geometry_found
from tests.earth.made_catalogue import make_catalogue
from tests.tools.check.made_checks import check_of


def write_catalogue(folder: Path, **shift_s: float) -> None:
    """Write a catalogue and its stations, the picks of some of them shifted."""
    events, stations = make_catalogue()
    for event in events:
        event.source_file = ""
        for pick in event.picks:
            pick.time += shift_s.get(pick.station, 0.0)
    write_catalog_json(folder / "catalog.json", events)
    rows = [f"{s.code},{s.latitude},{s.longitude},{s.elevation_m}" for s in stations]
    header = "code,latitude,longitude,elevation_m"
    (folder / "stations.csv").write_text("\n".join([header, *rows, ""]))


def test_what_fits_is_told_with_its_figures(tmp_path: Path) -> None:
    write_catalogue(tmp_path)
    text = geometry_found(check_of(tmp_path), most=3)
    assert "held against places     480 picks of 40 events" in text
    assert "P travel at             5.6 km/s over" in text and "nothing: all fits" in text
    assert "XX.AAA" not in text and "AAA" in text and "... and 3 more in report.txt" in text


def test_what_does_not_fit_is_told_with_its_cause(tmp_path: Path) -> None:
    write_catalogue(tmp_path, BBB=60.0)
    text = account(check_of(tmp_path))
    assert "not believed            1 station" in text
    assert "station BBB: 80 of 80 picks not where they should be: all 60.0 s late" in text


def test_where_nothing_was_compared_all_need_not_fit(tmp_path: Path) -> None:
    write_catalogue(tmp_path)
    check = check_of(tmp_path)
    check.geometry.n_picks = 0
    assert "nothing, but little could be compared" in geometry_found(check, most=3)
