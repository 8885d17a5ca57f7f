"""Crops of excerpts, and what is to be said of their samples."""

import numpy as np
import pytest

from deepquake.learning.picking.targets import Crop, cut_crop, noise_crop, target_of
from deepquake.learning.store import Store
from tests.learning.picking.made_excerpts import P_AT_S, RATE, SAMPLES, arrivals, make_excerpts

WEIGHT, S_UNKNOWN = 2, 3  # channels behind those of P and S


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_excerpts(tmp_path_factory.mktemp("excerpts"))


def target(*rows: tuple[str, float, float, float, float], **changes: float) -> np.ndarray:
    given = {"begin_s": 0.0, "factor": 1.0} | changes
    return target_of(arrivals(*rows), 500, n_phases=2, rate_hz=RATE, **given)


def test_an_arrival_is_a_bell_where_it_is() -> None:
    made = target(("P", 4.0, 4.0, 4.0, 1.0), ("S", 6.0, 6.0, 6.0, 0.5))
    assert made[:, 0].argmax() == 200 and made[200, 0] == 1
    assert made[200 + 8, 0] == pytest.approx(np.exp(-0.5 * (8 / 7.5) ** 2))
    assert made[:, 1].argmax() == 300
    assert (made[:250, WEIGHT] == 1).all() and made[300, WEIGHT] == 0.5
    assert not made[:, S_UNKNOWN].any()


def test_a_crop_that_is_stretched_has_its_arrivals_farther_apart() -> None:
    made = target(("P", 4.0, 4.0, 4.0, 1.0), ("S", 5.0, 5.0, 5.0, 1.0), begin_s=3.0, factor=2.0)
    assert (made[:, 0].argmax(), made[:, 1].argmax()) == (100, 200)


def test_where_an_arrival_may_be_nothing_is_learnt() -> None:
    made = target(("P", 4.0, 3.0, 5.0, 0.0), ("S", 7.0, 6.5, 8.0, 0.0), ("?", 9.0, 9.0, 9.5, 0.0))
    assert not made[135:266, WEIGHT].any()  # 0.3 s farther to either side
    assert made[134, WEIGHT] == made[266, WEIGHT] == 1
    assert made[310:416, S_UNKNOWN].all() and made[310:416, WEIGHT].all()  # no P is there
    assert not made[435:491, WEIGHT].any()
    assert not made[:, :2].any()


def test_a_network_of_p_alone_has_no_s_to_learn() -> None:
    made = target_of(
        arrivals(("P", 4.0, 4.0, 4.0, 1.0), ("S", 6.0, 6.0, 6.0, 1.0)),
        500,
        n_phases=1,
        begin_s=0.0,
        factor=1.0,
        rate_hz=RATE,
    )
    assert made.shape == (500, 3)
    assert made[:, 0].argmax() == 200


def test_a_crop_holds_the_samples_of_its_excerpt(store: Store) -> None:
    whole = store.gather([0])[0]
    crop = cut_crop(store, 0, 250, n_phases=2, first=300.0, factor=1.0)
    assert np.array_equal(crop.data, whole[:, 300:550])
    assert crop.target[:, 0].argmax() == P_AT_S * RATE - 300
    half = cut_crop(store, 0, 500, n_phases=2, first=300.0, factor=2.0)
    assert np.array_equal(half.data[:, ::2], whole[:, 300:550])
    assert half.target[:, 0].argmax() == 2 * (P_AT_S * RATE - 300)


def test_what_reaches_beyond_the_record_is_nothing(store: Store) -> None:
    crop = cut_crop(store, 0, 250, n_phases=2, first=-100.0, factor=1.0)
    assert not crop.data[:, :100].any() and not crop.target[:100, WEIGHT].any()
    assert crop.target[100:, WEIGHT].all()
    crop = cut_crop(store, 0, 250, n_phases=2, first=SAMPLES - 100.0, factor=1.0)
    assert not crop.data[:, 100:].any() and not crop.target[100:, WEIGHT].any()


def test_short_noise_goes_to_and_fro(store: Store) -> None:
    number = int(np.flatnonzero(store.labels < 0)[0])
    record = store.gather([number])[0][:, :400]
    crop = noise_crop(store, number, 1000, n_phases=2, factor=1.0, share=0.0)
    assert np.array_equal(crop.data[:, :400], record)
    assert np.array_equal(crop.data[:, 400:800], record[:, ::-1])
    assert crop.target[:, WEIGHT].all() and not crop.target[:, :2].any()


def a_crop(p: int, scale: float = 1.0, alive: int = 3) -> Crop:
    data = np.zeros((3, 100), np.float32)
    data[:alive] = scale * np.sin(np.arange(100))
    made = np.zeros((100, 4), np.float32)
    made[p, 0] = made[:, WEIGHT] = 1
    return Crop(data, made)


def test_two_events_at_once_are_both_to_be_found() -> None:
    first, second = a_crop(20), a_crop(70, scale=1e6)
    second.target[80:, WEIGHT] = 0
    both = first.with_event(second, ratio=0.5)
    assert np.abs(both.data).max() == pytest.approx(1.5, rel=1e-2)
    assert np.flatnonzero(both.target[:, 0]).tolist() == [20, 70]
    assert both.target[:, WEIGHT].sum() == 80
    alone = a_crop(20).with_event(a_crop(70, alive=1), ratio=0.5)
    assert alone.data.any(axis=1).tolist() == [True, False, False]


def test_noise_is_added_to_what_is_recorded() -> None:
    noisy = a_crop(20).with_noise(a_crop(0, scale=50.0), ratio=10.0)
    assert noisy.data.std() == pytest.approx(1.1 * a_crop(20).data.std(), rel=1e-5)
    assert np.array_equal(noisy.target, a_crop(20).target)
    one = a_crop(20, alive=1)
    assert not one.with_noise(a_crop(0), ratio=1.0).data[1:].any()
    whole = a_crop(20)
    assert whole.with_noise(a_crop(0, alive=1), ratio=1.0) is whole
