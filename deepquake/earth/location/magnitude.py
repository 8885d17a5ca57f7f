"""Local magnitude: the formula, and the Wood-Anderson seismograph that it was made for.

The seismograph has a period of 0.8 s, a damping of 0.7 of the critical, and magnifies 2080 times
(Uhrhammer and Collins, 1990, BSSA 80, 702-716), not the 2800 of its makers.
"""

from math import pi

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.core.settings import EventSettings

WOOD_ANDERSON_GAIN = 2080.0
WOOD_ANDERSON_PERIOD_S = 0.8
WOOD_ANDERSON_DAMPING = 0.7
NM_PER_MM = 1e6
LEAST_DISTANCE_KM = 0.1  # of a source that is located at a station


def local_magnitude(
    amplitude_nm: ArrayLike, distance_km: ArrayLike, settings: EventSettings
) -> NDArray[np.float64]:
    """Return local magnitudes: log10(A) + a log10(R) + b R + c.

    The defaults of a, b and c are those of Hutton and Boore (1987, BSSA 77, 2074-2094), as IASPEI
    writes them for A in nm: 1.11, 0.00189, -2.09. A mm on the seismograph at 100 km is magnitude 3.

    Parameters
    ----------
    amplitude_nm : array_like of float
        The largest of a Wood-Anderson seismogram, zero to peak, over the magnification (nm).
    distance_km : array_like of float
        From the hypocentre (km).
    settings : EventSettings
        The coefficients.

    Returns
    -------
    numpy.ndarray of float
        The magnitudes.
    """
    distance_km = np.maximum(distance_km, LEAST_DISTANCE_KM)
    spread = settings.ml_log_distance * np.log10(distance_km) + settings.ml_distance * distance_km
    return np.log10(amplitude_nm) + spread + settings.ml_constant


def amplitude_on_ground_nm(amplitude_mm: ArrayLike) -> NDArray[np.float64]:
    """Return amplitudes on a Wood-Anderson seismogram (mm) as those of the ground motion (nm)."""
    return np.asarray(amplitude_mm, float) * NM_PER_MM / WOOD_ANDERSON_GAIN


def wood_anderson_response(frequencies_hz: ArrayLike) -> NDArray[np.complex128]:
    """Return what a Wood-Anderson seismograph that magnifies once makes of displacement.

    Parameters
    ----------
    frequencies_hz : array_like of float
        The frequencies (Hz).

    Returns
    -------
    numpy.ndarray of complex
        1 far above 1.25 Hz, falling with the square of the frequency far below.
    """
    s = 2j * pi * np.asarray(frequencies_hz, float)
    corner = 2 * pi / WOOD_ANDERSON_PERIOD_S
    return s**2 / (s**2 + 2 * WOOD_ANDERSON_DAMPING * corner * s + corner**2)
