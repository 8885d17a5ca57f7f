"""Odd names, odd numbers and files that may not be read, through whole steps."""

import shutil

import pytest

from deepquake.catalog.reader import read_files
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.earth.region_files import load_regions
from deepquake.learning.spec import read_model_json


@pytest.mark.parametrize(
    ("name", "n_events", "words"),
    [
        ("misc_catalog.json_OverflowError_168", 1, "event 2 is malformed: a number is too large"),
        ("misc_catalog.json_ValueError_148", 1, "event 1 is malformed: a number is too large"),
        ("misc_table_OverflowError_49", 4, "line 3: row not understood (no such day): left out"),
    ],
)
def test_a_number_that_nothing_can_have_costs_its_event(shared_cases, name, n_events, words):
    report = Report()
    catalog = read_files([shared_cases / "faults" / name], report)
    assert len(catalog.events) == n_events
    assert words in "\n".join(map(str, report.of_kind("skipped")))


def test_a_number_that_nothing_can_have_is_told_by_its_file(shared_cases, tmp_path):
    path = shared_cases / "faults" / "misc_clusters_ValueError_6"
    with pytest.raises(DeepQuakeError, match=r"misc_clusters.*: id is not a whole number"):
        load_regions(path)
    model = shared_cases / "faults" / "misc_model.json_ValueError_62"
    shutil.copyfile(model, tmp_path / "model.json")
    with pytest.raises(DeepQuakeError, match=r"model.json, line 28"):
        read_model_json(tmp_path)
