"""Which program a file is of: told by its content alone, and never taken for another's."""

from pathlib import Path

import pytest

from deepquake.catalog.locators.formats import LOCATOR_FORMATS, locator_format_of
from deepquake.catalog.nordic.reader import is_nordic
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_catalog, read_file, read_files
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import decode_text, read_bytes
from deepquake.core.report import Report
from deepquake.core.times import iso
from tests.catalog.locators import made_files
from tests.catalog.locators.made_files import made_events
from tests.made_data import network_events

MADE = made_events(3)
WRITERS = {
    "NonLinLoc": made_files.nonlinloc_located,
    "NonLinLoc phases": made_files.nonlinloc_phases,
    "HYPOINVERSE": made_files.hypoinverse,
    "HYPOINVERSE list": made_files.hypoinverse_print,
    "HYPOINVERSE table": made_files.hypoinverse_table,
    "HYPO71 phases": made_files.hypo71_phases,
    "HYPO71 list": made_files.hypo71_list,
    "HypoDD phases": made_files.hypodd_phases,
    "HypoDD": made_files.hypodd_relocated,
    "REAL": made_files.real,
}
WITHOUT_PICKS = "HypoDD", "HYPOINVERSE table"
WITHOUT_ORIGINS = "NonLinLoc phases", "HYPO71 phases"
FILES = {name: write(MADE) for name, write in WRITERS.items()}
CASES = {
    "hypodd.pha": "HypoDD phases",
    "r_nlloc_rejected.hyp": "NonLinLoc",
    "refused/f01_hypo71.pha": "HYPO71 phases",
    "refused/f02_hypo71.prt": "HYPO71 list",
    "refused/f03_y2000.phs": "HYPOINVERSE",
    "refused/f04_hypo2000.sum": "HYPOINVERSE",
    "refused/f05_eqt_y2000.phs": "HYPOINVERSE",
    "refused/f06_nll.obs": "NonLinLoc phases",
    "refused/f13_real_catalog.txt": "REAL",
    "refused/hypodd.reloc": "HypoDD",
}
HYPOCENTRE = 35.708, -117.504, 10.6
ORIGIN = "2019-07-04T17:02:55.340000Z"


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_of_one_format(name: str) -> None:
    for text in (FILES[name], "\n" + FILES[name], FILES[name].replace("\n", "\r\n")):
        assert [form.name for form in LOCATOR_FORMATS if form.fits(text)] == [name]
        assert not is_nordic(text)


def test_every_format_is_read_from_a_folder(tmp_path: Path) -> None:
    for number, text in enumerate(FILES.values()):
        (tmp_path / f"{number}.txt").write_text(text)
    report = Report()
    catalog = read_files(sorted(tmp_path.iterdir()), report)
    assert catalog.formats == dict.fromkeys(FILES, 1)
    assert report.of_kind("skipped") == []
    assert [event.event_id for event in catalog.events] == ["1000", "1001", "1002"]


@pytest.mark.parametrize("name", WRITERS)
def test_the_demonstration_in_every_format(demonstration, tmp_path: Path, name: str) -> None:
    true = demonstration.events
    path, report = tmp_path / "catalogue", Report()
    path.write_text(WRITERS[name](true))
    events = read_catalog(path, report)
    assert report.of_kind("skipped") == []
    if name not in WITHOUT_ORIGINS:
        assert len(events) == len(true)
        for event, expected in zip(events, true, strict=True):
            assert event.origin_time == pytest.approx(expected.origin_time, abs=0.006)
            assert event.latitude == pytest.approx(expected.latitude, abs=2e-4)
            assert event.longitude == pytest.approx(expected.longitude, abs=2e-4)
            assert event.depth_km == pytest.approx(expected.depth_km, abs=0.006)
    if name not in WITHOUT_PICKS:
        found, expected = (
            sorted((p.station, p.time) for e in some for p in e.picks if p.phase == "P")
            for some in (events, true)
        )
        assert [station for station, _ in found] == [station for station, _ in expected]
        times = [time for _, time in expected]
        assert [time for _, time in found] == pytest.approx(times, abs=0.006)


def test_a_phase_file_without_lines_between_events_is_a_list_of_picks(tmp_path: Path) -> None:
    path = tmp_path / "a.obs"
    path.write_text(FILES["NonLinLoc phases"].replace("\n\n", "\n"))
    catalog = read_files([path], Report())
    assert sum(len(event.picks) for event in catalog.events) == sum(len(e.picks) for e in MADE)
    stations = [[p.station for p in e.picks if p.phase == "P"] for e in catalog.events]
    assert all(len(set(of_event)) == len(of_event) for of_event in stations)


def test_nordic_and_tables_are_of_none() -> None:
    texts = [
        write_nordic(network_events(3)),
        "id,origintime,latitude,longitude\n7,2014-02-15T00:03:11.5Z,35.9,-96.8\n",
        "2014-02-15T00:03:11.5Z 35.9 -96.8 5.1 2.4\n",
        "2014 02 15 00 03 11.5 35.9 -96.8 5.1 2.4\n",
        "MCB 35.70 -117.50 1.2\nMDC 35.71 -117.51 1.3\n",
        "20140215000311\n20140215000312\n",
        "-117.504\t35.708\t2019.506\t7\t4\t3.98\t10.6\t17\t2\t55.34\n",
    ]
    assert [locator_format_of(text) for text in texts] == [None] * len(texts)


def test_no_input_is_taken_for_another(shared_cases: Path, shared_data: Path) -> None:
    wrong = []
    for folder in (shared_cases / "catalogues", shared_data):
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or b"\0" in (content := read_bytes(path))[:4096]:
                continue
            text = decode_text(content)
            told = [form.name for form in LOCATOR_FORMATS if form.fits(text)]
            name = path.relative_to(folder).as_posix()
            if told != ([CASES[name]] if name in CASES else []):
                wrong.append((name, told))
    assert wrong == []


@pytest.mark.parametrize("name", CASES)
def test_inputs_that_were_refused_are_read(shared_cases: Path, name: str) -> None:
    report = Report()
    (event,), format_name = read_file(shared_cases / "catalogues" / name, report)
    assert format_name == CASES[name] and report.of_kind("skipped") == []
    place = event.latitude, event.longitude, event.depth_km
    read = [(pick.station, pick.phase, pick.weight) for pick in event.picks]
    if format_name in ("NonLinLoc", *WITHOUT_ORIGINS) or "eqt" in name:
        assert event.origin_time is None and place == (None, None, None)
    else:
        assert iso(event.origin_time) == ORIGIN and place == HYPOCENTRE
        assert [magnitude.value for magnitude in event.magnitudes] == [3.98]
    p_and_s = [("MCB", "P", 0), ("MCB", "S", 0)]
    expected = {
        "hypodd.pha": [("CLC", "P", 0), ("MCB", "P", 4), ("MDC", "P", 0)],
        "r_nlloc_rejected.hyp": [(s, p, 0) for s in ("TLZ", "MAVZ") for p in "PS"],
        "refused/f01_hypo71.pha": [("MCB", "P", 0), ("MCB", "S", 1), ("MDC", "P", 0)],
        "refused/f03_y2000.phs": [("MCB", "P", 0), ("MDC", "P", 0), ("MDC", "S", 1)],
        "refused/f05_eqt_y2000.phs": [("ID06", "S", 0), ("ID06", "P", 0)],
        "refused/f06_nll.obs": p_and_s,
    }
    assert read == expected.get(name, [])


def test_a_file_of_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pha"
    path.write_text("neither this\nnor that\n")
    with pytest.raises(DeepQuakeError, match="is not a catalogue"):
        read_file(path, Report())
