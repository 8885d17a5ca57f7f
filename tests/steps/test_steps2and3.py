"""Steps 2 and 3 as a user runs them."""

from tests.made_data import run_step
from tests.windows.made_windows import make_prep


def test_the_scripts_say_what_they_wrote_and_what_is_wrong(tmp_path):
    prep = make_prep(tmp_path)
    arguments = ("--prep_data_dir", prep, "--tfrecords_dir", tmp_path / "tf")
    done = run_step("step2_tfrecords_pos.py", *arguments, "--test_fraction", 0.25)
    assert "event windows written: 108 to train, 36 to test" in done.stdout
    assert (tmp_path / "tf" / "train" / "positive" / f"{tmp_path.name}.tfrecords").is_file()
    done = run_step("step3_tfrecords_neg.py", *arguments, "--file_name", "mine")
    assert (tmp_path / "tf" / "train" / "negative" / "mine.tfrecords").is_file()
    done = run_step("step3_tfrecords_neg.py", *arguments, "--file_name", "../mine", status=2)
    assert "--file_name: takes a plain name, no path, not '../mine'" in done.stderr
    done = run_step(
        *("step2_tfrecords_pos.py", "--prep_data_dir", tmp_path / "none", "--tfrecords_dir"),
        tmp_path / "tf2",
        status=1,
    )
    assert "none: no such folder; run step1_windows.py first" in done.stderr
    assert not (tmp_path / "tf2").exists()
