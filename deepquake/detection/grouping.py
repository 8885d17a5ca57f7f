"""From the windows of a station that hold an event to its detections.

Pure NumPy: knows neither files nor networks. Times are seconds since 1970 UTC.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepquake.learning.metrics import event_probability, most_probable_region
from deepquake.windows.grid import TIME_TOLERANCE_S

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Detection:
    """One detection at one station, from the start of its first window to the end of its last.

    ``probability`` is the greatest of its windows' probabilities of an event; ``cluster_id``
    (0 is the first region) is the region most probable in the mean over its windows, and
    ``region_probabilities`` are those means, noise left out, brought to a sum of 1.
    """

    network: str
    station: str
    start_s: float
    end_s: float
    probability: float
    cluster_id: int
    n_windows: int
    region_probabilities: tuple[float, ...]


def group_windows(
    network: str, station: str, starts_s: Times, length_s: float, probabilities: NDArray
) -> list[Detection]:
    """Return the detections of a station, in order of time, from its windows that hold an event.

    Windows that overlap, or share a sample, belong to one detection, and so do those of records
    that overlap in time. A detection reaches from the start of its first window to the end of its
    last: a network calls a window an event because of what lies somewhere inside it, so that the
    P is within this span, and may not be within a shorter one (what is common to all the windows,
    say, when some of them see the S alone). Detections of a station never overlap.

    Parameters
    ----------
    network, station : str
        Their codes.
    starts_s : array of float, shape (k,)
        The starts of the windows, in any order.
    length_s : float
        Seconds from a window's first sample to its last.
    probabilities : array, shape (k, classes)
        What the network said of each window.

    Returns
    -------
    list of Detection
        The detections, in order of time.
    """
    if not len(starts_s):
        return []
    order = np.argsort(starts_s, kind="stable")
    starts_s, probabilities = np.asarray(starts_s)[order], np.asarray(probabilities)[order]
    new = np.flatnonzero(np.diff(starts_s) > length_s + TIME_TOLERANCE_S) + 1
    first, last = np.r_[0, new], np.r_[new, len(starts_s)]
    highest = np.maximum.reduceat(event_probability(probabilities), first)
    means = np.add.reduceat(probabilities.astype(float), first, axis=0) / (last - first)[:, None]
    regions = most_probable_region(means)
    shares = means[:, 1:] / np.maximum(means[:, 1:].sum(axis=1, keepdims=True), 1e-300)
    return [
        Detection(
            network=network,
            station=station,
            start_s=float(starts_s[a]),
            end_s=float(starts_s[b - 1] + length_s),
            probability=float(highest[k]),
            cluster_id=int(regions[k]),
            n_windows=int(b - a),
            region_probabilities=tuple(float(p) for p in shares[k]),
        )
        for k, (a, b) in enumerate(zip(first, last, strict=True))
    ]
