"""The program check_dataset: its files, and commands that work word for word."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

from deepquake.catalog.catalog_json import read_catalog_json, write_catalog_json
from tests.made_data import make_dataset, run_step

PROGRAM = "-m deepquake.tools.check_dataset"
SHORT_TRAINING = ["--max_checkpoint_step", "2", "--initial_checkpoint_dir", "pretrained"]


def test_next_commands_work_word_for_word(tmp_path: Path) -> None:
    _, catalogue = make_dataset(tmp_path / "set", n_events=4)
    events = read_catalog_json(catalogue)
    for event in events:
        event.picks += [replace(pick, phase="S", time=pick.time + 4) for pick in event.picks]
    catalogue.unlink()
    write_catalog_json(tmp_path / "set" / "sfiles_nordicformat" / "catalog.json", events)
    options = (
        "--dataset_dir",
        tmp_path / "set",
        "--output_dir",
        tmp_path / "out",
        "--look_at",
        "0",
    )
    done = run_step(PROGRAM, *options)
    assert (tmp_path / "out" / "report.txt").read_text().startswith("DATA SET")
    assert (tmp_path / "out" / "map.png").stat().st_size > 10_000
    assert (tmp_path / "out" / "timeline.png").stat().st_size > 10_000
    text = done.stdout.partition("NEXT")[2].partition("\n\n")[0].replace("\\\n", " ")
    commands = [shlex.split(line)[1:] for line in text.splitlines() if "python step" in line]
    assert [words[0][:5] for words in commands] == [f"step{number}" for number in range(7)]
    said = []
    for words in commands:
        few = SHORT_TRAINING * words[0].startswith("step4")
        here = [re.sub("^output/[^/]*", str(tmp_path / "made"), word) for word in words]
        said.append(run_step(*here, *few).stdout)
    assert "station streams: 8 of" in said[1]
    assert (tmp_path / "made" / "detect" / "detect.json").is_file()


def test_a_tree_of_seisan_needs_no_option(shared_data: Path, tmp_path: Path) -> None:
    tree, out = shared_data / "seisan", tmp_path / "out"
    done = run_step(PROGRAM, "--dataset_dir", tree, "--output_dir", out, "--plot", "0")
    assert f"{Path('DAT', 'STATION0.HYP')}: 42 stations" in done.stdout
    assert "--stations_path" not in done.stdout
    for catalogue in (tree, tree / "REA"):
        words = ("--input_path", catalogue, "--output_path", tmp_path / "c.json")
        assert "events:                  4" in run_step("step0_metadata.py", *words).stdout
    words = ("--raw_data_dir", tree / "WAV", "--catalog_path", tmp_path / "c.json")
    words += ("--prep_data_dir", tmp_path / "prep", "--plot", 0)
    done = run_step("step1_windows.py", *words)
    assert "station streams: 18 of 18 stations" in done.stdout
    assert "stations.csv" not in done.stderr  # for the list is found


def test_pictures_can_be_left_out_and_errors_are_a_line(dataset: Path, tmp_path: Path) -> None:
    run_step(PROGRAM, "--dataset_dir", dataset, "--output_dir", tmp_path / "out", "--plot", "0")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["report.txt"]
    done = run_step(PROGRAM, "--dataset_dir", tmp_path / "none", status=1)
    assert done.stderr == f"error: {tmp_path / 'none'}: no such file or folder\n"


def test_where_nothing_is_of_use_each_file_is_told(tmp_path: Path, shared_cases: Path) -> None:
    data, out = tmp_path / "set", tmp_path / "out"
    data.mkdir()
    (data / "empty.mseed").touch()
    (data / "notes.txt").write_text("battery changed\n")
    for name in ("14_low_rate_only/XX.AAA..BHZ", "15_tar/day.tar"):
        (data / Path(name).name).symlink_to(shared_cases / "waveforms" / name)
    done = run_step(PROGRAM, "--dataset_dir", data, "--output_dir", out, status=1)
    assert "neither a usable waveform nor an event" in done.stderr
    for text in (done.stdout, (out / "report.txt").read_text()):
        assert "day.tar: is a tar archive; unpack it first" in text
        assert "at 40 Hz nothing is recorded above 20 Hz" in text and "allow_upsampling" in text
        assert "empty.mseed: is empty" in text
        assert "notes.txt: is neither a waveform file nor a catalogue" in text
