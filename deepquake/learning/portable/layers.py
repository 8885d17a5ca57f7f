"""What the layers of a network are, by its specification: their weights, resolutions, blocks.

Nothing here loads TensorFlow.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import UNET
from deepquake.learning.spec import MODEL_JSON, ModelSpec

CHANNELS = 32  # of each convolution, in both networks of windows
# Perol, Gharbi, Denolle, Science Advances 4, e1700578, 2018. As in config_upc_ucv.ini,
# ConvNetQuake2 is UPC-UCV: Tous, Alvarado, Otero, Cruz, Rojas, BSSA 110, 2519-2529, 2020.
CONVNETQUAKE: dict[str, Any] = {"num_conv_layers": 8, "ksize": 3, "conv_stride": 2}
CONVNETQUAKE |= {"pooling": False, "num_fc_layers": 1}
GROWTH = 1.5  # channels of a resolution of a UNet over those of the next finer one
# A UNet divides a record by its deviation near each sample, so that a result does not depend on
# where a piece of it begins: in blocks, averaged twice over so many seconds.
BLOCK_S, AVERAGED_S = 0.64, 10.24


def as_built(spec: ModelSpec) -> ModelSpec:
    """Return a specification with the layers that a ConvNetQuake has whatever the settings say."""
    return replace(spec, **CONVNETQUAKE) if spec.model == "ConvNetQuake" else spec


def total_stride(spec: ModelSpec) -> int:
    """Return the samples of the record for one at the coarsest resolution of a UNet."""
    return spec.unet_stem_stride * spec.unet_stride ** (spec.unet_levels - 1)


def power_blocks(spec: ModelSpec) -> tuple[int, int]:
    """Return the samples of a block of power, and the blocks that are averaged, twice.

    Blocks divide what the coarsest resolution takes for one sample: pieces of a record that begin
    on its grid have the same blocks.
    """
    multiple, most = total_stride(spec), BLOCK_S * spec.sampling_rate
    block = max(n for n in range(1, multiple + 1) if multiple % n == 0 and (n <= most or n == 1))
    return block, max(1, round(AVERAGED_S * spec.sampling_rate / block))


def taps(n_weights: int, times: int) -> NDArray[np.float32]:
    """Return which sample of a record each weight takes, for each sample made of one.

    Parameters
    ----------
    n_weights : int
        Of the kernel that goes over the up-sampled record.
    times : int
        Samples there for one.

    Returns
    -------
    array of float32 (samples, times, n_weights)
        1 where it is taken, the sample itself in the middle; otherwise 0.
    """
    weight, made = np.arange(n_weights), np.arange(times)[:, None]
    taken = (made + weight - (n_weights - 1) // 2) // times
    farthest = np.abs(taken).max()
    return (np.arange(-farthest, farthest + 1)[:, None, None] == taken).astype(np.float32)


def weight_shapes(spec: ModelSpec) -> Iterator[tuple[int, ...]]:
    """Yield the shapes of a network's weights, in the order it holds them."""
    yield from _of_unet(spec) if spec.model == UNET else _of_windows(as_built(spec))


def check_weights(
    shapes: Iterable[tuple[int, ...]], arrays: Sequence[np.ndarray], folder: Path
) -> None:
    """Raise DeepQuakeError where weights have other shapes than those of their network.

    Parameters
    ----------
    shapes : iterable of tuple of int
        Those of the network.
    arrays : sequence of array
        The weights.
    folder : Path
        Where these are from.
    """
    found = [array.shape for array in arrays]
    # one more is enough to tell that there are too many
    if list(islice(shapes, len(found) + 1)) != found:
        network = f"the network that {MODEL_JSON} describes"
        raise DeepQuakeError(f"{folder}: the weights do not fit {network}; train it again")


def _of_unet(spec: ModelSpec) -> Iterator[tuple[int, ...]]:
    def _of_convolution(n_from: int, n_channels: int) -> Iterator[tuple[int, ...]]:
        yield spec.unet_ksize, n_from, n_channels
        yield from repeat((n_channels,), 4)

    # as long as a network's numbers are possible there are few
    level, finer, channels = 0, len(spec.components), spec.unet_channels
    beside: list[int] = []
    while level < spec.unet_levels:
        yield from _of_convolution(finer, channels)
        yield from _of_convolution(channels, channels)
        beside.append(channels)
        level += 1
        finer, channels = channels, round(spec.unet_channels * GROWTH**level)
    for coarser, finer in zip(beside[::-1], beside[-2::-1], strict=False):
        yield from _of_convolution(coarser, finer)
        yield from _of_convolution(2 * finer, finer)
    n_out = len(spec.class_names) * spec.unet_stem_stride
    yield spec.unet_ksize, spec.unet_channels, n_out
    yield (n_out,)


def _of_windows(spec: ModelSpec) -> Iterator[tuple[int, ...]]:
    n_traces, samples = len(spec.components), spec.win_size
    for _ in range(spec.num_conv_layers):
        yield spec.ksize, n_traces, CHANNELS
        yield (CHANNELS,)
        if spec.batch_norm:
            yield from ((CHANNELS,), (CHANNELS,))
        n_traces, samples = CHANNELS, -(-samples // spec.conv_stride)
        if spec.pooling:
            samples = -(-samples // spec.pooling_stride)
    units = CHANNELS * samples
    for n_units in chain(repeat(spec.fc_size, spec.num_fc_layers - 1), [spec.n_clusters]):
        yield units, n_units
        yield (n_units,)
        units = n_units
