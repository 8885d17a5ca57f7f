"""No noise window of the demonstration set holds a P, whatever is wrong with the catalogue."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import is_p
from deepquake.windows import index
from tests.demonstration import Demonstration, Step1, label_demonstration, made_again
from tests.made_data import run_step

CATALOGUES = (
    *("s1_minute_off", "s2_half", "s4_zero", "s5_depth", "s11_dup", "s12_auto", "s16_SasP"),
    *("s19_other_network", "s21_second_P", "s22_late_S", "t_local"),
)
STATIONS = ("", "st_west", "st_swap", "st_zero", "st_netdot")
# nothing tells when P comes at a station without coordinates, so that these pass for true
NOT_TO_BE_SEEN = {("s1_minute_off", "st_zero"), ("s16_SasP", "st_zero")}
PAIRS = [pair for pair in product(("", *CATALOGUES), STATIONS) if pair not in NOT_TO_BE_SEEN]


def given(cases: Path, name: str) -> Path:
    """Return the file of a case."""
    (path,) = (cases / "catalogues/e2e").glob(f"{name}.*")
    return path


def through_step0(catalog: Path, folder: Path) -> Path:
    """Return the catalog.json that step 0 makes of a catalogue."""
    path = folder / "catalog.json"
    run_step("step0_metadata.py", "--input_path", catalog, "--output_path", path)
    return path


@pytest.fixture
def label(demonstration: Demonstration, shared_cases: Path, tmp_path: Path, monkeypatch):
    """A function that does step 1 with a catalogue and a station file of the cases."""

    def run(catalogue: str, stations: str = "") -> Step1:
        catalog, keys = demonstration.catalog, {}
        if catalogue:
            catalog = given(shared_cases, catalogue)
            if catalog.suffix == ".json":
                catalog = made_again(catalog, demonstration)
            else:
                catalog = through_step0(catalog, tmp_path)
        if stations:
            keys["stations_path"] = given(shared_cases, stations)
        return label_demonstration(demonstration, catalog, monkeypatch, **keys)

    return run


@pytest.mark.parametrize(("catalogue", "stations"), PAIRS)
def test_no_noise_window_holds_a_p(demonstration, label, catalogue, stations):
    done = label(catalogue, stations)
    assert done.noise_that_holds(demonstration.read_p) == []
    assert done.noise_that_holds(demonstration.true_p) == []


def test_step1_itself_labels_as_these_tests_do(demonstration, tmp_path, label):
    prep = tmp_path / "prep"
    run_step(
        *("step1_windows.py", "--raw_data_dir", demonstration.folder / "mseed"),
        *("--catalog_path", demonstration.catalog, "--prep_data_dir", prep, "--plot", 0),
    )
    rows = list(index.read_index(prep))
    labelled = label("")
    for station, some in labelled.noise.items():
        starts = [r.start_time for r in rows if (r.station, r.label) == (station, "negative")]
        assert np.allclose(np.sort(np.concatenate(some)), np.sort(starts), atol=0.01)
        p = {r.p_time for r in rows if (r.station, r.label) == (station, "positive")}
        assert np.allclose(sorted(labelled.positive[station]), sorted(p), atol=0.01)


@pytest.mark.parametrize("catalogue", ["", "s2_half", "s11_dup", "s21_second_P", "s22_late_S"])
def test_every_positive_is_a_p(demonstration, label, shared_cases, catalogue):
    done = label(catalogue)
    catalog = demonstration.catalog
    if catalogue:
        catalog = made_again(given(shared_cases, catalogue), demonstration)
    events = read_catalog_json(catalog)
    read = {(k.station, k.time) for event in events for k in event.picks if is_p(k.phase)}
    of_positives = {(code, p) for code, some in done.positive.items() for p in some}
    assert of_positives <= read
    assert done.n_noise > 10000


@pytest.mark.parametrize("catalogue", ["s1_minute_off", "s12_auto", "s16_SasP"])
def test_a_pick_that_cannot_be_right_is_no_positive_and_said(demonstration, label, catalogue):
    done = label(catalogue)
    assert done.positives_without(demonstration.true_p) == []
    assert "ORSO" in done.said
