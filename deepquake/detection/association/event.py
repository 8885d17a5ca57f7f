"""An event: the arrivals that one source explains."""

from dataclasses import dataclass

import numpy as np

from deepquake.detection.stations import (
    FALSE_ALARM,
    FOUND,
    NO_REGION,
    UNDECIDED,
    Detection,
)
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre


@dataclass(frozen=True)
class StationMagnitude:
    """The local magnitude of an event at a station, from the channel with the largest amplitude."""

    network: str
    station: str
    value: float
    amplitude_nm: float  # on a Wood-Anderson seismograph, zero to peak, as ground motion
    period_s: float
    time_s: float  # of the amplitude, seconds since 1970 UTC
    distance_km: float  # from the hypocentre
    location: str = ""
    channel: str = ""


@dataclass(frozen=True)
class LocalMagnitude:
    """The local magnitude of an event: the median over its stations, and how they spread."""

    value: float
    spread: float  # standard deviation of the stations' values; NaN of a single one
    stations: tuple[StationMagnitude, ...]


@dataclass(frozen=True)
class DetectedEvent:
    """Arrivals of P and S that one source explains or, not located, that are near in time.

    ``event_id`` is the ID that SEISAN would give it: the 14 digits of its time to the second,
    moved on by seconds where another event of the run has it. Where it is not located ``origin``
    is None and ``why_not_located`` tells why, in words for a table. ``fits`` are of the arrivals,
    in their order; empty without an origin. ``place_region`` is the region (0 is the first) of
    its place, ``NO_REGION`` where none is known. ``by_origin`` are events of the catalogue
    (indices) that happened there and then.
    """

    arrivals: tuple[Detection, ...]  # in order of time
    event_id: str = ""
    origin: Hypocentre | None = None
    fits: tuple[ArrivalFit, ...] = ()
    why_not_located: str = ""
    magnitude: LocalMagnitude | None = None
    place_region: int = NO_REGION
    by_origin: tuple[int, ...] = ()

    @property
    def detections(self) -> tuple[Detection, ...]:
        """The arrivals of P."""
        return tuple(a for a in self.arrivals if a.phase == "P")

    @property
    def time_s(self) -> float:
        """The origin time, else that of the first arrival; seconds since 1970 UTC."""
        return self.arrivals[0].time_s if self.origin is None else self.origin.time_s

    @property
    def start_s(self) -> float:
        """The start of the first detection, seconds since 1970 UTC."""
        return min(d.start_s for d in self.arrivals)

    @property
    def end_s(self) -> float:
        """The end of the last detection, seconds since 1970 UTC."""
        return max(d.end_s for d in self.arrivals)

    @property
    def probability(self) -> float:
        """The greatest probability of the arrivals."""
        return max(d.probability for d in self.arrivals)

    @property
    def network_region(self) -> int:
        """The region most probable in the mean over the arrivals of P that have one."""
        known = [d.region_probabilities for d in self.detections if d.cluster_id != NO_REGION]
        return int(np.argmax(np.sum(known, axis=0))) if known else NO_REGION

    @property
    def cluster_id(self) -> int:
        """The region: that of its place; where it is not located, what the network says."""
        return self.network_region if self.place_region == NO_REGION else self.place_region

    @property
    def stations(self) -> list[str]:
        """The codes of the stations that detected it, sorted."""
        return sorted({d.station for d in self.arrivals})

    @property
    def outcome(self) -> str:
        """FOUND where it is an event of the catalogue, else UNDECIDED where any of its arrivals is,
        else FALSE_ALARM; nothing without a catalogue."""
        outcomes = {arrival.outcome for arrival in self.arrivals}
        told = {FOUND} if self.events else outcomes
        return next((o for o in (FOUND, UNDECIDED, FALSE_ALARM) if o in told), "")

    @property
    def events(self) -> list[int]:
        """The events of the catalogue (indices) that it is: whose picks its arrivals are, or that
        happened there and then."""
        return sorted({*(n for a in self.arrivals for n in a.events), *self.by_origin})
