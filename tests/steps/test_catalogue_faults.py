"""A good catalogue made wrong in every way: no label is silently wrong."""

import csv
import re
from copy import deepcopy
from random import Random

import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import is_p
from deepquake.catalog.reader import read_files
from deepquake.core.report import Report
from tests.catalogue_faults import (
    FAULTS,
    IN_TABLES,
    NOT_NORDIC,
    SEEN_S,
    Faulty,
    some_faults,
    write_faulty,
)
from tests.demonstration import READING_ERROR_S, Demonstration, Step1, label_demonstration

ALONE = [(fault.__name__, seed) for fault in FAULTS for seed in (1, 2)]
ALL_ARE_OFF = ("local_origins", "local_picks")
TOGETHER = range(100, 112)


def good(demonstration: Demonstration, seed: int) -> Faulty:
    """Return the catalogue and the stations without faults."""
    with demonstration.stations.open() as file:
        stations = {
            row["code"]: tuple(float(row[key]) for key in ("latitude", "longitude", "elevation_m"))
            for row in csv.DictReader(file)
        }
    return Faulty(deepcopy(demonstration.events), stations, Random(seed))


@pytest.fixture
def label(demonstration: Demonstration, tmp_path, monkeypatch):
    """A function that does steps 0 and 1 with faults; it returns both reports in one."""

    def run(faulty: Faulty, form: str) -> Step1:
        catalog, stations = write_faulty(faulty, tmp_path, form)
        report = Report()
        read = read_files(sorted(catalog.iterdir()), report)
        write_catalog_json(tmp_path / "catalog.json", read.events)
        done = label_demonstration(
            demonstration, tmp_path / "catalog.json", monkeypatch, stations_path=stations
        )
        report.merge(done.report)
        done.report = report
        return done

    return run


def form_for(faulty: Faulty, faults: set) -> str:
    """Return a form of catalogue that can say what is wrong."""
    if faults & IN_TABLES:
        return "tables"
    return faulty.draw.choice(["json", "tables"] + ["nordic"] * (not faults & NOT_NORDIC))


def check(done: Step1, faulty: Faulty, demonstration: Demonstration) -> None:
    """Hold what step 1 made against the truth."""
    assert done.noise_that_holds(demonstration.true_p) == []
    assert done.positives_without(demonstration.true_p, within_s=SEEN_S) == []
    silent = [words for words in faulty.expected() if not re.search(words, done.said)]
    assert silent == []


def check_that_little_is_lost(done: Step1, faulty: Faulty, demonstration: Demonstration) -> None:
    """Hold that P that were read right are positives, but for a few, and that there is noise."""
    picks = [p for event in faulty.events for p in event.picks if is_p(p.phase) and p.weight < 4]
    read = {(p.station.upper().removeprefix("XX."), p.time) for p in picks}
    used = {(station, time) for station, some in done.positive.items() for time in some}
    n_right, n_used = (
        sum(
            any(code == station and abs(time - p) < READING_ERROR_S for code, time in some)
            for station, times in demonstration.true_p.items()
            for p in times.tolist()
        )
        for some in (read, used)
    )
    assert n_used >= 0.8 * n_right
    assert done.n_noise > 7500


@pytest.mark.parametrize(("name", "seed"), ALONE)
def test_labels_are_right_in_spite_of_a_fault(demonstration, label, name, seed):
    fault = next(fault for fault in FAULTS if fault.__name__ == name)
    faulty = good(demonstration, seed)
    fault(faulty)
    done = label(faulty, form_for(faulty, {fault}))
    check(done, faulty, demonstration)
    if name not in ALL_ARE_OFF:
        check_that_little_is_lost(done, faulty, demonstration)


@pytest.mark.parametrize("seed", TOGETHER)
def test_labels_are_right_in_spite_of_three_faults(demonstration, label, seed):
    faulty = good(demonstration, seed)
    faults = some_faults(faulty.draw)
    for fault in faults:
        fault(faulty)
    check(label(faulty, form_for(faulty, set(faults))), faulty, demonstration)
