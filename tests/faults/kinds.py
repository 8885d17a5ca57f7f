"""The kinds of cases of the campaign."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from tests.faults.bench import Bench, Trial
from tests.faults.damaged import INPUTS, damage
from tests.faults.kills import kill
from tests.faults.places import fill_disk, forbid, twice, vanish
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
        *(
            Kind(
                f"kill_{step.name}",
                f"{step.name} killed at random instants, and run again",
                3,
                partial(kill, step=step),
            )
            for step in STEPS
        ),
        *(
            Kind(f"damaged_{name}", f"{kind.what}, damaged", 4, partial(damage, kind=kind))
            for name, kind in INPUTS.items()
        ),
        Kind("full_disk", "a disk that fills up, and a second run with room", 5, fill_disk),
        Kind("forbidden", "outputs that may not be written, inputs not read", 6, forbid),
        Kind("vanishing", "inputs that vanish in the middle", 6, vanish),
        Kind("twice", "two runs at the same time into one output", 6, twice),
    ]


KINDS = {kind.name: kind for kind in _kinds()}
