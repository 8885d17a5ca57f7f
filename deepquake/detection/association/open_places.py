"""Events whose arrivals leave open where they were: told so, without a place that means nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from deepquake.detection.association.associating import with_ids
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import StationName
from deepquake.earth.location.hypocentre import Hypocentre
from deepquake.earth.location.networks import networks_of, width_km
from deepquake.earth.stations import Station, station_of

# a place is open where its circle of error is wider than the network, and than this
LEAST_OPEN_KM = 10.0


def with_open_places_told(
    events: Sequence[DetectedEvent], stations: Sequence[Station], recorded: Iterable[StationName]
) -> list[DetectedEvent]:
    """Return events, those whose arrivals leave the place open as such that are not located.

    Parameters
    ----------
    events : sequence of DetectedEvent
        As they were associated and located.
    stations : sequence of Station
        Those whose places are known.
    recorded : iterable of (network, station)
        Those that recorded.

    Returns
    -------
    list of DetectedEvent
        In order of time, with ids.
    """
    standing = {station_of(stations, *name) for name in recorded}
    known = sorted(filter(None, standing), key=lambda s: (s.network, s.code))
    wide_km = {s: width_km(network) for network in networks_of(known) for s in network}
    told = []
    for event in events:
        own = (station_of(stations, a.network, a.station) for a in event.arrivals)
        most_km = max((wide_km[s] for s in own if s in wide_km), default=0.0)
        told.append(_told(event, event.origin, max(most_km, LEAST_OPEN_KM)))
    return with_ids(sorted(told, key=lambda event: event.time_s))


def _told(event: DetectedEvent, origin: Hypocentre | None, most_km: float) -> DetectedEvent:
    if origin is None or 2 * origin.horizontal_error_km <= most_km:
        return event
    why = f"its arrivals leave the place open: {most_km:.2g} km and more"
    return replace(event, origin=None, fits=(), why_not_located=why)
