"""When, where and how large: the earthquakes of a synthetic data set."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from deepquake.tools.demo.network import Fault, Source

PLACES, MECHANISMS = 20, 21  # keep the random numbers of different things apart

Span = tuple[float, float]  # from, to


@dataclass(frozen=True)
class Seismicity:
    """How large earthquakes are, how close in time, and on which faults.

    Magnitudes are those of Gutenberg and Richter between two limits; times of origin are at least
    ``apart_s`` seconds from each other.
    """

    magnitudes: Span
    b_value: float
    apart_s: float
    faults: tuple[Fault, ...]


def draw_earthquakes(
    seismicity: Seismicity, n: int, span_s: Span, *, number: int, seed: int, rng: Generator
) -> list[Source]:
    """Return earthquakes sorted by time.

    Parameters
    ----------
    seismicity : Seismicity
        How they are.
    n : int
        How many.
    span_s : tuple of float
        Their first and last time of origin at the utmost, seconds since 1970 UTC.
    number : int
        Number of the first; random numbers that belong to an earthquake follow from its number.
    seed : int
        Seed of its place and mechanism.
    rng : numpy.random.Generator
        Gives the times and magnitudes.

    Returns
    -------
    list of Source
        The earthquakes.
    """
    times = draw_times(n, span_s, apart_s=seismicity.apart_s, rng=rng)
    magnitudes = draw_magnitudes(n, seismicity.magnitudes, b_value=seismicity.b_value, rng=rng)
    return draw_sources(times, magnitudes, faults=seismicity.faults, number=number, seed=seed)


def draw_magnitudes(n: int, limits: Span, *, b_value: float, rng: Generator) -> np.ndarray:
    """Return magnitudes of a Gutenberg-Richter distribution cut at both ends, in random order.

    One from each n-th part of the distribution, so that few events too cover the whole range.

    Parameters
    ----------
    n : int
        How many.
    limits : tuple of float
        Where the distribution is cut.
    b_value : float
        Its slope.
    rng : numpy.random.Generator
        Gives the random numbers.

    Returns
    -------
    ndarray (n)
        The magnitudes.
    """
    low, high = limits
    share = (np.arange(n) + rng.random(n)) / n
    span = 1 - 10 ** (-b_value * (high - low))
    return rng.permutation(low - np.log10(1 - share * span) / b_value)


def draw_times(n: int, span_s: Span, *, apart_s: float, rng: Generator) -> np.ndarray:
    """Return sorted times that keep apart.

    Parameters
    ----------
    n : int
        How many.
    span_s : tuple of float
        Between these.
    apart_s : float
        At least this many seconds between two, less where they would not find room.
    rng : numpy.random.Generator
        Gives the random numbers.

    Returns
    -------
    ndarray (n)
        The times.
    """
    start_s, end_s = span_s
    apart_s = min(apart_s, (end_s - start_s) / (2 * n))
    free = np.sort(rng.uniform(start_s, end_s - (n - 1) * apart_s, n))
    return free + np.arange(n) * apart_s


def draw_sources(
    times: np.ndarray, magnitudes: np.ndarray, *, faults: Sequence[Fault], number: int, seed: int
) -> list[Source]:
    """Return an earthquake for each time, faults in random order.

    Parameters
    ----------
    times, magnitudes : ndarray (n)
        Times of origin (seconds since 1970 UTC) and local magnitudes.
    faults : sequence of Fault
        Where they come from.
    number : int
        Number of the first earthquake.
    seed : int
        Seed of the random choices.

    Returns
    -------
    list of Source
        The earthquakes.
    """
    rng = default_rng([seed, PLACES, number])
    regions = rng.permutation(np.arange(times.size) % len(faults))
    drawn = zip(times.tolist(), magnitudes.tolist(), regions.tolist(), strict=True)
    return [
        _draw_source(number + i, origin_s, magnitude, fault=faults[region], seed=seed)
        for i, (origin_s, magnitude, region) in enumerate(drawn)
    ]


def _draw_source(number: int, origin_s: float, magnitude: float, fault: Fault, seed: int) -> Source:
    """Return an earthquake on a fault plane, give or take, slipping nearly as the fault does."""
    rng = default_rng([seed, MECHANISMS, number])
    along = float(np.clip(rng.normal(0, 0.5), -1, 1)) * fault.half_length_km
    down = float(np.clip(rng.normal(0, 0.5), -1, 1)) * fault.half_width_km
    off = rng.normal(0, 0.3)
    strike, dip = math.radians(fault.strike), math.radians(fault.dip)
    across = down * math.cos(dip) + off  # down-dip is to the right of the strike
    east = along * math.sin(strike) + across * math.cos(strike)
    north = along * math.cos(strike) - across * math.sin(strike)
    scatter = rng.normal(0, 12, 3)  # of the mechanism, degrees
    return Source(
        number=number,
        origin_s=round(origin_s, 2),
        east_km=fault.east_km + east,
        north_km=fault.north_km + north,
        depth_km=max(1.6, fault.depth_km + down * math.sin(dip)),
        magnitude=magnitude,
        strike=(fault.strike + scatter[0]) % 360,
        dip=float(np.clip(fault.dip + scatter[1], 10, 90)),
        rake=fault.rake + scatter[2],
        attenuation_s=fault.attenuation_s,
    )
