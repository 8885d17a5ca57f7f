"""The UNet: its shape, its scaling of records, its loss."""

import numpy as np
import pytest

from deepquake.learning.networks import build, count_parameters, weight_shapes
from deepquake.learning.picking.unet import arrival_loss, prepare_records, total_stride
from deepquake.learning.spec import spec_of
from deepquake.learning.tensorflow import tf
from tests.learning.picking.made_excerpts import unet_settings


@pytest.mark.parametrize("samples", [48, 251, 1000])
def test_records_of_any_length_have_logits_for_each_sample(samples: int) -> None:
    model = build(spec_of(unet_settings()))
    records = np.random.default_rng(0).standard_normal((2, 3, samples)).astype(np.float32)
    assert model(records).shape == (2, samples, 3)


def test_the_published_kind_has_its_number_of_weights() -> None:
    whole = unet_settings(unet_levels=5, unet_channels=8, unet_stem_stride=1)
    assert count_parameters(build(spec_of(whole))) == 64992
    assert total_stride(spec_of(whole)) == 256
    half = unet_settings(unet_levels=5, unet_channels=8, unet_stem_stride=2, phases="P")
    spec = spec_of(half)
    assert total_stride(spec) == 512 and spec.class_names == ("noise", "P")
    assert build(spec)(np.ones((1, 3, 700), np.float32)).shape == (1, 700, 2)


@pytest.mark.parametrize("given", [{}, {"unet_levels": 5, "unet_stem_stride": 2, "phases": "P"}])
def test_the_shapes_of_weights_are_told_without_building_the_network(
    given: dict[str, object],
) -> None:
    spec = spec_of(unet_settings(**given))
    assert list(weight_shapes(spec)) == [tuple(w.shape) for w in build(spec).weights]


def test_the_seed_decides_the_first_weights() -> None:
    first, again, other = (
        build(spec_of(unet_settings(random_seed=seed))).get_weights() for seed in (1, 1, 2)
    )
    assert all(map(np.array_equal, first, again))
    assert not all(map(np.array_equal, first, other))


def test_the_unit_of_a_record_does_not_count_and_a_dead_component_stays_dead() -> None:
    records = np.random.default_rng(0).standard_normal((1, 3, 640)).astype(np.float32)
    records[:, 2] = 0
    how = {"multiple": 16, "block": 32, "over": 4}
    plain = prepare_records(tf.constant(records), **how).numpy()
    assert plain.shape == (1, 640, 3)
    assert plain[0].std(axis=0) == pytest.approx([1, 1, 0], abs=0.05)
    for unit in (1e-12, 1e12):
        scaled = prepare_records(tf.constant(records * np.float32(unit)), **how).numpy()
        assert scaled == pytest.approx(plain, rel=1e-4, abs=1e-6)
    loud = records.copy()
    loud[0, 0, 320:] *= 1000
    assert prepare_records(tf.constant(loud), **how).numpy()[0, :100, 0] == pytest.approx(
        plain[0, :100, 0], rel=1e-4
    )


def loss_of(logits: list[float], arrivals: list[float], weight: float, unknown: float) -> float:
    target = np.array([[[*arrivals, weight, unknown]]], np.float32)
    loss, _ = arrival_loss(np.array([[logits]], np.float32), target)
    return float(loss[0])


def test_the_loss_is_the_cross_entropy_of_what_is_known() -> None:
    logits = [0.5, 1.5, -1.0]
    probability = np.exp(logits) / np.exp(logits).sum()
    assert loss_of(logits, [1, 0], 1, 0) == pytest.approx(-np.log(probability[1]), rel=1e-5)
    assert loss_of(logits, [0, 0], 1, 0) == pytest.approx(-np.log(probability[0]), rel=1e-5)
    assert loss_of(logits, [0, 0], 0, 0) == 0
    not_p = 1 - probability[1]
    assert loss_of(logits, [0, 0], 1, 1) == pytest.approx(-np.log(not_p), rel=1e-5)
    assert loss_of(logits, [1, 0], 1, 1) == pytest.approx(-np.log(probability[1]), rel=1e-5)


def test_samples_at_arrivals_weigh_five_times_as_much() -> None:
    logits = np.zeros((1, 2, 3), np.float32)
    logits[0, 1] = [9, 0, 0]
    target = np.array([[[0, 0, 1, 0], [1, 0, 1, 0]]], np.float32)
    loss, right = arrival_loss(logits, target)
    wrong = np.log(np.exp(9) + 2)
    assert float(loss[0]) == pytest.approx((np.log(3) + 5 * wrong) / 6, rel=1e-5)
    assert float(right[0]) == 0
