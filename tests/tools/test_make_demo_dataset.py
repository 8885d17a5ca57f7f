"""The program that makes demonstration data: its files and arguments, and that sets never mix."""

from pathlib import Path

import pytest

from tests.made_data import run_step

PROGRAM = "-m deepquake.tools.make_demo_dataset"
SMALL = ("--events", "2", "--continuous_hours", "0.05", "--seed", "3")


def test_an_archive_comes_with_all_that_the_steps_need(tmp_path: Path) -> None:
    done = run_step(PROGRAM, "--output_dir", tmp_path / "set", *SMALL, "--event_seconds", "90")
    assert "2 event files with" in done.stdout
    assert {path.name for path in (tmp_path / "set").iterdir()} == {
        *("README.txt", "stations.csv", "velocity_model.csv", "dataset.json"),
        *("mseed", "sfiles_nordicformat", "continuous"),
    }
    readme = (tmp_path / "set" / "README.txt").read_text()
    assert readme.startswith("SYNTHETIC SEISMOGRAMS") and "seed 3" in readme
    assert "2 event files of 90 s" in readme and "3 source regions" in readme
    assert "0.05 h from 2023-03-20" in readme and "s-files of the 1 events" in readme


def test_weeks_of_record_come_with_catalogues(tmp_path: Path) -> None:
    options = ("--workflow", "continuous", "--days", "0.02", "--stations", "1")
    done = run_step(PROGRAM, "--output_dir", tmp_path / "set", *options)
    assert "0.02 days of 1 stations with 6 events" in done.stdout
    assert {path.name for path in (tmp_path / "set").iterdir()} == {
        *("README.txt", "stations.csv", "velocity_model.csv", "dataset.json", "mseed"),
        *("catalog.csv", "catalog_complete.csv", "detections_complete.csv"),
    }
    readme = (tmp_path / "set" / "README.txt").read_text()
    assert "0.02 days from 2023-04-01" in readme and "all 6 events" in readme
    assert "6 source regions" in readme and "continuous/" not in readme


def test_regions_that_a_station_can_tell_apart_are_an_option(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    run_step(PROGRAM, "--output_dir", one, *SMALL, "--distinct_regions", "1")
    assert "Fondo is at 80 km" in (one / "README.txt").read_text()
    run_step(PROGRAM, "--output_dir", other, *SMALL, "--distinct_regions", "0")
    assert "Fondo" not in (other / "README.txt").read_text()
    done = run_step(PROGRAM, "--output_dir", one, *SMALL, status=1)
    assert "holds other data already" in done.stderr


def test_a_folder_that_holds_other_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    done = run_step(PROGRAM, "--output_dir", tmp_path, *SMALL, status=1)
    assert done.stderr.startswith(f"error: {tmp_path}: holds other data already")
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "dataset.json").write_text('{"workflow": "events", "seed": 4}')
    run_step(PROGRAM, "--output_dir", tmp_path, *SMALL, status=1)


@pytest.mark.parametrize(
    "options",
    [
        ["--events", "0"],
        ["--events", "two"],
        ["--event_seconds", "60"],
        ["--event_seconds", "181"],
        ["--days", "3"],
        ["--continuous_hours", "-1"],
        ["--workflow", "continuous", "--days", "0"],
        ["--workflow", "continuous", "--stations", "7"],
        ["--workflow", "continuous", "--events", "9"],
        ["--workflow", "continuous", "--distinct_regions", "1"],
    ],
)
def test_senseless_arguments_are_usage_errors(tmp_path: Path, options: list[str]) -> None:
    done = run_step(PROGRAM, "--output_dir", tmp_path / "set", *options, status=2)
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "set").exists()
