"""The largest amplitude on a Wood-Anderson seismograph, against one computed in time."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from deepquake.detection.magnitudes.amplitudes import (
    CLIPPED,
    CUT_SHORT,
    IN_NOISE,
    NO_RESPONSE,
    AmplitudeWindow,
    largest_amplitude,
    on_wood_anderson_nm,
)
from deepquake.earth.responses import ResponseCurve
from deepquake.waveforms.recording import Segment
from tests.earth.made_responses import geophone_counts, geophone_response, wood_anderson_mm

RATE_HZ, FINE = 100.0, 10
P_S, S_S, END_S = 15.0, 18.0, 23.0
WINDOW = AmplitudeWindow(event=0, p_s=P_S, s_s=S_S, end_s=END_S, distance_km=20.0)


def curve() -> ResponseCurve:
    """Return the geophone's response from 0.05 to 50 Hz."""
    frequencies = np.geomspace(0.05, 50, 400)
    counts = geophone_response().get_evalresp_response_for_frequencies(frequencies, "DISP")
    return ResponseCurve(-np.inf, np.inf, frequencies, counts_per_m=counts)


def pulse(at_s: float, frequency_hz: float, amplitude_m: float) -> NDArray:
    """Return 40 s of displacement (m), some cycles at a time; ten samples for each of a record."""
    times = np.arange(40 * RATE_HZ * FINE) / RATE_HZ / FINE - at_s
    return (
        amplitude_m
        * np.exp(-((times * frequency_hz / 2) ** 2))
        * np.cos(2 * np.pi * frequency_hz * times)
    )


def record(displacement_m: NDArray) -> NDArray:
    """Return the geophone's counts at 100 Hz, with an offset."""
    return geophone_counts(displacement_m, RATE_HZ * FINE)[::FINE] + 1234


def segment(**rows: NDArray) -> Segment:
    """Return a record of the components given."""
    length = len(next(iter(rows.values())))
    missing = np.full(length, np.nan)
    return Segment(0.0, np.array([rows.get(c, missing) for c in "ZNE"], np.float32))


@pytest.mark.parametrize("frequency_hz", [1.0, 3.0, 10.0, 25.0])
def test_a_record_gives_the_wood_anderson_seismogram_of_the_ground(frequency_hz: float) -> None:
    ground_m = pulse(20.0, frequency_hz, 1e-6)
    exact_mm = wood_anderson_mm(ground_m, RATE_HZ * FINE)[::FINE]
    got_nm = on_wood_anderson_nm(record(ground_m), RATE_HZ, curve())
    exact_nm = exact_mm * 1e6 / 2080
    inside = slice(300, -300)
    error = np.abs(got_nm - exact_nm)[inside].max() / np.abs(exact_nm).max()
    assert error < 0.04  # what is taken out below 0.5 Hz


def test_the_larger_horizontal_counts_with_time_and_period() -> None:
    small, large = record(pulse(18.5, 4.0, 1e-7)), record(pulse(19.0, 5.0, 3e-7))
    rows = segment(Z=record(pulse(15.2, 5.0, 1e-6)), N=small, E=large)
    curves = dict.fromkeys("ZNE", [curve()])
    found, why = largest_amplitude(rows, RATE_HZ, WINDOW, curves)
    assert found is not None and not why
    exact = np.abs(wood_anderson_mm(pulse(19.0, 5.0, 3e-7), RATE_HZ * FINE)).max() * 1e6 / 2080
    assert found.component == "E"
    assert found.value_nm == pytest.approx(exact, rel=0.04)
    assert found.period_s == pytest.approx(0.2, abs=0.03)
    assert found.time_s == pytest.approx(19.0, abs=0.1)
    vertical, _ = largest_amplitude(rows, RATE_HZ, WINDOW, {"Z": [curve()]})
    assert vertical is not None and vertical.component == "Z"


def test_microseisms_are_cut_where_they_hide_a_small_event_and_only_there() -> None:
    times = np.arange(40 * RATE_HZ * FINE) / RATE_HZ / FINE
    swell = 4e-7 * np.sin(2 * np.pi * 0.4 * times)
    exact_nm = np.abs(wood_anderson_mm(pulse(18.5, 4.0, 1e-7), RATE_HZ * FINE)).max() * 1e6 / 2080
    for size in (1, 100):
        rows = segment(N=record(swell + size * pulse(18.5, 4.0, 1e-7)))
        found, _ = largest_amplitude(rows, RATE_HZ, WINDOW, {"N": [curve()]})
        assert found is not None
        assert found.value_nm == pytest.approx(size * exact_nm, rel=0.08)
    large = segment(N=record(pulse(18.5, 0.8, 1e-5)))  # most of it is below 1 Hz
    exact_nm = np.abs(wood_anderson_mm(pulse(18.5, 0.8, 1e-5), RATE_HZ * FINE)).max() * 1e6 / 2080
    late = replace(WINDOW, p_s=12.0)  # the pulse is long
    found, _ = largest_amplitude(large, RATE_HZ, late, {"N": [curve()]})
    assert found is not None and found.value_nm == pytest.approx(exact_nm, rel=0.08)


def test_what_comes_behind_does_not_count() -> None:
    ground = pulse(18.5, 4.0, 1e-7) + pulse(26.0, 4.0, 1e-5)
    found, _ = largest_amplitude(segment(N=record(ground)), RATE_HZ, WINDOW, {"N": [curve()]})
    assert found is not None and found.time_s == pytest.approx(18.5, abs=0.2)


def test_counts_for_a_millimetre_where_no_response_is_known() -> None:
    times = np.arange(4000) / RATE_HZ
    counts = 500 * np.exp(-((times - 19) ** 2)) * np.cos(2 * np.pi * 4 * (times - 19))
    found, _ = largest_amplitude(segment(N=counts), RATE_HZ, WINDOW, {"N": []}, counts_per_mm=100.0)
    assert found is not None
    assert found.value_nm == pytest.approx(5 * 1e6 / 2080, rel=0.01)
    found, why = largest_amplitude(segment(N=counts), RATE_HZ, WINDOW, {"N": []})
    assert (found, why) == (None, NO_RESPONSE)


def test_a_horizontal_whose_response_is_known_goes_before_one_taken_by_counts() -> None:
    counts = record(pulse(18.5, 4.0, 1e-7))
    curves = {"N": [curve()], "E": []}
    rows = segment(N=counts, E=100 * counts)
    found, _ = largest_amplitude(rows, RATE_HZ, WINDOW, curves, counts_per_mm=1.0)
    alone, _ = largest_amplitude(segment(N=counts), RATE_HZ, WINDOW, {"N": [curve()]})
    assert found is not None and found == alone


def test_what_is_no_amplitude() -> None:
    ground, curves = pulse(18.5, 4.0, 1e-6), {"N": [curve()], "E": [curve()]}
    good = record(ground)

    def why(rows: Segment, window: AmplitudeWindow = WINDOW) -> str:
        found, reason = largest_amplitude(rows, RATE_HZ, window, curves)
        assert (found is None) == bool(reason)
        return reason

    assert not why(segment(N=good, E=good))
    rng = np.random.default_rng(1)
    loud = good + rng.normal(0, 5 * np.abs(good).max(), len(good))
    assert why(segment(N=loud, E=loud)) == IN_NOISE
    top = np.abs(good - 1234).max()
    flat = np.clip(np.tile(good[1700:2000], 14)[:4000], 1234 - top / 3, 1234 + top / 3)
    assert why(segment(N=flat, E=good)) == CLIPPED
    gap = good.copy()
    gap[1600:1700] = np.nan
    assert not why(segment(N=gap, E=good))  # there is another one
    assert why(segment(N=gap, E=gap)) == CUT_SHORT
    assert why(segment(N=good[:1900], E=good[:1900])) == CUT_SHORT
    early = replace(WINDOW, p_s=3.0)
    assert why(segment(N=good, E=good), early) == CUT_SHORT
    past = ResponseCurve(0.0, 10.0, np.array([1.0, 9.0]), counts_per_m=np.ones(2, complex))
    found, reason = largest_amplitude(segment(N=good), RATE_HZ, WINDOW, {"N": [past]})
    assert (found, reason) == (None, NO_RESPONSE)
