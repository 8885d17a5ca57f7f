"""Running the steps as processes of their own: begun by a server, killed, waited for."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S = 60.0  # a step of these inputs takes some seconds; more is a hang
BEGIN_S = 300.0  # the first run waits for the server, which loads TensorFlow
SERVER = Path(__file__).with_name("server.py")


@dataclass(frozen=True)
class Done:
    """What became of a run: exit status (minus the signal that killed it; None: it hung)."""

    command: str
    status: int | None
    stdout: str
    stderr: str
    seconds: float
    memory_mb: int = 0

    @property
    def said(self) -> str:
        """All that it printed."""
        return self.stdout + self.stderr


@dataclass(frozen=True)
class Running:
    """A run that has begun."""

    server: "Server"
    pid: int
    command: str
    log: Path
    begun_s: float

    def signal(self, number: int, group: bool) -> None:
        """Send it a signal, to all its processes as Ctrl-C does, or to the first alone."""
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)

    def wait(self, limit_s: float = LIMIT_S) -> Done:
        """Wait for its end; what hangs says where (in stderr) and is killed."""
        answer = self.server.answer(limit_s)
        if answer is None:
            self.signal(signal.SIGUSR1, group=False)
            time.sleep(0.5)
            self.signal(signal.SIGKILL, group=True)
            self.server.answer(limit_s)
        seconds = time.monotonic() - self.begun_s
        files = [Path(f"{self.log}.{name}") for name in ("stdout", "stderr")]
        stdout, stderr = (  # one that is killed at once has opened neither
            file.read_text("utf-8", "backslashreplace") if file.exists() else "" for file in files
        )
        status = answer["status"] if answer else None
        memory_mb = answer["memory_mb"] if answer else 0
        return Done(self.command, status, stdout, stderr, seconds, memory_mb)

    def outlived_by(self) -> list[int]:
        """Return the processes of the run that still live: its workers."""
        return [pid for pid, group, state in _processes() if group == self.pid and state != "Z"]

    def wait_for_workers(self, limit_s: float = 15.0) -> bool:
        """Wait until no worker of a killed run is left; whether that came about."""
        end = time.monotonic() + limit_s
        while self.outlived_by():
            if time.monotonic() > end:
                self.signal(signal.SIGKILL, group=True)
                return False
            time.sleep(0.02)
        return True


@dataclass(frozen=True)
class Server:
    """The process that begins runs, one at a time."""

    process: subprocess.Popen[str]

    def begin(self, argv: Sequence[object], cwd: Path, log: str = "log", **how: Any) -> Running:
        """Begin a step in a folder; ``how`` is what ``server.py`` knows of jobs."""
        words = [str(word) for word in argv]
        job = {"argv": words, "cwd": str(cwd), "log": str(cwd / log), **how}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        begun = self.answer(BEGIN_S)
        assert begun is not None, "the server hangs"
        return Running(self, begun["pid"], _shown(words, how), cwd / log, time.monotonic())

    def run(self, argv: Sequence[object], cwd: Path, log: str = "log", **how: Any) -> Done:
        """Run a step to its end."""
        return self.begin(argv, cwd, log, **how).wait()

    def answer(self, limit_s: float) -> dict[str, Any] | None:
        """Return the next answer; None where it does not come in time."""
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], limit_s)[0]:
            return None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the server has ended ({self.process.wait()})")
        return json.loads(line)


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server, and end it with the block."""
    quiet = {"CUDA_VISIBLE_DEVICES": "", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    process = subprocess.Popen(
        [sys.executable, str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env=os.environ | quiet,
        start_new_session=True,  # Ctrl-C is for the campaign, which then ends the server
    )
    server = Server(process)
    try:
        yield server
    finally:
        process.kill()
        process.communicate()


def _shown(words: Sequence[str], how: dict[str, Any]) -> str:
    """Return a command as a user would write it, with what was done to it."""
    program = words[0] if words[0].endswith(".py") else f"-m {words[0]}"
    said = f"  ({', '.join(f'{name}={value}' for name, value in how.items())})" if how else ""
    return " ".join(["python", program, *words[1:]]) + said


def _processes() -> Iterator[tuple[int, int, str]]:
    """Yield process id, group and state of every process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                state, _, group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
                yield int(entry.name), int(group), state
