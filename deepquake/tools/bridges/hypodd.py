"""HypoDD's phase files (.pha), which ph2dt reads, and its list of stations (station.dat).

Columns between blanks, as F. Waldhauser, "hypoDD, a program to compute double-difference
hypocenter locations", USGS Open-File Report 01-113, has them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from deepquake.catalog.events import Event, Pick
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_csv, write_text
from deepquake.core.text import counted, listing, number_of
from deepquake.earth.codes import Name
from deepquake.tools.bridges.arrivals import (
    Conversion,
    calendar,
    placed_stations,
    station_labels,
    with_first_arrivals,
)
from deepquake.tools.bridges.nonlinloc import stations_beside

LONGEST_HYPODD_CODE, LARGEST_ID = 7, 10**9  # of HypoDD's stations; its ids are integers of 32 bits
SHARES_OF_WEIGHTS = 1.0, 0.5, 0.2, 0.1  # of weights 0 to 3, as ncsn2pha writes them
NUMBERS_OF_EVENTS = ("hypodd_id", "event_id")


def write_hypodd(given: Conversion) -> str:
    """Write the events that have a hypocentre, with their travel times of P and S.

    Beside them the stations, where they are listed and, where ids are not such as HypoDD has, the
    numbers that the events got instead.

    Raises DeepQuakeError where no event has a hypocentre and a P or S.
    """
    kept, left_out = [], Counter[str]()
    for event in with_first_arrivals(given):
        if why := _why_no_source(event):
            left_out[why] += 1
        else:
            kept.append(event)
    if left_out:
        said = f"events left out: {counted(left_out, len(left_out))}"
        given.report.skip(given.source, said)
    if not kept:
        raise DeepQuakeError(
            f"{given.source}: HypoDD needs events with a hypocentre and picks of P or S, and none "
            "is; python -m deepquake.tools.associate locates them"
        )
    labels, numbers = station_labels(kept), _numbers_of(kept)
    if long := sorted(label for label in labels.values() if len(label) > LONGEST_HYPODD_CODE):
        said = f"HypoDD has room for {LONGEST_HYPODD_CODE} letters of a station: {listing(long, 6)}"
        given.report.note(given.source, said)
    if given.stations:
        placed = placed_stations(given, kept)
        lines = [
            f"{labels[name]:<7} {s.latitude:.6f} {s.longitude:.6f} {round(s.elevation_m)}\n"
            for name, s in placed.items()
        ]
        write_text(stations_beside(given), "".join(lines))
    if any(str(number) != event.event_id for event, number in zip(kept, numbers, strict=True)):
        rows = [(n, event.event_id) for n, event in zip(numbers, kept, strict=True)]
        beside = given.path.with_name(f"{given.path.stem}_ids.csv")
        write_csv(beside, NUMBERS_OF_EVENTS, rows)
        said = f"HypoDD's ids are whole numbers: {beside.name} tells that of each event"
        given.report.note(given.source, said)
    of_events = zip(kept, numbers, strict=True)
    blocks = ["".join(_source_lines(event, n, labels)) for event, n in of_events]
    write_text(given.path, "".join(blocks))
    n_picks = sum(len(event.picks) for event in kept)
    return f"{number_of(len(kept), 'event')}, {number_of(n_picks, 'pick')} of P and S"


def _why_no_source(event: Event) -> str:
    if event.origin_time is None or event.latitude is None or event.longitude is None:
        return "without an origin"
    if event.depth_km is None:
        return "without a depth"
    return "" if event.picks else "without a P or S"


def _numbers_of(events: Sequence[Event]) -> list[int]:
    """Return the ids where all are such as HypoDD has, else 1, 2 ..."""
    ids = [event.event_id for event in events]
    if all(i.isascii() and i.isdecimal() and i == str(int(i)) and int(i) < LARGEST_ID for i in ids):
        return [int(i) for i in ids]
    return list(range(1, len(ids) + 1))


def _source_lines(event: Event, number: int, labels: dict[Name, str]) -> Iterator[str]:
    origin_s = round(event.origin_time or 0.0, 3)
    date, clock, second = calendar(origin_s)
    magnitude = event.magnitudes[0].value if event.magnitudes else 0.0
    yield (
        f"# {date[:4]} {int(date[4:6]):2d} {int(date[6:]):2d} {int(clock[:2]):2d} "
        f"{int(clock[2:]):2d} {second:6.3f} {event.latitude:9.5f} {event.longitude:10.5f} "
        f"{event.depth_km:7.3f} {magnitude:5.2f} 0.0 0.0 0.0 {number}\n"
    )
    for pick in event.picks:
        label = labels[pick.network, pick.station]
        yield f"{label:<7} {pick.time - origin_s:8.3f} {_share_of(pick):6.3f} {pick.phase}\n"


def _share_of(pick: Pick) -> float:
    """Return the weight from 0 to 1: a score where there is one and the weight is full."""
    if pick.score is not None and not pick.weight:
        return max(pick.score, 0.001)  # 0 is not used
    return SHARES_OF_WEIGHTS[min(pick.weight, len(SHARES_OF_WEIGHTS) - 1)]
