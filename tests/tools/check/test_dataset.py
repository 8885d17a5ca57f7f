"""What lies where in a folder, told by content, laid out as advised or not."""

import tracemalloc
from pathlib import Path

import pytest

from deepquake.core.configuration import load
from deepquake.core.errors import DeepQuakeError
from deepquake.tools.check.dataset import NOT_LOOKED_AT, DataSet, open_dataset

SETTINGS = load({})


def opened(folder: Path) -> DataSet:
    return open_dataset(folder, SETTINGS.records, SETTINGS.arrivals)


def test_folders_named_as_advised_are_taken(dataset: Path) -> None:
    data = opened(dataset)
    assert data.waveforms == dataset / "mseed"
    assert data.catalogue == dataset / "sfiles_nordicformat"
    assert data.stations_path == dataset / "stations.csv"
    assert data.others == ["notes.txt"]
    assert (len(data.recordings), len(data.catalogues.events), len(data.stations)) == (2, 5, 2)


def test_responses_of_instruments_are_of_use(dataset: Path) -> None:
    (dataset / "stations.xml").write_text('<?xml version="1.0"?>\n<FDSNStationXML/>\n')
    (dataset / "other.xml").write_text("<other/>\n")
    for folder in ("mseed", "records"):
        data = opened(dataset)
        assert "other.xml" in data.others and "stations.xml" not in data.others
        reports = data.waveform_report, data.catalogue_report, data.unused_report
        told = [Path(problem.path).name for report in reports for problem in report.problems]
        assert "other.xml" in told and "stations.xml" not in told
        (dataset / folder).rename(dataset / "records")  # then all of the folder is looked at


def test_any_folder_is_told_by_content(dataset: Path) -> None:
    """The same of files thrown together, without names that say anything."""
    mixed = dataset.parent / "mixed" / "deep"
    mixed.mkdir(parents=True)
    for number, path in enumerate(sorted(p for p in dataset.rglob("*") if p.is_file())):
        keep = path.name == "stations.csv"
        path.rename(mixed.parent / path.name if keep else mixed / f"file{number}")
    data = opened(mixed.parent)
    assert (len(data.recordings), len(data.catalogues.events), len(data.stations)) == (2, 5, 2)
    assert data.waveforms == mixed and data.catalogue is not None
    assert data.catalogue.parent == mixed
    assert data.others == ["deep/ (1 file)"]
    assert not data.waveform_report.problems  # the notes are of no use, and nothing odd


def test_folders_elsewhere_can_be_named(dataset: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    data = open_dataset(
        empty,
        SETTINGS.records,
        SETTINGS.arrivals,
        waveforms=dataset / "mseed",
        catalogue=dataset / "sfiles_nordicformat",
        pattern="a*",
    )
    assert len(data.recordings) == 1 and len(data.catalogues.events) == 5


def test_a_data_set_inside_another_is_told_and_left(dataset: Path) -> None:
    data = opened(dataset.parent)
    assert len(data.recordings) == 2  # no folder is named as advised here: all is looked through
    (dataset.parent / "mseed").mkdir()
    (dataset / "mseed" / "a.mseed").rename(dataset.parent / "mseed" / "a.mseed")
    data = opened(dataset.parent)
    assert len(data.recordings) == 1 and data.others == ["archive/ (a data set of its own)"]


def test_a_table_of_velocities_is_found_and_a_wrong_one_noted(dataset: Path) -> None:
    (dataset / "velocity.csv").write_text("top,vp\n0,none\n")
    data = opened(dataset)
    assert data.velocity_model is None
    assert "velocity.csv" in data.catalogue_report.problems[0].path
    (dataset / "model.csv").write_text("top,vp\n0,5.0\n10,6.0\n")
    assert opened(dataset).velocity_model == dataset / "model.csv"


def test_nothing_of_use_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="no such file"):
        opened(tmp_path / "none")
    (tmp_path / "notes.txt").write_text("nothing\n")
    assert not opened(tmp_path).is_of_use
    with pytest.raises(DeepQuakeError, match="is a file; give the folder"):
        opened(tmp_path / "notes.txt")


def test_every_file_that_is_not_used_is_told_with_the_reason(dataset: Path) -> None:
    (dataset / "photos").mkdir()
    (dataset / "photos" / "site.txt").write_text("rock\n")
    (dataset / "mseed" / "day.tar").write_bytes(
        b"day".ljust(257, b"\0") + b"ustar".ljust(800, b"\0")
    )
    (dataset / "sfiles_nordicformat" / "map.pdf").write_bytes(b"%PDF-1.7")
    data = opened(dataset)
    reports = data.waveform_report, data.catalogue_report, data.unused_report
    why = {Path(p.path).name: p.message for report in reports for p in report.problems}
    assert why["day.tar"] == "is a tar archive; unpack it first"
    assert why["map.pdf"] == "is not a catalogue, but a PDF document"
    assert why["notes.txt"] == why["site.txt"] == NOT_LOOKED_AT
    mixed = dataset.parent / "mixed"
    mixed.mkdir()
    (mixed / "notes.txt").write_text("battery changed\n")
    (dataset / "mseed" / "a.mseed").rename(mixed / "a.mseed")
    (problem,) = opened(mixed).unused_report.problems
    assert Path(problem.path).name == "notes.txt"
    assert problem.message.startswith("is neither a waveform file nor a catalogue: not")


@pytest.mark.parametrize("folder", ["", "mseed", "sfiles_nordicformat"])
def test_huge_files_of_other_kinds_are_not_read(dataset: Path, folder: str) -> None:
    heads = {"data.h5": b"\x89HDF\r\n\x1a\n", "disk.img": b"", "log.txt": b"a line\n" * 20000}
    for name, head in heads.items():
        with (dataset / folder / name).open("wb") as file:
            file.write(head)
            file.truncate(20 * 10**9)
    tracemalloc.start()
    data = opened(dataset)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10**8
    assert (len(data.recordings), len(data.catalogues.events)) == (2, 5)
    reports = data.waveform_report, data.catalogue_report, data.unused_report
    why = {Path(p.path).name for report in reports for p in report.problems}
    assert why >= set(heads)


def test_real_data_sets(shared_data: Path) -> None:
    data = opened(shared_data / "iceland")
    assert len(data.recordings) == 132 and len(data.stations) == 12
    assert data.velocity_model == shared_data / "iceland" / "velocity_model.csv"
    assert data.others == ["modelled_arrivals.csv"]
    assert len(opened(shared_data / "carabobo").catalogues.events) == 22
