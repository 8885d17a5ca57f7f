"""The program check_dataset: its files, and commands that work word for word."""

from pathlib import Path

from tests.made_data import run_step

PROGRAM = "-m deepquake.tools.check_dataset"


def test_next_commands_work_word_for_word(dataset: Path, tmp_path: Path) -> None:
    options = ("--dataset_dir", dataset, "--output_dir", tmp_path / "out", "--look_at", "0")
    done = run_step(PROGRAM, *options)
    assert (tmp_path / "out" / "report.txt").read_text().startswith("DATA SET")
    assert (tmp_path / "out" / "map.png").stat().st_size > 10_000
    assert (tmp_path / "out" / "timeline.png").stat().st_size > 10_000
    command = done.stdout.partition("NEXT")[2].partition("python ")[2].partition("\n\n")[0]
    step0, _, step1 = command.replace("\\\n", " ").partition("python ")
    words0, words1 = step0.split(), step1.split()
    words0[words0.index("--output_path") + 1] = str(tmp_path / "c.json")
    words1[words1.index("--catalog_path") + 1] = str(tmp_path / "c.json")
    words1[words1.index("--prep_data_dir") + 1] = str(tmp_path / "prep")
    run_step(*words0)
    assert "station streams: 2" in run_step(*words1).stdout


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
