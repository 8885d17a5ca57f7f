"""Ground noise of a station as a function of absolute time: any stretch, always the same samples.

The background lies between the new low and high noise models (Peterson, 1993, USGS Open-File
Report 93-322) with the microseism's peak; people add to it by day, and bursts, thuds and
glitches come on top.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from obspy.signal.spectral_estimation import get_nhnm, get_nlnm
from scipy import fft

from deepquake.tools.demo.network import ORIGIN_LONGITUDE, RATE_HZ, SITES, Site, to_samples
from deepquake.tools.demo.seismogram import instrument

BLOCK = 16384  # samples; blocks overlap by half, their power adds up to one
HOP = BLOCK // 2
LOWEST_HZ = 0.01
HOUR_S = 3600
BURST_S = 90.0
BACKGROUND, TRANSIENTS = 1, 2  # keep the random numbers of the two apart


def noise(site: Site, seed: int, first: int, n_samples: int) -> np.ndarray:
    """Return the noise of a station.

    Parameters
    ----------
    site : Site
        The station.
    seed : int
        Seed of every random choice.
    first : int
        Number of the first sample, counted at RATE_HZ from 1970.
    n_samples : int
        How many samples.

    Returns
    -------
    ndarray (3, n)
        Counts, rows Z N E.
    """
    data = np.zeros((3, n_samples))
    window = np.sin((np.arange(BLOCK) + 0.5) * math.pi / BLOCK)
    for block in range(first // HOP - 1, (first + n_samples - 1) // HOP + 1):
        begin = block * HOP
        rng = _rng(site, seed, kind=BACKGROUND, number=block)
        amplitude = _amplitude(site, (begin + HOP) / RATE_HZ, rng)
        white = rng.standard_normal((3, 2, BLOCK // 2 + 1))
        samples = fft.irfft(amplitude * (white[:, 0] + 1j * white[:, 1]), BLOCK, axis=1)
        add_overlap(data, samples * window, begin - first)
    hour_samples = to_samples(HOUR_S)
    reach = to_samples(BURST_S)
    for hour in range((first - reach) // hour_samples, (first + n_samples) // hour_samples + 1):
        for begin, samples in _transients(site, seed, hour, first=first, n_samples=n_samples):
            add_overlap(data, samples, begin - first)
    return data


def day_factor(time_s: float) -> float:
    """Return how busy people are, 0 at night to 1 at midday, by local solar time."""
    hour = (time_s / HOUR_S + ORIGIN_LONGITUDE / 15) % 24
    return max(0.0, math.sin((hour - 6) / 12 * math.pi)) ** 0.6 if 6 <= hour < 18 else 0.0


def power_density(frequency: np.ndarray, site: Site, horizontal: bool, busy: float) -> np.ndarray:
    """Return the ground's acceleration power density.

    The share of the way from the low to the high noise model changes with frequency: half of it
    in the microseism, ``site.noise`` above 1 Hz.

    Parameters
    ----------
    frequency : ndarray (n)
        Frequencies in Hz.
    site : Site
        The station.
    horizontal : bool
        Whether it is the density of a horizontal component.
    busy : float
        How busy people are, see ``day_factor``.

    Returns
    -------
    ndarray (n)
        dB of 1 (m/s2)2/Hz.
    """
    low, high = noise_models(frequency)
    log_f = np.log10(np.maximum(frequency, 1e-3))
    tilt = 0.55 if horizontal else 0.35  # long-period horizontals feel the ground tilt
    share = np.interp(log_f, [-2, -1, -0.6, 0, 0.4, 1.7], [tilt, 0.5, 0.5, 0.4, *[site.noise] * 2])
    bump = np.exp(-(((log_f - math.log10(7.0)) / 0.35) ** 2))  # traffic and machines: 3 to 20 Hz
    return low + share * (high - low) + site.culture_db * (0.4 + 0.6 * busy) * bump


def _amplitude(site: Site, time_s: float, rng: Generator) -> np.ndarray:
    """Return the spectrum (3, n) of a block in counts; wind, sea and people vary by block."""
    night, day, swell = _spectra(site)
    days = time_s / 86400
    # storms at sea come and go over days; the sum of sines is only to make it wander
    sea = 0.25 * math.sin(2 * math.pi * days / 5.3) + 0.15 * math.sin(2 * math.pi * days / 2.1)
    level = night + day_factor(time_s) * (day - night)
    return level * np.exp(rng.normal(0, 0.08) + sea * swell)


@lru_cache(maxsize=len(SITES))
def _spectra(site: Site) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return spectra (3, n) of a block in counts, by night and by day; and the storms' share."""
    frequency = fft.rfftfreq(BLOCK, 1 / RATE_HZ)
    f = np.maximum(frequency, frequency[1])
    to_counts = np.abs(instrument(frequency, site)) * site.gain / (2 * math.pi * f)
    # white of variance 2 per bin through irfft: a one-sided density needs this factor
    to_counts *= math.sqrt(RATE_HZ * BLOCK) / 2
    to_counts[frequency < LOWEST_HZ] = 0.0

    def counts(busy: float) -> np.ndarray:
        rows = [power_density(f, site, horizontal=row > 0, busy=busy) for row in range(3)]
        return 10 ** (np.array(rows) / 20) * to_counts

    return counts(busy=0.0), counts(busy=1.0), np.exp(-((np.log10(f / 0.2) / 0.25) ** 2))


def _transients(
    site: Site, seed: int, hour: int, *, first: int, n_samples: int
) -> list[tuple[int, np.ndarray]]:
    """Return (first sample, (3, n) counts) of what starts in an hour and reaches the stretch."""
    rng = _rng(site, seed, kind=TRANSIENTS, number=hour)
    busy = day_factor((hour + 0.5) * HOUR_S)
    rate = (0.3 + 2.5 * busy) * site.culture_db / 8
    background = _rms_above_2hz(site, busy)
    makers = [_burst] * rng.poisson(1.5 * rate) + [_thud] * rng.poisson(rate)
    makers += [_glitch] * rng.poisson(0.4)
    found = []
    for maker in makers:
        begin = to_samples((hour + rng.random()) * HOUR_S)
        maker_seed = int(rng.integers(2**32))
        if begin < first + n_samples and begin + BURST_S * RATE_HZ > first:
            found.append((begin, maker(background, default_rng(maker_seed))))
    return found


def _burst(background: float, rng: Generator) -> np.ndarray:
    """A vehicle passes: noise around 5 to 20 Hz that swells and fades within a minute or so."""
    n = to_samples(rng.uniform(20, BURST_S))
    time = np.linspace(-3, 3, n)
    centre, width = rng.uniform(5, 18), rng.uniform(2, 5)
    frequency = fft.rfftfreq(n, 1 / RATE_HZ)
    shape = np.exp(-(((frequency - centre) / width) ** 2))
    samples = fft.irfft(fft.rfft(rng.standard_normal((3, n)), axis=1) * shape, n, axis=1)
    samples /= samples.std()
    loudness = background * 10 ** rng.uniform(0.1, 0.9)
    return samples * loudness * np.exp(-(time**2)) * np.array([[1.0], [0.7], [0.7]])


def _thud(background: float, rng: Generator) -> np.ndarray:
    """Steps, a door, a falling branch: a few short damped oscillations."""
    n = to_samples(8)
    time = np.arange(n) / RATE_HZ
    samples = np.zeros((3, n))
    for start in np.sort(rng.uniform(0, 5, rng.integers(1, 6))):
        t = np.maximum(0, time - start)
        ring = t * np.exp(-t * rng.uniform(12, 25)) * np.sin(2 * math.pi * rng.uniform(10, 28) * t)
        samples += ring / 0.02 * rng.normal(0, 1, 3)[:, None]
    return samples * background * 10 ** rng.uniform(0.2, 0.8)


def _glitch(background: float, rng: Generator) -> np.ndarray:
    """A spike of one to three samples on one component, as digitizers and lightning give."""
    samples = np.zeros((3, 4))
    n = rng.integers(1, 4)
    samples[rng.integers(3), :n] = background * rng.uniform(15, 120) * rng.choice([-1, 1])
    return samples


@lru_cache(maxsize=4096)
def _rms_above_2hz(site: Site, busy: float) -> float:
    frequency = np.arange(2.0, 25.0, 0.5)
    density = 10 ** (power_density(frequency, site, horizontal=False, busy=busy) / 10)
    return math.sqrt(np.sum(density / (2 * math.pi * frequency) ** 2) * 0.5) * site.gain


def noise_models(frequency: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the low and high noise models in dB at the frequencies, level above 10 Hz."""
    period = 1 / np.clip(frequency, 1e-3, 10.0)
    low, high = (
        np.interp(np.log10(period), np.log10(periods[::-1]), level[::-1])
        for periods, level in (get_nlnm(), get_nhnm())  # from long periods to short
    )
    return low, high


def add_overlap(data: np.ndarray, samples: np.ndarray, at: int) -> None:
    """Add samples to data where they overlap.

    Parameters
    ----------
    data : ndarray (3, n)
        What is added to, in place.
    samples : ndarray (3, k)
        What is added.
    at : int
        Index of the first sample in the data; it may lie outside.
    """
    begin, end = max(0, at), min(data.shape[1], at + samples.shape[1])
    if begin < end:
        data[:, begin:end] += samples[:, begin - at : end - at]


def _rng(site: Site, seed: int, *, kind: int, number: int) -> Generator:
    return default_rng([seed, kind, SITES.index(site), number + 2**31])
