"""A look at some samples of each station: what is dead, flat or clipped."""

from collections.abc import Sequence

import numpy as np

from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS
from deepquake.waveforms.filtering import FLAT_S, clipped, flat_runs
from deepquake.waveforms.reading import read
from deepquake.waveforms.recording import Recording

PLACE_S = 60.0  # of samples that are looked at in one place
N_PLACES = 4  # of a recording, evenly spread


def choose(numbers: Sequence[int], look_at: int) -> list[list[int]]:
    """Choose the recordings to look at, evenly spread, and of each station one at least.

    Parameters
    ----------
    numbers : sequence of int
        How many recordings each station has.
    look_at : int
        How many to look at in all; 0 is none.

    Returns
    -------
    list of list of int
        For each station the numbers of its recordings.
    """
    total = sum(numbers)
    if not look_at:
        return [[] for _ in numbers]
    counts = [n if look_at >= total else min(n, max(1, look_at * n // total)) for n in numbers]
    spread = (np.linspace(0, n - 1, count) for n, count in zip(numbers, counts, strict=True))
    return [chosen.round().astype(int).tolist() for chosen in spread]


def marks(recording: Recording, report: Report) -> tuple[list[str], float]:
    """Return what is odd in some minutes of a recording ('Z dead', 'NE flat'), and how long flat.

    Dead: no sample differs from the others; flat: a second or more of equal samples (the seconds
    are those of the component that is flat for longest).

    Parameters
    ----------
    recording : Recording
        The station stream.
    report : Report
        Is told what cannot be read.

    Returns
    -------
    tuple of list of str, and float
        The marks, and seconds.
    """
    begin, end = recording.span()
    starts, length = [begin], end - begin
    if length > PLACE_S * N_PLACES:
        starts, length = _spread(recording, end - PLACE_S), PLACE_S
    parts = [read(recording, start, start + length, report=report) for start in starts]
    rate = recording.sampling_rate_hz
    dead, flat, flat_s = "", "", 0.0
    for component in (c for c in COMPONENTS if c in recording.channels):
        rows = [part.data[COMPONENTS.index(component)] for part in parts]
        samples = np.concatenate([row[np.isfinite(row)] for row in rows])
        runs = [np.diff(flat_runs(row, round(FLAT_S * rate)), axis=1) for row in rows]
        if len(samples) and samples.min() == samples.max():
            dead += component
        elif n_flat := sum(int(lengths.sum()) for lengths in runs):
            flat += component
            flat_s = max(flat_s, n_flat / rate)
    found = {component for part in parts for component in clipped(part.data)} - set(dead)
    clip = "".join(c for c in COMPONENTS if c in found)
    kinds = (("dead", dead), ("flat", flat), ("clipped", clip))
    return [f"{components} {kind}" for kind, components in kinds if components], flat_s


def _spread(recording: Recording, last_s: float) -> list[float]:
    """Return times at which there are data, spread over a recording."""
    starts = np.linspace(recording.start_s, last_s, N_PLACES)
    heads, ends = stretch_spans(recording).T
    number = np.minimum(np.searchsorted(ends, starts, side="right"), len(heads) - 1)
    return np.unique(np.maximum(starts, heads[number])).tolist()


def stretch_spans(recording: Recording) -> np.ndarray:
    """Return start and end of each gap-free stretch (n, 2), seconds since 1970 UTC."""
    rate = recording.sampling_rate_hz
    return np.array([(s.start_s, s.start_s + s.n_samples / rate) for s in recording.stretches])
