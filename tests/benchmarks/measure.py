"""Timing, and how a result is printed."""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Time:
    """Seconds on the clock and of the processor, of this process and those it waited for."""

    clock: float
    processor: float

    def __add__(self, other: "Time") -> "Time":
        return Time(self.clock + other.clock, self.processor + other.processor)

    def __mul__(self, factor: float) -> "Time":
        return Time(self.clock * factor, self.processor * factor)


def timed(action: Callable[[], object], repeats: int = 1, *made: Path) -> Time:
    """Return the time that an action takes, the shortest of ``repeats`` times.

    The folders it has ``made`` are removed before each: to put a file in the place of an old one
    the system first writes it to the disk.
    """
    taken = []
    for _ in range(repeats):
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
        clock, processor = time.perf_counter(), processor_s()
        action()
        taken.append(Time(time.perf_counter() - clock, processor_s() - processor))
    return min(taken, key=lambda one: one.clock)


def middle(pairs: list[tuple[Time, Time]]) -> tuple[Time, Time]:
    """Return the pair (ours, theirs) whose ratio is the middle one: turns taken by two that differ
    by little, on a machine whose own speed wanders."""
    return sorted(pairs, key=lambda pair: pair[1].clock / pair[0].clock)[len(pairs) // 2]


def run_step(script: str, *arguments: object) -> str:
    """Run a step script and return what it printed; where it fails, that is shown."""
    command = [sys.executable, str(ROOT / script), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def show(work: str, against: Time, ours: Time, least: float, figures: str) -> None:
    """Print one row of the table: the ratio, what is asked for, and the absolute figures.

    The ratio is that of the clock; that of the processor, which other work on the machine does
    not change much, is printed beside.
    """
    ratio = against.clock / ours.clock
    verdict = "met" if ratio >= least else "NOT MET"
    print(
        f"{work}\n  ratio {ratio:.3g} (at least {least:g}: {verdict}), of processor time "
        f"{against.processor / ours.processor:.3g}\n  {figures}; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def processor_s() -> float:
    """Return the processor seconds of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
