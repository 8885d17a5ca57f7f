"""A look at whether records of a minute hold the onsets where the catalogue has its P."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Pick
from deepquake.tools.check.account import account
from deepquake.tools.check.advice import what_next
from deepquake.tools.check.comparison import Check
from deepquake.tools.check.slips import clearness_along, look_for_slip
from tests.tools.check.made_checks import STATIONS, T, check_of, event
from tests.waveforms.waveform_files import START, noise, trace, write

N_EVENTS, APART_S, P_S = 10, 400.0, 45.0
TRAVEL_S = 4.4


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten records of 120 s: P at 45 s, and S of twice its size some seconds later."""
    folder = tmp_path_factory.mktemp("records")
    rng = np.random.default_rng(2)
    for number in range(N_EVENTS):
        data = noise(12_000, seed=number) // 25
        first = round(P_S * 100)
        data[first : first + 3000] *= 8
        s = first + round(rng.uniform(300, 1200))
        data[s : s + 1500] *= 2
        start = START + number * APART_S
        write(folder / f"{number}.mseed", trace(data, station="AAA", start=start))
    quiet = trace(noise(12_000, seed=99) // 25, station="AAA", start=START + 20_000)
    write(folder / "quiet.mseed", quiet)
    (folder / "stations.csv").write_text(STATIONS)
    return folder


def looked_through(folder: Path, shift_s: float, sort: str, **given: int) -> Check:
    """Return what is found where all times of the catalogue are moved by some seconds."""
    events = []
    for number in range(N_EVENTS):
        p_s = T + number * APART_S + P_S + shift_s
        picks = [Pick("AAA", "P", p_s, network="XX")] * (sort != "events")
        events.append(event(f"e{number}", p_s - TRAVEL_S, *picks, located=sort != "picks"))
    write_catalog_json(folder / "catalog.json", events)
    check = check_of(folder, look_at=0)
    look_for_slip(check, **{"look_at": 100, **given})
    return check


@pytest.mark.parametrize("sort", ["picks", "events", "both"])
@pytest.mark.parametrize("shift_s", [60.0, -60.0, 30.0, -30.0, 10.0, -10.0])
def test_a_slip_is_told(records: Path, shift_s: float, sort: str) -> None:
    check = looked_through(records, shift_s, sort)
    side = "after" if shift_s > 0 else "before"
    said = f"the catalogue's P come about {abs(shift_s):.0f} s {side} the onsets in the records "
    assert said in account(check)
    assert "held against onsets     10 events with a clear onset" in account(check)
    assert "before step 1, which cannot see this" in what_next(check)
    assert check.kinds["none"] and "noise_without_event" not in what_next(check)
    assert "neither positives nor estimated" not in what_next(check)
    assert "takes these as events" not in what_next(check)


@pytest.mark.parametrize("shift_s", [5.0, -5.0])
def test_five_seconds_are_told_of_picks(records: Path, shift_s: float) -> None:
    assert "P come about 5 s " in account(looked_through(records, shift_s, "picks"))


@pytest.mark.parametrize("sort", ["picks", "events", "both"])
@pytest.mark.parametrize("shift_s", [0.0, 1.0, -1.0])
def test_a_catalogue_that_fits_is_not_told(records: Path, shift_s: float, sort: str) -> None:
    check = looked_through(records, shift_s, sort)
    assert "10 events with a clear onset in the record: 10 where P should be" in account(check)
    assert not check.geometry.findings and "noise_without_event" in what_next(check)


def test_no_look_no_word_on_slips(records: Path) -> None:
    check = looked_through(records, 60.0, "picks", look_at=0)
    assert check.slip.text() == "" and not check.geometry.findings


def test_records_without_p_tell_nothing_by_their_s(tmp_path: Path) -> None:
    """They begin at P: the first onset that can be seen is S, five seconds later."""
    events = []
    for number in range(N_EVENTS):
        data = noise(6000, seed=number) // 5
        data[500:2000] *= 5
        start = START + number * APART_S
        write(tmp_path / f"{number}.mseed", trace(data, station="AAA", start=start))
        pick = Pick("AAA", "P", T + number * APART_S + 0.2, network="XX")
        events.append(event(f"e{number}", pick.time, pick, located=False))
    write_catalog_json(tmp_path / "catalog.json", events)
    check = check_of(tmp_path, look_at=0)
    look_for_slip(check, look_at=100)
    assert check.slip.finding is None


def test_real_catalogues_are_not_told_to_be_off(shared_data: Path) -> None:
    for name in ("ncal", "bradys", "iceland", "hengill", "ridgecrest", "seisan"):
        check = check_of(shared_data / name, look_at=0)
        look_for_slip(check, look_at=300)
        assert check.slip.finding is None
        if name in ("ncal", "bradys"):
            assert check.slip.n_in_place >= 0.9 * check.slip.n_events > 20


def test_real_picks_that_are_shifted_are_told(shared_data: Path) -> None:
    check = check_of(shared_data / "ncal", look_at=0)
    for found in check.events:
        for pick in found.event.picks:
            pick.time += 20.0
    look_for_slip(check, look_at=300)
    assert check.slip.finding is not None
    assert "P come about 20 s after the onsets" in check.slip.finding.message


def test_clearness_is_told_along_a_run() -> None:
    samples = noise(3000).astype(float)
    samples[1200:] *= 10
    moments, clearness = clearness_along(samples, 100.0)
    assert moments[0] == 200 and moments[-1] == 2800
    assert moments[np.argmax(clearness)] == pytest.approx(1200, abs=3)
    assert clearness.max() == pytest.approx(np.log(10), abs=0.1)
    assert len(clearness_along(samples[:300], 100.0)[0]) == 0
    assert len(clearness_along(np.zeros(3000), 100.0)[0]) == 0
