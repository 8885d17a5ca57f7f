"""The largest amplitude of an event in a record, as a Wood-Anderson seismograph would show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan, pi

import numpy as np
from numpy.typing import NDArray

from deepquake.core.settings import COMPONENTS
from deepquake.earth.location.magnitude import amplitude_on_ground_nm, wood_anderson_response
from deepquake.earth.responses import ResponseCurve, curve_at
from deepquake.waveforms.filtering import clipped
from deepquake.waveforms.recording import Segment

HORIZONTALS, VERTICAL = "NE", "Z"
NOISE_LENGTH_S, LEAST_NOISE_S = 10.0, 1.0  # before P
TAPERED_S = 2.0  # of a record, tapered at either end, in which nothing is measured
LATE_P_S = 0.5  # a P may be picked so much too late: noise ends before
LEAST_AFTER_S_S = 1.0  # of a record that ends soon
# Microseisms are larger than small events, which have little below 1 Hz: nothing passes below the
# first, all above the second, and the least ratio of the amplitude to the largest of the noise
# with that. Of two, the first that is reached counts.
WIDE, NARROW = ((0.25, 0.5), 5.0), ((1.0, 1.5), 2.0)
PASSED_BELOW = 0.8, 0.95  # of half the sampling rate: all below, nothing above
NO_RESPONSE, IN_NOISE, CLIPPED, CUT_SHORT = (
    "the response is not known",
    "not above the noise",
    "the record is clipped",
    "the record has a gap, or begins or ends too near",
)


@dataclass(frozen=True)
class AmplitudeWindow:
    """When an event (by its number) is measured at a station: from P to ``end_s``; 1970 UTC."""

    event: int
    p_s: float
    s_s: float
    end_s: float
    distance_km: float  # from the hypocentre

    @property
    def read_s(self) -> tuple[float, float]:
        """What is read of a record: the noise before, and what is tapered."""
        return self.p_s - LATE_P_S - NOISE_LENGTH_S - TAPERED_S, self.end_s + TAPERED_S


@dataclass(frozen=True)
class Amplitude:
    """The largest amplitude of an event on a channel, as ground motion on a Wood-Anderson."""

    value_nm: float
    noise_nm: float
    period_s: float
    time_s: float
    component: str


def largest_amplitude(
    segment: Segment,
    rate_hz: float,
    window: AmplitudeWindow,
    curves: Mapping[str, Sequence[ResponseCurve]],
    counts_per_mm: float = 0.0,
) -> tuple[Amplitude | None, str]:
    """Return the amplitude that counts of an event at a station.

    Parameters
    ----------
    segment : Segment
        The record, from ``window.read_s`` on.
    rate_hz : float
        Samples per second.
    window : AmplitudeWindow
        When the event is measured.
    curves : mapping
        The responses of each component that is recorded, one for each epoch.
    counts_per_mm : float
        As of ``on_wood_anderson_nm``, where no response is known; 0 is not known either.

    Returns
    -------
    tuple of Amplitude or None, and str
        None, and why, where there is none.
    """
    why, measured = CUT_SHORT, []
    in_use = [c for c in HORIZONTALS if c in curves] or [c for c in VERTICAL if c in curves]
    # of two horizontals the larger one counts: one in other counts than it is taken for may be
    in_use = [c for c in in_use if curve_at(curves[c], window.p_s)] or in_use
    first = max(0, round((window.p_s - segment.start_s) * rate_hz))
    is_clipped = clipped(segment.data[:, first:])
    for component in in_use:
        curve = curve_at(curves[component], window.p_s)
        samples = segment.data[COMPONENTS.index(component)]
        if curve is None and not counts_per_mm:
            why = NO_RESPONSE
        elif component in is_clipped:
            return None, CLIPPED  # what another one shows may well be less
        elif len(samples) and np.isfinite(samples).all():
            for above_hz, least_ratio in (WIDE, NARROW):
                trace_nm = on_wood_anderson_nm(
                    samples, rate_hz, curve, counts_per_mm=counts_per_mm, above_hz=above_hz
                )
                found = _amplitude_of(
                    trace_nm, rate_hz, window, start_s=segment.start_s, component=component
                )
                if found is None or found.value_nm >= least_ratio * found.noise_nm:
                    break
            measured += [] if found is None else [found]
    if not measured:
        return None, why
    largest = max(measured, key=lambda amplitude: amplitude.value_nm)
    if largest.value_nm < NARROW[1] * largest.noise_nm:
        return None, IN_NOISE
    return largest, ""


def on_wood_anderson_nm(
    samples: NDArray[np.floating],
    rate_hz: float,
    curve: ResponseCurve | None,
    *,
    counts_per_mm: float = 0.0,
    above_hz: tuple[float, float] = WIDE[0],
) -> NDArray[np.float64]:
    """Return counts as ground motion on a Wood-Anderson seismograph that magnifies once.

    Parameters
    ----------
    samples : array of float
        A record without gaps (counts); ``TAPERED_S`` at either end are tapered.
    rate_hz : float
        Samples per second.
    curve : ResponseCurve or None
        That of the instrument; without one the record is taken as that of a Wood-Anderson
        seismograph.
    counts_per_mm : float
        The counts for a mm of such a record.
    above_hz : (float, float)
        Nothing below the first frequency passes, all above the second does.

    Returns
    -------
    array of float
        Nanometres; what is near half the sampling rate is taken out, too.
    """
    from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

    n_edge = min(round(TAPERED_S * rate_hz), len(samples) // 2)
    ramp = 0.5 - 0.5 * np.cos(pi * (np.arange(n_edge) + 0.5) / max(n_edge, 1))
    tapered = samples.astype(float) - np.mean(samples, dtype=float)
    tapered[:n_edge] *= ramp
    tapered[len(tapered) - n_edge :] *= ramp[::-1]
    length = next_fast_len(len(samples) + 2 * n_edge, real=True)  # what rings is not folded back
    spectrum, frequencies = rfft(tapered, length), rfftfreq(length, 1 / rate_hz)
    highest_hz = rate_hz / 2 if curve is None else min(rate_hz / 2, curve.frequencies_hz[-1])
    passed = _ramp_up(frequencies, *above_hz)
    passed *= 1 - _ramp_up(frequencies, *(share * highest_hz for share in PASSED_BELOW))
    if curve is None:
        trace_mm = irfft(spectrum * passed, length)[: len(samples)] / counts_per_mm
        return amplitude_on_ground_nm(trace_mm)
    counts_per_m = curve.at(frequencies)
    is_known = (np.abs(counts_per_m) > 0) & (passed > 0)
    factor = np.zeros(len(frequencies), complex)
    answer = wood_anderson_response(frequencies[is_known])
    factor[is_known] = passed[is_known] * answer / counts_per_m[is_known]
    return irfft(spectrum * factor, length)[: len(samples)] * 1e9


def _amplitude_of(
    trace_nm: NDArray[np.float64],
    rate_hz: float,
    window: AmplitudeWindow,
    start_s: float,
    component: str,
) -> Amplitude | None:
    """Return the largest amplitude from P on, and that of the noise; None where either is cut."""

    def number(time_s: float) -> int:
        return round((time_s - start_s) * rate_hz)

    edge = round(TAPERED_S * rate_hz)
    p, end = number(window.p_s - LATE_P_S), min(number(window.end_s), len(trace_nm) - edge)
    noise = np.abs(trace_nm[max(edge, p - round(NOISE_LENGTH_S * rate_hz)) : max(p, 0)])
    if len(noise) < LEAST_NOISE_S * rate_hz or end < number(window.s_s + LEAST_AFTER_S_S):
        return None
    at = p + int(np.argmax(np.abs(trace_nm[p:end])))
    return Amplitude(
        value_nm=float(abs(trace_nm[at])),
        noise_nm=float(noise.max()),
        period_s=_period_s(trace_nm, at, rate_hz),
        time_s=start_s + at / rate_hz,
        component=component,
    )


def _period_s(trace: NDArray[np.float64], at: int, rate_hz: float) -> float:
    """Return twice the time between the zeros on either side of a sample; NaN without either."""
    is_other = np.signbit(trace) != np.signbit(trace[at])
    before, after = np.flatnonzero(is_other[:at]), np.flatnonzero(is_other[at:])
    if not len(before) or not len(after):
        return nan

    def zero(first: int) -> float:  # between this sample and the next
        return first + float(trace[first] / (trace[first] - trace[first + 1]))

    return 2 * (zero(at + int(after[0]) - 1) - zero(int(before[-1]))) / rate_hz


def _ramp_up(frequencies_hz: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return 0 up to a frequency, 1 from another on, and half a cosine in between."""
    return 0.5 - 0.5 * np.cos(pi * np.clip((frequencies_hz - low) / (high - low), 0, 1))
