"""Events, their picks and magnitudes: what they are, and what can be true of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import copysign, inf
from operator import attrgetter

from deepquake.core.times import compact

DO_NOT_USE = 4  # the weight by which an analyst takes a pick out of use
CLOCK_OFF = 9  # that of a pick whose clock nobody trusts: right only on its own record
WEIGHT_SCORES = 1.0, 0.75, 0.5, 0.25  # of weights 0 to 3, where no picker gave a score
BAND_AND_INSTRUMENT = 2  # letters of a channel
SECOND_P_S = 10.0  # a reading of P so much later is none of the same arrival

# The slowest first P (PKIKP, right through the Earth) takes 1212 s in the IASP91 tables, the
# slowest first S (SKIKS) some 1900 s. Surface waves go round the Earth in three hours.
LATEST_P_S = 1300.0
LATEST_S_S = 2000.0
LATEST_OTHER_S = 3 * 3600.0

POSSIBLE_DEPTHS_KM = -10.0, 800.0  # from above the highest volcano to below the deepest earthquake
POSSIBLE_MAGNITUDES = -5.0, 11.0

# First arrivals only: PP, PcP, pP and the like are neither P nor S here. I and E are the onset,
# which many write into the phase name, with the first motion, a weight in use, or the component
# behind it (IPU0, EP2, ESN), as HYPO71 does. PKP and SKS are the first arrivals of far earthquakes.
# What its reader doubted (P?, (P)) is neither: it may be another phase, and only forbids noise.
CODED = r"[UDC+-]?[ _]?[0-3]?|[ZNE]"
WORD = r"[ _-]?(?:WAVE|PHASE|ARRIVAL|ONSET|PICK)"
P_NAME = re.compile(
    rf"[IE]?P(?:G|N|B|\*|1|GAC|DIFF?|KP(?:DF|BC|AB|PRE)?|(?-i:KIKP))?|[IE]P(?:{CODED})|P{WORD}",
    re.IGNORECASE,
)
S_NAME = re.compile(
    rf"[IE]?S(?:G|N|B|\*|1|GAC|DIFF?|KS(?:DF|AC)?|KIKS)?|[IE]S(?:{CODED})|S{WORD}", re.IGNORECASE
)


@dataclass(slots=True)
class Pick:
    """One arrival an analyst (or a picker) read at a station. Times are seconds since 1970 UTC."""

    station: str
    phase: str  # as written: P, Pg, Pn, S ...
    time: float
    network: str = ""
    location: str = ""
    channel: str = ""
    onset: str = ""  # I impulsive, E emergent
    polarity: str = ""  # C or + up, D or - down
    weight: int = 0  # 0 full ... 4 do not use, 9 station clock not trusted
    automatic: bool = False
    score: float | None = None  # from 0 to 1, that of an automatic picker
    residual_s: float | None = None  # observed less computed, as written in the file
    uncertainty_s: float | None = None  # deviation of the time, as its reader or picker tells it
    in_origin: bool = False  # the preferred origin was computed with it
    region_probabilities: tuple[float, ...] = ()  # of a network that tells regions
    doubt: str = ""  # why it is no positive, found by holding picks and stations together


@dataclass(slots=True)
class Magnitude:
    """One magnitude of an event: value, type as written (L, W, b, ...) and agency."""

    value: float
    kind: str = ""
    agency: str = ""


@dataclass(slots=True)
class Event:
    """One earthquake. What is unknown is None, never 0."""

    event_id: str
    origin_time: float | None = None  # seconds since 1970 UTC
    latitude: float | None = None  # degrees
    longitude: float | None = None
    depth_km: float | None = None
    magnitudes: list[Magnitude] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)
    source_file: str = ""
    source_line: int | None = None
    agency: str = ""  # of the origin
    distance: str = ""  # L local, R regional, D distant
    kind: str = ""  # a word of ``kinds``: earthquake, explosion, blast ...; "" not told
    time_fixed: bool = False
    depth_fixed: bool = False
    waveforms: list[str] = field(default_factory=list)  # names of the waveform files
    cluster_id: int | None = None  # source region, where the catalogue gives one
    doubt: str = ""  # why no arrival is estimated from it, found by holding picks together
    loose: bool = False  # picks that no catalogue says are of one event, put together by us
    operator: str = ""  # who did the last action on it, as its s-file tells; not kept


@lru_cache(maxsize=4096)
def is_p(phase: str) -> bool:
    """Return whether ``phase`` is the first P of an event: P, Pg, Pn, Pb, P*, Pdiff, IP, EP ..."""
    return P_NAME.fullmatch(phase.strip()) is not None


@lru_cache(maxsize=4096)
def is_s(phase: str) -> bool:
    """Return whether ``phase`` is the first S of an event: S, Sg, Sn, Sb, S*, IS, ES ..."""
    return S_NAME.fullmatch(phase.strip()) is not None


@lru_cache(maxsize=4096)
def wave_of(phase: str) -> str:
    """Return "P" or "S" where ``phase`` is the first of either, else ""."""
    return "P" if is_p(phase) else "S" if is_s(phase) else ""


@lru_cache(maxsize=1024)
def latest_s(phase: str) -> float:
    """Return how many seconds after its origin a phase can arrive at most, anywhere on Earth."""
    if is_p(phase):
        return LATEST_P_S
    return LATEST_S_S if is_s(phase) else LATEST_OTHER_S


def is_usable(pick: Pick) -> bool:
    """Return whether a pick may be used: its weight is not 4.

    Weight 9 stays in use: the analyst does not trust the clock of the station, but the pick is
    right on the record it was read from, whose times come from that same clock.
    """
    return pick.weight != DO_NOT_USE


def score_of(pick: Pick) -> float:
    """Return the score of a pick or, where no picker gave one, that of its weight."""
    if pick.score is not None:
        return pick.score
    return WEIGHT_SCORES[min(pick.weight, len(WEIGHT_SCORES) - 1)]


def sensor_of(pick: Pick) -> str:
    """Return band and instrument code, "" where they are not told.

    Two letters are these where a picker gave a score; in an s-file they are band and component.
    """
    whole = len(pick.channel) > BAND_AND_INSTRUMENT or pick.score is not None
    return pick.channel[:BAND_AND_INSTRUMENT] if whole else ""


def why_unused(pick: Pick, min_score: float = 0.0) -> str:
    """Return why a pick is nothing to learn from, whatever else was read; empty where it is.

    Parameters
    ----------
    pick : Pick
        The pick.
    min_score : float
        The least score of a picker that counts (``min_pick_score``).

    Returns
    -------
    str
        Its weight, a doubt, or its score.
    """
    if pick.weight == DO_NOT_USE:
        return f"weight {DO_NOT_USE}"
    if pick.doubt:
        return "doubtful"
    if pick.score is not None and pick.score < min_score:
        return "score below min_pick_score"
    return ""


def p_readings(
    readings: Iterable[Pick], min_score: float = 0.0
) -> tuple[list[Pick], list[tuple[Pick, str]]]:
    """Sort out what was read as P of one event at one station.

    Of several readings of one arrival a manual one counts before an automatic one, then that of
    the better weight, then one that the preferred origin was computed with, then the earliest. A
    further reading that is as good, and comes 10 s later or more, is an arrival of its own.

    Parameters
    ----------
    readings : iterable of Pick
        All readings of P.
    min_score : float
        The least score of a picker that counts (``min_pick_score``).

    Returns
    -------
    tuple of list of Pick and list of (Pick, str)
        The P to learn from, in order of time, and the other readings, each with the reason.
    """
    usable, unused = [], []
    for pick in readings:
        if why := why_unused(pick, min_score):
            unused.append((pick, why))
        else:
            usable.append(pick)
    if len(usable) < 2:  # most often so
        return usable, unused
    used: list[Pick] = []
    best = min(map(_rank, usable))
    for pick in sorted(usable, key=attrgetter("time")):
        if pick.automatic and not best[0]:
            unused.append((pick, "automatic beside manual"))
        elif _rank(pick) != best or (used and pick.time < used[-1].time + SECOND_P_S):
            unused.append((pick, "another reading of the same P"))
        else:
            used.append(pick)
    return used, unused


def _rank(pick: Pick) -> tuple[bool, int, bool]:
    return pick.automatic, pick.weight, not pick.in_origin


def p_picks(event: Event, min_score: float = 0.0) -> list[Pick]:
    """Return the P of an event to learn from, by ``p_readings`` of each station.

    Parameters
    ----------
    event : Event
        The event.
    min_score : float
        The least score of a picker that counts (``min_pick_score``).

    Returns
    -------
    list of Pick
        In order of time.
    """
    by_station: dict[tuple[str, str], list[Pick]] = {}
    for pick in event.picks:
        # what is as good as most picks needs no closer look: a call less for each
        if is_p(pick.phase) and (
            (pick.score is None and pick.weight != DO_NOT_USE and not pick.doubt)
            or not why_unused(pick, min_score)
        ):
            by_station.setdefault((pick.network, pick.station), []).append(pick)
    used: list[Pick] = []
    for of_station in by_station.values():
        used += of_station if len(of_station) == 1 else p_readings(of_station)[0]
    return sorted(used, key=attrgetter("time", "station"))


def s_before_p(event: Event) -> list[str]:
    """Return the stations with an S in use that does not come after their first P in use."""
    first_p: dict[str, float] = {}
    s_times: list[tuple[str, float]] = []
    for pick in event.picks:
        wave = wave_of(pick.phase)
        if wave == "P" and pick.weight != DO_NOT_USE:
            station, time = pick.station, pick.time
            if time < first_p.get(station, inf):
                first_p[station] = time
        elif wave == "S" and pick.weight != DO_NOT_USE:
            s_times.append((pick.station, pick.time))
    wrong = [code for code, time in s_times if code in first_p and time <= first_p[code]]
    return list(dict.fromkeys(wrong))


def is_at(pick: Pick, network: str, code: str) -> bool:
    """Return whether a pick is of a station.

    Parameters
    ----------
    pick : Pick
        Its station code may be in capitals or not.
    network, code : str
        Codes of the station. A network that either side does not tell fits every other.
    """
    same_network = not network or not pick.network or pick.network == network
    return same_network and pick.station.upper() == code.upper()


def can_be_of(pick: Pick, event: Event) -> bool:
    """Return whether a pick comes after the origin of an event, as soon as its phase does.

    Parameters
    ----------
    pick : Pick
        What may belong to the event.
    event : Event
        Without an origin time every pick may.
    """
    begin = event.origin_time
    return begin is None or begin <= pick.time <= begin + latest_s(pick.phase)


def is_located(event: Event) -> bool:
    """Return whether the epicentre of an event is known."""
    return event.latitude is not None and event.longitude is not None


def first_pick_time(event: Event) -> float | None:
    """Return the time of the earliest pick of an event, None where it has none."""
    return min((pick.time for pick in event.picks), default=None)


def event_time(event: Event) -> float | None:
    """Return the origin time of an event or, where it has none, the time of its first pick."""
    return first_pick_time(event) if event.origin_time is None else event.origin_time


def id_of(event: Event) -> str:
    """Return the id of an event or, where it has none, that of its time: YYYYMMDDhhmmss."""
    time = event_time(event)
    return event.event_id or ("event" if time is None else compact(time))


def place_on_earth(
    latitude: float | None, longitude: float | None
) -> tuple[float, float] | tuple[None, None]:
    """Return a latitude and a longitude where both can be true, the latter from -180 to 180.

    Parameters
    ----------
    latitude, longitude : float or None
        Degrees, None where unknown; a longitude may be from -360 to 360.

    Returns
    -------
    tuple
        Both, or None twice.
    """
    if latitude is None or longitude is None:
        return None, None
    if not (abs(latitude) <= 90 and abs(longitude) <= 360):  # a comparison with NaN is never true
        return None, None
    return latitude, longitude - copysign(360, longitude) if abs(longitude) > 180 else longitude


def keep_possible(event: Event) -> list[str]:
    """Make unknown what can't be true of an event, and say what; longitude to -180 ... 180."""
    said = []
    low, high = POSSIBLE_DEPTHS_KM
    no_depth = not (event.depth_km and low <= event.depth_km <= high)
    if event.latitude == event.longitude == 0 and no_depth:  # what programs write for unknown
        event.latitude = event.longitude = event.depth_km = None
        said.append("latitude, longitude and depth are all 0: location unknown")
    told = event.latitude is not None or event.longitude is not None
    event.latitude, event.longitude = place_on_earth(event.latitude, event.longitude)
    if told and not is_located(event):
        said.append("latitude or longitude missing or out of range: location unknown")
    if event.depth_km is not None and not low <= event.depth_km <= high:
        said.append(f"depth not between {low:g} and {high:g} km: depth unknown")
        event.depth_km = None
    low, high = POSSIBLE_MAGNITUDES
    possible = [m for m in event.magnitudes if low <= m.value <= high]
    if len(possible) < len(event.magnitudes):
        said.append(f"magnitude not between {low:g} and {high:g}: left out")
        event.magnitudes = possible
    return said


def arrange(events: Iterable[Event]) -> list[Event]:
    """Return the events in order of time, each with an id of its own.

    Events without origin time come last, in order of their first pick. An event without an id
    gets that of its origin time, YYYYMMDDhhmmss; equal ids get -2, -3 ... in that order.
    """
    ordered = sorted(events, key=_order)
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for event in ordered:
        wanted = event.event_id = id_of(event)
        while event.event_id in taken:
            counts[wanted] = counts.get(wanted, 1) + 1
            event.event_id = f"{wanted}-{counts[wanted]}"
        taken.add(event.event_id)
    return ordered


def _order(event: Event) -> tuple[bool, float, str, int]:
    time = event_time(event) or 0.0
    return event.origin_time is None, time, event.source_file, event.source_line or 0
