"""How steps 2 and 3 write TFRecords: whole or not at all, the same from any number of workers."""

import os
from tempfile import TemporaryDirectory

import numpy as np
import obspy
import pytest

from deepquake.core.configuration import load
from deepquake.core.errors import DeepQuakeError
from deepquake.learning import store
from deepquake.windows import dataset, exchange
from deepquake.windows.examples import writing
from tests.made_data import make_dataset
from tests.windows.made_windows import SETTINGS, open_part, prepare, write_tfrecords


def test_a_run_that_is_killed_never_leaves_train_and_test_of_two_results(prep, monkeypatch):
    def contents(folder):
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {path.relative_to(folder): path.read_bytes() for path in files}

    def be_killed(*_):
        raise KeyboardInterrupt

    folder, _ = write_tfrecords(prep, which=["positives"])
    before, keys = contents(folder), {"test_fraction": 0.75}
    for instant in ("_sync", "_move_in"):  # before and after the new files count
        assert contents(folder) == before
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(exchange, instant, be_killed)
            write_tfrecords(prep, keys, which=["positives"])
    for part in (folder, folder / "test"):
        with pytest.raises(DeepQuakeError, match="put new files of positive-set in the place"):
            store.open_part(part, "test")
    write_tfrecords(prep, keys, which=["positives"])
    undisturbed, _ = write_tfrecords(prep, keys, out="undisturbed", which=["positives"])
    assert contents(folder) == contents(undisturbed) != before


def test_random_placements_are_added_to_the_training_side_only(prep):
    plain, _ = write_tfrecords(prep, out="plain")
    keys = {"random_placements": 5}
    folder, result = write_tfrecords(prep, keys, out="placed", which=["positives"])
    train = open_part(folder, "train", "positive")
    assert len(open_part(folder, "test", "positive")) == len(open_part(plain, "test", "positive"))
    assert len(train) == len(open_part(plain, "train", "positive")) + 12 * 5
    assert result.counts["placed"] == 60
    assert train.p_offsets_s.min() >= 1 - 0.006
    assert train.p_offsets_s.max() <= 9 + 0.006
    assert len(np.unique(train.p_offsets_s.round(2))) > 30


def test_the_files_do_not_depend_on_the_number_of_workers(prep):
    one, _ = write_tfrecords(prep, {"workers": 1}, out="one")
    two, _ = write_tfrecords(prep, {"workers": 2}, out="two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in files)


def test_a_stream_cut_short_since_step_1_is_an_error(prep):
    (stream, *_) = sorted((prep / "mseed").iterdir())
    whole = obspy.read(str(stream))
    whole.trim(endtime=whole[0].stats.starttime + 30).write(str(stream), format="MSEED")
    with pytest.raises(DeepQuakeError, match=f"{stream.name}: does not hold all its windows"):
        write_tfrecords(prep)


def test_windows_whose_component_got_lost_since_step_1_are_reported(prep):
    streams = sorted((prep / "mseed").iterdir())
    keys = {"component_E": True}
    _, whole = write_tfrecords(prep, keys, which=["positives"])
    assert not whole.report.problems
    for stream in streams[1:]:
        obspy.read(str(stream)).select(channel="HHZ").write(str(stream), format="MSEED")
    _, result = write_tfrecords(prep, keys, which=["positives"])
    assert result.counts["train"] + result.counts["test"] == 9
    assert "135 windows are not whole in the station streams" in str(result.report.problems[0])
    obspy.read(str(streams[0])).select(channel="HHZ").write(str(streams[0]), format="MSEED")
    with pytest.raises(DeepQuakeError, match="all windows to write are not whole"):
        write_tfrecords(prep, keys, which=["positives"])


@pytest.mark.parametrize("moment", ["before a stream is read", "after"])
def test_nothing_is_written_of_two_results_of_step_1(tmp_path, monkeypatch, moment):
    waveforms, catalog = make_dataset(tmp_path, n_events=4)
    prep = tmp_path / "prep"
    prepare(waveforms, catalog, prep)
    folder, _ = write_tfrecords(prep)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    write = writing.write_stream_examples

    def write_while_step_1_runs(task):
        written = write(task) if moment == "after" else None
        if task.target.name == "all" and not reruns:
            reruns.append(prepare(waveforms, catalog, prep, window_stride=2.0))
            for stream in sorted((prep / "mseed").iterdir())[-1:]:
                stream.unlink()  # as with records of other stations
        return written or write(task)

    reruns = []
    monkeypatch.setattr(writing, "write_stream_examples", write_while_step_1_runs)
    for which in ("positives", "negatives"):
        reruns.clear()
        prepare(waveforms, catalog, prep)
        with pytest.raises(DeepQuakeError, match="step 1 has put a new result here in the mean"):
            write_tfrecords(prep, which=[which])
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    monkeypatch.undo()
    prepare(waveforms, catalog, prep)
    write_tfrecords(prep)


def test_parts_of_a_data_set_may_be_links_to_another_disk(prep):
    usual, _ = write_tfrecords(prep)
    with TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as disk:
        (prep.parent / "linked").mkdir()
        (prep.parent / "linked" / "train").symlink_to(disk)
        for workers in (1, 2):
            linked, _ = write_tfrecords(prep, {"workers": workers}, out="linked")
        for name in ("train/positive", "train/negative", "test/positive"):
            file = f"{name}/set.tfrecords"
            assert (linked / file).read_bytes() == (usual / file).read_bytes()
        assert sorted(os.listdir(linked)) == ["test", "train"]


def test_files_may_have_long_names(prep):
    request = dataset.DatasetRequest(prep, prep.parent / "long", "ñ" * 120)
    dataset.write_positives(request, load(SETTINGS))
    files = os.listdir(request.tfrecords_dir / "train" / "positive")
    assert sorted(files) == ["ñ" * 120 + ".json", "ñ" * 120 + ".tfrecords"]
