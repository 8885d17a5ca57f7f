"""What does not fit, in words: a finding of a station, an event, a pick, or the whole catalogue."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from deepquake.catalog.events import Event, Pick
from deepquake.core.text import counted, number_of

SHOWN = 10  # findings of one kind; of more, the names are told
NAMED = 50
KINDS = "catalogue", "station", "event", "pick"


@dataclass(frozen=True)
class Finding:
    """Something that does not fit: its kind (one of ``KINDS``), what it is, and the likely cause.

    ``name`` is the station, that of the pick, or the event's id; ``path`` and ``line`` are where it
    is written, where that is known.
    """

    kind: str
    message: str
    name: str = ""
    path: str = ""
    line: int | None = None


def of_event(event: Event, message: str, picks: Sequence[Pick] = ()) -> Finding:
    """Return a finding of an event, or of picks of it, which tells where it is written.

    Parameters
    ----------
    event : Event
        The event.
    message : str
        What does not fit, and why.
    picks : sequence of Pick, optional
        The picks, of one station.

    Returns
    -------
    Finding
        Of kind 'pick' where picks are given, else of kind 'event'.
    """
    name = event.event_id or "without an id"
    path, line = event.source_file, event.source_line
    if not picks:
        return Finding("event", f"event {name}: {message}", name, path=path, line=line)
    station = ".".join(filter(None, (picks[0].network, picks[0].station.upper())))
    phases = " and ".join(pick.phase for pick in picks)
    said = f"event {name}: {phases} at {station}: {message}"
    return Finding("pick", said, station, path=path, line=line)


def summed_up(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings by kind, the first ten of each; the others of a kind are one more."""
    by_kind: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_kind[finding.kind].append(finding)
    told = []
    for kind in KINDS:
        told += by_kind[kind][:SHOWN]
        if more := by_kind[kind][SHOWN:]:
            names = counted(Counter(finding.name for finding in more), NAMED)
            names = names.replace(" (1)", "")
            message = f"{number_of(len(more), f'more {kind}')} not believed: {names}"
            told.append(Finding(kind, message))
    return told


def doubt_pick(pick: Pick, why: str) -> None:
    """Say why a pick is no positive, unless that is said already.

    Parameters
    ----------
    pick : Pick
        The pick.
    why : str
        The reason.
    """
    pick.doubt = pick.doubt or why


def doubt_event(event: Event, why: str) -> None:
    """Say why nothing is estimated from an event, unless that is said already.

    Parameters
    ----------
    event : Event
        The event.
    why : str
        The reason.
    """
    event.doubt = event.doubt or why
