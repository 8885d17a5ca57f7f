"""Running trained networks: by TensorFlow or, where it is not installed, by NumPy."""

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.learning.portable.forward import PortableNetwork, portable_network
from deepquake.learning.portable.layers import check_weights, weight_shapes
from deepquake.learning.spec import INFERENCE, read_checkpoint

WINDOWS_AT_ONCE = 256  # windows through the network at a time, whatever the number of threads


def load_for_use(folder: Path) -> Any:
    """Return the trained network of a checkpoint folder, for ``window_probabilities`` or pickers.

    Parameters
    ----------
    folder : Path
        The folder.

    Returns
    -------
    keras.Model or PortableNetwork
        The second where TensorFlow is not installed.

    Raises
    ------
    DeepQuakeError
        Where there is no network, or it is damaged.
    """
    if find_spec("tensorflow") is not None:
        from deepquake.learning.networks import load_checkpoint

        return load_checkpoint(folder)[0]
    return load_portable(folder)


def load_portable(folder: Path) -> PortableNetwork:
    """Return the trained network of a checkpoint folder, to be run by NumPy.

    From here on each product of matrices is made by one thread alone: the pieces of a record are
    taken side by side, and the last digits do not tell how many threads there were. Raises
    DeepQuakeError where there is no network, or it is damaged.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, "blas")
    spec, _, groups = read_checkpoint(folder)
    weights = groups.get(INFERENCE, [])
    check_weights(weight_shapes(spec), weights, folder)
    return portable_network(spec, weights)


def window_probabilities(
    network: Any, windows: NDArray[np.float32], batch: int = 2048, n_threads: int = 1
) -> NDArray[np.float32]:
    """Return the probability of each class in windows.

    Parameters
    ----------
    network : keras.Model or PortableNetwork
        A network of windows.
    windows : array of float32 (k, n_traces, samples)
        Filtered windows.
    batch : int, optional
        Windows through TensorFlow at a time.
    n_threads : int, optional
        Of NumPy; TensorFlow takes those that it was started with.

    Returns
    -------
    array of float32 (k, classes)
        The probabilities.
    """
    if not isinstance(network, PortableNetwork):
        from deepquake.learning.networks import predict

        return predict(network, windows, batch)
    pieces = [
        windows[i : i + WINDOWS_AT_ONCE] for i in range(0, max(1, len(windows)), WINDOWS_AT_ONCE)
    ]
    with ThreadPoolExecutor(n_threads) as threads:
        return np.concatenate(list(threads.map(network.probabilities, pieces)))
