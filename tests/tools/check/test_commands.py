"""The commands that carry on: all steps, with names that no other data set has."""

import os
import subprocess
from pathlib import Path

import pytest

from deepquake.tools.check.commands import next_commands
from tests.made_data import ROOT
from tests.tools.check.made_checks import check_of, write_dataset


def test_catalog_json_needs_no_step_0(dataset: Path) -> None:
    catalogue = dataset / "sfiles_nordicformat" / "catalog.json"
    step0, *others = next_commands(check_of(dataset))
    assert len(others) == 6 and step0[0].startswith("python step0_metadata.py")
    catalogue.rename(dataset / "events.json")
    (dataset / "sfiles_nordicformat").rmdir()
    step1, *_ = next_commands(check_of(dataset))
    assert str(dataset / "mseed") in step1[0] and str(dataset / "events.json") in step1[1]


def test_odd_names_are_words_that_bash_reads(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(os.fsdecode(b"-Estaci\xf3n\n\x1b[1m'a' $HOME \\ %"))
    write_dataset(folder)
    step1 = " ".join(next_commands(check_of(folder))[1])
    assert step1.isprintable()
    given = step1.partition("--raw_data_dir ")[2].partition(" --catalog_path")[0]
    shown = subprocess.run(["bash", "-c", f"printf %s {given}"], capture_output=True, check=True)
    assert shown.stdout == b"./" + os.fsencode(folder / "mseed")


def test_options_given_here_are_handed_on(dataset: Path) -> None:
    check = check_of(dataset, window_stride=0.5, use_estimated_p=True, plot=False)
    command = " ".join(next_commands(check)[1])
    assert "--window_stride 0.5" in command and "--use_estimated_p 1" in command
    assert "--plot" not in command


def test_no_two_data_sets_share_their_output(tmp_path: Path, monkeypatch) -> None:
    names = []
    monkeypatch.chdir(tmp_path)
    for parent in ("a", "b", "input"):
        write_dataset(Path(parent, "data"))
        commands = [" ".join(command) for command in next_commands(check_of(Path(parent, "data")))]
        written = {word.split("/")[1] for c in commands for word in c.split() if "output/" in word}
        names += [written]
    first, second, third = names
    assert all(len(written) == 1 for written in names)
    assert first != second and third == {"data"}


def test_the_steps_go_on_to_search_the_continuous_records(dataset: Path) -> None:
    programs = [command[0].split()[1] for command in next_commands(check_of(dataset))]
    assert [program[:5] for program in programs] == [f"step{n}" for n in range(7)]
    assert str(dataset / "mseed") in next_commands(check_of(dataset))[-1][0]
    (dataset / "continuous" / "mseed").mkdir(parents=True)
    assert str(dataset / "continuous/mseed") in next_commands(check_of(dataset))[-1][0]


def test_a_channel_map_is_named_where_a_step_would_not_find_it(dataset: Path) -> None:
    path = dataset / "channel_map.csv"
    path.write_text("file_station,component\nBBB,-\n")
    check = check_of(dataset)
    assert {station.code for station in check.stations} == {"AAA"}
    assert "channel_map.csv" not in check.data.others
    assert not any("--channel_map" in " ".join(lines) for lines in next_commands(check))
    elsewhere = path.rename(dataset.parent / "my map.csv")
    commands = [
        " ".join(lines) for lines in next_commands(check_of(dataset, channel_map=elsewhere))
    ]
    named = [
        command.split()[1] for command in commands if f"--channel_map '{elsewhere}'" in command
    ]
    assert named == ["step1_windows.py", "step6_detect_mseed.py"]


def test_a_unet_is_trained_by_its_settings_on_p_alone_where_no_s_is_picked(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    commands = [" ".join(lines) for lines in next_commands(check_of(dataset, unet=True))]
    option = "--config_file_path experiments/config_unet.ini"
    trained_by = [number for number, command in enumerate(commands) if option in command]
    assert len(commands) == 7 and trained_by == [1, 2, 3, 4]
    assert [number for number, command in enumerate(commands) if "--phases P" in command] == [4]


def test_where_nothing_can_be_trained_the_network_that_comes_along_searches(dataset: Path) -> None:
    *_, step1, step6 = next_commands(check_of(dataset, window_avoid_negatives_before=500.0))
    assert step1[0].split()[1] == "step1_windows.py"
    assert "--checkpoint_dir pretrained" in " ".join(step6)
