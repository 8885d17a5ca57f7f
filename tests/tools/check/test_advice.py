"""What to do next: what is advised, and commands that fit the data set."""

from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Pick
from deepquake.tools.check.advice import advise, what_next
from tests.made_data import ROOT
from tests.tools.check.made_checks import STATIONS, T, check_of, event
from tests.waveforms.waveform_files import START, three, write


def test_records_shorter_than_a_window_are_named_as_the_cause(dataset: Path) -> None:
    advice = " ".join(advise(check_of(dataset, window_size=130.0)))
    assert "as long as a window of 130 s; the longest has 120 s" in advice
    assert "no window is noise" not in advice


def test_little_noise_is_said(dataset: Path) -> None:
    advice = " ".join(advise(check_of(dataset, window_avoid_negatives_before=15.0)))
    assert "are too few to learn from" in advice
    assert "too few to learn from" not in " ".join(advise(check_of(dataset)))


def test_what_does_not_fit_is_told_and_no_noise_without_event_is_advised(dataset: Path) -> None:
    with_empty = dataset / "mseed" / "later.mseed"
    write(with_empty, *three(12000, START + 90000 * 3, station="AAA"))
    assert "add --noise_without_event 1" in " ".join(advise(check_of(dataset)))
    (dataset / "stations.csv").write_text(STATIONS.replace("-67", "67"))
    check = check_of(dataset, noise_without_event=True)
    advice = " ".join(advise(check))
    assert "not believed: " in advice and "noise_without_event" not in what_next(check)


def test_a_catalogue_or_waveforms_alone_leave_one_step(tmp_path: Path) -> None:
    write_catalog_json(tmp_path / "a" / "c.json", [event("a", T, Pick("AAA", "P", T + 3))])
    text = what_next(check_of(tmp_path / "a"))
    assert "only step 0 can be run" in text and "step1" not in text
    write(tmp_path / "b" / "day", *three(3000))
    text = what_next(check_of(tmp_path / "b"))
    assert "there is nothing to train on" in text and "step6_detect_mseed.py" in text


def test_real_data_sets(shared_data: Path) -> None:
    text = what_next(check_of(shared_data / "ncal", look_at=0))
    assert "103 of 103 events have no location" in text
    text = what_next(check_of(shared_data / "carabobo", look_at=0))
    assert "--elevation_positive down" in text


def test_source_regions_need_another_network(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert "need a ConvNetQuake" in what_next(check_of(dataset, unet=True))
    assert "need a ConvNetQuake" not in what_next(check_of(dataset))
    without_noise = check_of(dataset, unet=True, window_avoid_negatives_before=500.0)
    assert "need a ConvNetQuake" not in what_next(without_noise)


def test_why_no_window_is_noise(dataset: Path) -> None:
    near = " ".join(advise(check_of(dataset, window_avoid_negatives_before=500.0)))
    assert "no window is noise: the records are too short around their events" in near
    events = [event("a", T - 1, located=False)]
    write_catalog_json(dataset / "sfiles_nordicformat" / "catalog.json", events)
    for file in ("stations.csv", "mseed/b.mseed"):
        (dataset / file).unlink()
    unknown = " ".join(advise(check_of(dataset)))
    assert "no window is noise: in most, P may come at any time" in unknown
    assert "too short" not in unknown
    write_catalog_json(
        dataset / "sfiles_nordicformat" / "catalog.json",
        [event("a", T - 90000, Pick("AAA", "P", T - 89995))],
    )
    assert "the records hold no event that is known" in " ".join(advise(check_of(dataset)))
