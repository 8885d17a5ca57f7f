"""Several data sets in one folder of TFRecords, from step 0 to step 5, as a user runs them."""

import json
import re
import shutil

import pytest

from deepquake.windows.tfrecords import feature, write_example
from tests.made_data import make_dataset, run_step

SETS = {"north": ("AAA", "BBB"), "south": ("CCC", "DDD")}
DATASET = ("--test_fraction", 0.25)


def prepare(folder, name, stations, n_events=4):
    """Do steps 0 and 1 of a made data set in input/NAME; return the folder output/NAME/prep."""
    out = folder / "output" / name
    waveforms, catalogue = make_dataset(folder / "input" / name, n_events, stations)
    catalog = out / "catalog.json"
    run_step("step0_metadata.py", "--input_path", catalogue, "--output_path", catalog)
    run_step(
        *("step1_windows.py", "--raw_data_dir", waveforms, "--catalog_path", catalog),
        *("--prep_data_dir", out / "prep", "--save_windows", 0, "--plot", 0),
        *("--window_avoid_negatives_before", 2),
    )
    return out / "prep"


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return a folder in which two data sets went through steps 0 to 3, into output/tf."""
    folder = tmp_path_factory.mktemp("several")
    for name, stations in SETS.items():
        prep = prepare(folder, name, stations)
        written = ("--prep_data_dir", prep, "--tfrecords_dir", folder / "output" / "tf", *DATASET)
        run_step("step2_tfrecords_pos.py", *written)
        run_step("step3_tfrecords_neg.py", *written)
    return folder


def test_both_are_trained_on_and_evaluated(both):
    tf, net = both / "output" / "tf", both / "output" / "net"
    for part in ("train", "test"):
        for label in ("positive", "negative"):
            names = {path.name for path in (tf / part / label).iterdir()}
            assert names == {f"{name}.{end}" for name in SETS for end in ("tfrecords", "json")}
    for part in ("train", "test"):  # of another program
        with (tf / part / "positive" / "texts.tfrecords").open("wb") as file:
            write_example(file, [feature("text", "of another kind")])
    trained = run_step(
        *("step4_train.py", "--tfrecords_dir", tf, "--checkpoint_dir", net, "--n_clusters", 2),
        *("--max_checkpoint_step", 10, "--batch_size", 32, "--plot", 0),
    )
    evaluated = run_step(
        *("step5_eval_tfrecords.py", "--tfrecords_dir", tf / "test", "--checkpoint_dir", net),
        *("--output_dir", both / "output" / "eval", "--plot", 0),
    )
    for done in (trained, evaluated):
        assert "left out: 1\n" in done.stderr and "noted" not in done.stderr
        assert "texts.tfrecords: record 1: is not a window of a seismogram" in done.stderr
    result = json.loads((both / "output" / "eval" / "eval.json").read_text())
    # of each set, one event of four at two stations, each in nine windows
    assert result["truePositives"] + result["falseNegatives"] == 2 * 2 * 9


def test_another_set_of_the_same_name_takes_nothing_away(both, tmp_path):
    tf = tmp_path / "tf"
    shutil.copytree(both / "output" / "tf", tf)
    before = {path: path.read_bytes() for path in tf.rglob("*") if path.is_file()}
    other = prepare(tmp_path, "north", ("EEE",))
    for script in ("step2_tfrecords_pos.py", "step3_tfrecords_neg.py"):
        arguments = (script, "--prep_data_dir", other, "--tfrecords_dir", tf, *DATASET)
        done = run_step(*arguments, status=1)
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert re.search(r"north\.tfrecords: was made from records that are not in .*/prep: ", line)
        for words in ("8 of 8 records, the first XX.AAA..HH from 2014", "the first XX.EEE..HH"):
            assert words in line
        assert "--file_name" in line and "Traceback" not in done.stderr
    assert before == {path: path.read_bytes() for path in tf.rglob("*") if path.is_file()}
    run_step(*arguments, "--file_name", "other")
    assert (tf / "train" / "negative" / "other.tfrecords").is_file()
