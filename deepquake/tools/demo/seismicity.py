"""When, where and how large: the earthquakes of a synthetic data set."""

import numpy as np

from deepquake.tools.demo import seismogram
from deepquake.tools.demo.network import SITES, Source, draw_source
from deepquake.tools.demo.seismogram import Signal

PLACES, FAULTS, WAVES = range(20, 23)  # keep the random numbers of different things apart


def draw_magnitudes(
    n: int, low: float, high: float, b_value: float, rng: np.random.Generator
) -> np.ndarray:
    """Return n magnitudes of a Gutenberg-Richter distribution cut at both ends, in random order.

    One from each n-th part of the distribution, so that few events too cover the whole range.
    """
    share = (np.arange(n) + rng.random(n)) / n
    span = 1 - 10 ** (-b_value * (high - low))
    return rng.permutation(low - np.log10(1 - share * span) / b_value)


def draw_times(
    n: int, start_s: float, end_s: float, apart_s: float, rng: np.random.Generator
) -> np.ndarray:
    """Return n sorted times between two, at least ``apart_s`` from each other (less if tight)."""
    apart_s = min(apart_s, (end_s - start_s) / (2 * n))
    free = np.sort(rng.uniform(start_s, end_s - (n - 1) * apart_s, n))
    return free + np.arange(n) * apart_s


def draw_sources(
    number: int,
    times: np.ndarray,
    magnitudes: np.ndarray,
    n_regions: int,
    seed: int,
) -> list[Source]:
    """Return one earthquake per time, numbered from ``number``, regions in random order."""
    rng = np.random.default_rng([seed, PLACES, number])
    regions = rng.permutation(np.arange(times.size) % n_regions)
    return [
        draw_source(
            number + i,
            float(times[i]),
            float(magnitudes[i]),
            int(regions[i]),
            np.random.default_rng([seed, FAULTS, number + i]),
        )
        for i in range(times.size)
    ]


def wave(source: Source, station: int, seed: int) -> Signal:
    """Return the signal of a source at a station (index into SITES): the same for a seed."""
    rng = np.random.default_rng([seed, WAVES, source.number, station])
    return seismogram.synthesize(source, SITES[station], rng)
