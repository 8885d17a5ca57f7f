"""The formula of local magnitude, and the Wood-Anderson seismograph."""

import numpy as np
import pytest

from deepquake.core.settings import EventSettings
from deepquake.earth.location.magnitude import (
    amplitude_on_ground_nm,
    local_magnitude,
    wood_anderson_response,
)


def hutton_and_boore(amplitude_mm: float, distance_km: float) -> float:
    """Return their formula as they wrote it, for a magnification of 2800, less what 2080 gives."""
    at_100_km = 1.110 * np.log10(distance_km / 100) + 0.00189 * (distance_km - 100) + 3.0
    return float(np.log10(amplitude_mm) + at_100_km)


@pytest.mark.parametrize("distance_km", [10, 17, 100, 300])
@pytest.mark.parametrize("amplitude_mm", [0.01, 1, 30])
def test_it_is_that_of_hutton_and_boore(amplitude_mm: float, distance_km: float) -> None:
    amplitude_nm = amplitude_on_ground_nm(amplitude_mm)
    got = local_magnitude(amplitude_nm, distance_km, EventSettings())
    assert got == pytest.approx(hutton_and_boore(amplitude_mm, distance_km), abs=0.01)


def test_a_millimetre_at_100_km_is_magnitude_3() -> None:
    assert local_magnitude(1e6 / 2080, 100, EventSettings()) == pytest.approx(3, abs=0.002)


def test_coefficients_are_those_of_the_configuration() -> None:
    settings = EventSettings(ml_log_distance=2.0, ml_distance=0.01, ml_constant=-1.0)
    assert local_magnitude(1000.0, 10.0, settings) == pytest.approx(3 + 2 + 0.1 - 1)


def test_many_at_once_and_none_without_a_number() -> None:
    got = local_magnitude([10, 100], [0, 0], EventSettings())
    assert np.isfinite(got).all() and got[1] - got[0] == pytest.approx(1)


def test_wood_anderson_seismograph() -> None:
    response = wood_anderson_response([0, 0.0125, 1.25, 125])
    assert response[0] == 0
    assert abs(response[1]) == pytest.approx(1e-4, rel=1e-3)
    # at its own frequency: 1 / (2 h), a quarter of a period ahead
    assert response[2] == pytest.approx(1j / 1.4, rel=1e-9)
    assert response[3] == pytest.approx(1, abs=0.02)
