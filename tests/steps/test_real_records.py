"""The whole way on real records: northern California and an Icelandic swarm."""

import csv
import json
from collections import Counter
from itertools import pairwise

import obspy
import pytest

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import p_picks
from deepquake.core.configuration import load
from deepquake.core.times import parse_iso
from deepquake.windows import index, preparation
from tests.made_data import run_step

SETTINGS = {
    "window_avoid_negatives_before": 2.0,
    "save_windows": False,
    "plot": False,
}


def catalogue(data, out):
    done = run_step(
        *("step0_metadata.py", "--input_path", data / "sfiles_nordicformat"),
        *("--output_path", out / "catalog.json"),
    )
    return out / "catalog.json", done.stdout


@pytest.fixture(scope="module")
def ncal(shared_data, tmp_path_factory):
    """Return a folder with the catalogue and the windows of northern California."""
    out = tmp_path_factory.mktemp("ncal")
    path, printed = catalogue(shared_data / "ncal", out)
    preparation.prepare(load(SETTINGS), shared_data / "ncal" / "mseed", path, out / "prep")
    (out / "step0.txt").write_text(printed)
    return out


@pytest.fixture(scope="module")
def network(ncal):
    """Return the folder of a network trained a short while on northern California."""
    dataset = ("--prep_data_dir", ncal / "prep", "--tfrecords_dir", ncal / "tf")
    run_step("step2_tfrecords_pos.py", *dataset)
    run_step("step3_tfrecords_neg.py", *dataset)
    run_step(
        *("step4_train.py", "--tfrecords_dir", ncal / "tf", "--checkpoint_dir", ncal / "net"),
        *("--n_clusters", 2, "--max_checkpoint_step", 300, "--plot", 0),
    )
    return ncal / "net"


def test_northern_california_has_103_events_with_103_p(ncal):
    printed = (ncal / "step0.txt").read_text()
    counts = dict(line.split(":", 1) for line in printed.splitlines() if ":" in line)
    assert counts["events"].split()[0] == "103"
    assert counts["P picks"].split()[0] == "103"


def test_each_full_record_has_81_windows_9_positive_18_noise(ncal):
    rows = list(index.read_index(ncal / "prep"))
    assert len({row.stream_file for row in rows}) == 103
    per_stream = Counter(row.stream_file for row in rows)
    assert set(per_stream.values()) == {9 + 18}
    labels = Counter(row.label for row in rows)
    assert labels["positive"] + labels["negative"] + labels["discarded"] == 927 + 1854
    assert labels["positive"] == 927
    assert {row.discard_reason for row in rows} == {"", "flat component"}


def test_a_short_training_reaches_a_good_accuracy_on_unseen_events(ncal, network):
    run_step(
        *("step5_eval_tfrecords.py", "--tfrecords_dir", ncal / "tf" / "test"),
        *("--checkpoint_dir", network, "--output_dir", ncal / "out" / "eval", "--plot", 0),
    )
    result = json.loads((ncal / "out" / "eval" / "eval.json").read_text())
    assert result["accuracy"] > 0.87


def test_a_network_from_california_runs_over_the_icelandic_swarm(shared_data, network, tmp_path):
    path, _ = catalogue(shared_data / "iceland", tmp_path)
    run_step(
        *("step6_detect_mseed.py", "--stream_path", shared_data / "iceland" / "mseed"),
        *("--checkpoint_dir", network, "--output_dir", tmp_path / "detect"),
        *("--catalog_path", path, "--plot", 0),
    )
    result = json.loads((tmp_path / "detect" / "detect.json").read_text())
    assert 0.3 < result["precision"] <= 1
    assert 0.3 < result["recall"] <= 1


@pytest.mark.parametrize("model", [False, True], ids=["mean velocity", "layered model"])
def test_no_noise_window_of_the_swarm_holds_a_p_that_nobody_picked(shared_data, tmp_path, model):
    data = shared_data / "iceland"
    path, _ = catalogue(data, tmp_path)
    keys = {"velocity_model_path": str(data / "velocity_model.csv")} if model else {}
    # short windows and little distance from arrivals, to have any noise in a swarm
    keys |= {"window_size": 3.0, "window_avoid_negatives_after": 4.0, "noise_without_event": True}
    preparation.prepare(load(SETTINGS | keys), data / "mseed", path, tmp_path / "prep")
    with (data / "modelled_arrivals.csv").open() as file:
        modelled = [row for row in csv.DictReader(file) if row["phase"] == "P"]
    assert len(modelled) == 11 * 12
    noise = [row for row in index.read_index(tmp_path / "prep") if row.label == "negative"]
    assert len(noise) > 100
    for row in noise:
        for arrival in modelled:
            p_s = parse_iso(arrival["modelled_time"])
            inside = row.start_time <= p_s <= row.start_time + 3.0
            assert not (inside and arrival["station"] == row.station), (row, arrival)


def test_every_pick_in_a_stream_of_the_swarm_is_known_also_of_the_next_event(shared_data, tmp_path):
    data = shared_data / "iceland"
    path, _ = catalogue(data, tmp_path)
    summary = preparation.prepare(load(SETTINGS), data / "mseed", path, tmp_path / "prep")
    assert summary.n_recordings == 11 * 12
    picks = [pick for event in read_catalog_json(path) for pick in p_picks(event)]
    known = {
        (row.stream_file, round(row.p_time, 3))
        for row in index.read_index(tmp_path / "prep")
        if row.p_time
    }
    n_inside = 0
    for file in sorted((data / "mseed").iterdir()):
        for trace in obspy.read(str(file)).select(component="Z"):
            begin, end = trace.stats.starttime.timestamp, trace.stats.endtime.timestamp
            for pick in picks:
                if pick.station == trace.stats.station and begin <= pick.time <= end:
                    n_inside += 1
                    stream = f"mseed/{file.stem}_{pick.station}.mseed"
                    deep_inside = begin + 2 < pick.time < end - 2
                    assert (stream, round(pick.time, 3)) in known or not deep_inside
    assert summary.n_picked == n_inside > 79


def test_streams_of_the_swarm_overlap_in_time_and_stay_apart(shared_data, tmp_path):
    from deepquake.core.report import Report
    from deepquake.waveforms.scan import scan

    recordings = scan(shared_data / "iceland" / "mseed", load({}).records, Report(), station="DYJN")
    assert len(recordings) == 11
    spans = sorted(recording.span() for recording in recordings)
    assert any(b[0] < a[1] for a, b in pairwise(spans))
