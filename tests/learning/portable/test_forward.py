"""NumPy says of records and windows what TensorFlow says."""

from typing import Any

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.learning.networks import build, predict
from deepquake.learning.picking.folded import curves
from deepquake.learning.portable.forward import PortableNetwork, portable_network
from deepquake.learning.portable.running import window_probabilities
from deepquake.learning.spec import ModelSpec, spec_of
from tests.learning.picking.made_excerpts import unet_settings

UPC_UCV = {"model": "ConvNetQuake2", "num_conv_layers": 3, "pooling_window": 5, "conv_stride": 3}


def as_trained(spec: ModelSpec) -> tuple[Any, PortableNetwork]:
    """Return a network whose normalisation and offsets are not those of a new one, twice."""
    model, rng = build(spec), np.random.default_rng(0)
    model.set_weights(
        [w + rng.uniform(0, 0.3, w.shape) * (w.ndim == 1) for w in model.get_weights()]
    )
    return model, portable_network(spec, model.get_weights())


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"unet_levels": 5, "unet_channels": 12, "unet_stem_stride": 2},
        {"unet_stride": 2, "unet_ksize": 8, "component_N": False, "phases": "P"},
        {"unet_stride": 3, "unet_ksize": 5, "unet_stem_stride": 3},
        {"unet_stride": 5, "unet_ksize": 2, "sampling_rate": 50.0},
    ],
)
def test_a_unet_says_the_same(given: dict[str, Any]) -> None:
    spec = spec_of(unet_settings(**given))
    model, portable = as_trained(spec)
    for samples in (1, 48, 251, 4000):
        shape = 2, len(spec.components), samples
        records = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
        records[:, :, samples // 2 :] *= 20
        records[1, 0] = 0
        said = portable.probabilities(records)
        assert said.shape == (2, len(spec.class_names), samples) and said.dtype == np.float32
        assert said == pytest.approx(curves(model, spec, records), abs=1e-5)


def test_so_it_does_where_a_spike_is_a_million_times_the_rest() -> None:
    spec = spec_of(unet_settings())
    model, portable = as_trained(spec)
    records = np.random.default_rng(1).standard_normal((1, 3, 4000)).astype(np.float32)
    records[:, :, 700] = 1e7
    assert portable.probabilities(records) == pytest.approx(curves(model, spec, records), abs=1e-5)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"n_clusters": 5, "batch_norm": True, "component_N": True, "component_E": True},
        {"normalization": "max", "window_size": 7.31},
        {"normalization": "none", **UPC_UCV},
        {"batch_norm": True, "pooling": True, "num_fc_layers": 3, **UPC_UCV},
        {"pooling": False, "num_fc_layers": 1, "ksize": 4, **UPC_UCV},
    ],
)
def test_a_network_of_windows_says_the_same(given: dict[str, Any]) -> None:
    spec = spec_of(configuration.load(given))
    model, portable = as_trained(spec)
    shape = 300, len(spec.components), spec.win_size
    windows = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    if spec.normalization != "none":
        windows *= np.geomspace(1e-3, 1e5, 300, dtype=np.float32)[:, None, None]
    windows[7], windows[8] = 0, 3
    said = window_probabilities(portable, windows, n_threads=2)
    assert said == pytest.approx(predict(model, windows), abs=1e-5)
    assert said.std(axis=0).min() > 1e-3


def test_a_record_of_silence_gives_probabilities() -> None:
    _, portable = as_trained(spec_of(unet_settings()))
    said = portable.probabilities(np.zeros((1, 3, 500), np.float32))
    assert np.isfinite(said).all() and said.sum(axis=1) == pytest.approx(1.0)
