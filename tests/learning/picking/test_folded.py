"""A UNet with its layers folded together says the same as the network itself."""

from typing import Any

import numpy as np
import pytest

from deepquake.learning.networks import build
from deepquake.learning.picking.folded import curves
from deepquake.learning.spec import ModelSpec, spec_of
from deepquake.learning.tensorflow import tf
from tests.learning.picking.made_excerpts import unet_settings


def trained(spec: ModelSpec, seed: int = 0) -> Any:
    """Return a network whose normalisation is not that of a new one."""
    model, rng = build(spec), np.random.default_rng(seed)
    model.set_weights(
        [w + rng.uniform(0, 0.3, w.shape) * (w.ndim == 1) for w in model.get_weights()]
    )
    return model


def itself(model: Any, records: np.ndarray) -> np.ndarray:
    return tf.nn.softmax(model(records, training=False)).numpy().transpose(0, 2, 1)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"unet_levels": 5, "unet_channels": 8},
        {"unet_stem_stride": 2, "phases": "P"},
        {"unet_stride": 2, "unet_ksize": 8, "component_N": False, "component_E": False},
        {"unet_stride": 3, "unet_ksize": 5, "unet_stem_stride": 3},
        {"unet_stride": 5, "unet_ksize": 2},
    ],
)
def test_it_says_what_the_network_says(given: dict[str, Any]) -> None:
    spec = spec_of(unet_settings(**given))
    model = trained(spec)
    for samples in (48, 251, 4000):
        shape = 2, len(spec.components), samples
        records = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
        records[:, :, samples // 2 :] *= 20
        said = curves(model, spec, records)
        assert said.shape == (2, len(spec.class_names), samples) and said.dtype == np.float32
        assert said == pytest.approx(itself(model, records), abs=1e-5)
        assert said.std(axis=2).min() > 0.01


def test_weights_that_change_are_seen() -> None:
    spec = spec_of(unet_settings())
    model, other = trained(spec), trained(spec, seed=1)
    records = np.random.default_rng(1).standard_normal((1, 3, 500)).astype(np.float32)
    before = curves(model, spec, records)
    model.set_weights(other.get_weights())
    after = curves(model, spec, records)
    assert after == pytest.approx(itself(other, records), abs=1e-5)
    assert np.abs(after - before).max() > 1e-3
