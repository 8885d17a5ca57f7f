"""Which windows are for training and which for testing.

Steps 2 and 3 run apart and must agree: membership follows from the seed, the share and the
catalogue alone. It does not depend on which stations or files were prepared together, so that
data sets of several stations can be put into one folder.
"""

import hashlib
from collections.abc import Iterable, Sequence

from deepquake.core.times import iso


def random_share(seed: int, text: str) -> float:
    """Return a number in [0, 1) that looks random but depends on ``seed`` and ``text`` only."""
    digest = hashlib.sha256(f"{seed}:{text}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def chosen(names: Iterable[str], share: float, seed: int) -> set[str]:
    """Return ``round(share * n)`` of the ``n`` different names, drawn at random with ``seed``.

    A larger share holds all names of a smaller one.
    """
    ranked = sorted(set(names), key=lambda name: (random_share(seed, name), name))
    return set(ranked[: round(share * len(ranked))])


def tested(groups: Sequence[str], event_ids: Iterable[str], share: float, seed: int) -> list[bool]:
    """Return for each window, named by its group (see ``group_of``), whether it is for testing.

    Events of the catalogue are drawn by rank, to hit the share as nearly as can be; groups that
    are no event (hours far from any) each by their own draw.
    """
    events = set(event_ids)
    tested = chosen(events, share, seed)
    side = {
        group: group in tested if group in events else random_share(seed, group) < share
        for group in set(groups)
    }
    return [side[group] for group in groups]


def group_of(event_id: str, start_s: float) -> str:
    """Return what a window must stay together with: its event, or else its hour."""
    return event_id or "hour " + iso(start_s)[:13]
