"""Every arrival of P and S in a station stream, and where others may hide: arrivals.csv of step 1.

A network that tells the time of arrivals learns from those with a weight. Between the earliest and
the latest time of the others it learns nothing: nobody knows what is there.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from math import inf
from pathlib import Path

from deepquake.catalog.events import (
    DO_NOT_USE,
    SECOND_P_S,
    Event,
    Pick,
    is_at,
    is_p,
    is_s,
    p_readings,
    wave_of,
)
from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import ArrivalSettings
from deepquake.core.times import iso, parse_iso
from deepquake.earth.arrivals import Arrivals

ARRIVALS_NAME = "arrivals.csv"
ARRIVALS_HEADER = (*("stream_file", "phase", "time", "earliest", "latest", "weight", "event_id"),)
READING_S = 1.0  # a reading that is not used may be wrong by so much
# S comes after 1.5 to 2.2 times the travel time of P: vp/vs from that of dry rock to that of
# sediments full of water.
LEAST_VP_VS, MOST_VP_VS = 1.5, 2.2
# An S that nobody read comes from so soon after P to so long after it, where no origin tells more:
# records of local events are hardly longer.
SOONEST_S_S, LATEST_S_AFTER_P_S = 0.3, 60.0
NOT_TRUSTED_CLOCK = 9  # the weight of a pick that is right on its own record


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """An arrival at a station, or when one may come (seconds since 1970 UTC).

    ``phase`` is P, S or, where it may be either, empty. ``weight`` is 1 for the best readings and 0
    for what is not to be learnt from; ``event_id`` is empty where no event is known.
    """

    phase: str
    time: float
    earliest: float
    latest: float
    weight: float
    event_id: str


def phase_rows(
    catalogues: Sequence[Sequence[Event]],
    known: Sequence[Arrivals],
    network: str,
    code: str,
    settings: ArrivalSettings,
    span_s: tuple[float, float],
) -> list[PhaseRow]:
    """Return what arrives at a station within a span of time.

    Parameters
    ----------
    catalogues : sequence of sequence of Event
        The events near, of each catalogue; only the first one's readings have a weight.
    known : sequence of Arrivals
        What they send to the station.
    network, code : str
        The codes of the station.
    settings : ArrivalSettings
        The least score of a pick to learn from.
    span_s : (float, float)
        Begin and end (seconds since 1970 UTC).

    Returns
    -------
    list of PhaseRow
        In order of time.
    """
    rows: list[PhaseRow] = []
    for number, (events, arrivals) in enumerate(zip(catalogues, known, strict=True)):
        of_catalogue = [
            *_readings_at(events, network, code, settings.min_pick_score),
            *_estimated(events, arrivals),
        ]
        rows += of_catalogue if number == 0 else map(_without_weight, of_catalogue)
    begin_s, end_s = span_s
    within = (row for row in rows if row.latest >= begin_s and row.earliest <= end_s)
    return sorted(within, key=lambda row: (row.time, row.phase, row.event_id))


def worth_of_pick(pick: Pick) -> float:
    """Return what a pick is worth, from 1 to 0: by its score, or its weight of 0 to 4."""
    if pick.score is not None:
        return pick.score
    return 1.0 if pick.weight == NOT_TRUSTED_CLOCK else max(0.0, 1 - pick.weight / DO_NOT_USE)


def _readings_at(
    events: Iterable[Event], network: str, code: str, min_score: float
) -> Iterator[PhaseRow]:
    """Yield the readings at a station, and where the S of those without one may be."""
    upper_code = code.upper()
    for event in events:
        here = [
            pick
            for pick in event.picks
            if pick.station.upper() == upper_code and is_at(pick, network, code)
        ]
        p, _ = p_readings([pick for pick in here if is_p(pick.phase)], min_score)
        s, _ = p_readings([pick for pick in here if is_s(pick.phase)], min_score)
        used = {id(pick) for pick in (*p, *s)}
        for pick in here:
            if id(pick) in used:
                span, weight = (pick.time, pick.time), worth_of_pick(pick)
            elif any(
                wave_of(pick.phase) == wave_of(better.phase)
                and abs(pick.time - better.time) < SECOND_P_S
                for better in (*p, *s)
            ):
                continue  # another reading of the same arrival
            else:
                span, weight = (pick.time - READING_S, pick.time + READING_S), 0.0
            yield PhaseRow(wave_of(pick.phase), pick.time, *span, weight, event.event_id)
        if p and not s:
            yield from _s_after(event, p[0].time, p[0].time)
        origin = event.origin_time
        if s and not p and origin is not None and origin < s[0].time:
            least_s, most_s = ((s[0].time - origin) / ratio for ratio in (MOST_VP_VS, LEAST_VP_VS))
            span = origin + least_s, origin + most_s
            yield PhaseRow("P", span[0], *span, 0.0, event.event_id)


def _s_after(event: Event, earliest_p: float, latest_p: float) -> Iterator[PhaseRow]:
    """Yield when the S of an event comes whose P comes between two times."""
    origin = event.origin_time
    if origin is not None and event.latitude is not None and origin < earliest_p:
        span = (
            origin + (earliest_p - origin) * LEAST_VP_VS,
            origin + (latest_p - origin) * MOST_VP_VS,
        )
        span = max(span[0], earliest_p + SOONEST_S_S), span[1]
    else:
        span = earliest_p + SOONEST_S_S, latest_p + LATEST_S_AFTER_P_S
    if span[0] < span[1]:
        yield PhaseRow("S", span[0], *span, 0.0, event.event_id)


def _estimated(events: Sequence[Event], arrivals: Arrivals) -> Iterator[PhaseRow]:
    """Yield when arrivals may come that nobody read."""
    times = arrivals.estimated_s, arrivals.earliest_s, arrivals.latest_s
    numbers = arrivals.estimated_events.tolist()
    for number, time, earliest, latest in zip(numbers, *(t.tolist() for t in times), strict=True):
        event = events[number]
        yield PhaseRow("P", time, earliest, latest, 0.0, event.event_id)
        yield from _s_after(event, earliest, latest)
    # where S was read and P was not, S tells more of P than that it comes before
    told = {(event.origin_time, pick.time) for event in events for pick in event.picks}
    for first, last in arrivals.unknown:
        if (first, last) not in told:
            yield PhaseRow("", first, first, last, 0.0, "")


def _without_weight(row: PhaseRow) -> PhaseRow:
    margin_s = READING_S if row.weight else 0.0
    span = row.earliest - margin_s, row.latest + margin_s
    return PhaseRow(row.phase, row.time, *span, 0.0, row.event_id)


def row_cells(stream_file: str, row: PhaseRow) -> tuple[str, ...]:
    """Return the cells of an arrival in arrivals.csv.

    Parameters
    ----------
    stream_file : str
        The station stream, relative to the folder.
    row : PhaseRow
        The arrival.

    Returns
    -------
    tuple of str
        In the order of the header.
    """
    phase, *times, weight, event_id = astuple(row)
    return stream_file, phase, *map(iso, times), f"{weight:.4g}", event_id


def read_arrivals(prep_dir: Path) -> dict[str, list[PhaseRow]]:
    """Return the arrivals of each station stream of a folder of step 1, in order of time.

    Raises DeepQuakeError where the list is missing or, naming the line, malformed.
    """
    path = prep_dir / ARRIVALS_NAME
    if not path.is_file():
        raise DeepQuakeError(f"{path}: no such file; run step1_windows.py again")
    found: dict[str, list[PhaseRow]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        try:
            if tuple(next(reader, ())) != ARRIVALS_HEADER:
                raise ValueError("its header is another")
            for stream_file, phase, time, earliest, latest, weight, event_id in reader:
                span = parse_iso(time), parse_iso(earliest), parse_iso(latest)
                row = PhaseRow(phase, *span, float(weight), event_id)
                if phase not in ("P", "S", "") or not 0 <= row.weight < inf:
                    raise ValueError("its phase or its weight cannot be that")
                found[stream_file].append(row)
        except (ValueError, csv.Error) as error:
            raise DeepQuakeError(
                f"{path}, line {reader.line_num}: is not a row of arrivals ({error}); "
                "run step1_windows.py again"
            ) from None
    return dict(found)
