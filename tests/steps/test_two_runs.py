"""Two runs into one output at the same time: the second is told who is at work, and ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from socket import gethostname

import pytest

from deepquake.core.locks import hold
from tests.made_data import ROOT, make_dataset, run_step
from tests.steps.loudness import run_step as run_here

# of each step: its options, and what it writes to its folder
STEPS = {
    "step0_metadata": ({"input_path": "in", "output_path": "out/a.json"}, "a.json"),
    "step1_windows": (
        {"raw_data_dir": "in", "catalog_path": "in/a.json", "prep_data_dir": "out"},
        "windows",
    ),
    "step2_tfrecords_pos": (
        {"prep_data_dir": "in", "tfrecords_dir": "out", "file_name": "a"},
        "positive-a.tfrecords",
    ),
    "step3_tfrecords_neg": (
        {"prep_data_dir": "in", "tfrecords_dir": "out", "file_name": "a"},
        "negative-a.tfrecords",
    ),
    "step4_train": ({"tfrecords_dir": "in", "checkpoint_dir": "out"}, "checkpoints"),
    "step5_eval_tfrecords": (
        {"tfrecords_dir": "in", "checkpoint_dir": "in", "output_dir": "out"},
        "evaluation",
    ),
    "step6_detect_mseed": (
        {"stream_path": "in", "checkpoint_dir": "in", "output_dir": "out"},
        "detections",
    ),
}


@pytest.mark.parametrize("script", STEPS)
def test_no_step_writes_what_another_run_is_writing(
    script: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options, name = STEPS[script]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "s").write_text("no s-file")
    with hold(tmp_path / "out", name):
        (tmp_path / "out" / "earlier").touch()
        before = sorted(tmp_path.rglob("*"))
        status, _, told = run_here(script, capsys, monkeypatch, **options)
        assert sorted(tmp_path.rglob("*")) == before
    assert status == 1
    who = f"error: out: process {os.getpid()} on {gethostname()}, since "
    assert told.startswith(who) and told.count("\n") == 1
    assert told.endswith(f"is writing {name} here; wait for it, or end it\n")


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# step 1, which stops, as by SIGSTOP, when it has taken its lock and written nothing yet
STOPPING = """
import os, signal
from contextlib import contextmanager
import step1_windows
from deepquake.core import cli, locks
hold = locks.hold
@contextmanager
def hold_and_stop(*what):
    with hold(*what):
        os.kill(os.getpid(), signal.SIGSTOP)
        yield
locks.hold = hold_and_stop
cli.run(step1_windows.main)
"""


def wait_until_stopped(run: subprocess.Popen[str]) -> None:
    seen = os.waitid(os.P_PID, run.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert seen.si_code == os.CLD_STOPPED, run.communicate()


def test_a_job_resubmitted_while_the_old_one_lives_and_one_that_was_killed(tmp_path: Path) -> None:
    waveforms, catalog = make_dataset(tmp_path / "in", 6)
    command = ["step1_windows.py", "--raw_data_dir", waveforms, "--catalog_path", catalog]
    command += ["--plot", 0, "--workers", 2, "--prep_data_dir"]
    run_step(*command, tmp_path / "alone")
    whole = content(tmp_path / "alone")
    assert not [name for name in whole if ".lock" in name]

    def start(out: Path) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", STOPPING, *map(str, command[1:]), str(out)]
        return subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)

    out = tmp_path / "out"
    with start(out) as first:
        try:
            wait_until_stopped(first)
            at_rest = content(out)
            told = run_step(*command, out, status=1).stderr
            assert f"process {first.pid} on" in told and f"kill -CONT {first.pid}" in told
            assert content(out) == at_rest
            first.send_signal(signal.SIGCONT)
            first.communicate(timeout=60)
        finally:
            first.kill()
    assert first.returncode == 0 and content(out) == whole

    with start(out) as first:
        wait_until_stopped(first)
        first.kill()
        first.communicate(timeout=60)
    assert (out / ".lock-windows").exists()
    run_step(*command, out)
    assert content(out) == whole
