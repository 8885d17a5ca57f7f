"""The loop over experiments, with a stand-in for the steps."""

import csv
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Stands for the step scripts: writes down how it was called, and what step 5 writes.
STAND_IN = """
import json, os, runpy, sys
script, arguments = sys.argv[1], sys.argv[2:]
if script == "-m" and arguments[0] != "deepquake.tools.cluster_events":
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    sys.exit()
parts = [part for word in arguments for part in (word.split("=") if word[:2] == "--" else [word])]
option = dict(zip(parts[::2], parts[1::2]))
step = script[:5] if script != "-m" else "regions"
with open("calls.txt", "a") as file:
    file.write(json.dumps([step, option]) + "\\n")
if step == "step4" and os.environ.get("FAIL", "*") in option["--config_file_path"]:
    sys.exit("error: the network does not fit")
if step == "step5":
    counts = dict.fromkeys(("truePositives", "trueNegatives"), 9)
    counts |= dict.fromkeys(("falsePositives", "falseNegatives"), 1)
    n_traces = 3 if option.get("--component_N") == "1" else 1
    result = {"dataset": option["--dataset"], "round": option["--round"], "accuracy": 0.9,
              "experiment": option["--experiment"], "model": option["--model"], "window_size": 10,
              "n_traces": n_traces, "n_clusters": option["--n_clusters"]}
    number = len([name for name in os.listdir("output") if name.startswith("eval_")])
    json.dump(result | counts, open(f"output/eval_{number}.json", "w"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with the loop, two experiments, data, and a stand-in for the steps."""
    root = tmp_path / "a project"
    (root / "experiments").mkdir(parents=True)
    (root / "input" / "it's a valley" / "mseed").mkdir(parents=True)
    (root / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
    for name in ("run_experiments.sh", "common.sh"):
        shutil.copy(ROOT / "experiments" / name, root / "experiments" / name)
    for name, text in (("study_a", "ksize = 5"), ("study_b", "component_N = true")):
        (root / "experiments" / f"{name}.ini").write_text(f"[x]\n{text}\n", encoding="utf-8")
    return root


def loop(
    project: Path, *arguments: str, folder: Path | None = None, **settings: str
) -> "subprocess.CompletedProcess[str]":
    """Run the loop in a folder (the project's), with environment variables."""
    (project / "python.sh").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" stand_in.py "$@"\n', encoding="utf-8"
    )
    environment = os.environ | {
        "DATASET": "it's a valley", "DEEPQUAKE_PYTHON": "sh python.sh", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return subprocess.run(
        ["bash", str(project / "experiments" / "run_experiments.sh"), *arguments],
        cwd=folder or project, env=environment | settings, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


def calls(project: Path) -> list[tuple[str, dict[str, str]]]:
    """Return the steps run since the last call, each with its options."""
    path = project / "calls.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [tuple(json.loads(line)) for line in lines]


def test_the_loop_does_each_step_once_and_ends_with_the_table(project: Path) -> None:
    done = loop(project, folder=project.parent)
    assert done.returncode == 0, done.stderr
    steps = [
        (step, Path(option.get("--config_file_path", "")).stem) for step, option in calls(project)
    ]
    assert steps == [
        ("step0", ""),
        *((f"step{k}", "study_a") for k in range(1, 6)),
        *((f"step{k}", "study_b") for k in range(2, 6)),
    ]
    assert "90.0" in done.stdout
    with (project / "output/it's a valley/results/results.csv").open(newline="") as file:
        assert [row["experiment"] for row in csv.DictReader(file)] == ["study_a", "study_b"]
    # once more: nothing is left to do
    again = loop(project)
    assert again.returncode == 0 and calls(project) == []
    # what is new is done, and only that; experiments are named from any folder
    more = loop(
        project, "study_b.ini", folder=project / "experiments",
        MODELS="ConvNetQuake ConvNetQuake2", ROUNDS="1 2",
    )  # fmt: skip
    assert more.returncode == 0, more.stderr
    trained = [option for step, option in calls(project) if step == "step4"]
    assert [(option["--model"], option["--random_seed"]) for option in trained] == [
        ("ConvNetQuake", "2"), ("ConvNetQuake2", "1"), ("ConvNetQuake2", "2"),
    ]  # fmt: skip


def test_components_and_classes_of_the_command_win_over_the_experiment(project: Path) -> None:
    out = "output/it's a valley"
    (project / "input/it's a valley/clusters_3.json").touch()
    experiment = "experiments/study_b.ini"
    done = loop(project, experiment, COMPONENTS="Z ZNE", CLASSES="2 4 6")
    assert done.returncode == 0, done.stderr
    made = calls(project)
    for step in ("step2", "step4", "step5"):
        told = [
            ("".join(c for c in "ZNE" if option[f"--component_{c}"] == "1"), option["--n_clusters"])
            for name, option in made
            if name == step
        ]
        assert told == list(itertools.product(("Z", "ZNE"), "246"))
    assert [option for step, option in made if step == "step1"] == [made[1][1]]
    assert [
        option["--clusters_file_path"]
        for step, option in made
        if "--clusters_file_path" in option and step == "step2"
    ] == [
        *("input/it's a valley/clusters_3.json", f"{out}/regions_5/clusters.json") * 2,
    ]
    folders = [option["--checkpoint_dir"] for step, option in made if step == "step4"]
    assert folders == [
        f"{out}/10/CL{n}/CO{m}/study_b/ConvNetQuake/1/checkpoints" for m in "13" for n in "246"
    ]
    with (project / out / "results/results.csv").open(newline="") as file:
        rows = [(row["n_clusters"], row["components"]) for row in csv.DictReader(file)]
    assert rows == [(n, c) for n in "246" for c in ("Z", "ZNE")]


def test_what_is_not_set_is_as_the_experiment_says(project: Path) -> None:
    assert loop(project, "experiments/study_b.ini").returncode == 0
    for _, option in calls(project):
        assert not {"--component_Z", "--random_seed"} & option.keys()


def test_a_run_that_fails_is_named_and_done_again_later(project: Path) -> None:
    failed = loop(project, FAIL="study_a", COMPONENTS="Z")
    assert failed.returncode == 1
    assert "the network does not fit" in failed.stderr
    assert failed.stderr.splitlines()[-1] == "error: failed: study_a_Z"
    made = calls(project)
    assert made[-1][0] == "step5" and made[-1][1]["--experiment"] == "study_b"  # it went on
    again = loop(project, COMPONENTS="Z")
    assert again.returncode == 0, again.stderr
    assert [step for step, _ in calls(project)] == ["step4", "step5"]


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "said"),
    [
        (["no.ini"], {}, 2, "no.ini: no such experiment"),
        (["--fast"], {}, 2, "unknown argument --fast; see --help"),
        ([], {"DATASET": "elsewhere"}, 1, "input/elsewhere/mseed: no such folder"),
        ([], {"COMPONENTS": "Z NZ"}, 2, "COMPONENTS takes Z, N, E, ZN ... ZNE, not 'NZ'"),
        ([], {"CLASSES": "two"}, 2, "CLASSES takes whole numbers, not 'two'"),
        ([], {"ROUNDS": "1 1.5"}, 2, "ROUNDS takes whole numbers, not '1.5'"),
        (["study_a.ini", "experiments/study_a.ini"], {}, 2, "two runs are named study_a:"),
        ([], {"ROUNDS": "1 1"}, 2, "two runs are named study_a_round1:"),
    ],
)
def test_wrong_usage_is_a_line(
    project: Path, arguments: list[str], settings: dict[str, str], status: int, said: str
) -> None:
    (project / "study_a.ini").write_text("[x]\nksize = 3\n", encoding="utf-8")
    done = loop(project, *arguments, **settings)
    assert (done.returncode, done.stdout, calls(project)) == (status, "", [])
    assert done.stderr.startswith(f"error: {said}") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("script", ["quickstart.sh", "run_experiments.sh", "submit.sh", "step.sh"])
def test_help_is_the_comment_at_the_top_and_starts_nothing(script: str, tmp_path: Path) -> None:
    path = ROOT / "experiments" / script
    helped = subprocess.run(
        ["bash", path, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert f"bash experiments/{script}" in helped.stdout
    assert helped.stdout.splitlines()[0] in path.read_text().splitlines()[1]
    assert "set -euo" not in helped.stdout and not helped.stderr
    wrong = subprocess.run(
        ["bash", path, "--wrong"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("error: ") and wrong.stderr.endswith("; see --help\n")
    assert wrong.stderr.count("\n") == 1
