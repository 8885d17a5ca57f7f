"""Tables of picks and events: PhaseNet's, QuakeFlow's, and what GaMMA and PyOcto take."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from deepquake.catalog.events import Event, Pick, score_of, sensor_of
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_csv
from deepquake.core.text import number_of
from deepquake.core.times import iso
from deepquake.tools.bridges.arrivals import Conversion, placed_stations, with_first_arrivals

PICKS_NAME, STATIONS_NAME, CATALOGUE_NAME = "picks.csv", "stations.csv", "catalog.csv"
SENSOR_COLUMNS = "location", "channel"  # PyOcto gives them back
PHASENET_COLUMNS = (
    *("station_id", "phase_time", "phase_type", "phase_score", "phase_uncertainty_s"),
    "evaluation_mode",
)
# Where both stand step 0 knows an event by its id, and by the first of the two.
OF_WHICH_EVENT = "event_id", "event_index"
QUAKEFLOW_PICKS = (*PHASENET_COLUMNS, *OF_WHICH_EVENT)
QUAKEFLOW_EVENTS = (
    *(*OF_WHICH_EVENT, "time", "latitude", "longitude", "depth_km"),
    *("magnitude", "magnitude_type"),
)
PYOCTO_PICKS = ("station", "phase", "time", "probability", *SENSOR_COLUMNS)
GAMMA_PICKS = ("id", "type", "timestamp", "prob", *SENSOR_COLUMNS)
EXPORTED_STATION = "id", "latitude", "longitude", "elevation"  # degrees, metres above sea level
INDEX_OF_NONE = -1  # the event_index of a pick that is of none


def write_phasenet(given: Conversion) -> str:
    """Write the picks of P and S as PhaseNet does."""
    picks = [pick for event in with_first_arrivals(given) for pick in event.picks]
    write_csv(given.path, PHASENET_COLUMNS, sorted(map(_phasenet_row, picks), key=itemgetter(1, 0)))
    return f"{number_of(len(picks), 'pick')} of P and S"


def write_quakeflow(given: Conversion) -> str:
    """Write a folder as QuakeFlow does: the events, and the picks of P and S with their event."""
    rows, table = list[tuple[object, ...]](), list[tuple[object, ...]]()
    for event in with_first_arrivals(given):
        index = INDEX_OF_NONE if event.loose else len(table)
        event_id = "" if event.loose else event.event_id
        rows += [(*_phasenet_row(pick), event_id, index) for pick in event.picks]
        if not event.loose:
            table.append((event_id, index, *_quakeflow_row(event)))
    write_csv(given.path / CATALOGUE_NAME, QUAKEFLOW_EVENTS, table)
    write_csv(given.path / PICKS_NAME, QUAKEFLOW_PICKS, sorted(rows, key=itemgetter(1, 0)))
    return f"{number_of(len(table), 'event')}, {number_of(len(rows), 'pick')} of P and S"


def write_gamma(given: Conversion) -> str:
    """Write a folder with the picks and stations that GaMMA takes.

    Raises DeepQuakeError where no station with a pick is in the list.
    """
    return _write_to_associate(given, GAMMA_PICKS, _naive)


def write_pyocto(given: Conversion) -> str:
    """Write a folder with the picks, timed in seconds since 1970, and stations that PyOcto takes.

    Raises DeepQuakeError where no station with a pick is in the list.
    """
    return _write_to_associate(given, PYOCTO_PICKS, "{:.6f}".format)


def _write_to_associate(
    given: Conversion, columns: Sequence[str], written_time: Callable[[float], str]
) -> str:
    picks = _with_stations(given)
    rows = (
        (
            *(_code_with_network(p), p.phase, written_time(p.time), f"{score_of(p):.6f}"),
            *(p.location, sensor_of(p)),
        )
        for p in picks
    )
    write_csv(given.path / PICKS_NAME, columns, rows)
    return number_of(len(picks), "pick")


def _with_stations(given: Conversion) -> list[Pick]:
    """Write the list of stations, and return the picks at these in order of time."""
    if not given.stations:
        raise DeepQuakeError(f"{given.source}: no list of stations beside it: --stations_path")
    events = with_first_arrivals(given)
    placed = placed_stations(given, events)
    if not placed:
        raise DeepQuakeError(f"{given.source}: no pick is of a station whose place is known")
    rows = (
        (
            ".".join(filter(None, (network, code))),
            *(f"{place.latitude:.6f}", f"{place.longitude:.6f}"),
            f"{place.elevation_m:.1f}",
        )
        for (network, code), place in placed.items()
    )
    write_csv(given.path / STATIONS_NAME, EXPORTED_STATION, rows)
    picks = _all_picks(events)
    known = [pick for pick in picks if (pick.network, pick.station) in placed]
    if left := len(picks) - len(known):
        said = f"picks left out: {left} of stations that are not in the list"
        given.report.skip(given.source, said)
    return known


def _all_picks(events: Iterable[Event]) -> list[Pick]:
    return sorted(
        (pick for event in events for pick in event.picks),
        key=lambda p: (p.time, p.network, p.station, p.phase),
    )


def _code_with_network(pick: Pick) -> str:
    return ".".join(filter(None, (pick.network, pick.station)))


def _naive(time_s: float) -> str:
    """Return a time as programs write it that know of no zone but UTC."""
    return iso(time_s).removesuffix("Z")


def _phasenet_row(pick: Pick) -> tuple[str, ...]:
    return (
        f"{pick.network}.{pick.station}.{pick.location}.{sensor_of(pick)}",
        _naive(pick.time),
        pick.phase,
        f"{score_of(pick):.6f}",
        "" if pick.uncertainty_s is None else f"{pick.uncertainty_s:.3f}",
        "automatic" if pick.automatic else "manual",
    )


def _quakeflow_row(event: Event) -> Sequence[str]:
    place = (event.latitude, 5), (event.longitude, 5), (event.depth_km, 3)
    magnitude = event.magnitudes[0] if event.magnitudes else None
    return (
        "" if event.origin_time is None else _naive(event.origin_time),
        *("" if value is None else f"{value:.{decimals}f}" for value, decimals in place),
        "" if magnitude is None else f"{magnitude.value:.2f}",
        "" if magnitude is None else magnitude.kind,
    )
