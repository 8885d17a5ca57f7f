"""NonLinLoc's phase files (.obs), a block an event, and the stations as its control file has them.

The columns are those of A. Lomax's "NonLinLoc, format of the NLLoc hypocenter-phase file".
"""

from collections.abc import Iterator
from operator import attrgetter

from deepquake.catalog.events import Event, Pick
from deepquake.core.files import write_text
from deepquake.core.text import number_of
from deepquake.earth.codes import Name
from deepquake.tools.bridges.arrivals import (
    Conversion,
    calendar,
    placed_stations,
    station_labels,
    weight_of_location,
)

NOT_TOLD_NLL = "?"
# Deviation (s) of picks whose uncertainty nobody tells, by their weights 0 to 4: LOCQUAL2ERR of
# NonLinLoc's sample control file. The last is of what is not to be used.
ERRORS_OF_WEIGHTS_S = 0.1, 0.5, 1.0, 2.0, 99999.9
NO_CODA = "-1.00e+00 -1.00e+00 -1.00e+00"  # neither coda, amplitude nor period
METRES_IN_KM = 1000.0


def write_nonlinloc(given: Conversion) -> str:
    """Write all picks of all events, and the stations beside them where they are listed."""
    events = [event for event in given.events if event.picks]
    if empty := len(given.events) - len(events):
        said = f"events left out: {empty} without a pick"
        given.report.skip(given.source, said)
    labels = station_labels(events)
    blocks = ["\n".join(_block(event, labels)) + "\n" for event in events]
    if given.stations:
        placed = placed_stations(given, events)
        lines = [
            f"GTSRCE {labels[name]:<6} LATLON {s.latitude:.6f} {s.longitude:.6f} 0.0 "
            f"{s.elevation_m / METRES_IN_KM:.4f}\n"
            for name, s in placed.items()
        ]
        write_text(stations_beside(given), "".join(lines))
    write_text(given.path, "\n".join(blocks))
    n_picks = sum(len(event.picks) for event in events)
    return f"{number_of(len(events), 'event')}, {number_of(n_picks, 'pick')}"


def stations_beside(given: Conversion) -> str:
    """Return the path of the stations that belong to a file of phases."""
    return str(given.path.with_name(f"{given.path.stem}_stations.txt"))


def _block(event: Event, labels: dict[Name, str]) -> Iterator[str]:
    yield f"PUBLIC_ID {_in_one_word(event.event_id)}"
    for pick in sorted(event.picks, key=attrgetter("time", "network", "station", "phase")):
        yield _phase_line(pick, labels[pick.network, pick.station])


def _phase_line(pick: Pick, label: str) -> str:
    date, clock, second = calendar(round(pick.time, 4))
    weight = weight_of_location(pick)
    error_s = ERRORS_OF_WEIGHTS_S[weight]
    if pick.uncertainty_s is not None and error_s != ERRORS_OF_WEIGHTS_S[-1]:
        error_s = pick.uncertainty_s
    return (
        f"{_in_one_word(label):<6} {NOT_TOLD_NLL:<4} {_in_one_word(pick.channel):<4} "
        f"{_in_one_word(pick.onset)} {_in_one_word(pick.phase):<6} {_in_one_word(pick.polarity)} "
        f"{date} {clock} {second:8.4f} GAU {error_s:9.2e} {NO_CODA}"
    )


def _in_one_word(text: str) -> str:
    return "".join(text.split()) or NOT_TOLD_NLL
