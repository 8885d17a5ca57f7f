"""Phases that are neither the first P nor S: which of them are known, and which only look odd."""

import re
from collections import Counter
from collections.abc import Iterable

from deepquake.catalog.events import Event, wave_of
from deepquake.core.text import counted

# Names of the IASPEI standard list of phases (Storchak et al. 2003), and of what is measured
# beside arrivals. Of several legs are PP, pP, PcP, PKiKP, PmP, PnPn, P660s, SKKSac, P'P'.
LEGS = r"[PS](?:[PSKIJCMDNGB*']|DIFF?|\d+)*[PS]'?(?:[GNB*]|DF|BC|AB|AC|DIFF?|PRE)?"
SURFACE_AND_OCEAN = r"L[GQRZNE]?\d?|R[G\d]?|G\d?|T"
MEASUREMENTS = r"A|AM.*|I[AV]M.*|END|CODA|BAZ.*|SPEC.*|NOISE"
OTHER_PHASES = re.compile(rf"{LEGS}|P'|{SURFACE_AND_OCEAN}|{MEASUREMENTS}", re.IGNORECASE)
MOST_NAMED = 12


def phases_not_known(events: Iterable[Event]) -> str:
    """Return how often each phase was read that is no P, no S and no other known one, "" for none.

    A P may be among them under an odd name, such as ``P?``, and is then none to learn from.
    """
    odd: Counter[str] = Counter()
    for phase, count in Counter(pick.phase for event in events for pick in event.picks).items():
        name = phase.strip()
        if not wave_of(name) and OTHER_PHASES.fullmatch(name) is None:
            odd[name or "without a name"] += count
    return counted(odd, MOST_NAMED)
