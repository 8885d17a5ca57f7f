"""Steps 2 and 3, function by function: what is written, on which side, and what is left out."""

import os
from dataclasses import replace
from tempfile import TemporaryDirectory

import numpy as np
import obspy
import pytest

from deepquake.core.configuration import load
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json
from deepquake.learning import store
from deepquake.windows import dataset, exchange, index
from tests.made_data import P_AT_S, RATE, T0, make_dataset
from tests.windows.made_windows import SETTINGS, open_part, prepare, write_tfrecords


def test_every_event_is_on_one_side_at_every_station(prep):
    folder, _ = write_tfrecords(prep)
    sides = {}
    for side in ("train", "test"):
        for label in ("positive", "negative"):
            some = open_part(folder, side, label)
            for event, station in zip(some.event_ids, some.stations, strict=True):
                sides.setdefault(event, set()).add((side, station))
    assert len(sides) == 8
    for found in sides.values():
        assert len({side for side, _ in found}) == 1
        assert {station for _, station in found} == {"AAA", "BBB"}
    assert sum(("test", "AAA") in found for found in sides.values()) == 2


def test_windows_hold_the_samples_of_the_record_and_what_is_known_of_them(prep):
    folder, _ = write_tfrecords(prep, {"component_E": True})
    some = open_part(folder, "train", "positive")
    assert (some.signature.n_traces, some.signature.window_size) == (2, 1001)
    assert (some.signature.components, some.signature.sampling_rate) == ("ZE", 100.0)
    assert set(some.labels) == {0}
    start, station = some.start_times[0], some.stations[0]
    assert some.p_offsets_s[0] == pytest.approx(
        T0 + 3600 * round((start - T0) // 3600) + P_AT_S + (station == "BBB") - start, abs=1e-4
    )
    number = int((start - T0) // 3600)
    raw = obspy.read(str(prep.parent / "mseed" / f"event{number:02d}.mseed"))
    first = round((start - T0 - 3600 * number) * RATE)
    for row, channel in zip(some.gather([0])[0], ("HHZ", "HHE"), strict=True):
        samples = raw.select(station=station, channel=channel)[0].data[first : first + 1001]
        assert np.array_equal(np.diff(row), np.diff(samples.astype(np.float32)))


def test_noise_is_labelled_minus_one_and_balanced_where_asked(prep):
    folder, _ = write_tfrecords(prep, out="all")
    every = len(open_part(folder, "train", "negative"))
    folder, result = write_tfrecords(prep, {"balance": True}, out="balanced")
    assert set(open_part(folder, "train", "negative").labels) == {-1}
    for side in ("train", "test"):
        n_noise = len(open_part(folder, side, "negative"))
        assert n_noise == len(open_part(folder, side, "positive")) < every
    assert result.left_out["not drawn: more noise than events"] > 0


@pytest.mark.parametrize(("share", "only"), [(0.0, "train"), (1.0, "test")])
def test_all_on_one_side_leaves_no_file_of_an_earlier_run(prep, share, only):
    write_tfrecords(prep)
    folder, result = write_tfrecords(prep, {"test_fraction": share})
    found = {path.relative_to(folder).parts[0] for path in folder.rglob("*.tfrecords")}
    assert found == {only}
    assert result.counts[only] > 0


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


def test_split_by_window_puts_windows_of_an_event_on_both_sides(prep):
    folder, _ = write_tfrecords(prep, {"split_by": "window"})
    train, test = open_part(folder, "train", "positive"), open_part(folder, "test", "positive")
    assert set(train.event_ids) & set(test.event_ids)
    assert len(test) == round(0.25 * (len(train) + len(test)))


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


def test_regions_give_the_cluster_ids_and_events_without_one_are_left_out(prep, tmp_path):
    centroids = [
        {"lat": 10.0, "lon": -67.0, "depth": 5.0, "id": 0, "label": "south"},
        {"lat": 11.0, "lon": -67.0, "depth": 5.0, "id": 1, "label": "north"},
    ]
    path = tmp_path / "clusters.json"
    write_json(path, {"clusters_type": "kmeans", "clusters": centroids})
    keys = {"n_clusters": 3, "test_fraction": 0.0}
    folder, result = write_tfrecords(prep, keys, which=["positives"], clusters_path=path)
    some = open_part(folder, "train", "positive")
    numbers = ((some.start_times - T0) // 3600).astype(int)
    assert np.array_equal(some.labels, numbers % 2)
    assert result.regions["1 (north)"] == 72
    rows = [replace(row, lat=None, lon=None) for row in index.read_index(prep)]
    index_file = prep / index.INDEX_NAME
    lines = [",".join(index.row_text(row)) for row in rows]
    index_file.write_text("\n".join([",".join(index.INDEX_HEADER), *lines]) + "\n")
    with pytest.raises(DeepQuakeError, match="144 event without location"):
        write_tfrecords(prep, keys, which=["positives"], clusters_path=path)


def test_more_than_two_classes_need_a_region_file(prep):
    with pytest.raises(DeepQuakeError, match="n_clusters = 4.*3 regions.*--clusters_file_path"):
        write_tfrecords(prep, {"n_clusters": 4}, which=["positives"])
    assert not (prep.parent / "tf").exists()


def test_the_files_do_not_depend_on_the_number_of_workers(prep):
    one, _ = write_tfrecords(prep, {"workers": 1}, out="one")
    two, _ = write_tfrecords(prep, {"workers": 2}, out="two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in files)


def test_records_too_short_for_noise_are_named_as_the_reason(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=2)
    keys = {"window_size": 40.0}  # records of 90 s with the P 30 s in them
    prepare(waveforms, catalog, tmp_path / "prep", **keys)
    with pytest.raises(DeepQuakeError, match="no noise window.*no stream has 40 s clear.*longer"):
        write_tfrecords(tmp_path / "prep", keys, which=("negatives",))


@pytest.mark.parametrize("size_s", [75.0, 100.0])
def test_an_index_from_elsewhere_is_taken_where_the_streams_hold_its_windows(prep, size_s):
    (prep / index.MARKER_NAME).unlink()
    write_tfrecords(prep, which=["positives"])
    with pytest.raises(DeepQuakeError, match="does not hold all its windows of windows.csv"):
        write_tfrecords(prep, {"window_size": size_s}, out="longer", which=["negatives"])


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
    write = dataset.write_stream_examples

    def write_while_step_1_runs(task):
        written = write(task) if moment == "after" else None
        if task.target.name == "all" and not reruns:
            reruns.append(prepare(waveforms, catalog, prep, window_stride=2.0))
            for stream in sorted((prep / "mseed").iterdir())[-1:]:
                stream.unlink()  # as with records of other stations
        return written or write(task)

    reruns = []
    monkeypatch.setattr(dataset, "write_stream_examples", write_while_step_1_runs)
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
