"""The table of all experiments, where an experiment's files go, and the loop over experiments."""

import csv
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deepquake.core import config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.tools import experiment, results

ROOT = Path(__file__).resolve().parents[2]
# as an evaluation of the old project wrote it
OLD = {
    "window_size": 50, "n_traces": 3, "n_clusters": 4, "model": "ConvNetQuake2", "round": 1,
    "dataset": "data_prep_datos5", "truePositives": 5745, "falsePositives": 354,
    "trueNegatives": 5760, "falseNegatives": 339, "accuracy": 94.31874077717659,
    "precision": 94.19576979832759, "recall": 94.42800788954635, "f1": 94.31174587540015,
    "locationAccuracy": 95.68320278503046,
}  # fmt: skip


def result(**changes: object) -> dict:
    ours = OLD | {"accuracy": 0.943, "precision": 0.942, "recall": 0.944, "f1": 0.943}
    return ours | {"locationAccuracy": 0.957, "round": "1"} | changes


def write(folder: Path, name: str, values: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"eval_{name}.json").write_text(json.dumps(values), encoding="utf-8")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["results", *map(str, arguments)])
    results.main()


def test_old_results_in_per_cent_and_ours_read_alike(tmp_path: Path) -> None:
    write(tmp_path, "20190517211803", OLD)
    write(tmp_path, "20260517211803", result())
    old, ours = results.harvest(tmp_path, Report())
    for found in (old, ours):
        assert found.f1 == pytest.approx(0.9431174587540015)
        assert found.recall == pytest.approx(0.9442800788954635)
        assert found.locationAccuracy == pytest.approx(0.957, abs=1e-3)
    assert (old.experiment, old.round) == (ours.experiment, ours.round)


def test_the_table_and_the_csv_hold_every_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "20260101000000", result())
    write(tmp_path, "20260101000001", result(window_size=10.0, n_traces=1, truePositives=5000))
    write(tmp_path, "20260101000002", result(window_size=10.0, model="ConvNetQuake"))
    run(monkeypatch, "--results_dir", tmp_path, "--output_dir", tmp_path / "out")
    printed = capsys.readouterr().out
    assert printed.count("data_prep_datos5") == 6  # three results, three lines of F1
    assert "94.3" in printed and "95.7" in printed
    with (tmp_path / "out" / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"eval_2026010100000{k}.json" for k in (1, 2, 0)]
    assert float(rows[2]["f1"]) == pytest.approx(0.943117)
    assert (tmp_path / "out" / "f1_window_size.png").read_bytes().startswith(b"\x89PNG")


def test_the_f1_table_averages_rounds_and_takes_the_newest_of_each(tmp_path: Path) -> None:
    counts = {"truePositives": 80, "falsePositives": 20, "falseNegatives": 20, "trueNegatives": 80}
    write(tmp_path, "20260101000000", result(**counts | {"truePositives": 1}))  # superseded
    write(tmp_path, "20260101000001", result(**counts))
    write(tmp_path, "20260101000002", result(**counts | {"truePositives": 20}, round="2"))
    newest = results.newest_only(results.harvest(tmp_path, Report()))
    assert [found.f1 for found in newest] == [0.8, 0.5]
    assert results.f1_table(newest).split()[-1] == "65.0"
    curves = results.f1_curves(newest)
    assert curves == {("data_prep_datos5", 4): {("ConvNetQuake2", 3): [(50.0, [0.8, 0.5])]}}


def test_results_can_be_chosen_by_data_set_and_round(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "20260101000000", result())
    write(tmp_path, "20260101000001", result(dataset="ncal", round="2"))
    run(monkeypatch, "--results_dir", tmp_path, "--output_dir", tmp_path / "o", "--dataset", "ncal")
    printed = capsys.readouterr().out
    assert "ncal" in printed and "datos5" not in printed
    with pytest.raises(DeepQuakeError, match="of the data set and round asked for"):
        run(monkeypatch, "--results_dir", tmp_path, "--output_dir", tmp_path, "--round", "7")


def test_what_is_no_result_is_reported_and_left_out(tmp_path: Path) -> None:
    write(tmp_path, "1", {"dataset": "x"})
    (tmp_path / "eval_2.json").write_text("{", encoding="utf-8")
    write(tmp_path, "3", result(locationAccuracy=None, truePositives=0, falsePositives=0))
    report = Report()
    (found,) = results.harvest(tmp_path, report)
    assert found.precision is None and found.locationAccuracy is None
    assert "-" in results.table([found])
    assert [Path(problem.path).name for problem in report.problems] == [
        "eval_1.json",
        "eval_2.json",
    ]
    assert report.problems[1].message.startswith("line 1: is not JSON")  # without the path again
    with pytest.raises(DeepQuakeError, match="no such folder"):
        results.harvest(tmp_path / "none", Report())


# --- experiments


def test_experiments_share_a_folder_only_if_they_need_the_same_windows() -> None:
    def place(**values: object) -> tuple[str, str, str]:
        return experiment.folders(config.load(values))

    assert place(window_size=20.0) == ("20", "CL2/CO1", "ConvNetQuake")
    assert place(n_clusters=4, component_N=True, component_E=True)[1] == "CL4/CO3"
    assert place(model="ConvNetQuake2", ksize=5)[:2] == place()[:2]
    assert place(pwave_window=4.0)[0] != place()[0]
    assert place(test_fraction=0.5)[1] != place()[1] and place(test_fraction=0.5)[0] == place()[0]
    assert place(filter_highpass=1.0)[1] != place()[1]
    assert place(component_Z=False, component_N=True)[1] != place()[1]
    assert "/" not in place(stations_path="a folder/stations.csv")[0]


def test_the_studies_are_there_and_say_what_their_names_say() -> None:
    studies = sorted((ROOT / "experiments").glob("study_*.ini"))
    told = set()
    for path in studies:
        values = config.load({}, path)
        size, components, classes = path.stem.split("_")[1:]
        assert f"{values.window_size:g}s" == size
        assert values.components == components
        assert f"CL{values.n_clusters}" == classes
        told.add((values.window_size, values.components, values.n_clusters))
    assert told == set(itertools.product(range(10, 70, 10), ("Z", "ZNE"), (2, 4, 6)))


# Stands for the step scripts: writes down how it was called, and what step 5 writes.
STAND_IN = """
import json, os, runpy, sys
script, arguments = sys.argv[1], sys.argv[2:]
if script == "-m":
    sys.argv = [arguments[0], *arguments[1:]]
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    sys.exit()
option = dict(zip(arguments[::2], arguments[1::2]))
with open("calls.txt", "a") as file:
    print(script, option.get("--config_file_path", "").split("/")[-1],
          option.get("--model", ""), option.get("--random_seed", ""), file=file)
if os.environ.get("FAIL", "*") in arguments[-1] and script.startswith("step4"):
    sys.exit("error: the network does not fit")
if script.startswith("step5"):
    counts = dict.fromkeys(("truePositives", "trueNegatives"), 9)
    counts |= dict.fromkeys(("falsePositives", "falseNegatives"), 1)
    name = "_".join(arguments[5].split("/")[-5:])
    result = {"dataset": option["--dataset"], "round": option["--round"], "accuracy": 0.9,
              "model": option["--model"], "window_size": 10, "n_traces": 1, "n_clusters": 2}
    json.dump(result | counts, open(f"output/eval_{name}.json", "w"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with the loop, two experiments, data, and a stand-in for the steps."""
    root = tmp_path / "a project"
    (root / "experiments").mkdir(parents=True)
    (root / "input" / "valley" / "mseed").mkdir(parents=True)
    (root / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
    loop = (ROOT / "experiments" / "run_experiments.sh").read_text(encoding="utf-8")
    (root / "experiments" / "run_experiments.sh").write_text(loop, encoding="utf-8")
    for name, text in (("study_a", "ksize = 5"), ("study_b", "component_N = true")):
        (root / "experiments" / f"{name}.ini").write_text(f"[x]\n{text}\n", encoding="utf-8")
    return root


def loop(project: Path, *arguments: str, folder: Path | None = None, **settings: str):
    (project / "python.sh").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" stand_in.py "$@"\n', encoding="utf-8"
    )
    environment = os.environ | {
        "DATASET": "valley", "DEEPQUAKE_PYTHON": "sh python.sh", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return subprocess.run(
        ["bash", str(project / "experiments" / "run_experiments.sh"), *arguments],
        cwd=folder or project, env=environment | settings, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def calls(project: Path) -> list[str]:
    path = project / "calls.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [line.split(".py")[0].split("_")[0] + line.split(".py")[1] for line in lines]


def test_the_loop_does_each_step_once_and_ends_with_the_table(project: Path) -> None:
    done = loop(project, folder=project.parent)
    assert done.returncode == 0, done.stderr
    assert calls(project) == [
        "step0   ",
        *("step1 study_a.ini  ", "step2 study_a.ini  ", "step3 study_a.ini  "),
        *("step4 study_a.ini ConvNetQuake 1", "step5 study_a.ini ConvNetQuake "),
        *("step2 study_b.ini  ", "step3 study_b.ini  "),
        *("step4 study_b.ini ConvNetQuake 1", "step5 study_b.ini ConvNetQuake "),
    ]
    assert "90.0" in done.stdout
    assert (project / "output" / "valley" / "results" / "results.csv").is_file()
    # once more: nothing is left to do
    again = loop(project)
    assert again.returncode == 0 and calls(project) == []
    # what is new is done, and only that; experiments are named from any folder
    more = loop(
        project, "study_b.ini", folder=project / "experiments",
        MODELS="ConvNetQuake ConvNetQuake2", ROUNDS="1 2",
    )  # fmt: skip
    assert more.returncode == 0, more.stderr
    trained = [line for line in calls(project) if line.startswith("step4")]
    assert [line.split()[2:] for line in trained] == [
        ["ConvNetQuake", "2"], ["ConvNetQuake2", "1"], ["ConvNetQuake2", "2"],
    ]  # fmt: skip


def test_an_experiment_that_fails_is_named_and_done_again_later(project: Path) -> None:
    failed = loop(project, FAIL="study_a")
    assert failed.returncode == 1
    assert "the network does not fit" in failed.stderr
    assert "failed: " in failed.stderr and "study_a.ini" in failed.stderr.splitlines()[-1]
    assert "step5 study_b.ini ConvNetQuake " in calls(project)  # the other went on
    again = loop(project)
    assert again.returncode == 0, again.stderr
    assert [line[:5] for line in calls(project)] == ["step4", "step5"]


def test_the_loop_says_what_is_missing(project: Path) -> None:
    none = loop(project, "no.ini")
    assert (none.returncode, none.stderr) == (2, "error: no.ini: no such experiment\n")
    none = loop(project, DATASET="elsewhere")
    assert none.returncode == 1 and "input/elsewhere/mseed: no such folder" in none.stderr
    (project / "study_a.ini").write_text("[x]\nksize = 3\n", encoding="utf-8")
    same = loop(project, "study_a.ini", "experiments/study_a.ini")
    assert same.returncode == 2 and "two experiments are named study_a" in same.stderr
    assert calls(project) == []
