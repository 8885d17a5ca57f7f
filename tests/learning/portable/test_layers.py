"""What is told of the layers of a network without building it."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import Settings
from deepquake.learning.networks import build
from deepquake.learning.portable.layers import (
    check_weights,
    power_blocks,
    taps,
    total_stride,
    weight_shapes,
)
from deepquake.learning.spec import spec_of
from tests.learning.picking.made_excerpts import unet_settings


def test_weights_of_other_shapes_are_one_clear_error() -> None:
    spec = spec_of(Settings())
    weights = build(spec).get_weights()
    check_weights(weight_shapes(spec), weights, Path("somewhere"))
    for wrong in (weights[:-1], [*weights, weights[0]], weights[::-1]):
        with pytest.raises(DeepQuakeError, match="somewhere: the weights do not fit the network"):
            check_weights(weight_shapes(spec), wrong, Path("somewhere"))


@pytest.mark.parametrize("given", [{}, {"unet_levels": 5, "unet_stem_stride": 2}])
def test_blocks_divide_what_the_coarsest_resolution_takes(given: dict[str, object]) -> None:
    spec = spec_of(unet_settings(**given))
    block, over = power_blocks(spec)
    assert total_stride(spec) % block == 0
    assert block / spec.sampling_rate <= 0.64
    assert over * block / spec.sampling_rate == pytest.approx(10.24, rel=0.1)


@pytest.mark.parametrize(("n_weights", "times"), [(7, 4), (3, 2), (8, 3), (2, 5)])
def test_taps_are_what_a_convolution_of_an_up_sampled_record_takes(
    n_weights: int, times: int
) -> None:
    rng = np.random.default_rng(0)
    record, kernel = rng.normal(size=20), rng.normal(size=n_weights)
    up_sampled = np.pad(np.repeat(record, times), (n_weights, n_weights))
    lead = (n_weights - 1) // 2
    taken = taps(n_weights, times) @ kernel  # (samples, times)
    half = len(taken) // 2
    for at in range(5, 15):
        found = record[at - half : at + half + 1] @ taken
        for which in range(times):
            first = n_weights + at * times + which - lead
            assert found[which] == pytest.approx(up_sampled[first : first + n_weights] @ kernel)
