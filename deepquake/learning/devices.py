"""Training on several GPUs, processes or nodes: which there are, who does what, who writes.

All hold the same network. Each computes the gradients of its share of the batch; the sum of them
moves every copy by the same step. TensorFlow's strategies do the adding and the waiting.
"""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.learning.tensorflow import tf

resolvers = tf.distribute.cluster_resolver

FIRST_PORT, PORTS, PORTS_OF_A_JOB = 20_000, 12_000, 16  # below those that Linux gives to others


def choose_strategy(say: Callable[[str], None] = print) -> tf.distribute.Strategy:
    """Return how this process trains; it waits for the other processes, if there are to be any.

    Other processes: those that TF_CONFIG or the environment of Slurm's ``srun`` names. Several
    GPUs in this one: all of them. Else: TensorFlow's way of doing nothing special. Raises
    DeepQuakeError where the processes do not come together.
    """
    resolver = find_cluster()
    if resolver is not None:
        addresses = processes_of(resolver)
        number = addresses.index(resolver.cluster_spec().task_address(*_task(resolver)))
        say(
            f"process {number + 1} of {len(addresses)}, at {addresses[number]}: "
            f"waiting for the others"
        )
        try:
            with _ends_on_ctrl_c():
                return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
        except (tf.errors.OpError, RuntimeError) as error:
            raise DeepQuakeError(
                f"cannot train together with {', '.join(addresses)}: {error}; see that the port "
                f"of {addresses[number]} is free, and that all of them run"
            ) from None
    gpus = tf.config.list_physical_devices("GPU")
    if len(gpus) > 1:
        say(f"training on {len(gpus)} GPUs")
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Return whether this is the process that writes checkpoints, history and progress."""
    resolver = strategy.cluster_resolver
    if resolver is None:
        return True
    first = "chief" if "chief" in resolver.cluster_spec().jobs else "worker"
    return _task(resolver) == (first, 0)


def share_out(strategy: tf.distribute.Strategy, array: np.ndarray) -> Any:
    """Return the parts of a batch that the copies of the network in this process train on."""
    copies = strategy.num_replicas_in_sync
    if copies == 1:
        return array
    parts = np.array_split(array, copies)
    return strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(parts[context.replica_id_in_sync_group])
    )


@contextmanager
def together() -> Iterator[None]:
    """Turn what TensorFlow raises when another process ends into a DeepQuakeError."""
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError):
        raise DeepQuakeError(
            "another process of this training has ended (what it wrote last says why); start all "
            "of them again, with --resume 1"
        ) from None


def find_cluster() -> resolvers.ClusterResolver | None:
    """Return what names the processes of this training, None where this is the only one.

    Raises DeepQuakeError where TF_CONFIG makes no sense.
    """
    if "TF_CONFIG" in os.environ:
        resolver = resolvers.TFConfigClusterResolver()
        try:
            processes_of(resolver).index(resolver.cluster_spec().task_address(*_task(resolver)))
        except (AttributeError, TypeError, ValueError) as error:
            raise DeepQuakeError(
                f"TF_CONFIG makes no sense ({error}); it must be like "
                '{"cluster": {"worker": ["HOST:PORT", "HOST:PORT"]}, '
                '"task": {"type": "worker", "index": 0}}'
            ) from None
    elif int(os.environ.get("SLURM_STEP_NUM_TASKS", 1)) > 1:
        resolver = slurm_cluster()
    else:
        return None
    return resolver if len(processes_of(resolver)) > 1 else None


def processes_of(resolver: resolvers.ClusterResolver) -> list[str]:
    """Return the addresses of the processes that train, the chief's first."""
    jobs = resolver.cluster_spec().as_dict()
    return [*jobs.get("chief", []), *jobs.get("worker", [])]


def slurm_cluster() -> resolvers.ClusterResolver:
    """Return the tasks of a Slurm job step: tasks in blocks by node, as srun places them.

    TensorFlow's own SlurmClusterResolver fails on nodes without GPUs, sorts node n10 before n9,
    while Slurm counts tasks in the order of its list, and has all jobs of a node use one port.
    """
    nodes = expand_nodes(os.environ["SLURM_STEP_NODELIST"])
    counts: list[int] = []
    for part in os.environ["SLURM_STEP_TASKS_PER_NODE"].split(","):  # as in '2(x3),1'
        count, _, times = part.rstrip(")").partition("(x")
        counts += [int(count)] * int(times or 1)
    step = int(os.environ["SLURM_JOB_ID"]) + int(os.environ.get("SLURM_STEP_ID", 0))
    port = FIRST_PORT + step * PORTS_OF_A_JOB % PORTS
    addresses = [
        f"{node}:{port + i}"
        for node, count in zip(nodes, counts, strict=True)
        for i in range(count)
    ]
    return resolvers.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": addresses}),
        task_type="worker",
        task_id=int(os.environ["SLURM_PROCID"]),
        rpc_layer="grpc",
    )


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


def _task(resolver: resolvers.ClusterResolver) -> tuple[str, int]:
    return resolver.task_type, resolver.task_id


@contextmanager
def _ends_on_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end the process while TensorFlow waits, for it does not let Python see it."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
