"""Convolutions are the sums that they say, whatever is made together."""

import numpy as np
import pytest

from deepquake.learning.portable import convolving
from deepquake.learning.portable.convolving import (
    averaged,
    convolution,
    convolved,
    pooled,
    up_sampling_convolution,
)

RNG = np.random.default_rng(0)
RECORDS = RNG.standard_normal((3, 41, 4)).astype(np.float32)


def by_hand(records: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Return what Keras's convolution with padding ``same`` is defined to be."""
    size, n_samples = len(kernel), records.shape[1]
    n_made = -(-n_samples // stride)
    beside = max((n_made - 1) * stride + size - n_samples, 0)
    padded = np.pad(records, ((0, 0), (beside // 2, size + stride), (0, 0)))
    places = range(0, n_made * stride, stride)
    return np.stack(
        [np.einsum("ksi,sio->ko", padded[:, at : at + size], kernel) for at in places], axis=1
    )


@pytest.mark.parametrize("rows", [1, 2, 512])
@pytest.mark.parametrize(("size", "stride"), [(7, 1), (7, 4), (3, 2), (8, 1), (2, 5), (1, 1)])
@pytest.mark.parametrize("n_channels", [5, 30])
def test_sums_are_those_of_the_definition(
    monkeypatch: pytest.MonkeyPatch, rows: int, size: int, stride: int, n_channels: int
) -> None:
    monkeypatch.setattr(convolving, "PRODUCT_ROWS", rows)
    kernel, offset = RNG.standard_normal((size, 4, n_channels)), RNG.standard_normal(n_channels)
    by = convolution(kernel, offset, stride)
    expected = by_hand(RECORDS, kernel, stride) + offset
    assert convolved([RECORDS], by, relu=False) == pytest.approx(expected, abs=1e-4)
    found = convolved([RECORDS[:, :, :1], RECORDS[:, :, 1:]], by)
    assert found == pytest.approx(np.maximum(expected, 0), abs=1e-4)
    assert found.dtype == np.float32


@pytest.mark.parametrize(("size", "times"), [(7, 4), (3, 2), (8, 3), (2, 5)])
def test_an_up_sampled_record_need_not_be_made(size: int, times: int) -> None:
    kernel, offset = RNG.standard_normal((size, 4, 6)), RNG.standard_normal(6)
    found = convolved([RECORDS], up_sampling_convolution(kernel, offset, times), relu=False)
    expected = by_hand(np.repeat(RECORDS, times, axis=1), kernel, 1) + offset
    assert found.reshape(3, -1, 6) == pytest.approx(expected, abs=1e-4)


def test_the_largest_and_the_mean_are_of_what_is_there() -> None:
    some = np.float32([[[-3], [-1], [-2], [-5], [-9]]])
    assert pooled(some, 3, 2)[0, :, 0].tolist() == [-1, -1, -5]
    assert pooled(some, 2, 2)[0, :, 0].tolist() == [-1, -2, -9]
    assert averaged(some, 3)[0, :, 0] == pytest.approx([-2, -2, -8 / 3, -16 / 3, -7])
    assert averaged(some, 100)[0, :, 0] == pytest.approx([-4] * 5)
