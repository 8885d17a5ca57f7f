"""Picks and events held against the records: who recorded what, and what step 1 would find."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Pick
from deepquake.tools.check.advice import what_next
from deepquake.windows.labels import NEGATIVE, POSITIVE, SKIPPED, count_kind
from tests.made_data import make_dataset, run_step
from tests.tools.check.made_checks import T, check_of, event
from tests.waveforms.waveform_files import START, noise, three, trace, write


def test_picks_and_events_are_held_against_the_records(dataset: Path) -> None:
    check = check_of(dataset)
    recorded = {e.event.event_id: (e.n_p, e.n_recorded) for e in check.events}
    assert recorded == {
        **{"both": (2, 2), "absent": (2, 1), "early": (1, 0), "silent": (0, 0), "far": (0, 0)}
    }
    stations = {e.event.event_id: e.n_stations for e in check.events}
    assert stations["silent"] == 2 and stations["early"] == 0
    first, second = check.stations
    assert (first.name, len(first.picked_s), len(first.lost_s)) == ("XX.AAA", 2, 1)
    assert first.place is not None and second.place is None
    assert list(check.unrecorded) == ["CCC"]


def test_estimates_are_made_where_the_station_is_known(dataset: Path) -> None:
    check = check_of(dataset)
    first, second = check.stations
    assert len(first.estimated_s) == 1 and not len(second.estimated_s)
    assert check.kinds == {"picked": 2}


def test_a_station_has_data_from_its_first_sample_on_and_in_no_gap(tmp_path: Path) -> None:
    write(tmp_path / "f", trace(noise(1001)), trace(noise(1001), start=START + 20))
    (station,) = check_of(tmp_path).stations
    at = T + np.array([-0.1, 0.0, 10.0, 15.0, 20.0, 30.0, 30.1, np.nan])
    assert station.has_data(at, at).tolist() == [False, True, True, False, True, True, False, False]
    assert station.has_data(at[:1], at[:1] + 0.2).tolist() == [True]


def test_window_counts_are_those_of_step_1(tmp_path: Path) -> None:
    waveforms, catalog = make_dataset(tmp_path / "set", n_events=2)
    check = check_of(tmp_path / "set")
    done = run_step(
        "step1_windows.py",
        *("--raw_data_dir", waveforms, "--catalog_path", catalog, "--plot", "0"),
        *("--prep_data_dir", tmp_path / "prep", "--save_windows", "0"),
    )
    numbers = dict(line.split()[:2] for line in done.stdout.splitlines() if line.startswith("  p"))
    assert count_kind(check.windows, POSITIVE) == int(numbers["positive"])
    assert f"skipped   {count_kind(check.windows, SKIPPED)}" in done.stdout


def test_only_p_that_are_learned_from_count_as_picks(tmp_path: Path) -> None:
    write(tmp_path / "f", *three(6000, station="AAA"))
    picks = [
        *(Pick("AAA", "P", T + 5, score=0.2), Pick("AAA", "P", T + 6, score=0.5)),
        *(Pick("AAA", "P", T + 20, score=0.5), Pick("AAA", "S", T + 9, score=0.9)),
    ]
    write_catalog_json(tmp_path / "c.json", [event("a", T, *picks)])
    (station,) = check_of(tmp_path).stations
    assert (station.picked_s - T).tolist() == [6.0, 20.0]
    (station,) = check_of(tmp_path, min_pick_score=0.1).stations
    assert (station.picked_s - T).tolist() == [5.0, 20.0]


def test_a_margin_takes_its_windows_from_the_noise(dataset: Path) -> None:
    wide, usual = check_of(dataset, window_avoid_negatives_before=15.0), check_of(dataset)
    assert 0 < count_kind(wide.windows, NEGATIVE) < count_kind(usual.windows, NEGATIVE)


def test_codes_match_whatever_their_case(tmp_path: Path) -> None:
    write(tmp_path / "f", *three(3000, station="abc"))
    write_catalog_json(tmp_path / "c.json", [event("a", T, Pick("ABC", "P", T + 10))])
    check = check_of(tmp_path)
    assert len(check.stations[0].picked_s) == 1 and not check.unrecorded


def test_codes_cut_off_by_the_old_format_are_of_one_station(tmp_path: Path) -> None:
    write(tmp_path / "f", *three(3000, station="ABCDE"))
    write_catalog_json(tmp_path / "c.json", [event("a", T, Pick("ABCD", "P", T + 3))])
    check = check_of(tmp_path)
    assert not check.unrecorded
    (note,) = check.data.catalogue_report.problems
    assert "ABCD: taken for XX.ABCDE" in note.message


def test_the_reason_is_told_where_no_pick_fits(tmp_path: Path) -> None:
    write(tmp_path / "f", *three(9000, station="ABC"))
    write_catalog_json(tmp_path / "c.json", [event("a", T, Pick("DEF", "P", T + 3))])
    assert "codes differ. Picked are DEF; waveforms are of XX.ABC" in what_next(check_of(tmp_path))
    late = event("a", T + 1e7, Pick("ABC", "P", T + 1e7))
    write_catalog_json(tmp_path / "c.json", [late])
    assert "times do not overlap. The picks span" in what_next(check_of(tmp_path))


@pytest.mark.parametrize(
    ("name", "kinds"), [("ncal", {"picked": 103}), ("iceland", {"picked": 106, "estimated": 26})]
)
def test_real_data_sets(shared_data: Path, name: str, kinds: dict[str, int]) -> None:
    assert check_of(shared_data / name, look_at=0).kinds == kinds
