"""The steps in order, as a user runs them, and what they say when something does not fit."""

import csv
import json
import shutil

import pytest

from deepquake.core.times import parse_iso
from tests.made_data import P_AT_S, ROOT, T0, make_dataset, run_process, run_step

SMALL = ("--plot", 0)
HEAVY = "tensorflow", "obspy", "matplotlib"


@pytest.fixture(scope="module")
def cycle(tmp_path_factory):
    """Return a folder in which steps 1 to 6 have run on a tiny data set."""
    folder = tmp_path_factory.mktemp("cycle")
    waveforms, catalog = make_dataset(folder, n_events=8)
    prep, tf, net = folder / "prep", folder / "tf", folder / "net"
    run_step(
        *("step1_windows.py", "--raw_data_dir", waveforms, "--catalog_path", catalog),
        *("--prep_data_dir", prep, "--window_avoid_negatives_before", 2, "--save_windows", 0),
        *SMALL,
    )
    dataset = ("--prep_data_dir", prep, "--tfrecords_dir", tf, "--test_fraction", 0.25)
    run_step("step2_tfrecords_pos.py", *dataset)
    run_step("step3_tfrecords_neg.py", *dataset)
    done = run_step(
        *("step4_train.py", "--tfrecords_dir", tf, "--checkpoint_dir", net, "--n_clusters", 2),
        *("--max_checkpoint_step", 150, "--batch_size", 32, *SMALL),
    )
    assert "22114 trainable parameters" in done.stdout
    run_step(
        *("step5_eval_tfrecords.py", "--tfrecords_dir", tf / "test", "--checkpoint_dir", net),
        *("--output_dir", folder / "output" / "eval", *SMALL),
    )
    run_process(
        *("step6_detect_mseed.py", "--stream_path", waveforms, "--checkpoint_dir", net),
        *("--output_dir", folder / "detect", "--catalog_path", catalog, *SMALL),
    )
    return folder


def test_the_network_learns_to_tell_events_from_noise(cycle):
    result = json.loads((cycle / "output" / "eval" / "eval.json").read_text())
    assert result["accuracy"] > 0.9
    assert result["truePositives"] + result["falseNegatives"] == 36
    assert (result["n_traces"], result["n_clusters"], result["window_size"]) == (1, 2, 10)


def test_detections_hold_the_arrivals(cycle):
    with (cycle / "detect" / "detections.csv").open() as file:
        found = list(csv.DictReader(file))
    held = 0
    for number in range(8):
        for delay, station in enumerate(("AAA", "BBB")):
            p_s = T0 + 3600 * number + P_AT_S + delay
            held += any(
                row["station"].endswith(station)
                and parse_iso(row["start_time"]) <= p_s <= parse_iso(row["end_time"])
                for row in found
            )
    assert held >= 15
    result = json.loads((cycle / "detect" / "detect.json").read_text())
    assert result["recall"] == pytest.approx(held / 16)
    assert {p.name for p in (cycle / "detect").glob("event0*.csv")} == {
        f"event{number:02d}.csv" for number in range(8)
    }


def test_model_json_says_what_the_network_is(cycle):
    model = json.loads((cycle / "net" / "model.json").read_text())
    text = json.dumps(model)
    for word in ("ConvNetQuake", "tensorflow", "sampling_rate", "normalization", "components"):
        assert word in text


def test_the_same_again_gives_the_same_bytes(cycle, tmp_path):
    dataset = ("--prep_data_dir", cycle / "prep", "--tfrecords_dir", tmp_path / "tf")
    run_step("step2_tfrecords_pos.py", *dataset, "--test_fraction", 0.25)
    name = f"train/positive/{cycle.name}.tfrecords"
    assert (tmp_path / "tf" / name).read_bytes() == (cycle / "tf" / name).read_bytes()
    run_step(
        *("step6_detect_mseed.py", "--stream_path", cycle / "mseed", "--checkpoint_dir"),
        *(cycle / "net", "--output_dir", tmp_path / "detect", "--catalog_path"),
        *(cycle / "catalog.json", *SMALL),
    )
    for path in (cycle / "detect").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "detect" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        (
            "step4_train.py",
            ["--tfrecords_dir", "tf", "--checkpoint_dir", "NEW", "--n_clusters", 2]
            + ["--window_size", 20],
            ("1001", "2001"),
        ),
        (
            "step4_train.py",
            ["--tfrecords_dir", "tf", "--checkpoint_dir", "NEW", "--n_clusters", 2]
            + ["--component_N", 1],
            ("n_traces", "1", "2"),
        ),
        (
            "step5_eval_tfrecords.py",
            ["--tfrecords_dir", "tf/test", "--checkpoint_dir", "net", "--output_dir", "NEW"]
            + ["--window_size", 20],
            ("window_size", "20", "10"),
        ),
        (
            "step6_detect_mseed.py",
            ["--stream_path", "mseed", "--checkpoint_dir", "net", "--output_dir", "NEW"]
            + ["--window_size", 20],
            ("window_size", "20", "10"),
        ),
        (
            "step6_detect_mseed.py",
            ["--stream_path", "nowhere", "--checkpoint_dir", "net", "--output_dir", "NEW"],
            ("nowhere", "no such"),
        ),
        (
            "step6_detect_mseed.py",
            ["--stream_path", "text", "--checkpoint_dir", "net", "--output_dir", "NEW"],
            ("text", "no usable"),
        ),
        (
            "step6_detect_mseed.py",
            ["--stream_path", "mseed", "--checkpoint_dir", "mseed", "--output_dir", "NEW"],
            ("mseed", "model.json"),
        ),
    ],
)
def test_what_does_not_fit_is_one_line_and_nothing_is_written(
    cycle, tmp_path, script, arguments, message
):
    text = cycle / "text"
    text.mkdir(exist_ok=True)
    (text / "notes.mseed").write_text("these are no seismograms\n")
    new = tmp_path / "new"
    places = [
        new if a == "NEW" else cycle / a if isinstance(a, str) and not a.startswith("--") else a
        for a in arguments
    ]
    done = run_step(script, *places, status=1)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "Traceback" not in done.stderr
    for word in message:
        assert word in last
    assert not new.exists()


def test_a_truncated_record_is_read_as_far_as_it_goes(cycle, tmp_path):
    waveforms = tmp_path / "mseed"
    shutil.copytree(cycle / "mseed", waveforms)
    whole = (waveforms / "event03.mseed").read_bytes()
    (waveforms / "event03.mseed").write_bytes(whole[: len(whole) // 3 + 100])
    done = run_step(
        *("step6_detect_mseed.py", "--stream_path", waveforms, "--checkpoint_dir"),
        *(cycle / "net", "--output_dir", tmp_path / "detect", *SMALL),
    )
    assert "event03.mseed" in done.stderr
    assert (tmp_path / "detect" / "event04.csv").is_file()


@pytest.mark.parametrize("script", sorted(path.name for path in ROOT.glob("step*.py")))
def test_help_tells_what_the_step_does_and_needs_no_heavy_library(script):
    done = run_process(f"-X importtime {script}", "--help")
    assert [heavy for heavy in HEAVY if f" {heavy}" in done.stderr] == []
    assert "Example:" in done.stdout
    assert "--config_file_path" in done.stdout


def test_steps_0_and_1_never_import_tensorflow(cycle, tmp_path):
    done = run_process(
        *("-X importtime step1_windows.py", "--raw_data_dir", cycle / "mseed", "--catalog_path"),
        *(cycle / "catalog.json", "--prep_data_dir", tmp_path / "prep", "--save_windows", 0),
        *("--pattern", "event00*"),
    )
    assert "tensorflow" not in done.stderr
    done = run_process(
        *("-X importtime step0_metadata.py", "--input_path", cycle / "catalog.json"),
        *("--output_path", tmp_path / "catalog.json"),
    )
    assert "tensorflow" not in done.stderr
