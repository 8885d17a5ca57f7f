"""Training on several processes and devices: as on one, within rounding."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.learning import devices, history, training
from deepquake.learning.networks import Network
from deepquake.learning.spec import read_checkpoint
from tests.learning.made_windows import make_set, open_set

ROOT = Path(__file__).resolve().parents[2]
MORE_STEPS = 5
PAIR_S = 120  # two trainings in one test stay below the limit of a test
# an odd batch, so that the shares differ
KEYS = {"window_size": 2.0, "batch_size": 33, "display_step": 1, "plot": False}
KEYS |= {"model": "ConvNetQuake2", "num_conv_layers": 2, "ksize": 5, "validation_fraction": 0.25}
KEYS |= {"learning_rate_decay": "none"}
STARVED = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "2"}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_set(tmp_path_factory.mktemp("set"), {-1: 40, 0: 32})


def train_alone(records: Path, folder: Path, **given: Any) -> Network:
    return training.train(open_set(records), configuration.load(KEYS | given), folder, say=str)


def written(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


@contextmanager
def pair(records: Path, folder: Path, **given: Any) -> Iterator[list["subprocess.Popen[str]"]]:
    """Step 4 in two processes that find each other through TF_CONFIG; both end with the block.

    They are also ended after PAIR_S seconds, so that no test waits for their output for ever.
    """
    workers = [f"localhost:{port}" for port in free_ports(2)]
    command = [sys.executable, "-u", "step4_train.py", "--tfrecords_dir", records]
    command += ["--checkpoint_dir", folder]
    command += [
        text for key, value in (KEYS | given).items() for text in (f"--{key}", written(value))
    ]
    with ExitStack() as ends:
        processes = []
        for index in range(2):
            process = subprocess.Popen(
                list(map(str, command)),
                cwd=ROOT,
                env=os.environ | STARVED | {"TF_CONFIG": tf_config(workers, index)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,  # a line or two: it fits into the pipe
                text=True,
            )
            ends.callback(process.kill)
            timer = threading.Timer(PAIR_S, process.kill)
            timer.start()
            ends.callback(timer.cancel)
            processes.append(process)
        yield processes


def free_ports(number: int) -> list[int]:
    """Return ports that nothing listens on, of those that Linux gives to nobody by itself."""
    found: list[int] = []
    first = 15_000 + os.getpid() % 4_000
    for port in range(first, first + 1_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("localhost", port))
            found.append(port)
        if len(found) == number:
            return found
    raise AssertionError("no free ports")


def wait_for_step_2(process: "subprocess.Popen[str]") -> None:
    for line in process.stdout:
        if line.startswith("step 2 "):
            return
    raise AssertionError(f"ended before step 2: {process.stderr.read()}")


def tf_config(workers: list[str], index: int, kind: str = "worker") -> str:
    return json.dumps({"cluster": {"worker": workers}, "task": {"type": kind, "index": index}})


def assert_same_training(first: Path, second: Path, tolerance: float) -> None:
    """Check that loss and accuracy of each step and the weights in the end are the same."""
    (_, step, weights), (_, other_step, others) = map(read_checkpoint, (first, second))
    assert step == other_step
    curves = [
        history.curve(history.read_history(folder, step), "training") for folder in (first, second)
    ]
    assert len(curves[0]) == step
    for point, other in zip(*curves, strict=True):
        assert point == pytest.approx(other, abs=tolerance)
    for group in weights:
        for array, other in zip(weights[group], others[group], strict=True):
            np.testing.assert_allclose(array, other, atol=tolerance)


def test_two_processes_stop_together_and_train_as_one(records: Path, tmp_path: Path) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    with pair(records, together, max_checkpoint_step=100_000) as (chief, other):
        wait_for_step_2(chief)
        other.send_signal(signal.SIGTERM)
        errors = [process.communicate(timeout=PAIR_S)[1] for process in (chief, other)]
    assert [chief.returncode, other.returncode] == [128 + signal.SIGTERM] * 2, errors
    assert errors[0] == errors[1]  # stopped by SIGTERM after step ...
    step = read_checkpoint(together)[1]
    assert f"after step {step};" in errors[0]

    last = step + MORE_STEPS
    with pair(records, together, max_checkpoint_step=last, resume=True) as both:
        outputs = [process.communicate(timeout=PAIR_S) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert [errors for _, errors in outputs] == ["", ""]
    assert f"going on from step {step}" in outputs[0][0]
    assert re.search(r"process 2 of 2, at localhost:\d+: waiting for the others\n$", outputs[1][0])
    train_alone(records, alone, max_checkpoint_step=last)
    assert_same_training(together, alone, tolerance=1e-4)


def test_ctrl_c_ends_a_process_that_waits_for_the_others(records: Path, tmp_path: Path) -> None:
    with pair(records, tmp_path) as (chief, other):
        other.kill()
        assert any("waiting for the others" in line for line in chief.stdout)
        time.sleep(2)  # until TensorFlow waits, which nothing tells
        chief.send_signal(signal.SIGINT)
        chief.communicate(timeout=PAIR_S / 2)
    assert chief.returncode == -signal.SIGINT


def test_the_others_end_where_one_is_lost(records: Path, tmp_path: Path) -> None:
    with pair(records, tmp_path, max_checkpoint_step=100_000) as (chief, other):
        wait_for_step_2(chief)
        other.kill()
        _, errors = chief.communicate(timeout=PAIR_S)
    assert chief.returncode == 1
    assert errors.splitlines()[-1].startswith("error: another process of this training has ended")


def test_two_devices_train_as_one(records: Path, tmp_path: Path) -> None:
    """With batch_norm too: its statistics are those of the whole batch."""
    given = {"max_checkpoint_step": 12, "batch_norm": True}
    texts = [f"{key}={written(value)}" for key, value in (KEYS | given).items()]
    command = [
        sys.executable,
        "tests/learning/mirrored_training.py",
        records,
        tmp_path / "two",
        *texts,
    ]
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    train_alone(records, tmp_path / "one", **given)
    # biases before batch_norm do nothing, and Adam turns the rounding of their gradients into steps
    assert_same_training(tmp_path / "two", tmp_path / "one", tolerance=0.02)


def test_tf_config_names_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_STEP_NUM_TASKS", raising=False)
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert devices.processes()[1] == 0 and devices.is_chief()
    assert devices.choose_strategy().num_replicas_in_sync == 1
    monkeypatch.setenv("TF_CONFIG", tf_config(["a:1"], 0))
    assert devices.choose_strategy().num_replicas_in_sync == 1
    monkeypatch.setenv("TF_CONFIG", tf_config(["a:1", "b:1"], 1))
    assert devices.processes() == (["a:1", "b:1"], 1) and not devices.is_chief()
    chief = {"chief": ["c:1"], "worker": ["a:1", "b:1"]}
    for kind, index, number in (("chief", 0, 0), ("worker", 1, 2)):
        task = {"type": kind, "index": index}
        monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": chief, "task": task}))
        assert devices.processes() == (["c:1", "a:1", "b:1"], number)
    for wrong in (
        "a:1,b:1",
        "[]",
        '{"cluster": {"worker": ["a:1"]}}',
        tf_config(["a:1", "b:1"], 2),
        tf_config(["a:1", "b:1"], 0, kind="evaluator"),
    ):
        monkeypatch.setenv("TF_CONFIG", wrong)
        with pytest.raises(DeepQuakeError, match="TF_CONFIG makes no sense"):
            devices.processes()


def test_slurm_names_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setenv("SLURM_JOB_ID", "4100")
    monkeypatch.setenv("SLURM_STEP_ID", "1")
    monkeypatch.setenv("SLURM_STEP_NODELIST", "gpu[9-10],login")
    monkeypatch.setenv("SLURM_STEP_TASKS_PER_NODE", "2(x2),1")
    monkeypatch.setenv("SLURM_PROCID", "4")
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "1")
    assert devices.is_chief()
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "5")
    addresses, number = devices.processes()
    assert number == 4
    nodes = [address.split(":")[0] for address in addresses]
    ports = [int(address.split(":")[1]) for address in addresses]
    assert nodes == ["gpu9", "gpu9", "gpu10", "gpu10", "login"]
    assert [port - ports[0] for port in ports] == [0, 1, 0, 1, 0] and 20_000 <= ports[0] < 32_000
    monkeypatch.setenv("SLURM_JOB_ID", "4101")  # another job on the same nodes
    assert not set(devices.processes()[0]) & set(addresses)


@pytest.mark.parametrize(
    ("names", "nodes"),
    [
        ("n1", ["n1"]),
        (
            "n[08-10,12].cluster,m",
            ["n08.cluster", "n09.cluster", "n10.cluster", "n12.cluster", "m"],
        ),
        ("rack[1-2]n[3,4]", ["rack1n3", "rack1n4", "rack2n3", "rack2n4"]),
    ],
)
def test_nodes_of_slurms_lists(names: str, nodes: list[str]) -> None:
    assert devices.expand_nodes(names) == nodes
