"""The folder of step 1: what it empties, what it refuses, links, and what it finishes."""

import os

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.locks import Held, hold
from deepquake.windows import exchange, room
from tests.made_data import make_dataset
from tests.windows.made_windows import prepare, write_tfrecords


def test_step1_empties_only_what_it_made(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    with pytest.raises(DeepQuakeError, match="lie in this folder"):
        prepare(waveforms, catalog, tmp_path)
    theirs = tmp_path / "prep" / "mseed" / "precious.mseed"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    with pytest.raises(DeepQuakeError, match="holds files that step 1 did not make"):
        prepare(waveforms, catalog, tmp_path / "prep")
    assert theirs.read_text() == "mine"


def test_a_folder_that_leads_to_the_waveforms_is_never_emptied(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    prep = tmp_path / "prep"
    prepare(waveforms, catalog, prep)
    before = sorted(waveforms.iterdir())
    for target in (waveforms, tmp_path):
        (prep / "png").symlink_to(target)
        with pytest.raises(DeepQuakeError, match="prep/png: leads to the waveforms in"):
            prepare(waveforms, catalog, prep)
        (prep / "png").unlink()
    assert sorted(waveforms.iterdir()) == before


def test_streams_may_be_on_another_disk_by_a_link(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    link, scratch = tmp_path / "prep" / "mseed", tmp_path / "scratch"
    for path in (link.parent, scratch):
        path.mkdir()
    link.symlink_to(scratch)
    for stride_s in (1.0, 2.0):
        prepare(waveforms, catalog, link.parent, window_stride=stride_s)
        assert link.is_symlink()
        assert sorted(set(os.listdir(scratch)) - {exchange.OWNER}) == [
            "event00_AAA.mseed",
            "event00_BBB.mseed",
        ]
    write_tfrecords(link.parent)


def test_an_exchange_that_was_interrupted_is_finished_by_step_2_unless_it_goes_on(prep):
    write_tfrecords(prep)
    moving = room.output_of_step1(prep).moving
    os.makedirs(moving)
    os.rename(prep / "windows.csv", moving / "windows.csv")
    with hold(prep, room.LOCKED_AS), pytest.raises(Held, match="is writing windows here"):
        write_tfrecords(prep)
    write_tfrecords(prep)
    assert (prep / "windows.csv").is_file() and not moving.exists()


def test_a_rerun_that_does_not_end_is_noted_by_step_2(prep):
    (prep / exchange.NEW).mkdir()
    _, written = write_tfrecords(prep)
    assert [str(problem) for problem in written.report.problems] == [
        f"{prep}: a later run of step 1 has not finished here; the result before it is taken"
    ]


def test_a_folder_of_another_data_set_is_kept(tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    (first, catalog), (second, _) = (make_dataset(folder, n_events=1) for folder in folders)
    prep = tmp_path / "prep"
    prepare(first, catalog, prep)
    before = {path: path.stat().st_mtime_ns for path in prep.rglob("*")}
    with pytest.raises(DeepQuakeError, match="prep: holds what was prepared of the data set 'one'"):
        prepare(second, catalog, prep)
    assert before == {path: path.stat().st_mtime_ns for path in prep.rglob("*")}
    (prep / "records.json").write_text("{")  # damaged: says nothing
    prepare(second, catalog, prep)
    prepare(second, catalog, prep)
