"""What goes wrong in a catalogue or a station list, done to good ones at random from a seed."""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Pick, is_p
from deepquake.catalog.nordic.writer import event_lines
from deepquake.core.files import write_csv, write_text
from deepquake.core.times import iso
from deepquake.earth.geo import KM_PER_DEGREE

SEEN_S = 2.0  # picks shifted by less are not told from good ones
SURELY_SEEN_S = 4.0  # at any distance, and of P and S
HOUR_S = 3600.0
Place = tuple[float, float, float]  # latitude, longitude, metres above sea level


@dataclass
class Faulty:
    """A catalogue and a station list with faults, and what of them has to be said."""

    events: list[Event]
    stations: dict[str, Place]
    draw: Random
    shifted: dict[tuple[str, float], float] = field(default_factory=dict)  # P read: by how much, s
    to_say: list[str] = field(default_factory=list)  # expressions that the report has to match
    to_name: list[Pick] = field(default_factory=list)  # whose stations it has to name
    status: dict[str, str] = field(default_factory=dict)  # of events, by id

    def expected(self) -> set[str]:
        """Return expressions that the report has to match: no more of picks that are gone."""
        names = {id(pick): _code_of(pick) for pick in self.to_name}
        picks = ((event, pick) for event in self.events for pick in event.picks)
        early = "before the origin"  # which is said with the line of the pick
        return {*self.to_say} | {
            f"{names[id(pick)]}|{early}" if pick.time < event.origin_time else names[id(pick)]
            for event, pick in picks
            if id(pick) in names
        }

    def some(self, share: float) -> list[Event]:
        """Return that share of the events that have picks, one at the least."""
        picked = [event for event in self.events if event.picks and not self.status_of(event)]
        return self.draw.sample(picked, max(1, round(share * len(picked))))

    def status_of(self, event: Event) -> str:
        """Return what the catalogue says of an event that was none."""
        return self.status.get(event.event_id, "")

    def some_picks(self, share: float) -> list[Pick]:
        """Return that share of all picks, one at the least."""
        picks = [pick for event in self.events for pick in event.picks]
        return self.draw.sample(picks, max(1, round(share * len(picks))))

    def hours(self) -> float:
        """Return the offset of some local time, in seconds."""
        return self.draw.choice([-6.0, -5.0, -4.0, 1.0, 2.0, 5.5, 8.0]) * HOUR_S

    def shift(self, pick: Pick, by_s: float) -> None:
        """Let a pick be read too late, or too early."""
        pick.time = round(pick.time + by_s, 3)
        if is_p(pick.phase):
            self.shifted[pick.station, pick.time] = by_s


def _code_of(pick: Pick) -> str:
    return pick.station.upper().removeprefix("XX.")


def shifted_picks(faulty: Faulty) -> None:
    """Shift one pick in twelve by 0.1 to 3600 s."""
    for pick in faulty.some_picks(1 / 12):
        sign = faulty.draw.choice([-1, 1])
        by_s = sign * 10 ** faulty.draw.uniform(-1, math.log10(3600))
        faulty.shift(pick, by_s)
        if is_p(pick.phase) and abs(by_s) > SURELY_SEEN_S:
            faulty.to_name.append(pick)


def minute_slips(faulty: Faulty) -> None:
    """Shift a pick of every sixth event by a minute or ten."""
    for event in faulty.some(1 / 6):
        pick = faulty.draw.choice(event.picks)
        faulty.shift(pick, faulty.draw.choice([-60, 60, 600]))
        faulty.to_name.append(pick)


def _swap(faulty: Faulty, event: Event, station: str) -> None:
    here = [pick for pick in event.picks if pick.station == station]
    times = {pick.phase: pick.time for pick in here}
    if len(times) == 2:
        for pick in here:
            pick.phase = "S" if pick.phase == "P" else "P"
            if pick.phase == "P":
                late_s = times["S"] - times["P"]
                faulty.shifted[station, pick.time] = late_s
                if late_s > SURELY_SEEN_S:
                    faulty.to_name.append(pick)


def swapped_phases(faulty: Faulty) -> None:
    """Call P what is S, and S what is P, at one station of every fifth event."""
    for event in faulty.some(1 / 5):
        _swap(faulty, event, faulty.draw.choice(event.picks).station)


def swapped_at_a_station(faulty: Faulty) -> None:
    """Call P what is S, and S what is P, at one station all the time."""
    station = faulty.draw.choice(list(faulty.stations))
    for event in faulty.events:
        _swap(faulty, event, station)


def only_s_as_p(faulty: Faulty) -> None:
    """Have no P at one station, and call its S a P."""
    station = faulty.draw.choice(list(faulty.stations))
    swapped_at = {id(event): {pick.phase for pick in event.picks} for event in faulty.events}
    for event in faulty.events:
        if swapped_at[id(event)]:
            _swap(faulty, event, station)
            event.picks = [k for k in event.picks if (k.station, k.phase) != (station, "S")]


def dropped_picks(faulty: Faulty) -> None:
    """Lose a quarter of the picks."""
    gone = {id(pick) for pick in faulty.some_picks(1 / 4)}
    for event in faulty.events:
        event.picks = [pick for pick in event.picks if id(pick) not in gone]


def dropped_stations(faulty: Faulty) -> None:
    """Lose every pick of three stations."""
    gone = faulty.draw.sample(list(faulty.stations), 3)
    for event in faulty.events:
        event.picks = [pick for pick in event.picks if pick.station not in gone]


def moved_station(faulty: Faulty) -> None:
    """Move a station by 25 to 3000 km."""
    code = faulty.draw.choice(list(faulty.stations))
    latitude, longitude, up_m = faulty.stations[code]
    away = 10 ** faulty.draw.uniform(math.log10(25), math.log10(3000)) / KM_PER_DEGREE
    angle = faulty.draw.uniform(0, 2 * math.pi)
    latitude -= away * abs(math.cos(angle))
    faulty.stations[code] = latitude, longitude + away * math.sin(angle), up_m
    faulty.to_say.append(code)


def _replace_stations(faulty: Faulty, share_all: bool, place: Callable[[Place], Place]) -> None:
    codes = list(faulty.stations)
    for code in codes if share_all else faulty.draw.sample(codes, 1):
        faulty.stations[code] = place(faulty.stations[code])
        faulty.to_say.append(code)


def exchanged_station(faulty: Faulty) -> None:
    """Exchange latitude and longitude of a station, or of all."""
    every = faulty.draw.random() < 0.5
    _replace_stations(faulty, every, lambda place: (place[1], place[0], place[2]))


def mirrored_station(faulty: Faulty) -> None:
    """Put a station, or all, into another hemisphere."""
    every, south = faulty.draw.random() < 0.5, faulty.draw.random() < 0.5
    signs = (-1, 1) if south else (1, -1)
    _replace_stations(
        faulty, every, lambda place: (signs[0] * place[0], signs[1] * place[1], place[2])
    )


def zero_stations(faulty: Faulty) -> None:
    """Put a station, or all, at latitude and longitude 0."""
    _replace_stations(faulty, faulty.draw.random() < 0.5, lambda _: (0.0, 0.0, 0.0))


def depths_in_metres(faulty: Faulty) -> None:
    """Give all depths in metres."""
    for event in faulty.events:
        event.depth_km = round(1000 * event.depth_km) if event.depth_km is not None else None
    faulty.to_say.append(r"metres")


def local_origins(faulty: Faulty) -> None:
    """Give the origin times of all events in local time, the picks in UTC."""
    by_s = faulty.hours()
    for event in faulty.events:
        event.origin_time += by_s
    faulty.to_say.append(r"hours?|local|time zone")


def local_picks(faulty: Faulty) -> None:
    """Give all picks in local time, the origin times in UTC."""
    by_s = faulty.hours()
    for event in faulty.events:
        for pick in event.picks:
            faulty.shift(pick, by_s)
    faulty.to_say.append(r"hours?|local|time zone")


def local_origins_of_some(faulty: Faulty) -> None:
    """Give the origin times of every tenth event in local time."""
    by_s = faulty.hours()
    for event in faulty.some(1 / 10):
        event.origin_time += by_s
        faulty.to_say.append(event.event_id)


def local_events(faulty: Faulty) -> None:
    """Give origin and picks of every tenth event in local time."""
    by_s = faulty.hours()
    for event in faulty.some(1 / 10):
        event.origin_time += by_s
        for pick in event.picks:
            pick.time += by_s
            faulty.shifted[pick.station, pick.time] = by_s


def told_twice(faulty: Faulty) -> None:
    """Tell every third event again: another agency, another origin, no picks or automatic ones."""
    for event in faulty.some(1 / 3):
        again = deepcopy(event)
        again.event_id, again.agency = f"ems{event.event_id[-6:]}", "EMS"
        again.origin_time += faulty.draw.uniform(-0.9, 0.9)
        if again.latitude is not None:
            again.latitude += faulty.draw.uniform(-0.03, 0.03)
        if faulty.draw.random() < 0.5:
            again.picks = []
        for pick in again.picks:
            pick.time = round(pick.time + faulty.draw.uniform(-0.3, 0.3), 3)
            pick.automatic = True
        faulty.events.append(again)
    faulty.to_say.append("same|again|twice|merged|also")


def automatic_beside(faulty: Faulty) -> None:
    """Put an automatic reading, up to 6 s off, beside every third P."""
    for event in faulty.events:
        for pick in [pick for pick in event.picks if is_p(pick.phase)]:
            if faulty.draw.random() < 1 / 3:
                other = replace(pick, automatic=True, weight=0)
                other.time = round(pick.time + faulty.draw.uniform(-6, 6), 3)
                other.score = round(faulty.draw.uniform(0.4, 1), 2)
                event.picks.append(other)


def low_scores(faulty: Faulty) -> None:
    """Add automatic P with scores below 0.3, at stations whose P nobody read and elsewhere."""
    for event in faulty.some(1 / 2):
        station = faulty.draw.choice(list(faulty.stations))
        time = round(event.origin_time + faulty.draw.uniform(-20, 80), 3)
        score = round(faulty.draw.uniform(0.01, 0.29), 2)
        event.picks.append(Pick(station, "P", time, automatic=True, score=score))


def zero_locations(faulty: Faulty) -> None:
    """Put every fifth event at 0, 0, 0."""
    for event in faulty.some(1 / 5):
        event.latitude = event.longitude = event.depth_km = 0.0
    faulty.to_say.append("0")


def no_depths(faulty: Faulty) -> None:
    """Lose the depth of every third event."""
    for event in faulty.some(1 / 3):
        event.depth_km = None


def no_locations(faulty: Faulty) -> None:
    """Lose the location of every fifth event."""
    for event in faulty.some(1 / 5):
        event.latitude = event.longitude = event.depth_km = None


def deleted_events(faulty: Faulty) -> None:
    """Add events that the catalogue calls not existing, with P in the records of others."""
    for event in faulty.some(1 / 6):
        ghost = deepcopy(event)
        ghost.event_id, ghost.origin_time = f"ghost{event.event_id}", event.origin_time + 70
        if ghost.latitude is not None:
            ghost.latitude += 1.5
        for pick in ghost.picks:
            pick.time += 70
        faulty.status[ghost.event_id] = faulty.draw.choice(["deleted", "rejected", "not existing"])
        faulty.events.append(ghost)
    faulty.to_say.append("deleted|rejected|not existing")


def other_codes(faulty: Faulty) -> None:
    """Write station codes in small letters, with blanks, or with another network's code."""
    how = faulty.draw.randrange(3)
    for event in faulty.events:
        for pick in event.picks:
            if how == 0:
                pick.station = pick.station.lower()
            elif how == 1:
                pick.network = "YY"
            else:
                pick.station = f"XX.{pick.station}"
    if how == 1:
        faulty.to_say.append("YY")


OF_PICKS = (
    *(shifted_picks, minute_slips, swapped_phases, swapped_at_a_station, only_s_as_p),
    *(automatic_beside, low_scores),
)
OF_STATIONS = (moved_station, exchanged_station, mirrored_station, zero_stations)
OF_ORIGINS = (
    *(local_origins, local_picks, local_origins_of_some, local_events),
    *(zero_locations, no_locations),
)
OTHERS = (
    *(dropped_picks, dropped_stations, depths_in_metres, told_twice, no_depths, deleted_events),
    other_codes,
)
FAULTS = (*OF_PICKS, *OF_STATIONS, *OF_ORIGINS, *OTHERS)
IN_TABLES = {depths_in_metres, deleted_events}  # no other form can say it
NOT_NORDIC = {
    *(local_origins, local_picks, local_origins_of_some, low_scores, automatic_beside, other_codes)
}


def some_faults(draw: Random) -> list[Callable[[Faulty], None]]:
    """Return three faults of which none hides another.

    A pick is judged by the place of its station and by the origin of its event, and these by the
    picks: faults of one of the three alone can be told. Nor can those of picks be told where half
    of the stations or the depths are lost, nor that of a station without picks.
    """
    kind = draw.choice((OF_PICKS, OF_STATIONS, OF_ORIGINS))
    count = draw.choice((1, 2)) if kind is OF_PICKS else 1
    hiding = {OF_PICKS: (dropped_stations, no_depths), OF_STATIONS: (dropped_stations,)}
    others = [fault for fault in OTHERS if fault not in hiding.get(kind, ())]
    chosen = [*draw.sample(kind, count), *draw.sample(others, 3 - count)]
    draw.shuffle(chosen)
    return chosen


def write_faulty(faulty: Faulty, folder: Path, form: str) -> tuple[Path, Path]:
    """Write the catalogue as catalog.json, as tables or as s-files, and the stations."""
    rows = [(code, *map(repr, place)) for code, place in faulty.stations.items()]
    header = "code", "latitude", "longitude", "elevation_m"
    write_csv(folder / "stations.csv", header, rows)
    catalog = folder / "catalogue"
    if form == "json":
        write_catalog_json(catalog / "catalog.json", faulty.events)
    elif form == "nordic":
        for number, event in enumerate(faulty.events):
            text = "\n".join([*event_lines(event), "", ""])
            write_text(catalog / f"{number:03d}.S202303", text)
    else:
        _write_tables(faulty, catalog)
    return catalog, folder / "stations.csv"


def _write_tables(faulty: Faulty, folder: Path) -> None:
    events = [
        (e.event_id, iso(e.origin_time), e.latitude, e.longitude, e.depth_km, e.agency)
        + (faulty.status.get(e.event_id, "earthquake"),)
        for e in faulty.events
    ]
    texts = [["" if cell is None else cell for cell in row] for row in events]
    header = "event_id", "origin_time", "latitude", "longitude", "depth", "agency", "event_type"
    write_csv(folder / "events.csv", header, texts)
    picks = [
        (e.event_id, p.network, p.station, p.phase, iso(p.time), p.weight)
        + ("automatic" if p.automatic else "manual", "" if p.score is None else p.score)
        for e in faulty.events
        for p in e.picks
    ]
    header = "event_id", "network", "station", "phase", "time", "weight", "mode", "score"
    write_csv(folder / "picks.csv", header, picks)
