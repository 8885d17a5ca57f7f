"""Which stations can see the same events: those of a network, not those of another continent."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from deepquake.core.report import Report
from deepquake.core.text import listing, number_of
from deepquake.earth.codes import Name
from deepquake.earth.geo import distance_km
from deepquake.earth.stations import Station, station_of

APART_KM = 500.0  # no small event is seen on both sides of so wide a gap
SAME_PLACE_KM = 0.05  # sensors of one site, which say nothing of where an event is
FAR_NAMED = 10
LEAST_PLACES = 3  # two leave two places of an event


def networks_of(stations: Sequence[Station]) -> list[list[Station]]:
    """Return the networks that can locate events: stations that no wide gap parts.

    Where each is too few, all of them together are one, if they are enough.
    """
    near = [group for group in _linked(stations, APART_KM) if n_places(group) >= LEAST_PLACES]
    return near or [list(stations)] * (n_places(stations) >= LEAST_PLACES)


def n_places(stations: Sequence[Station]) -> int:
    """Return at how many places stations are."""
    return len(_linked(stations, SAME_PLACE_KM))


def width_km(stations: Sequence[Station]) -> float:
    """Return the greatest distance between two stations; 0 without any."""
    latitudes, longitudes = (
        np.array([(s.latitude, s.longitude) for s in stations], float).reshape(-1, 2).T
    )
    apart_km = distance_km(latitudes[:, None], longitudes[:, None], lat2=latitudes, lon2=longitudes)
    return float(np.max(apart_km, initial=0.0))


def tell_far_stations(
    stations: Sequence[Station], recorded: Collection[Name], report: Report, path: Path
) -> None:
    """Note stations that are too far from all others to locate an event with them.

    Parameters
    ----------
    stations : sequence of Station
        Those whose places are known.
    recorded : collection of tuple of str
        Network and code of those that have records or arrivals.
    report : Report
        Is told.
    path : Path
        Where these are.
    """
    standing = {station_of(stations, *name) for name in recorded}
    known = sorted(filter(None, standing), key=lambda s: (s.network, s.code))
    networks = networks_of(known)
    far = [s for s in known if not any(s in network for network in networks)]
    if networks and far:
        names = [".".join(filter(None, (s.network, s.code))) for s in far]
        report.note(
            path,
            f"{number_of(len(far), 'station')} more than {APART_KM:.0f} km from the others, of "
            f"no use for locations (is the place right?): {listing(names, FAR_NAMED)}",
        )


def _linked(stations: Sequence[Station], within_km: float) -> list[list[Station]]:
    from scipy.sparse.csgraph import connected_components  # slow to import

    if not stations:
        return []
    latitudes, longitudes = np.array([(s.latitude, s.longitude) for s in stations]).T
    apart_km = distance_km(
        lat1=latitudes[:, None], lon1=longitudes[:, None], lat2=latitudes, lon2=longitudes
    )
    n_groups, group = connected_components(apart_km <= within_km, directed=False)
    return [[stations[i] for i in np.flatnonzero(group == g).tolist()] for g in range(n_groups)]
