"""Depths in metres where km are meant, told by all events of a file together."""

from collections.abc import Sequence

from deepquake.catalog.events import POSSIBLE_DEPTHS_KM, Event, is_located, is_p

FEWEST = 3  # events: fewer may as well be slips
DEEPER_KM = 300.0  # deeper earthquakes happen in the zones below alone ...
# ... given as south, north, west, east, generously drawn around the earthquakes deeper than that
# in Frohlich, Deep Earthquakes (Cambridge, 2006); longitudes from 0 to 360.
DEEP_ZONES = (
    (-50.0, 60.0, 90.0, 210.0),  # west of the Pacific: the Aleutians to Java and New Zealand
    (-40.0, 3.0, 275.0, 310.0),  # South America, Colombia to Argentina
    (37.0, 41.5, 10.0, 17.5),  # Tyrrhenian Sea
    (36.0, 38.5, 354.0, 359.0),  # Granada
    (33.0, 40.0, 66.0, 76.0),  # Hindu Kush and Pamir
    (-63.0, -53.0, 325.0, 342.0),  # South Sandwich Islands
)
FASTEST_P_KM_S = 12.0  # no P is faster above 1000 km (IASP91: 11.5 km/s there)


def settle_depths(events: Sequence[Event]) -> str:
    """Read depths as metres where most of them can't be km; return what to tell, "" for nothing.

    A number can't be km where it is outside -10 to 800; where it is over 300 and the epicentre
    is in none of the regions that have such earthquakes; or where a P came sooner than it could
    have come straight up from there. What stands for an unknown depth (0, 99, -999) has no vote.
    At least three events, and more than half of those with a vote, must agree: of a catalogue of
    deep earthquakes, in km, none does; in a catalogue in metres all but the shallowest do. Where
    only a few can't be km they are slips, and for ``keep_possible``.

    Parameters
    ----------
    events : sequence of Event
        Of one file, with depths as they stand there; changed in place.
    """
    voting = [e for e in events if e.depth_km is not None and not _is_unknown(e.depth_km)]
    against = [event for event in voting if not _may_be_km(event)]
    if len(against) < FEWEST or 2 * len(against) <= len(voting):
        return ""
    for event in voting:
        event.depth_km = (event.depth_km or 0.0) / 1000
    numbers = [event.depth_km * 1000 for event in against if event.depth_km is not None]
    return (
        f"depths from {min(numbers):g} to {max(numbers):g}, which can't be km for "
        f"{len(against)} of {len(voting)} events: all are read as metres"
    )


def _is_unknown(depth: float) -> bool:
    digits = f"{abs(depth):g}".replace(".", "")
    return depth == 0 or (len(digits) > 1 and set(digits) == {"9"})


def _may_be_km(event: Event) -> bool:
    depth = event.depth_km or 0.0
    low, high = POSSIBLE_DEPTHS_KM
    if not low <= depth <= high:
        return False
    if depth > DEEPER_KM and is_located(event) and not _in_deep_zone(event):
        return False
    if event.origin_time is None:
        return True
    travel_s = [p.time - event.origin_time for p in event.picks if is_p(p.phase)]
    # of many picks a few may be of another event: the middle one of those is not
    travel_s.sort()
    return not travel_s or travel_s[len(travel_s) // 2] >= depth / FASTEST_P_KM_S


def _in_deep_zone(event: Event) -> bool:
    latitude, longitude = event.latitude or 0.0, (event.longitude or 0.0) % 360
    return any(
        south <= latitude <= north and west <= longitude <= east
        for south, north, west, east in DEEP_ZONES
    )
