"""Odd names, odd numbers and files that may not be read, through whole steps."""

import csv
import os
import re
import shutil
from pathlib import Path

import pytest

from deepquake.catalog.reader import read_files
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.earth.region_files import load_regions
from deepquake.learning.spec import read_model_json
from tests.another_user import another_user
from tests.made_data import make_dataset, run_step
from tests.steps import loudness
from tests.steps.loudness import RATE, write_events, write_record

NAMES = (
    b"Estaci\xf3n.mseed",  # Latin-1, no UTF-8
    b"a\nb.mseed",
    b"\x1b[31mred.mseed",
    "日本.mseed".encode(),
    b"-rf.mseed",
    b"a b'c\"d$HOME;e%s@f{0}.mseed",
    b"x" * 234 + b".mseed",
    b"y" * 255,
)


def is_plain(text: str) -> bool:
    """Return whether a text holds line ends and letters only."""
    return all(line.isprintable() for line in text.split("\n"))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data set whose folder and files have odd names; three files are damaged."""
    folder = tmp_path_factory.mktemp("odd") / os.fsdecode(b"Estaci\xf3n $HOME;'q' @50% -x")
    waveforms, catalogue = make_dataset(folder, n_events=len(NAMES))
    for path, name in zip(sorted(waveforms.iterdir()), NAMES, strict=True):
        path.rename(waveforms / os.fsdecode(name))
    sfiles = folder / "sfiles_nordicformat"
    sfiles.mkdir()
    catalogue.rename(sfiles / os.fsdecode(b"cat\xe1logo\n\x1b[2J.json"))
    for part in waveforms, sfiles:
        (part / os.fsdecode(b"bad\xf3\n.mseed")).write_bytes(b"nothing of value\n" * 20)
        (part / os.fsdecode(b"dangling\xf3")).symlink_to(folder / "none")
        (part / "loop").symlink_to(part / "loop")
    return folder


def test_all_files_are_read_whatever_their_names(odd: Path, tmp_path: Path) -> None:
    catalogue, prep = tmp_path / "catalog.json", tmp_path / os.fsdecode(b"prep\xf3 %s")
    said = run_step(
        *("step0_metadata.py", "--input_path", odd / "sfiles_nordicformat"),
        *("--output_path", catalogue),
    )
    assert "left out: 3" in said.stderr and is_plain(said.stdout + said.stderr)
    assert r"cat\\xe1logo" in catalogue.read_text("utf-8")
    said = run_step(
        *("step1_windows.py", "--raw_data_dir", odd / "mseed", "--catalog_path", catalogue),
        *("--prep_data_dir", prep, "--save_windows", 1, "--save_sac", 1, "--workers", 2),
    )
    assert f"station streams: {2 * len(NAMES)} of 2 stations" in said.stdout
    assert "left out: 3" in said.stderr and is_plain(said.stdout + said.stderr)
    with (prep / "windows.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all((prep / row["window_file"]).is_file() for row in rows if row["window_file"])
    for script in "step2_tfrecords_pos.py", "step3_tfrecords_neg.py":
        run_step(script, "--prep_data_dir", prep, "--tfrecords_dir", tmp_path / "records")
    said = run_step(
        *("-m deepquake.tools.check_dataset", "--dataset_dir", odd),
        *("--output_dir", tmp_path / "check"),
    )
    assert is_plain(said.stdout + said.stderr)
    assert r"left out: bad\xf3\n.mseed: " in said.stdout


def test_step_6_writes_a_table_for_each_file_whatever_its_name(step6, tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        station = f"S{number}"
        write_record(tmp_path / "in" / os.fsdecode(name), [100.0], station=station)
    out = step6(tmp_path / "in", plot=1)
    tables = {path.name for path in out.glob("*.csv")}
    assert {r"Estaci\xf3n.csv", r"a\nb.csv", r"\x1b[31mred.csv", "日本.csv"} <= tables
    assert len(tables) == len(NAMES) + 3 and len(list((out / "png").iterdir())) == len(NAMES)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
@pytest.mark.parametrize("step", ["step0_metadata", "step1_windows", "step6_detect_mseed"])
def test_what_may_not_be_read_is_left_out_and_told(
    step: str, loudness_detector: Path, capsys, monkeypatch, tmp_path: Path
) -> None:
    folder, output = tmp_path / "in", tmp_path / "out"
    closed, private = folder / "closed", folder / "b"
    for number, path in enumerate((folder / "a", private, closed / "c")):
        if step == "step0_metadata":
            path.parent.mkdir(parents=True, exist_ok=True)
            write_events(path, [1000.0 * number])
        else:
            write_record(path, [100.0], station=f"S{number}")
    catalogue = write_events(tmp_path / "catalog.json", [100.0], station="S0")
    run = {
        "step0_metadata": ("input_path", "output_path", {}),
        "step1_windows": (
            *("raw_data_dir", "prep_data_dir"),
            {"catalog_path": catalogue, "plot": 0, "sampling_rate": RATE},
        ),
        "step6_detect_mseed": (
            *("stream_path", "output_dir"),
            {"checkpoint_dir": loudness_detector, "plot": 0},
        ),
    }
    given, made, options = run[step]
    arguments = {given: folder, **options}
    # once as root: another user may not be allowed to load the modules
    status, *_ = loudness.run_step(step, capsys, monkeypatch, **arguments, **{made: output / "1"})
    assert status == 0
    closed.chmod(0o700)
    private.chmod(0o600)
    output.chmod(0o777)
    with another_user(tmp_path, loudness_detector):
        status, _, errors = loudness.run_step(
            step, capsys, monkeypatch, **arguments, **{made: output / "2"}
        )
    assert status == 0, errors
    assert f"{closed}: folder cannot be read: Permission denied" in errors
    assert re.search(rf"{private}: cannot be read.*: Permission denied\n", errors)
    assert "left out: 2" in errors


@pytest.mark.parametrize(
    ("name", "n_events", "words"),
    [
        ("misc_catalog.json_OverflowError_168", 1, "event 2 is malformed: a number is too large"),
        ("misc_catalog.json_ValueError_148", 1, "event 1 is malformed: a number is too large"),
        ("misc_table_OverflowError_49", 4, "line 3: row not understood (no such day): left out"),
    ],
)
def test_a_number_that_nothing_can_have_costs_its_event(shared_cases, name, n_events, words):
    report = Report()
    catalog = read_files([shared_cases / "faults" / name], report)
    assert len(catalog.events) == n_events
    assert words in "\n".join(map(str, report.of_kind("skipped")))


def test_a_number_that_nothing_can_have_is_told_by_its_file(shared_cases, tmp_path):
    path = shared_cases / "faults" / "misc_clusters_ValueError_6"
    with pytest.raises(DeepQuakeError, match=r"misc_clusters.*: id is too large"):
        load_regions(path)
    model = shared_cases / "faults" / "misc_model.json_ValueError_62"
    shutil.copyfile(model, tmp_path / "model.json")
    with pytest.raises(DeepQuakeError, match=r"model.json, line 28"):
        read_model_json(tmp_path)
