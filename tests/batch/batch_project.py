"""A copy of the project in a folder of its own, as a user of a cluster has it, for the tests of
the batch scripts: links to the code, and input/ and output/ that are not the developer's."""

import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINKED = ("deepquake", "experiments", "config_default.ini", "requirements.txt")

# Takes the place of Python in a step script: a training of six steps of 0.2 s that writes a
# checkpoint every two, and on SIGTERM. It keeps a list of the commands it was given.
STAND_IN = """\
#!/usr/bin/env bash
echo "$@" >> commands.txt
if [ -e "fail_in_$1" ]; then exit 1; fi
folder=$(echo "$@" | sed -n 's/.*--checkpoint_dir \\([^ ]*\\).*/\\1/p')
if [ "$1" = step4_train.py ]; then
    mkdir -p "$folder"
    records=$(echo "$@" | sed -n 's/.*--tfrecords_dir \\([^ ]*\\).*/\\1/p')
    ls "$records" >> commands.txt
    [[ "$*" == *"--resume 1"* ]] || rm -f "$folder"/*.npz
    done=$(ls "$folder" | wc -l)
    trap 'touch "$folder/weights-$step.npz"; exit 143' TERM
    touch training
    for step in $(seq $((done + 1)) 6); do
        sleep 0.2
        [ -e hang ] || [ $((step % 2)) != 0 ] || touch "$folder/weights-$step.npz"
        while [ -e hang ]; do sleep 0.1; done
    done
fi
"""


@dataclass(frozen=True)
class Project:
    """A project folder and the environment of the commands that are run in it."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, status: int = 0, **variables: str) -> str:
        """Return what a command prints (stdout and stderr) and check its exit status."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == status, f"{command}: {done.stdout}"
        return done.stdout

    def submit(self, *arguments: str, status: int = 0, **variables: str) -> str:
        """Return what experiments/submit.sh prints."""
        return self.run("bash", "experiments/submit.sh", *arguments, status=status, **variables)

    def results(self, name: str) -> Path:
        """Return the folder of an experiment's results."""
        return self.folder / "output" / self.environment["DATASET"] / name

    def logs(self, name: str) -> str:
        """Return all logs of an experiment."""
        return "\n".join(p.read_text() for p in sorted(self.results(name).glob("logs/*.log")))

    def experiment(self, name: str, **keys: object) -> str:
        """Write an .ini and return its name."""
        lines = [f"{key} = {value}" for key, value in keys.items()]
        (self.folder / f"{name}.ini").write_text("\n".join(["[experiment]", *lines, ""]))
        return f"{name}.ini"


def make_project(folder: Path, dataset: str, python: str = sys.executable) -> Project:
    """Link the project's code into ``folder``; steps are run by ``python``."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*(ROOT / name for name in LINKED), *ROOT.glob("step?_*.py")]:
        (folder / path.name).symlink_to(path)
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH", "SGE"))}
    return Project(folder, keep | {"DATASET": dataset, "DEEPQUAKE_PYTHON": python})


def make_stand_in(folder: Path) -> str:
    """Write the stand-in for Python and return its path."""
    path = folder / "stand_in"
    path.write_text(STAND_IN)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)
