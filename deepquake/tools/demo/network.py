"""The invented network: its crust, its stations and its source regions.

The setting is that of a mountain belt in extension: normal faults, strike-slip faults that join
them, a slow shallow crust. Network code XX is the one that FDSN keeps for data that are not real.
Positions are km east and north of an origin; kilometres become degrees on a sphere.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deepquake.core.files import write_csv
from deepquake.earth.geo import KM_PER_DEGREE

NETWORK = "XX"
ORIGIN_LATITUDE = 42.60
ORIGIN_LONGITUDE = 13.20
RATE_HZ = 100.0


@dataclass(frozen=True)
class Layer:
    """A flat layer: top in km below sea level, velocities in km/s, quality factors."""

    top_km: float
    vp: float
    vs: float
    qp: float
    qs: float

    @property
    def density(self) -> float:
        """Density in kg/m3 from Vp: 1000 x 1.74 Vp^0.25 (Gardner et al., 1974, Geophysics 39)."""
        return 1740.0 * self.vp**0.25


@dataclass(frozen=True)
class Fault:
    """A source region: the fault along which events scatter, and how it slips.

    Centre and half-lengths in km, angles in degrees (strike, dip and rake as Aki & Richards).
    ``attenuation_s`` is what the rock around it adds to t* (travel time over Q) of P and S.
    """

    name: str
    east_km: float
    north_km: float
    depth_km: float
    half_length_km: float
    half_width_km: float
    strike: float
    dip: float
    rake: float
    attenuation_s: float = 0.0


@dataclass(frozen=True)
class Site:
    """A station: where it stands, its instrument and its ground.

    ``noise`` runs from 0 (the low noise model) to 1 (the high one) above 1 Hz; ``culture_db`` is
    what people add to it at midday; ``kappa_s`` is the attenuation of the ground below it.
    ``corner_hz`` is the natural frequency of the seismometer (0: broadband, flat for our purpose),
    ``gain`` its sensitivity in counts per m/s.
    """

    code: str
    east_km: float
    north_km: float
    elevation_m: float
    band: str
    corner_hz: float
    gain: float
    noise: float
    culture_db: float
    kappa_s: float
    amplification: float


# top, Vp, Vs, Qp, Qs
_LAYERS = (
    (-3.0, 3.80, 2.10, 130.0, 110.0),
    (1.5, 5.10, 2.85, 320.0, 330.0),
    (4.0, 5.75, 3.25, 500.0, 600.0),
    (9.0, 6.05, 3.45, 700.0, 850.0),
    (15.0, 6.35, 3.62, 800.0, 1000.0),
    (24.0, 6.80, 3.85, 900.0, 1100.0),
    (36.0, 8.00, 4.55, 1200.0, 1500.0),
)
LAYERS = tuple(Layer(*row) for row in _LAYERS)

# code, east, north, elevation, band, corner, gain, noise, culture, kappa, amplification
_SITES = (
    ("ORSO", -3.0, 4.0, 1480.0, "HH", 0.0, 3.0e8, 0.41, 5.0, 0.012, 1.0),
    ("LUPO", 14.0, -9.0, 1130.0, "HH", 0.0, 3.0e8, 0.53, 7.0, 0.018, 1.2),
    ("FALC", -26.0, 18.0, 1710.0, "HH", 0.0, 3.0e8, 0.40, 3.0, 0.014, 0.9),
    ("CERV", 30.0, 22.0, 620.0, "EH", 1.0, 1.8e8, 0.58, 9.0, 0.026, 1.8),
    ("TASS", -30.0, -28.0, 890.0, "EH", 1.0, 1.8e8, 0.56, 8.0, 0.022, 1.4),
    ("GRIF", 6.0, 41.0, 310.0, "HH", 0.0, 3.0e8, 0.60, 10.0, 0.030, 2.2),
)
SITES = tuple(Site(*row) for row in _SITES)

# name, east, north, depth, half length, half width, strike, dip, rake
_FAULTS = (
    ("Valle", -17.0, 12.0, 6.5, 4.0, 2.0, 150.0, 50.0, -90.0),
    ("Monte", 23.0, 7.0, 9.5, 3.5, 2.5, 25.0, 80.0, -5.0),
    ("Piana", -13.0, -24.0, 11.0, 4.5, 2.0, 160.0, 55.0, -60.0),
    ("Lago", 1.0, -16.0, 5.0, 2.5, 1.5, 300.0, 60.0, -95.0),
    ("Costa", 38.0, -20.0, 14.0, 4.0, 3.0, 85.0, 80.0, 175.0),
    ("Passo", -5.0, 31.0, 8.0, 3.0, 2.0, 200.0, 75.0, -10.0),
)
FAULTS = tuple(Fault(*row) for row in _FAULTS)

# each station by itself can tell these apart: by S-P, and by what the path lets through
_DISTINCT_FAULTS = (
    ("Cresta", -12.0, 12.0, 7.0, 3.0, 2.0, 150.0, 50.0, -90.0),
    ("Fucina", 12.0, 6.0, 6.0, 2.5, 1.5, 40.0, 70.0, -20.0, 0.12),  # hot rock, below a volcano
    ("Fondo", -2.0, 2.0, 80.0, 5.0, 4.0, 160.0, 60.0, -90.0, 0.04),  # a slab below a mantle wedge
)
DISTINCT_FAULTS = tuple(Fault(*row) for row in _DISTINCT_FAULTS)


@dataclass(frozen=True)
class Source:
    """One earthquake: origin time in s since 1970 UTC, place, local magnitude, mechanism (deg).

    ``attenuation_s`` is that of its fault.
    """

    number: int
    origin_s: float
    east_km: float
    north_km: float
    depth_km: float
    magnitude: float
    strike: float
    dip: float
    rake: float
    attenuation_s: float = 0.0


def to_samples(time_s: float) -> int:
    """Return how many samples a time is; of seconds since 1970, the number of a sample."""
    return round(time_s * RATE_HZ)


def degrees_of(place: Source | Site) -> tuple[float, float]:
    """Return latitude and longitude of a place, in degrees."""
    latitude = ORIGIN_LATITUDE + place.north_km / KM_PER_DEGREE
    shrink = math.cos(math.radians(latitude))
    return latitude, ORIGIN_LONGITUDE + place.east_km / (KM_PER_DEGREE * shrink)


def distance_azimuth(source: Source | Site, site: Site) -> tuple[float, float]:
    """Return epicentral distance and azimuth of a station.

    Parameters
    ----------
    source : Source or Site
        What they are seen from.
    site : Site
        The station.

    Returns
    -------
    tuple of float
        Kilometres; degrees clockwise from north, 0 to 360.
    """
    east, north = site.east_km - source.east_km, site.north_km - source.north_km
    return math.hypot(east, north), math.degrees(math.atan2(east, north)) % 360.0


def write_network(folder: Path, sites: Iterable[Site]) -> None:
    """Write stations.csv and velocity_model.csv (tops of layers in km below sea level, km/s).

    Parameters
    ----------
    folder : Path
        The data set.
    sites : iterable of Site
        Its stations.
    """
    places = [(s.code, *degrees_of(s), s.elevation_m) for s in sites]
    rows = [(code, f"{lat:.5f}", f"{lon:.5f}", f"{up_m:.0f}") for code, lat, lon, up_m in places]
    write_csv(folder / "stations.csv", ("code", "latitude", "longitude", "elevation_m"), rows)
    layers = [(f"{x.top_km:.3f}", f"{x.vp:.3f}", f"{x.vs:.3f}") for x in LAYERS]
    write_csv(folder / "velocity_model.csv", ("top", "vp", "vs"), layers)
