"""What locations are computed from: P and S of an event, each once at a station."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from operator import attrgetter
from pathlib import Path

from deepquake.catalog.events import CLOCK_OFF, DO_NOT_USE, Event, Pick, p_readings, wave_of
from deepquake.core.report import Report
from deepquake.core.text import counted
from deepquake.core.times import iso
from deepquake.earth.codes import Name
from deepquake.earth.stations import Station, station_of


@dataclass(frozen=True)
class Conversion:
    """What is to be written, and where: a file or, of some formats, a folder."""

    events: Sequence[Event]  # in order of time, each with an id of its own
    stations: Sequence[Station]  # those listed, none where there is no list
    source: Path  # where all is from, for the report
    path: Path
    report: Report


def with_first_arrivals(given: Conversion) -> list[Event]:
    """Return the events with their picks of P and S alone, each once at a station.

    Of several readings that stays from which steps 1 and 2 learn. Phases are called P and S.
    Picks of weight 4, and of 9 (the clock is not trusted), are left out; the report is told.
    """
    left_out: Counter[str] = Counter()
    events = []
    for event in given.events:
        readings: dict[tuple[str, str, str], list[Pick]] = {}
        for pick in event.picks:
            wave = wave_of(pick.phase)
            if not wave:
                left_out["of phases other than P and S"] += 1
            elif pick.weight in (DO_NOT_USE, CLOCK_OFF):
                left_out[f"of weight {pick.weight}"] += 1
            else:
                readings.setdefault((pick.network, pick.station, wave), []).append(pick)
        picks = []
        for (_, _, wave), of_one in readings.items():
            best, others = p_readings(of_one)
            left_out["that are another reading of an arrival"] += len(others)
            picks += [replace(pick, phase=wave) for pick in best]
        picks.sort(key=attrgetter("time", "network", "station", "phase"))
        events.append(replace(event, picks=picks))
    left_out += Counter()  # without those of 0
    if left_out:
        given.report.note(given.source, f"picks left out: {counted(left_out, len(left_out))}")
    return events


def weight_of_location(pick: Pick) -> int:
    """Return the weight, 0 to 4, of a pick in a location; a score counts where all weigh alike.

    The share of weights 0 to 3 (1, 3/4, 1/2 or 1/4) is the nearest to the score.
    """
    if pick.weight or pick.score is None:
        return min(pick.weight, DO_NOT_USE)
    return min(DO_NOT_USE - 1, max(0, ceil(4 * (1 - pick.score) - 0.5)))


def station_labels(events: Iterable[Event]) -> dict[Name, str]:
    """Return what each station with a pick is called where there is no room for networks.

    That is its code or, where several networks have a station of this code, NET.STA.
    """
    names = sorted({(pick.network, pick.station) for event in events for pick in event.picks})
    shared = Counter(code for _, code in names)
    return {
        (network, code): f"{network}.{code}" if network and shared[code] > 1 else code
        for network, code in names
    }


def placed_stations(given: Conversion, events: Iterable[Event]) -> dict[Name, Station]:
    """Return the stations with a pick whose places are known, in order of network and code.

    Parameters
    ----------
    given : Conversion
        Its report is told which are missing, and which have moved (the first place is taken).
    events : iterable of Event
        Whose picks count.
    """
    by_code: dict[str, list[Station]] = defaultdict(list)
    for station in given.stations:
        by_code[station.code].append(station)
    found: dict[Name, Station] = {}
    moved, missing = set[str](), Counter[str]()
    for event in events:
        for pick in event.picks:
            name = pick.network, pick.station
            place = station_of(by_code.get(pick.station, ()), *name, pick.time)
            if place is None:
                missing[".".join(filter(None, name))] += 1
            elif found.setdefault(name, place) is not place:
                moved.add(".".join(filter(None, name)))
    if missing:
        said = f"stations that are not in the list, with their picks: {counted(missing, 6)}"
        given.report.note(given.source, said)
    for station_name in sorted(moved):
        said = f"station {station_name} has moved: the program is given its first place"
        given.report.note(given.source, said)
    return dict(sorted(found.items()))


def calendar(time_s: float) -> tuple[str, str, float]:
    """Return YYYYMMDD, hhmm and the seconds of a time that was brought to ms or better."""
    text = iso(time_s)
    return text[:10].replace("-", ""), text[11:13] + text[14:16], float(text[17:].rstrip("Z"))
