"""Training on several GPUs, processes or nodes: which there are, who does what, who writes.

All hold the same network. Each computes the gradients of its share of the batch; the sum of them
moves every copy by the same step. TensorFlow's strategies do the adding and the waiting.
"""

import json
import os
import re
import signal
from typing import Any

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.learning.tensorflow import tf

FIRST_PORT, PORTS, PORTS_OF_A_JOB = 20_000, 12_000, 16  # below those that Linux gives to others


def choose_strategy() -> tf.distribute.Strategy:
    """Return how this process trains; it waits for the other processes, if there are to be any.

    Other processes: those that TF_CONFIG or the environment of Slurm's ``srun`` names. Several
    GPUs in this one: all of them. Else: TensorFlow's way of doing nothing special. Raises
    DeepQuakeError where the processes do not come together.
    """
    addresses, number = processes()
    gpus = tf.config.list_physical_devices("GPU")
    if len(addresses) > 1:
        here, task = addresses[number], {"type": "worker", "index": number}
        print(
            f"process {number + 1} of {len(addresses)}, at {here}: waiting for the others",
            flush=True,
        )
        os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": task})
        # Ctrl-C ends the process while TensorFlow waits, for it does not let Python see it
        before = signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            return tf.distribute.MultiWorkerMirroredStrategy()
        except (tf.errors.OpError, RuntimeError) as error:
            raise DeepQuakeError(
                f"cannot train together with {', '.join(addresses)}: {error}; see that the port "
                f"of {here} is free, and that all of them run"
            ) from None
        finally:
            signal.signal(signal.SIGINT, before)
    if len(gpus) > 1:
        print(f"training on {len(gpus)} GPUs")
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def is_chief() -> bool:
    """Return whether this is the process that writes checkpoints, history and progress."""
    return processes()[1] == 0


def share_out(strategy: tf.distribute.Strategy, array: np.ndarray) -> Any:
    """Return the parts of a batch that the copies of the network in this process train on.

    Parameters
    ----------
    strategy : tf.distribute.Strategy
        How this process trains.
    array : array (batch, ...)
        The whole batch.

    Returns
    -------
    array, or TensorFlow's bundle of them
        The parts.
    """
    copies = strategy.num_replicas_in_sync
    if copies == 1:
        return array
    parts = np.array_split(array, copies)
    return strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(parts[context.replica_id_in_sync_group])
    )


def processes() -> tuple[list[str], int]:
    """Return the addresses of the processes of this training, and which of them this one is.

    Raises DeepQuakeError where TF_CONFIG makes no sense.
    """
    if "TF_CONFIG" in os.environ:
        try:
            config = json.loads(os.environ["TF_CONFIG"])
            jobs, task = config["cluster"], config["task"]
            addresses = [*jobs.get("chief", []), *jobs.get("worker", [])]
            return addresses, addresses.index(jobs[task["type"]][task["index"]])
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise DeepQuakeError(
                f"TF_CONFIG makes no sense ({error}); it must be like "
                '{"cluster": {"worker": ["HOST:PORT", "HOST:PORT"]}, '
                '"task": {"type": "worker", "index": 0}}'
            ) from None
    if int(os.environ.get("SLURM_STEP_NUM_TASKS", 1)) > 1:
        return slurm_addresses(), int(os.environ["SLURM_PROCID"])
    return ["localhost"], 0


def slurm_addresses() -> list[str]:
    """Return the addresses of the tasks of a Slurm job step: in blocks by node, as srun does.

    TensorFlow's SlurmClusterResolver fails on nodes without GPUs, sorts node n10 before n9,
    while Slurm counts tasks in the order of its list, and has all jobs of a node use one port.
    """
    nodes = expand_nodes(os.environ["SLURM_STEP_NODELIST"])
    tasks = re.findall(r"(\d+)(?:\(x(\d+)\))?", os.environ["SLURM_STEP_TASKS_PER_NODE"])
    counts = [int(count) for count, times in tasks for _ in range(int(times or 1))]  # '2(x3),1'
    step = int(os.environ["SLURM_JOB_ID"]) + int(os.environ.get("SLURM_STEP_ID", 0))
    port = FIRST_PORT + step * PORTS_OF_A_JOB % PORTS
    blocks = zip(nodes, counts, strict=True)
    return [f"{node}:{port + i}" for node, count in blocks for i in range(count)]


def expand_nodes(names: str) -> list[str]:
    """Return the nodes of a list as Slurm writes it: 'a,n[08-10,12]' is a, n08, n09, n10, n12."""
    nodes: list[str] = []
    for name in re.findall(r"(?:[^,\[]|\[[^\]]*\])+", names):
        before, bracket, rest = name.partition("[")
        if not bracket:
            nodes.append(name)
            continue
        inside, _, after = rest.partition("]")
        for part in inside.split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                nodes += expand_nodes(f"{before}{number:0{len(first)}d}{after}")
    return nodes
