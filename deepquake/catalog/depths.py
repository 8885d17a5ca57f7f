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

    A number can't be km where it is over 800 or under -800; where it is over 300 and the epicentre
    is in none of the regions that have such earthquakes; or where a P came sooner than it could
    have come straight up from there. What stands for an unknown depth (0, 99, -999) has no vote.
    At least three events, and more than half of those with a vote, must agree: of a catalogue of
    deep earthquakes, in km, none does; in a catalogue in metres all but the shallowest do. Where
    only a few can't be km they are slips, and for ``keep_possible``. Where none is positive, and
    as many are heights that no mountain has, all are heights.

    Parameters
    ----------
    events : sequence of Event
        Of one file, with depths as they stand there; changed in place.
    """
    told = [(event, event.depth_km) for event in events if event.depth_km]
    if len(told) < FEWEST:
        return ""
    voting = [(event, depth) for event, depth in told if not _is_unknown(depth)]
    low = POSSIBLE_DEPTHS_KM[0]
    if _carry(voting, [depth for _, depth in voting if depth < low]) and _none_positive(voting):
        for event, depth in voting:
            event.depth_km = -depth
        return "no depth is positive, and most are heights that no mountain has: all are heights"
    against = [depth for event, depth in voting if not _may_be_km(event, depth)]
    if not _carry(voting, against):
        return ""
    for event, depth in told:
        event.depth_km = None if _is_unknown(depth) else depth / 1000
    return (
        f"depths from {min(against):g} to {max(against):g}, which can't be km for "
        f"{len(against)} of {len(voting)} events: all are read as metres"
    )


def _carry(voting: Sequence[tuple[Event, float]], votes: Sequence[float]) -> bool:
    return len(votes) >= FEWEST and 2 * len(votes) > len(voting)


def _none_positive(voting: Sequence[tuple[Event, float]]) -> bool:
    return all(-POSSIBLE_DEPTHS_KM[1] <= depth <= 0 for _, depth in voting)


def _is_unknown(depth: float) -> bool:
    """Return whether a number stands for an unknown depth: 99, -999.9 and the like."""
    return abs(depth) >= 99 and {*f"{abs(depth):g}"} <= {"9", "."}


def _may_be_km(event: Event, depth: float) -> bool:
    if abs(depth) > POSSIBLE_DEPTHS_KM[1]:  # below zero it may be a height in km
        return False
    if depth > DEEPER_KM and is_located(event) and not _in_deep_zone(event):
        return False
    if event.origin_time is None or depth < FASTEST_P_KM_S:
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
