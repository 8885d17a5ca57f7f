"""Nordic (SEISAN) s-files of synthetic events, column by column as SEISAN's manual has them."""

import math
from datetime import UTC, datetime, timedelta

from deepquake.tools.demo import rays
from deepquake.tools.demo.analyst import Located, Reading, residual
from deepquake.tools.demo.network import Site, latitude, longitude

AGENCY = "DQS"
HEADER = " STAT SP IPHASW D HRMM SECON CODA AMPLIT PERI AZIMU VELO AIN AR TRES W  DIS CAZ7"


def file_name(located: Located) -> str:
    """Return SEISAN's name of an s-file: day, time, L for local, year and month."""
    return f"{_utc(located.origin_s):%d-%H%M-%SL.S%Y%m}"


def text(located: Located, readings: list[Reading], waveform_file: str) -> str:
    """Return the s-file of an event: lines of types 1, E, I, 3, 6 and 7, then its phases.

    A line is 80 columns; a blank one ends the event. Seconds have two decimals, and hours run past
    23 for phases after midnight.
    """
    origin = _utc(located.origin_s)
    residuals = [residual(located, r) for r in readings if r.weight != 4]
    rms = math.sqrt(sum(r * r for r in residuals) / len(residuals)) if residuals else 0.0
    stations = len({reading.site.code for reading in readings})
    lines = [
        f" {_time_columns(origin)} L {latitude(located.north_km):7.3f}"
        f"{longitude(located.east_km, located.north_km):8.3f}{located.depth_km:5.1f}  {AGENCY}"
        f"{stations:3d}{rms:4.1f}{located.magnitude:4.1f}L{AGENCY}",
        f" GAP={_gap(located, readings):3d}        0.30       1.2     1.2  2.4",
        f" ACTION:REG {origin:%y-%m-%d %H:%M} OP:DEMO STATUS:               "
        f"ID:{origin:%Y%m%d%H%M%S}",
        " SYNTHETIC EVENT OF THE DEEPQUAKE DEMONSTRATION DATA, NO REAL EARTHQUAKE",
        f" {waveform_file}",
    ]
    kinds = "1EI36"
    typed = [f"{line:<79}{kind}" for line, kind in zip(lines, kinds, strict=True)]
    phases = [_phase_line(located, reading) for reading in readings]
    return "\n".join([*typed, HEADER, *phases, " " * 80]) + "\n"


def _utc(time_s: float) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=round(time_s * 1000))


def _time_columns(origin: datetime) -> str:
    """Return columns 2 to 20 of a type 1 line: date, time, seconds to a tenth (never 60.0)."""
    tenths = origin.second * 10 + origin.microsecond // 100_000
    return (
        f"{origin.year:4d} {origin.month:2d}{origin.day:2d} {origin.hour:2d}{origin.minute:2d} "
        f"{tenths / 10:4.1f}"
    )


def _phase_line(located: Located, reading: Reading) -> str:
    origin, arrival = _utc(located.origin_s), _utc(reading.time_s)
    hour = arrival.hour + 24 * (arrival.date() - origin.date()).days
    seconds = arrival.second + arrival.microsecond / 1e6
    site = reading.site
    east, north = site.east_km - located.east_km, site.north_km - located.north_km
    distance = math.hypot(east, north)
    ray = rays.trace(reading.phase, distance, located.depth_km, site.elevation_m)[0]
    weight = str(reading.weight) if reading.weight else " "
    azimuth = _azimuth(located, site)
    used = 0 if reading.weight == 4 else round(10 - 2.5 * reading.weight)
    return (
        f" {site.code:<4} {site.band[0]}{reading.component} "
        f"{reading.onset}{reading.phase:<4}{weight} {reading.polarity or ' '} "
        f"{hour:2d}{arrival.minute:2d} {seconds:5.2f}{'':28}{ray.takeoff:4.0f}{'':3}"
        f"{residual(located, reading):5.2f}{used:2d}{_distance(distance)} {azimuth:3d}".ljust(80)
    )


def _gap(located: Located, readings: list[Reading]) -> int:
    """Return the largest angle in degrees between neighbouring stations around the epicentre."""
    sites = {reading.site for reading in readings}
    azimuths = sorted(_azimuth(located, site) for site in sites)
    if not azimuths:
        return 360
    return max(b - a for a, b in zip(azimuths, [*azimuths[1:], azimuths[0] + 360], strict=True))


def _azimuth(located: Located, site: Site) -> int:
    east, north = site.east_km - located.east_km, site.north_km - located.north_km
    return round(math.degrees(math.atan2(east, north))) % 360


def _distance(distance_km: float) -> str:
    """Return columns 71 to 75: kilometres with three figures, as SEISAN writes them."""
    return f"{distance_km:5.1f}" if distance_km < 100 else f"{distance_km:5.0f}"
