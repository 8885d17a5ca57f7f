"""Where the files of an experiment go, and the experiments that come with the project."""

import sys
from pathlib import Path

import pytest

from deepquake.core import configuration
from deepquake.tools import experiment

ROOT = Path(__file__).resolve().parents[2]


def place(**values: object) -> tuple[str, str, int, str]:
    return experiment.folders_of_run(configuration.load(values))


def test_experiments_share_a_folder_only_if_they_need_the_same_windows() -> None:
    assert place(window_size=20.0) == ("20", "CL2/CO1", 2, "ConvNetQuake")
    assert place(n_clusters=4, component_N=True, component_E=True)[1:3] == ("CL4/CO3", 4)
    assert place(model="ConvNetQuake2", ksize=5)[:2] == place()[:2]
    assert place(pwave_window=4.0)[0] != place()[0]
    assert place(test_fraction=0.5)[1] != place()[1] and place(test_fraction=0.5)[0] == place()[0]
    assert place(filter_highpass=1.0)[1] != place()[1]
    assert place(random_seed=2)[1] != place()[1]
    assert place(component_Z=False, component_N=True)[1] != place()[1]
    assert "/" not in place(stations_path="a folder/stations.csv")[0]


def test_the_command_line_wins_over_the_experiment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = str(ROOT / "experiments" / "study_20s.ini")
    command = ["experiment", "--config_file_path", ini, "--n_clusters", "6", "--component_N", "1"]
    monkeypatch.setattr(sys, "argv", [*command, "--model", "ConvNetQuake2"])
    experiment.main()
    assert capsys.readouterr().out == "20 CL6/CO2_ZN 6 ConvNetQuake2\n"


def test_the_studies_are_there_and_say_what_their_names_say() -> None:
    default, sizes = configuration.load({}), []
    for path in sorted((ROOT / "experiments").glob("study_*.ini")):
        chosen = configuration.load({}, path)
        assert path.stem == f"study_{chosen.windows.window_size:g}s"
        assert (chosen.records, chosen.network) == (default.records, default.network)
        sizes.append(chosen.windows.window_size)
    assert sizes == [10, 20, 30, 40, 50, 60]
