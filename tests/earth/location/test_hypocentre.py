"""An origin and the fit of an arrival are plain values."""

from dataclasses import astuple

from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre


def test_values_keep_their_order() -> None:
    assert astuple(Hypocentre(0, 64, -17, 3, 0.1, 0.5, 1, 0.05, 90, 8, 4))[1:4] == (64, -17, 3)
    assert ArrivalFit(0.1, 10, 90, 45, weight=1).weight == 1
