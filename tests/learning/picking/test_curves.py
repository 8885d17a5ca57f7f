"""A UNet over records: the same whatever the pieces, and wherever the record begins."""

import numpy as np
import pytest

from deepquake.learning.networks import build
from deepquake.learning.picking import curves
from deepquake.learning.picking.unet import total_stride
from deepquake.learning.spec import ModelSpec, spec_of
from tests.learning.picking.made_excerpts import unet_settings

SPEC = spec_of(unet_settings())


@pytest.fixture(scope="module")
def model() -> object:
    return build(SPEC)


def whole(model: object, record: np.ndarray, first: int = 0) -> np.ndarray:
    said = curves.record_curves(model, SPEC, record, first)
    assert said.shape == (3, record.shape[1]) and said.dtype == np.float32
    return said


def record(samples: int) -> np.ndarray:
    made = np.random.default_rng(0).standard_normal((3, samples)).astype(np.float32)
    made[:, samples // 2 :] *= np.exp(-np.arange(samples - samples // 2) / 200) * 50 + 1
    return made


def test_pieces_make_no_difference(model: object, monkeypatch: pytest.MonkeyPatch) -> None:
    some = record(5003)
    expected = whole(model, some)
    for piece in (256, 1024, 2048):
        monkeypatch.setattr(curves, "PIECE", piece)
        assert whole(model, some) == pytest.approx(expected, abs=1e-5)


def test_pieces_side_by_side_are_put_where_they_belong(
    model: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = record(5003)
    monkeypatch.setattr(curves, "PIECE", 256)
    found = curves.record_curves(model, SPEC, some, 0, n_threads=3)
    assert found == pytest.approx(whole(model, some), abs=1e-5)


def test_a_record_that_begins_elsewhere_says_the_same_of_what_both_hold(model: object) -> None:
    some, reach = record(5003), curves.reach(SPEC)
    expected = whole(model, some, first=1_000_003)
    for later in (1, 17, 500):
        found = whole(model, some[:, later:], first=1_000_003 + later)
        assert found[:, reach:] == pytest.approx(expected[:, later + reach :], abs=1e-5)


def test_nothing_farther_than_the_reach_counts(model: object) -> None:
    reach, samples = curves.reach(SPEC), 6000
    assert reach % total_stride(SPEC) == 0
    some = record(samples)
    expected = whole(model, some)
    some[:, samples // 2] += 30
    changed = np.flatnonzero(np.abs(whole(model, some) - expected).max(axis=0) > 1e-4)
    assert samples // 2 - reach <= changed.min() and changed.max() <= samples // 2 + reach


def test_what_is_missing_is_silence(model: object) -> None:
    some = record(900)
    some[1, 200:500] = some[2] = np.nan
    assert np.array_equal(whole(model, some), whole(model, np.nan_to_num(some, nan=0.0)))


@pytest.mark.parametrize("samples", [1, 30, 300])
def test_short_records(model: object, samples: int) -> None:
    assert np.isfinite(whole(model, record(samples))).all()


def test_the_published_kind_reaches_half_a_minute() -> None:
    spec: ModelSpec = spec_of(
        unet_settings(unet_levels=5, unet_stem_stride=1, sampling_rate=100.0, training_window=60.0)
    )
    assert 2000 < curves.reach(spec) < 4000
