"""Seismograms without noise: radiation, onsets, amplitudes and coda."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import fft

from deepquake.tools.demo import seismogram
from deepquake.tools.demo.network import RATE_HZ, SITES, Source, distance_azimuth, to_samples
from deepquake.tools.demo.records import Seismograph


def test_radiation_of_a_vertical_strike_slip_fault_has_four_lobes() -> None:
    source = Source(
        number=0,
        origin_s=0.0,
        east_km=0.0,
        north_km=0.0,
        depth_km=8.0,
        magnitude=2.0,
        strike=0.0,
        dip=90.0,
        rake=0.0,
    )
    for azimuth, p, sh in ((45, 1, 0), (135, -1, 0), (225, 1, 0), (0, 0, 1), (90, 0, -1)):
        found = seismogram.radiation(source, azimuth, 90.0)
        assert found == pytest.approx((p, 0, sh), abs=1e-9)


def test_first_motion_points_away_from_the_source_or_towards_it(sources: list[Source]) -> None:
    for source in sources:
        for station, site in enumerate(SITES):
            signal = Seismograph(station, seed=1).wave(source)
            at = to_samples(signal.arrival_s["P"] - signal.start_s)
            z = signal.data[0]
            # direct P before its train has grown; a head wave or a node may hide it
            first = z[at - 2 : at + 3]
            if (
                distance_azimuth(source, site)[0] < 35
                and np.abs(first).max() > 0.5 * np.abs(z).max()
            ):
                assert (first[np.abs(first).argmax()] > 0) == signal.up


def test_nothing_arrives_before_p(sources: list[Source]) -> None:
    for source in sources[:4]:
        for station in range(len(SITES)):
            signal = Seismograph(station, seed=1).wave(source)
            at = to_samples(signal.arrival_s["P"] - signal.start_s)
            assert np.abs(signal.data[:, : at - 5]).max() < 0.03 * np.abs(signal.data).max()


def test_p_begins_where_the_samples_do(sources: list[Source]) -> None:
    late = []
    for source in sources:
        for station in range(len(SITES)):
            signal = Seismograph(station, seed=1).wave(source)
            at = to_samples(signal.onset_s["P"] - signal.start_s)
            z = np.abs(signal.data[0])
            peak = z[at : at + 50].max()
            assert z[at : at + 3].max() > 0.01 * peak and z[: at - 2].max() < 0.05 * peak
            late.append(signal.onset_s["P"] - signal.arrival_s["P"])
            assert signal.onset_s["P"] < signal.onset_s["S"]
    assert -0.03 < np.median(late) < 0  # a pulse without the highest frequencies begins before


def test_amplitudes_grow_with_magnitude_and_fall_with_distance(sources: list[Source]) -> None:
    source = sources[0]
    peaks = [
        np.abs(Seismograph(1, seed=1).wave(replace(source, magnitude=m)).data).max()
        for m in np.arange(0.5, 4, 0.5)
    ]
    assert np.all(np.diff(np.log10(peaks)) > 0.25)
    near, far = [], []
    for source in sources:
        ground = {
            site: np.abs(Seismograph(i, seed=1).wave(source).data).max()
            / site.gain
            / site.amplification
            for i, site in enumerate(SITES)
        }
        order = sorted(ground, key=lambda site: distance_azimuth(source, site)[0])
        near.append(ground[order[0]])
        far.append(ground[order[-1]])
    assert np.median(np.array(near) / far) > 4


@pytest.mark.parametrize("magnitude", [1.0, 2.0, 3.0])
def test_wood_anderson_amplitudes_give_back_the_local_magnitude(
    sources: list[Source], magnitude: float
) -> None:
    s = 2j * math.pi * fft.rfftfreq(seismogram.N_SAMPLES, 1 / RATE_HZ)
    natural = 2 * math.pi * 1.25
    response = 2080 * s / (s**2 + 2 * 0.7 * natural * s + natural**2)
    found = []
    for source in sources:
        for station in (0, 1, 2):  # broadband, on rock
            site = SITES[station]
            data = (
                Seismograph(station, seed=1).wave(replace(source, magnitude=magnitude)).data[1:]
                / site.gain
            )
            record = fft.irfft(fft.rfft(data, axis=1) * response, axis=1)
            amplitude_mm = 1000 * np.abs(record).max(axis=1).mean()
            distance = math.hypot(distance_azimuth(source, site)[0], source.depth_km)
            correction = 1.11 * math.log10(distance / 100) + 0.00189 * (distance - 100) + 3
            found.append(math.log10(amplitude_mm) + correction)
    assert np.mean(found) == pytest.approx(magnitude, abs=0.2)
    assert np.std(found) < 0.35


def test_coda_decays_over_tens_of_seconds(sources: list[Source]) -> None:
    for source in sources[:4]:
        signal = Seismograph(0, seed=1).wave(source)
        after_s = to_samples(signal.arrival_s["S"] - signal.start_s)
        levels = [
            signal.data[:, after_s + 100 * t : after_s + 100 * (t + 4)].std()
            for t in (1, 8, 20, 50)
        ]
        assert np.all(np.diff(levels) < 0)
        assert 0.001 < levels[2] / levels[0] < 0.3
