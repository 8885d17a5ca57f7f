"""Places that fail: a full disk, no permission, inputs that vanish, a second run at once."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from tests.faults.bench import Bench, Trial
from tests.faults.checks import faults_of, lost, unlike
from tests.faults.kills import again, readable
from tests.faults.stages import STEPS, VARIANTS, Step, contents, new_case

ROOM = 64 * 2**20  # bytes for the second run on a disk that was full
PAGE = 4096


def fill_disk(bench: Bench, draw: Random, folder: Path) -> Trial:
    """Run a step on a disk that is too small, and again on a larger one.

    Parameters
    ----------
    bench : Bench
        Where the steps run, and what they make undisturbed.
    draw : Random
        Decides the step, its options, what is there already and the room.
    folder : Path
        The folder of the case, to be made.
    """
    step, variant, older = _drawn(draw)
    before = bench.usual[step.name, older].contents if older else {}
    folder.mkdir(parents=True)
    disk = folder / "disk"
    disk.mkdir()
    needs = _size(bench.reference / variant / step.name)
    holds = _size(bench.reference / older / step.name) if older else 0
    room = holds + int(draw.uniform(0.1, 1.2) * needs) + 4 * PAGE
    try:
        mounting = _small_disk(disk, ROOM)
        with mounting:
            case = new_case(bench.reference, disk / "case", step, older)
            _resize(disk, room)
            argv = step.argv(variant)
            done = bench.server.run(argv, case, str(folder / "full"))
            tried = f"{done.command}: {room} bytes on the disk, over {older or 'nothing'}"
            wrong = faults_of(done, (0, 1), names=step.outputs)
            if done.status == 1 and step.name != "step4":  # whose checkpoints are read below
                wrong += lost(
                    contents(case, step.outputs), before, bench.usual[step.name, variant].contents
                )
            _resize(disk, ROOM)
            if done.status == 1:
                wrong += readable(
                    bench, case, step, bool(older), before, bench.usual[step.name, variant].contents
                )
            wrong += again(bench, case, step, argv, variant)
            return Trial(tried, wrong)
    except PermissionError as error:
        return Trial("", skipped=str(error))


def forbid(bench: Bench, draw: Random, folder: Path) -> Trial:
    """Run a step that may not write its output, or not read an input.

    Parameters
    ----------
    bench : Bench
        Where the steps run.
    draw : Random
        Decides the step, its options and what is forbidden.
    folder : Path
        The folder of the case, to be made.
    """
    step, variant, older = _drawn(draw)
    case = new_case(bench.reference, folder, step, older)
    outputs = [case, *(path for output in step.outputs for path in _all_below(case / output))]
    chosen, mode = draw.choice(outputs), 0o555
    if draw.random() < 0.5:
        need = case / draw.choice(step.needs)
        _own(need)
        inputs = [path for path in _all_below(need) if path.parent != case or path.is_file()]
        chosen, mode = draw.choice(inputs or [need]), draw.choice((0, 0o444))
    (case / "logs").mkdir()
    before = chosen.stat().st_mode
    chosen.chmod(mode)
    try:
        done = bench.server.run(step.argv(variant), case, "logs/log", minds_permissions=True)
    finally:
        with suppress(FileNotFoundError):  # a new result has taken its place
            chosen.chmod(before)
    told = chosen.relative_to(case)
    names = [part for part in (chosen.name, *told.parts) if part] + list(step.outputs)
    tried = f"{done.command}: mode {mode:o} of {told}, over {older or 'nothing'}"
    return Trial(tried, faults_of(done, (0, 1), names))


def vanish(bench: Bench, draw: Random, folder: Path) -> Trial:
    """Take an input away in the middle of a step.

    Parameters
    ----------
    bench : Bench
        Where the steps run.
    draw : Random
        Decides the step, its options, what vanishes and when.
    folder : Path
        The folder of the case, to be made.
    """
    step, variant, _ = _drawn(draw)
    case = new_case(bench.reference, folder, step)
    need = draw.choice(step.needs)
    _own(case / need)
    gone = draw.choice([case / need, *_all_below(case / need)])
    when = draw.randint(1, 2 * bench.usual[step.name, variant].changes)
    workers = draw.choice((1, 2)) if step.workers else 1
    at = {"open": when, "remove": str(gone)}
    done = bench.server.run(step.argv(variant, workers), case, at=at)
    names = [*gone.relative_to(case).parts, need]
    return Trial(done.command, faults_of(done, (0, 1), names))


def twice(bench: Bench, draw: Random, folder: Path) -> Trial:
    """Run a step twice at the same time, into one output.

    Parameters
    ----------
    bench : Bench
        Where the steps run, and what they make undisturbed.
    draw : Random
        Decides the step, the options of both, and when the second begins.
    folder : Path
        The folder of the case, to be made.
    """
    step, variant, older = _drawn(draw)
    other = draw.choice(VARIANTS)
    case = new_case(bench.reference, folder, step, older)
    workers = draw.choice((1, 2)) if step.workers else 1
    first = bench.server.begin(step.argv(variant, workers), case, "first")
    late_s = draw.choice((0.0, draw.uniform(0, bench.usual[step.name, variant].seconds)))
    time.sleep(late_s)
    second = bench.other_server.begin(step.argv(other), case, "second")
    runs = first.wait(), second.wait()
    wrong = []
    for run, pid in zip(runs, (second.pid, first.pid), strict=True):
        wrong += faults_of(run, (0, 1), names=[str(pid)])
    made = [v for v, run in zip((variant, other), runs, strict=True) if run.status == 0]
    results = [bench.usual[step.name, v].contents for v in made]
    found = contents(case, step.outputs)
    if not results:
        wrong.append("neither came to its end")
    elif found not in results:
        wrong += unlike(found, results[0])
    said = f"{runs[0].command}\n  and, {late_s:.3f} s later, {runs[1].command}"
    return Trial(f"{said}, over {older or 'nothing'}", wrong)


def _drawn(draw: Random) -> tuple[Step, str, str]:
    """Return a step, its variant, and that of an older result."""
    return draw.choice(STEPS), draw.choice(VARIANTS), draw.choice(["", *VARIANTS])


def _all_below(path: Path) -> list[Path]:
    return sorted(path.rglob("*")) + [path] if path.exists() else []


def _own(path: Path) -> None:
    """Put a copy in the place of a link."""
    source = path.resolve()
    path.unlink()
    if source.is_dir():
        shutil.copytree(source, path)
    else:
        shutil.copy2(source, path)


def _size(folder: Path) -> int:
    """Return the bytes that the files of a folder take on a disk."""
    sizes = [p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    return sum(-(-size // PAGE) * PAGE for size in sizes)


@contextmanager
def _small_disk(folder: Path, size: int) -> Iterator[None]:
    """Mount a disk of memory; PermissionError where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "deepquake_faults", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode:
        raise PermissionError(f"no disk may be mounted: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)
