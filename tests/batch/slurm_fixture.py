"""A Slurm of one node for the tests: munged, slurmctld and slurmd, in a folder of their own.

Nothing outside that folder is written, no service of the machine is touched, and the daemons
end with the ``with`` block.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "setpriv")
FINAL = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}
START_S, STOP_S, POLL_S = 30.0, 10.0, 0.3
COMMAND_S = 60.0

# The node has three processors, whatever the machine has (config_overrides). cred_expire shortens
# the two minutes for which Slurm holds a requeued job back.
SLURM_CONF = """\
ClusterName=deepquake
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=100000
SlurmdParameters=config_overrides
JobRequeue=1
KillWait=5
OverTimeLimit=0
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=3 RealMemory=64000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class Slurm:
    """A running Slurm: the environment its commands need, and what tests ask of it."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, check: bool = True) -> str:
        """Return what a command prints; raises AssertionError where it fails."""
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_S,
        )
        if check and done.returncode:
            raise AssertionError(f"{command}: {done.stdout}{done.stderr}\n{self.logs()}")
        return done.stdout

    def job(self, job_id: str) -> dict[str, str]:
        """Return what Slurm knows of a job: JobState, Dependency, Restarts, ExitCode ..."""
        words = self.run("scontrol", "--oneliner", "show", "job", job_id).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def wait(self, job_ids: list[str], timeout_s: float) -> dict[str, str]:
        """Return the final state of each job; raises AssertionError if one takes too long."""

        def states() -> dict[str, str]:
            return {job_id: self.job(job_id)["JobState"] for job_id in job_ids}

        _until(lambda: set(states().values()) <= FINAL, timeout_s, lambda: f"{states()}")
        return states()

    def logs(self) -> str:
        """Return the ends of the daemons' logs, for the message of a failed test."""
        return "\n".join(
            f"== {path.name}\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted(self.folder.glob("*.log"))
        )


def missing_programs() -> list[str]:
    """Return the programs of slurm-wlm and munge that this machine lacks."""
    return [name for name in PROGRAMS if not shutil.which(name, path=_path())]


@contextmanager
def running_slurm(folder: Path) -> Iterator[Slurm]:
    """Start a Slurm of one node in ``folder`` (a short path: it holds a socket), and stop it."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)  # munged refuses a socket in a folder that others may write to
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o600)
    controller_port, node_port = _free_ports(2)
    host, user = socket.gethostname().split(".")[0], _user()
    (folder / "slurm.conf").write_text(
        SLURM_CONF.format(
            host=host,
            user=user,
            controller_port=controller_port,
            node_port=node_port,
            folder=folder,
        )
    )
    environment = os.environ | {"PATH": _path(), "SLURM_CONF": str(folder / "slurm.conf")}
    slurm = Slurm(folder, environment)
    munged = [
        *("munged", "--foreground", f"--key-file={key}", f"--socket={folder}/munge.socket"),
        *(f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log"),
        *(f"--seed-file={folder}/munged.seed", "--force"),
    ]
    daemons: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> None:
        command = ("setpriv", "--pdeathsig", "TERM", *command)  # ends with the tests, come what may
        with (folder / f"{command[3]}.out.log").open("wb") as out:
            daemons.append(
                subprocess.Popen(
                    command, env=environment, stdout=out, stderr=out, start_new_session=True
                )
            )

    try:
        start(*munged)
        _until((folder / "munge.socket").exists, START_S, slurm.logs)
        start("slurmctld", "-D")
        start("slurmd", "-D", "-N", host)
        _until(
            lambda: "idle" in slurm.run("sinfo", "--noheader", "--format=%t", check=False),
            START_S,
            slurm.logs,
        )
        yield slurm
    finally:
        slurm.run("scancel", "--full", "--signal=KILL", f"--user={user}", check=False)
        for daemon in reversed(daemons):
            _stop(daemon)
        _end_steps(folder)


def _stop(daemon: "subprocess.Popen[bytes]") -> None:
    daemon.terminate()
    try:
        daemon.wait(STOP_S)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _end_steps(folder: Path) -> None:
    """Kill job steps that outlived slurmd: processes with this Slurm's configuration in their
    environment."""
    mark = f"SLURM_CONF={folder}/slurm.conf".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in entry.read_bytes().split(b"\0"):
                os.kill(int(entry.parent.name), signal.SIGKILL)


def _until(holds: Callable[[], bool], timeout_s: float, message: Callable[[], str]) -> None:
    end = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout_s} s: {message()}")
        time.sleep(POLL_S)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name
