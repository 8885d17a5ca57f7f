"""False alarms become noise: which windows, on which side, and beside what is there."""

import numpy as np
import pytest

from deepquake.core.configuration import load
from deepquake.core.errors import DeepQuakeError
from deepquake.core.times import iso
from deepquake.learning import store
from deepquake.windows import dataset
from deepquake.windows.examples import hard_negatives
from tests.made_data import P_AT_S, T0, make_dataset
from tests.windows.made_windows import SETTINGS, write_tfrecords

HEADER = "network,station,outcome,p_time,start_time,end_time,verdict"


@pytest.fixture
def searched(tmp_path):
    """Return the records of four hours with an event each, at two stations."""
    waveforms, _ = make_dataset(tmp_path, n_events=4)
    return waveforms


def write_table(path, rows):
    """Write (station, outcome, seconds after T0 of P or of begin and end, verdict) as a table."""
    lines = [HEADER]
    for station, outcome, times_s, verdict in rows:
        texts = [iso(T0 + time) for time in times_s]
        cells = [texts[0], "", ""] if len(texts) == 1 else ["", *texts]
        lines.append(",".join(["XX", station, outcome, *cells, verdict]))
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def mine(waveforms, rows, keys=None, out="tf"):
    """Write false alarms as noise; return the folder and what was written."""
    table = write_table(waveforms.parent / "search" / "matches.csv", rows)
    settings, folder = load(SETTINGS | (keys or {})), waveforms.parent / out
    request = dataset.DatasetRequest(waveforms, folder, "mined")
    return folder, hard_negatives.write_hard_negatives(request, table, settings)


def mined(folder, part="train"):
    return store.open_store([folder / part / "negative" / "mined.tfrecords"])


def test_windows_hold_the_false_alarm_wherever_it_is_in_them(searched):
    folder, result = mine(searched, [("AAA", "false", [12.0], "")], {"test_fraction": 0.0})
    some = mined(folder)
    offsets = T0 + 12.0 - some.start_times
    assert len(some) == result.counts["train"] == 8
    assert offsets.min() >= 1 - 0.01
    assert offsets.max() <= 9 + 0.01
    assert set(some.labels) == {-1}
    assert set(some.stations) == {"AAA"}
    assert np.abs(offsets % 1).max() > 0.01  # off any grid


def test_of_a_span_the_windows_within_it_are_taken(searched):
    folder, _ = mine(searched, [("BBB", "false", [5.0, 18.0], "")], {"test_fraction": 0.0})
    starts = np.sort(mined(folder).start_times) - T0
    assert starts[0] >= 5.0
    assert starts[-1] + 10 <= 18.0
    assert len(starts) == 3


def test_noise_keeps_away_from_what_is_an_arrival_or_may_be_one(searched):
    rows = [
        ("AAA", "false", [22.0], ""),
        ("AAA", "missed", [P_AT_S], ""),
        ("AAA", "false", [60.0], ""),  # in its coda
        ("BBB", "false", [60.0], ""),
        ("BBB", "undecided", [65.0, 70.0], ""),
    ]
    folder, result = mine(searched, rows, {"test_fraction": 0.0})
    some = mined(folder)
    ends = some.start_times - T0 + 10
    assert (ends[some.stations == "AAA"] < P_AT_S - 2 + 0.01).all()
    assert (ends[some.stations == "BBB"] < 63.0 + 0.01).all()
    assert result.left_out["false alarm near an arrival, or near what may be one"] == 1
    nearer = {"test_fraction": 0.0, "window_avoid_negatives_after": 20.0}
    assert len(mined(mine(searched, rows, nearer, out="nearer")[0])) > len(some)


def test_what_a_person_calls_an_event_is_not_noise(searched):
    rows = [("AAA", "false", [12.0], "true"), ("BBB", "false", [12.0], "noise")]
    folder, _ = mine(searched, rows, {"test_fraction": 0.0})
    assert set(mined(folder).stations) == {"BBB"}
    with pytest.raises(DeepQuakeError, match="no row is false"):
        mine(searched, [("AAA", "false", [12.0], "true")])


def test_false_alarms_outside_the_records_are_told(searched):
    rows = [("AAA", "false", [12.0], ""), ("CCC", "false", [12.0], "")]
    rows.append(("AAA", "false", [1800.0], ""))
    _, result = mine(searched, rows)
    assert result.left_out["false alarm outside the records"] == 2
    with pytest.raises(DeepQuakeError, match="no window to write of 2 false alarms"):
        mine(searched, rows[1:])


def test_whole_hours_train_or_test(searched):
    rows = [("AAA", "false", [3600.0 * hour + 12.0], "") for hour in range(4)]
    folder, result = mine(searched, rows, {"test_fraction": 0.5})
    hours = [set((mined(folder, part).start_times - T0) // 3600) for part in ("train", "test")]
    assert not hours[0] & hours[1]
    assert result.counts["train"] + result.counts["test"] == 32


def test_they_are_added_to_the_noise_of_step_1_and_replace_their_own(prep):
    rows = [("AAA", "false", [12.0], "")]
    keys = {"test_fraction": 0.0}
    folder, _ = write_tfrecords(prep, keys, which=["negatives"])
    before = (folder / "train" / "negative" / "set.tfrecords").read_bytes()
    _, result = mine(prep.parent / "mseed", rows, keys)
    assert not any("train" in problem.message for problem in result.report.problems)
    _, again = mine(prep.parent / "mseed", rows, keys)
    assert again.counts == result.counts
    assert (folder / "train" / "negative" / "set.tfrecords").read_bytes() == before
    assert len(mined(folder)) == 8


def test_the_bytes_do_not_depend_on_the_number_of_workers(searched):
    rows = [
        (station, "false", [3600.0 * hour + 12.0], "")
        for hour in range(4)
        for station in ["AAA", "BBB"]
    ]
    one, _ = mine(searched, rows, {"workers": 1}, out="one")
    two, _ = mine(searched, rows, {"workers": 2}, out="two")
    name = "train/negative/mined.tfrecords"
    assert (one / name).read_bytes() == (two / name).read_bytes()


def test_a_unet_gets_the_excerpt_around_a_false_alarm(searched):
    keys = {"model": "UNet", "component_N": True, "component_E": True, "test_fraction": 0.0}
    keys["training_window"] = 60.0
    folder, _ = mine(searched, [("AAA", "false", [12.0], "")], keys)
    some = mined(folder)
    assert len(some) == 1
    assert some.signature.window_size == 6001
    assert some.recorded_end[0] - some.recorded_first[0] > 1500


def test_the_name_tells_data_set_and_search(tmp_path):
    (tmp_path / "swarm" / "mseed").mkdir(parents=True)
    name = hard_negatives.name_of_hard_negatives(
        tmp_path / "detect2" / "matches.csv", tmp_path / "swarm" / "mseed"
    )
    assert name == "swarm_detect2_hard"


def test_a_verdict_that_is_changed_replaces_what_the_earlier_one_wrote(searched):
    alone = {"test_fraction": 0.0}
    at_a, at_b = ("AAA", "false", [12.0], ""), ("BBB", "false", [12.0], "")
    mine(searched, [at_a, at_b], alone)
    folder, _ = mine(searched, [(*at_a[:3], "true"), (*at_b[:3], "false")], alone)
    assert set(mined(folder).stations) == {"BBB"}


def test_codes_that_the_table_does_not_tell_fit_any(searched):
    table = searched.parent / "search" / "detections.csv"
    write_table(table, [("AAA", "false", [12.0], "no")])
    text = table.read_text().replace("XX,", ",")
    table.write_text(text)
    request = dataset.DatasetRequest(searched, searched.parent / "tf", "mined")
    result = hard_negatives.write_hard_negatives(request, table, load(SETTINGS))
    assert sum(result.counts[part] for part in ("train", "test")) == 8
