"""Where the stations of picks stand, by code: what tells picks without events apart."""

from collections.abc import Iterable
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.stations import Station, find_stations_file, read_stations


def find_places(
    catalogue: Path, settings: ArrivalSettings, report: Report
) -> dict[str, tuple[float, float]]:
    """Return the places in ``stations_path``, or in the list that is beside a catalogue, or none.

    Parameters
    ----------
    catalogue : Path
        File or folder of picks.
    settings : ArrivalSettings
        Where the list of stations is.
    report : Report
        Is told of a list that was found there but can't be read, and of what is odd in it.

    Returns
    -------
    dict
        As ``places_by_code`` does.

    Raises
    ------
    DeepQuakeError
        Where ``stations_path`` can't be read.
    """
    given = settings.stations_path
    path = Path(given) if given else find_stations_file(catalogue)
    if path is None:
        return {}
    try:
        # the unit of elevations is of no matter here
        stations = read_stations(path, settings.elevation_positive, report, elevation_unit="m")
        return places_by_code(stations)
    except DeepQuakeError as error:
        if given:
            raise
        report.note(path, f"is not used to tell picks apart: {error}")
        return {}


def places_by_code(stations: Iterable[Station]) -> dict[str, tuple[float, float]]:
    """Return latitude and longitude of stations, each by ``NET.STA`` and by ``STA``."""
    places: dict[str, tuple[float, float]] = {}
    for station in stations:
        place = station.latitude, station.longitude
        places.setdefault(f"{station.network}.{station.code}", place)
        places.setdefault(station.code, place)
    return places
