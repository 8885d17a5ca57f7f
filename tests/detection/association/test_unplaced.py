"""Which located events arrivals at stations of unknown place are of."""

from dataclasses import replace

from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.association.unplaced import LocatedEvent, with_unplaced
from deepquake.detection.stations import Detection
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre
from tests.detection.test_events import detection

RATIO = 1.75


def arrival(time_s: float, phase: str = "P", station: str = "NEW") -> Detection:
    return replace(detection(station, 0.0), time_s=time_s, phase=phase)


def located(time_s: float, networks: frozenset[str] = frozenset()) -> LocatedEvent:
    """Return an event at an origin time in a network through which P goes in 6 s."""
    origin = Hypocentre(time_s, 10.0, -66.0, 8.0, 0.1, 1.0, 1.0, 0.1, 90.0, 1, 1)
    own = arrival(time_s + 3, station="OLD")
    event = DetectedEvent((own,), origin=origin, fits=(ArrivalFit(0.0, 5.0, 10.0, 90.0, 1.0),))
    return LocatedEvent(event, {"P": 6.0, "S": 10.5}, networks)


def joined(events: list[LocatedEvent], arrivals: list[Detection]) -> list[list[tuple[str, float]]]:
    told = with_unplaced(events, sorted(arrivals, key=lambda a: a.time_s), RATIO)
    for event in told:
        assert [a.time_s for a in event.arrivals] == sorted(a.time_s for a in event.arrivals)
        for a, fit in zip(event.arrivals, event.fits, strict=True):
            assert fit.is_known is (a.station == "OLD")
    return [[(a.phase, a.time_s) for a in event.arrivals if a.station == "NEW"] for event in told]


def test_p_and_s_of_a_station_tell_which_event_it_was() -> None:
    readings = [arrival(104.0), arrival(107.0, "S")]
    assert joined([located(97.5), located(100.0)], readings) == [[], [("P", 104.0), ("S", 107.0)]]
    # of two events at once nobody knows which
    assert joined([located(99.8), located(100.2)], readings) == [[], []]


def test_one_alone_is_of_the_only_event_whose_waves_go_through_the_network() -> None:
    assert joined([located(100.0), located(200.0)], [arrival(104.0)]) == [[("P", 104.0)], []]
    assert joined([located(100.0), located(102.0)], [arrival(104.0)]) == [[], []]
    for time_s in (99.0, 109.0):
        assert joined([located(100.0)], [arrival(time_s)]) == [[]]
    assert joined([located(100.0)], [arrival(103.0), arrival(105.0)]) == [[]]


def test_a_station_with_many_arrivals_joins_by_p_and_s_alone() -> None:
    often = [arrival(104.0 + 15 * k) for k in range(-20, 20)]
    assert joined([located(100.0)], often) == [[]]
    pair = [("P", 104.0), ("S", 107.0)]
    assert joined([located(100.0)], [*often, arrival(107.0, "S")]) == [pair]


def test_of_several_networks_a_station_joins_its_own() -> None:
    events = [located(100.0, frozenset({"XX"})), located(100.0, frozenset({"YY"}))]
    assert joined(events, [replace(arrival(104.0), network="YY")]) == [[], [("P", 104.0)]]
