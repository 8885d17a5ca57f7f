"""The regions of arrivals: a network of windows looks at some that are placed on each P.

A UNet tells when P and S arrive, and of no region. A ConvNetQuake of several classes does, of
windows in which the P may be anywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, UNET, Settings
from deepquake.core.text import number_of
from deepquake.detection.stations import NO_REGION, Detection
from deepquake.learning.portable.running import window_probabilities
from deepquake.learning.spec import ModelSpec, checkpoint_folder, read_checkpoint, with_spec
from deepquake.waveforms.filtering import FLAT_S, settling_time
from deepquake.waveforms.reading import CHUNK_S, read
from deepquake.waveforms.recording import Recording, Segment
from deepquake.windows.grid import (
    TIME_TOLERANCE_S,
    Times,
    cut_segment,
    trailing_s,
    window_length_s,
)

PLACEMENTS = (0.6, 0.5, 0.4, 0.3, 0.2)  # of the P in its windows, as a share of their length
IN_ONE_READ_S = 60.0  # windows farther from the next than this are read for themselves


@dataclass(frozen=True)
class RegionNetwork:
    """A trained network of windows that tells regions apart; ``settings`` hold what it decides."""

    checkpoint_dir: Path
    spec: ModelSpec
    step: int
    settings: Settings


def load_region_network(
    checkpoint_dir: Path, finder: ModelSpec, finder_dir: Path, settings: Settings
) -> RegionNetwork:
    """Return the network that tells the regions of the arrivals that another one finds.

    Parameters
    ----------
    checkpoint_dir : Path
        Its folder.
    finder : ModelSpec
        The network that finds the arrivals.
    finder_dir : Path
        The folder of that.
    settings : Settings
        Those of the run.

    Returns
    -------
    RegionNetwork
        What workers must know.

    Raises
    ------
    DeepQuakeError
        Where the folder holds no sound checkpoint, or the two networks do not go together.
    """
    spec, step, _ = read_checkpoint(checkpoint_folder(checkpoint_dir))
    if spec.model == UNET or spec.n_clusters == 2:
        classes = "" if spec.model == UNET else " of two classes"
        raise DeepQuakeError(
            f"{checkpoint_dir}: holds a {spec.model}{classes}, which tells no regions apart; give "
            "--region_checkpoint_dir a ConvNetQuake that was trained with regions"
        )
    if finder.model != UNET:
        raise DeepQuakeError(
            f"{finder_dir}: holds a {finder.model}, which tells regions itself where it was "
            "trained with them; --region_checkpoint_dir is for a UNet"
        )
    if spec.sampling_rate != finder.sampling_rate:
        raise DeepQuakeError(
            f"{checkpoint_dir}: the network takes {spec.sampling_rate:g} Hz, but that of "
            f"{finder_dir} {finder.sampling_rate:g} Hz; train both with one sampling_rate"
        )
    return RegionNetwork(checkpoint_dir, spec, step, with_spec(settings, spec))


def in_regions(
    arrivals: Sequence[Detection],
    recording: Recording,
    network: RegionNetwork,
    model: Any,
    report: Report,
) -> list[Detection]:
    """Return arrivals with the regions of the P; those of no P, and where none is known, have none.

    Parameters
    ----------
    arrivals : sequence of Detection
        What was found in the recording, in order of time.
    recording : Recording
        The station stream.
    network : RegionNetwork
        What tells regions apart.
    model : keras.Model
        That network, loaded.
    report : Report
        Is told where no region can be known.

    Returns
    -------
    list of Detection
        In the same order.
    """
    told = [replace(a, cluster_id=NO_REGION, region_probabilities=()) for a in arrivals]
    numbers = [number for number, arrival in enumerate(told) if arrival.phase == "P"]
    missing = " and ".join(c for c in network.spec.components if c not in recording.channels)
    if missing and numbers:
        needed = f"has no component {missing}, which the network of regions takes"
        report.note(recording.name, f"{needed}: its arrivals have no region")
    if missing or not numbers:
        return told
    times_s = np.array([told[number].time_s for number in numbers])
    shares = _region_shares(model, network, recording, times_s, report)
    known = np.isfinite(shares).all(axis=1)
    for row in np.flatnonzero(known).tolist():
        region, probabilities = int(np.argmax(shares[row])), tuple(shares[row].tolist())
        number = numbers[row]
        told[number] = replace(told[number], cluster_id=region, region_probabilities=probabilities)
    if n_unknown := int(np.sum(~known)):
        what = f"{n_unknown} of {number_of(len(numbers), 'P arrival')}"
        why = f"no {network.spec.window_size:g} s around them without a gap or a flat component"
        report.note(recording.name, f"the region of {what} is not known: {why}")
    return told


def placed_windows(recording: Recording, times_s: Times, window_size_s: float) -> NDArray:
    """Return when the windows start that are placed on each P (k, placements).

    They are moved where the record begins or ends, and NaN where it is too short.

    Parameters
    ----------
    recording : Recording
        The station stream.
    times_s : array of float (k)
        The P, seconds since 1970 UTC.
    window_size_s : float
        Length of a window (s).
    """
    rate = recording.sampling_rate_hz
    length_s = window_length_s(window_size_s, rate)
    begins = np.array([stretch.start_s for stretch in recording.stretches])
    n_samples = np.array([stretch.n_samples for stretch in recording.stretches])
    stretch = np.maximum(np.searchsorted(begins, times_s + 0.5 / rate, side="right") - 1, 0)
    first, last = begins[stretch], (begins + (n_samples - 1) / rate)[stretch] - length_s
    starts = times_s[:, None] - np.multiply(PLACEMENTS, length_s)
    starts = np.clip(starts, first[:, None], np.maximum(first, last)[:, None])
    starts[last < first - TIME_TOLERANCE_S] = np.nan
    return starts


def _region_shares(
    model: Any, network: RegionNetwork, recording: Recording, times_s: Times, report: Report
) -> NDArray[np.float64]:
    """Return the probability of each region (k, regions) in the mean over the windows on each P.

    NaN where no window has all components alive.
    """
    starts = placed_windows(recording, times_s, network.spec.window_size).ravel()
    order = np.argsort(starts, kind="stable")[: np.count_nonzero(np.isfinite(starts))]
    said = np.full((len(starts), network.spec.n_clusters), np.nan)
    first = 0
    for alive, windows in _windows_at(network, recording, starts[order], report):
        here = order[first : first + len(alive)]
        said[here[alive]] = window_probabilities(model, windows)
        first += len(alive)
    of_regions = said[:, 1:].reshape(len(times_s), len(PLACEMENTS), -1)  # noise left out
    sums = np.nansum(of_regions, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums / sums.sum(axis=1, keepdims=True)


def _windows_at(
    network: RegionNetwork, recording: Recording, starts_s: Times, report: Report
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float32]]]:
    """Yield windows, some at a time: which of them are alive, and the samples of those.

    Only what is near them is read.
    """
    records, window_size_s = network.settings.records, network.spec.window_size
    pieces = {c: of for c, of in recording.pieces.items() if c in records.components}
    recording = replace(recording, pieces=pieces)
    rows = [COMPONENTS.index(component) for component in records.components]
    rate = recording.sampling_rate_hz
    lead_s = max(settling_time(records.filter_highpass), FLAT_S)
    apart = np.diff(starts_s) > IN_ONE_READ_S
    apart |= np.diff(np.floor(starts_s / CHUNK_S)) > 0
    for wanted in np.split(starts_s, np.flatnonzero(apart) + 1):
        if not len(wanted):
            continue
        end_s = wanted[-1] + trailing_s(window_size_s, rate)
        raw = read(recording, wanted[0] - lead_s, end_s, report=report)
        cuts = cut_segment(
            Segment(raw.start_s, raw.data[rows]),
            0,
            wanted,
            window_size_s=window_size_s,
            rate_hz=rate,
            corners_hz=records.corners_hz,
        )
        for cut in cuts:
            alive = np.asarray(cut.alive.all(axis=1))
            yield alive, cut.data[alive]
