"""The kinds of cases of the campaign."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from tests.faults.bench import Bench, Trial
from tests.faults.kills import kill
from tests.faults.stages import STEPS


@dataclass(frozen=True)
class Kind:
    """A kind of cases: its name, what is done, and how often the tests do it."""

    name: str
    what: str
    n: int
    attempt: Callable[[Bench, Random, Path], Trial]


def _kinds() -> list[Kind]:
    return [
        Kind(
            f"kill_{step.name}",
            f"{step.name} killed at random instants, and run again",
            4,
            partial(kill, step=step),
        )
        for step in STEPS
    ]


KINDS = {kind.name: kind for kind in _kinds()}
