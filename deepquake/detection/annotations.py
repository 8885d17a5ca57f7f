"""The probabilities that a network gives, as miniSEED: a file for each station stream.

The channel is the phase (P, S) of a UNet, a sample for each of the record's. Of a network of
windows it is EVT, any event, and R1, R2 ... for the regions; a sample for each window.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.files import whole_file
from deepquake.detection.parts import first_on_grid, recorded_samples, times_of
from deepquake.detection.stations import ScoredRecording
from deepquake.learning.metrics import event_probability
from deepquake.learning.picking.arrivals import picked_phases
from deepquake.learning.spec import ModelSpec
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.recording import Codes, Recording

ANY_EVENT_CODE = "EVT"
CURVES_ENDING = ".mseed"


@contextmanager
def phase_curves(
    folder: Path | None, recording: Recording, spec: ModelSpec
) -> Iterator[Callable[[int, NDArray[np.float32]], object] | None]:
    """Yield what writes the probabilities of a UNet, part by part; nothing without a folder.

    Parameters
    ----------
    folder : Path or None
        Where NAME.mseed is to appear.
    recording : Recording
        The station stream.
    spec : ModelSpec
        The network.
    """
    if folder is None:
        yield None
        return
    runs, rate = recorded_samples(recording) + first_on_grid(recording), recording.sampling_rate_hz
    with (
        whole_file(folder / f"{recording.name}{CURVES_ENDING}", lasting=False) as temporary,
        temporary.open("wb") as file,
    ):

        def write(first: int, said: NDArray[np.float32]) -> None:
            here = np.clip(runs, first, first + said.shape[1])
            for low, high in here[here[:, 1] > here[:, 0]].tolist():
                start_s = float(times_of(recording, low))
                for number, phase in enumerate(picked_phases(spec), start=1):
                    samples = said[number, low - first : high - first]
                    codes = _codes(recording, phase)
                    file.write(packed(codes, rate_hz=rate, start_s=start_s, samples=samples))

        yield write


def write_window_curves(scored: ScoredRecording, step_s: float, folder: Path) -> None:
    """Write the probabilities of the windows of a recording.

    Parameters
    ----------
    scored : ScoredRecording
        What the network said.
    step_s : float
        From one window to the next (s).
    folder : Path
        Where NAME.mseed is to appear.
    """
    recording, rate = scored.recording, scored.recording.sampling_rate_hz
    columns = {ANY_EVENT_CODE: event_probability(scored.probabilities)}
    if scored.probabilities.shape[1] > 2:
        regions = enumerate(scored.probabilities[:, 1:].T, start=1)
        columns |= {f"R{number}": column for number, column in regions}
    stride = max(1, round(step_s * rate))
    with (
        whole_file(folder / f"{recording.name}{CURVES_ENDING}", lasting=False) as temporary,
        temporary.open("wb") as file,
    ):
        for numbers in even_runs(scored, stride):
            middle_s = float(scored.starts_s[numbers[0]]) + scored.length_s / 2
            for channel, column in columns.items():
                samples = column[numbers].astype(np.float32)
                codes = _codes(recording, channel)
                data = packed(codes, rate_hz=rate / stride, start_s=middle_s, samples=samples)
                file.write(data)


def even_runs(scored: ScoredRecording, stride: int) -> list[NDArray[np.intp]]:
    """Return the numbers of the windows that follow each other step by step, run by run.

    Parameters
    ----------
    scored : ScoredRecording
        The windows.
    stride : int
        From one to the next (samples).

    Returns
    -------
    list of array of int
        One for each run. A last window off the step is in none.
    """
    rate = scored.recording.sampling_rate_hz
    begins = np.array([stretch.start_s for stretch in scored.recording.stretches])
    # half a sample keeps rounding of float seconds from deciding
    stretch = np.searchsorted(begins, scored.starts_s + 0.5 / rate) - 1
    since = np.round((scored.starts_s - begins[stretch]) * rate).astype(np.int64)
    even = np.flatnonzero(since % stride == 0)
    broken = (np.diff(since[even]) != stride) | (np.diff(stretch[even]) != 0)
    return np.split(even, np.flatnonzero(broken) + 1) if len(even) else []


def _codes(recording: Recording, channel: str) -> Codes:
    return Codes(recording.network, recording.station, recording.location, channel=channel)
