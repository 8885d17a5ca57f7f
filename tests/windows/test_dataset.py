"""Steps 2 and 3, function by function: what is written, on which side, and what is left out."""

from dataclasses import replace

import numpy as np
import obspy
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json
from deepquake.windows import index
from tests.made_data import P_AT_S, RATE, T0, make_dataset
from tests.windows.made_windows import open_part, prepare, write_tfrecords


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


def test_split_by_window_puts_windows_of_an_event_on_both_sides(prep):
    folder, _ = write_tfrecords(prep, {"split_by": "window"})
    train, test = open_part(folder, "train", "positive"), open_part(folder, "test", "positive")
    assert set(train.event_ids) & set(test.event_ids)
    assert len(test) == round(0.25 * (len(train) + len(test)))


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
