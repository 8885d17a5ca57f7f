"""The networks are the published ones, and windows go into them demeaned and scaled."""

import json
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.learning import networks
from deepquake.learning.checkpoints import save_checkpoint
from deepquake.learning.networks import build, load_checkpoint, weight_shapes
from deepquake.learning.spec import INFERENCE, MODEL_JSON, ModelSpec, spec_of

UPC_UCV = {"model": "ConvNetQuake2", "num_conv_layers": 4, "ksize": 20, "conv_stride": 2}
UPC_UCV |= {"pooling": True, "pooling_window": 5, "pooling_stride": 2}
UPC_UCV |= {"num_fc_layers": 3, "fc_size": 10}
LENGTHS = [501, 251, 126, 63, 32, 16, 8, 4]


def given_spec(**given) -> ModelSpec:
    return spec_of(configuration.load(given))


def lengths(model) -> list[int]:
    kinds = (networks.keras.layers.Conv1D, networks.keras.layers.MaxPooling1D)
    return [layer.output.shape[1] for layer in model.layers if isinstance(layer, kinds)]


@pytest.fixture(scope="module")
def model():
    return networks.build(given_spec())


@pytest.mark.parametrize("ini", [None, "experiments/config_convnetquake.ini"])
def test_convnetquake_has_its_published_size(ini: str | None) -> None:
    built = networks.build(spec_of(configuration.load({}, ini)))
    assert networks.count_parameters(built) == 22_114
    assert lengths(built) == LENGTHS


def test_upc_ucv_has_its_published_size() -> None:
    of_file = spec_of(configuration.load({}, "experiments/config_upc_ucv.ini"))
    for spec in (given_spec(**UPC_UCV), of_file):
        built = networks.build(spec)
        assert networks.count_parameters(built) == 63_630
        assert lengths(built) == LENGTHS


def test_batch_norm_adds_no_trainable_weights() -> None:
    assert networks.count_parameters(networks.build(given_spec(batch_norm=True))) == 22_114


def test_shapes_follow_window_components_and_classes() -> None:
    built = networks.build(given_spec(window_size=20.0, component_N=True, n_clusters=5))
    assert built.input_shape == (None, 2, 2001) and built.output_shape == (None, 5)


def test_a_seed_decides_the_first_weights() -> None:
    first, again, other = (
        networks.build(given_spec(random_seed=seed)).get_weights() for seed in (3, 3, 4)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(("normalization", "scale"), [("max", 3.0), ("std", np.sqrt(4.5))])
def test_windows_are_demeaned_and_share_one_scale(normalization: str, scale: float) -> None:
    window = np.zeros((1, 2, 4), np.float32)
    window[0, 0] = [100, 106, 100, 106]  # 3 about its mean
    prepared = networks.prepare_windows(window, normalization).numpy()
    assert prepared.shape == (1, 4, 2)
    np.testing.assert_allclose(prepared[0, :, 0], np.array([-3, 3, -3, 3]) / scale, rtol=1e-6)
    np.testing.assert_array_equal(prepared[0, :, 1], 0)


def test_a_window_of_zeros_gives_probabilities(model) -> None:
    probabilities = networks.predict(model, np.zeros((3, 1, 1001), np.float32))
    assert np.isfinite(probabilities).all()


def test_prediction_does_not_depend_on_scale_offset_or_batch(model) -> None:
    windows = np.random.default_rng(0).standard_normal((7, 1, 1001), np.float32)
    plain = networks.predict(model, windows)
    np.testing.assert_allclose(plain.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(networks.predict(model, 500 * windows + 80), plain, atol=1e-4)
    np.testing.assert_allclose(networks.predict(model, windows, batch=3), plain, atol=1e-5)
    assert networks.predict(model, windows[:0]).shape == (0, 2)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"component_N": True, "component_E": True, "n_clusters": 5, "batch_norm": True},
        {"model": "ConvNetQuake2", "batch_norm": True},
        {"model": "ConvNetQuake2", "pooling": False, "num_fc_layers": 1, "window_size": 20.0},
    ],
)
def test_the_shapes_of_weights_are_told_without_building_the_network(given: dict) -> None:
    spec = given_spec(**given)
    assert list(weight_shapes(spec)) == [tuple(w.shape) for w in build(spec).weights]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("window_size", 2147483648), ("ksize", 10**9), ("num_conv_layers", 10**9)),
        *(("num_fc_layers", 10**9), ("fc_size", 10**9)),
    ],
)
def test_a_network_of_a_size_that_cannot_be_is_one_clear_error(
    tmp_path: Path, key: str, value: int
) -> None:
    spec = given_spec(model="ConvNetQuake2")
    weights = [weight.numpy() for weight in build(spec).weights]
    save_checkpoint(tmp_path, spec, step=1, groups={INFERENCE: weights})
    head = json.loads((tmp_path / MODEL_JSON).read_text())
    (tmp_path / MODEL_JSON).write_text(json.dumps(head | {key: value}))
    with pytest.raises(DeepQuakeError, match="the weights do not fit the network"):
        load_checkpoint(tmp_path)
