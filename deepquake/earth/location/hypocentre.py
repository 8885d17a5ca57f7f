"""What is known of the source of an event, and how its arrivals fit it."""

from dataclasses import dataclass
from math import isfinite, nan


@dataclass(frozen=True)
class Hypocentre:
    """Where and when an event was, by its arrivals, and how well that is known.

    Within ``time_error_s``, ``horizontal_error_km`` (of the epicentre, in whatever direction) and
    ``depth_error_km`` lie 68 % of the events. ``gap_deg`` is the largest angle at the epicentre
    without a station.
    """

    time_s: float  # seconds since 1970 UTC
    latitude: float  # degrees
    longitude: float
    depth_km: float  # below sea level
    time_error_s: float
    horizontal_error_km: float
    depth_error_km: float
    rms_s: float  # of the residuals
    gap_deg: float
    n_picks: int
    n_stations: int


@dataclass(frozen=True)
class ArrivalFit:
    """How an arrival fits the origin of its event."""

    residual_s: float  # observed less computed
    distance_km: float  # of the station from the epicentre
    azimuth_deg: float  # from the epicentre to the station
    takeoff_deg: float  # at the source, from the vertical: 0 down, 180 up; NaN not known
    weight: float  # from 0 (not used) to 1

    @property
    def is_known(self) -> bool:
        """Whether there is a residual: not at a station whose place nobody knows."""
        return isfinite(self.residual_s)


NO_FIT = ArrivalFit(nan, nan, nan, nan, 0.0)
