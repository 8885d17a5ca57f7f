"""Times and magnitudes of earthquakes."""

import numpy as np
import pytest

from deepquake.tools.demo.network import (
    DISTINCT_FAULTS,
    SITES,
    Source,
    distance_azimuth,
    to_samples,
)
from deepquake.tools.demo.rays import trace
from deepquake.tools.demo.records import Seismograph
from deepquake.tools.demo.seismicity import draw_magnitudes, draw_sources, draw_times


def distinct_sources(n: int) -> list[Source]:
    times, sizes = 1.6e9 + 1000.0 * np.arange(n), np.full(n, 2.0)
    return draw_sources(times, sizes, faults=DISTINCT_FAULTS, number=0, seed=2)


def test_magnitudes_follow_gutenberg_and_richter_and_times_keep_apart() -> None:
    rng = np.random.default_rng(0)
    magnitudes = draw_magnitudes(2000, (0.5, 3.8), b_value=1.0, rng=rng)
    assert magnitudes.min() >= 0.5 and magnitudes.max() <= 3.8
    assert np.sum(magnitudes >= 1.5) == pytest.approx(200, rel=0.05)
    times = draw_times(50, (0.0, 10_000.0), apart_s=60.0, rng=rng)
    assert np.diff(times).min() >= 60 and times[0] >= 0 and times[-1] <= 10_000


def test_each_station_can_tell_the_deep_region_by_s_minus_p() -> None:
    shallow, deep = [], []
    for source in distinct_sources(30):
        for site in SITES:
            distance_km, _ = distance_azimuth(source, site)
            at = {"depth_km": source.depth_km, "elevation_m": site.elevation_m}
            p, s = (trace(phase, distance_km, **at)[0].time_s for phase in "PS")
            (deep if source.depth_km > 40 else shallow).append(s - p)
    assert len(deep) == 60 and max(shallow) < min(deep)


def test_each_station_can_tell_the_regions_by_their_frequencies() -> None:
    shares: dict[tuple[int, float], list[float]] = {}
    for source in distinct_sources(12):
        for station in range(len(SITES)):
            signal = Seismograph(station, seed=1).wave(source)
            at = to_samples(signal.onset_s["P"] - signal.start_s)
            power = np.abs(np.fft.rfft(signal.data[0, at : at + 200])) ** 2  # in steps of 0.5 Hz
            share = float(power[16:60].sum() / power[4:60].sum())
            shares.setdefault((station, source.attenuation_s), []).append(share)
    for station in range(len(SITES)):
        clear, wedge, hot = (np.median(shares[station, t_star]) for t_star in (0.0, 0.04, 0.12))
        assert hot < 0.5 * wedge and wedge < 0.9 * clear
