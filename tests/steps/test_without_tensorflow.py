"""Step 6 on a small machine: with what requirements-detect.txt names, it finds the same."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.times import parse_iso
from tests.conftest import ROOT
from tests.made_data import T0, seismogram, traces
from tests.steps.loudness import START, run_step, write_record
from tests.steps.made_networks import write_region_teller

SAMPLE_S = 0.01


def pins(name: str) -> dict[str, str]:
    """Return the packages of a file of requirements, and their versions."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pinned = (line.partition("#")[0].strip() for line in lines)
    return dict(line.split("==") for line in pinned if line)


@pytest.fixture(scope="module")
def small_machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a Python, and of its children, that lacks what only training needs."""
    lacking = {*(pins("requirements.txt").keys() - pins("requirements-detect.txt").keys()), "keras"}
    modules = {"scikit-learn": "sklearn", "pytest-xdist": "xdist"}
    names = [modules.get(name, name.replace("-", "_")) for name in sorted(lacking)]
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(
        f"import sys\nsys.modules.update(dict.fromkeys({names!r}))\n", encoding="utf-8"
    )
    return os.environ | {"PYTHONPATH": str(folder)}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("records"), np.random.default_rng(4)
    made = traces(seismogram(rng, 60.0, 120.0), T0, "AAA")
    made.write(str(folder / "aaa.mseed"), format="MSEED")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def run_small(small_machine: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env=small_machine, capture_output=True, text=True, timeout=300
    )


def check_same(ours: Path, theirs: Path, least: int) -> None:
    """Compare what step 6 found: arrivals to a sample, and events."""
    found, expected = rows(ours / "picks.csv"), rows(theirs / "picks.csv")
    assert len(found) == len(expected) >= least
    for row, other in zip(found, expected, strict=True):
        assert row["station_id"] == other["station_id"]
        assert row["phase_type"] == other["phase_type"]
        apart_s = parse_iso(row["phase_time"]) - parse_iso(other["phase_time"])
        assert abs(apart_s) < SAMPLE_S
        assert float(row["phase_score"]) == pytest.approx(float(other["phase_score"]), abs=1e-3)
    assert len(rows(ours / "events.csv")) == len(rows(theirs / "events.csv"))
    names = [{str(p.relative_to(out)) for p in out.rglob("*")} for out in (ours, theirs)]
    assert names[0] == names[1]


def test_a_unet_and_a_teller_of_regions_find_the_same(
    small_machine: dict[str, str],
    records: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"stream_path": records, "checkpoint_dir": "pretrained"}
    given |= {"region_checkpoint_dir": write_region_teller(tmp_path / "regions")}
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    status, _, errors = run_step(
        "step6_detect_mseed", capsys, monkeypatch, **given, output_dir=theirs, plot=1
    )
    assert status == 0, errors
    words = [f"--{key}={value}" for key, value in (given | {"output_dir": ours}).items()]
    done = run_small(small_machine, "step6_detect_mseed.py", *words)
    assert done.returncode == 0, done.stderr
    check_same(ours, theirs, least=1)


def test_a_network_of_windows_finds_the_same(
    small_machine: dict[str, str],
    loudness_detector: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_record(tmp_path / "in" / "day.mseed", [100.0, 250.5])
    given = {"stream_path": tmp_path / "in", "checkpoint_dir": loudness_detector, "plot": 0}
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    run_step("step6_detect_mseed", capsys, monkeypatch, **given, output_dir=theirs)
    words = [f"--{key}={value}" for key, value in (given | {"output_dir": ours}).items()]
    done = run_small(small_machine, "step6_detect_mseed.py", *words)
    assert done.returncode == 0, done.stderr
    check_same(ours, theirs, least=2)
    assert parse_iso(rows(ours / "picks.csv")[0]["phase_time"]) - START == pytest.approx(100, abs=1)
    assert len(rows(ours / "day.csv")) == len(rows(theirs / "day.csv")) >= 20


def test_a_step_that_needs_tensorflow_says_so(
    small_machine: dict[str, str], tmp_path: Path
) -> None:
    words = ["--tfrecords_dir", tmp_path, "--checkpoint_dir=pretrained", "--output_dir", tmp_path]
    done = run_small(small_machine, "step5_eval_tfrecords.py", *words)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: the package 'tensorflow' is not there: ")
    assert "requirements-detect.txt" in line


def test_versions_are_those_of_the_whole() -> None:
    whole, small = pins("requirements.txt"), pins("requirements-detect.txt")
    assert small.items() <= whole.items()
    assert not {"tensorflow", "tensorboard", "h5py", "pytest", "ruff", "mypy"} & small.keys()
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in small.values())
