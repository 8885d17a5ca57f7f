"""A look at whether continuous records hold the events when the catalogue says so."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Magnitude, Pick
from deepquake.tools.check.account import account
from deepquake.tools.check.advice import what_next
from deepquake.tools.check.comparison import Check
from deepquake.tools.check.onsets import look_at_onsets, onset_clearness
from tests.tools.check.made_checks import STATIONS, T, check_of, event
from tests.waveforms.waveform_files import noise, trace, write

HOURS, N_EVENTS = 12, 24
TRAVEL_S = 4.0


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    """Half a day of a station at 20 counts, an earthquake of 200 about every half hour."""
    folder = tmp_path_factory.mktemp("records")
    data = noise(HOURS * 360_000) // 25
    rng = np.random.default_rng(2)
    origins_s = np.linspace(600, HOURS * 3600 - 600, N_EVENTS) + rng.uniform(-300, 300, N_EVENTS)
    for origin_s in origins_s.tolist():
        first = round((origin_s + TRAVEL_S) * 100)
        data[first : first + 1000] *= 10
    write(folder / "day.mseed", trace(data, station="AAA"))
    (folder / "stations.csv").write_text(STATIONS)
    return folder, (T + origins_s).tolist()


def looked_at(records: tuple[Path, list[float]], hours: float, picked: bool, **given: int) -> Check:
    """Return what is found where the catalogue is moved by some hours."""
    folder, origins_s = records
    events = []
    for number, origin_s in enumerate(origins_s):
        moved_s = origin_s + 3600 * hours
        picks = [Pick("AAA", "P", moved_s + TRAVEL_S, network="XX")] * picked
        events.append(event(f"e{number}", moved_s, *picks))
    write_catalog_json(folder / "catalog.json", events)
    check = check_of(folder, look_at=0, noise_without_event=True)
    look_at_onsets(check, **{"look_at": 100, **given})
    return check


@pytest.mark.parametrize("picked", [True, False])
@pytest.mark.parametrize("hours", [1.0, -1.5])
def test_a_catalogue_in_local_time_is_told(
    records: tuple[Path, list[float]], hours: float, picked: bool
) -> None:
    check = looked_at(records, hours, picked)
    text = account(check)
    assert f"fit the records best when moved by {-hours:+g} h" in text
    assert f"local time (UTC{hours:+g} h) taken as UTC?" in text
    assert "at 1 station: another hour fits better" in text
    assert "Correct its times, and those of its picks, before step 1" in what_next(check)
    assert "noise_without_event" not in what_next(check) and "estimated, and" not in text


@pytest.mark.parametrize("picked", [True, False])
def test_a_catalogue_that_fits_is_told_to(records: tuple[Path, list[float]], picked: bool) -> None:
    check = looked_at(records, 0.0, picked)
    text = account(check)
    assert "held against records    24 events at 1 station: 24 have the clearest onset" in text
    assert "nothing: all fits" in text and not check.geometry.findings


def test_what_fits_at_no_hour_is_not_told(records: tuple[Path, list[float]]) -> None:
    check = looked_at(records, 0.21, picked=False)
    assert "no hour stands out, so nothing is told" in account(check)
    assert not check.geometry.findings


@pytest.mark.parametrize("look_at", [0, 20])
def test_no_look_no_word(records: tuple[Path, list[float]], look_at: int) -> None:
    check = looked_at(records, 1.0, picked=True, look_at=look_at)
    assert check.hours.text() == "" and not check.geometry.findings
    assert "held against records" not in account(check)


def test_events_that_cannot_be_looked_at_give_way(records: tuple[Path, list[float]]) -> None:
    folder, origins_s = records
    events = [event(f"e{n}", origin_s + 3600) for n, origin_s in enumerate(origins_s)]
    far = [event(f"far{n}", e.origin_time or 0.0) for n, e in enumerate(events)]
    for unlike in far:
        unlike.latitude, unlike.magnitudes = 60.0, [Magnitude(7.0)]
    unplaced = [event(f"u{n}", e.origin_time or 0.0, located=False) for n, e in enumerate(events)]
    write_catalog_json(folder / "catalog.json", [*events, *far, *unplaced])
    check = check_of(folder, look_at=0)
    look_at_onsets(check, look_at=100)
    assert "moved by -1 h" in account(check)


def test_real_records_too_short_for_hours_tell_nothing(shared_data: Path) -> None:
    for name in ("hengill", "ridgecrest", "iceland"):
        check = check_of(shared_data / name, look_at=0)
        look_at_onsets(check, look_at=300)
        assert check.hours.text() == ""


def test_an_onset_is_clearer_than_noise() -> None:
    samples = noise(2000).astype(float)
    assert 0 < onset_clearness(samples, 100.0) < 0.2
    samples[1200:] *= 10
    assert onset_clearness(samples, 100.0) == pytest.approx(np.log(10), abs=0.1)
    samples[5] = np.nan
    assert np.isnan(onset_clearness(samples, 100.0)) and np.isnan(onset_clearness(samples[:9], 100))
    assert np.isnan(onset_clearness(np.zeros(2000), 100.0))
