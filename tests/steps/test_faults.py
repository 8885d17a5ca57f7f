"""A good catalogue made wrong in every way: no label is silently wrong."""

import csv
import re
from copy import deepcopy
from random import Random

import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.reader import read_files
from deepquake.core.report import Report
from tests.demonstration import Demonstration, Step1, label_demonstration
from tests.faults import FAULTS, IN_TABLES, SEEN_S, Faulty, write_faulty

FORMS = ("json", "tables", "nordic")
ALONE = [(fault.__name__, seed) for fault in FAULTS for seed in (1, 2)]
TOGETHER = range(100, 112)


def good(demonstration: Demonstration, seed: int) -> Faulty:
    """Return the catalogue and the stations without faults."""
    with demonstration.stations.open() as file:
        stations = {
            row["code"]: tuple(float(row[key]) for key in ("latitude", "longitude", "elevation_m"))
            for row in csv.DictReader(file)
        }
    return Faulty(deepcopy(demonstration.events), stations, Random(seed))


pytestmark = pytest.mark.xfail(reason="labels do not look at what fits")


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


def check(done: Step1, faulty: Faulty, demonstration: Demonstration) -> None:
    """Hold what step 1 made against the truth."""
    assert done.noise_that_holds(demonstration.true_p) == []
    wrong = done.positives_without(demonstration.true_p)
    assert [p for p in wrong if not abs(faulty.shifted.get(p, 99.0)) < SEEN_S] == []
    silent = [words for words in set(faulty.to_say) if not re.search(words, done.said)]
    assert silent == []


@pytest.mark.parametrize(("name", "seed"), ALONE)
def test_labels_are_right_in_spite_of_a_fault(demonstration, label, name, seed):
    fault = next(fault for fault in FAULTS if fault.__name__ == name)
    faulty = good(demonstration, seed)
    fault(faulty)
    form = "tables" if fault in IN_TABLES else faulty.draw.choice(FORMS)
    check(label(faulty, form), faulty, demonstration)


@pytest.mark.parametrize("seed", TOGETHER)
def test_labels_are_right_in_spite_of_three_faults(demonstration, label, seed):
    faulty = good(demonstration, seed)
    faults = faulty.draw.sample(FAULTS, 3)
    for fault in faults:
        fault(faulty)
    form = "tables" if IN_TABLES & set(faults) else faulty.draw.choice(FORMS)
    check(label(faulty, form), faulty, demonstration)
