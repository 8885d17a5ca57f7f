"""Noise of the ground: its spectrum, and that it is a function of time."""

import math

import numpy as np
import pytest
from scipy import fft

from deepquake.tools.demo import archive
from deepquake.tools.demo.network import RATE_HZ, SITES, Site, to_samples
from deepquake.tools.demo.noise import noise, noise_models, power_density


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.code)
def test_noise_lies_between_the_noise_models_with_the_microseism_on_top(site: Site) -> None:
    frequency = np.geomspace(0.02, 40, 200)
    low, high = noise_models(frequency)
    night = power_density(frequency, site, horizontal=False, busy=0.0)
    day = power_density(frequency, site, horizontal=False, busy=1.0)
    assert np.all((night > low) & (day < high)) and np.all(day >= night)
    below_1hz = frequency < 1
    assert 0.15 < frequency[below_1hz][night[below_1hz].argmax()] < 0.3


def test_noise_has_the_density_it_should_have() -> None:
    site, seconds = SITES[0], 1600
    midnight = to_samples(archive.ARCHIVE_START)
    z = noise(site, 9, first=midnight, n_samples=to_samples(seconds))[0] / site.gain
    spectrum = np.abs(fft.rfft(z)) ** 2 * 2 / (RATE_HZ * z.size)
    frequency = fft.rfftfreq(z.size, 1 / RATE_HZ)
    for low, high in ((0.18, 0.24), (1.0, 1.4)):
        band = (frequency > low) & (frequency < high)
        found = 10 * np.log10(np.mean(spectrum[band] * (2 * math.pi * frequency[band]) ** 2))
        wanted = power_density(frequency[band], site, horizontal=False, busy=0.0).mean()
        assert found == pytest.approx(wanted, abs=3.5)


def test_noise_is_a_function_of_time_however_it_is_cut() -> None:
    first = to_samples(archive.CONTINUOUS_START) + 12345
    whole = noise(SITES[4], 2, first=first, n_samples=30000)
    parts = [noise(SITES[4], 2, first=first + i, n_samples=10000) for i in (0, 10000, 20000)]
    np.testing.assert_allclose(np.hstack(parts), whole, rtol=0, atol=1e-6)
