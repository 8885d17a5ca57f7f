"""Single windows as miniSEED (and SAC) files, for people's eyes and viewers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.files import whole_file
from deepquake.core.settings import COMPONENTS
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.recording import Codes, Recording
from deepquake.windows.exchange import staged
from deepquake.windows.grid import CutWindows
from deepquake.windows.index import WINDOW_DIRS, WindowRun


def window_names(recording: Recording, starts_s: NDArray[np.float64]) -> list[str]:
    """Return the file name of each window: its stream and its start to the millisecond.

    Parameters
    ----------
    recording : Recording
        Where they are cut from.
    starts_s : numpy.ndarray of float
        When they start (seconds since 1970 UTC).

    Returns
    -------
    list of str
        Without suffix.
    """
    # round() rounds the decimal of a float exactly, which times 1000 does not
    rounded = np.array([round(start, 3) for start in starts_s.tolist()])
    moments = np.datetime_as_string(np.rint(rounded * 1e3).astype("M8[ms]")).tolist()
    return [f"{recording.name}_{m.replace('-', '').replace(':', '')}" for m in moments]


def save_windows(
    prep_dir: Path,
    recording: Recording,
    runs: Sequence[WindowRun],
    cut: CutWindows,
    sac: bool,
) -> list[str]:
    """Write each window as a miniSEED file, which appears whole or not at all.

    Parameters
    ----------
    prep_dir : Path
        The folder of step 1.
    recording : Recording
        Where they are cut from.
    runs : sequence of WindowRun
        What the windows are.
    cut : CutWindows
        Their samples.
    sac : bool
        Write each component as a SAC file as well, in a folder ``sac``.

    Returns
    -------
    list of str
        The name of each window's file in ``prep_dir``, empty where it is discarded.
    """
    names = window_names(recording, cut.starts_s)
    rate_hz, files = recording.sampling_rate_hz, [""] * len(names)
    codes_of = {component: recording.codes(component) for component in recording.channels}
    for row, number in ((run.row, number) for run in runs for number in run.numbers):
        folder = WINDOW_DIRS.get(row.label)
        if folder is None:
            continue
        files[number] = f"{folder}/{names[number]}.mseed"
        start_s = float(cut.starts_s[number])
        window = [(codes_of[c], cut.data[number, COMPONENTS.index(c)]) for c in row.components]
        records = (packed(c, rate_hz, start_s=start_s, samples=samples) for c, samples in window)
        with whole_file(staged(prep_dir, files[number]), lasting=False) as temporary:
            temporary.write_bytes(b"".join(records))
        for codes, samples in window if sac else ():
            path = staged(prep_dir, f"{folder}/sac/{names[number]}.{codes.channel}.sac")
            _write_sac(path, codes, start_s=start_s, rate_hz=rate_hz, samples=samples)
    return files


def _write_sac(
    path: Path, codes: Codes, start_s: float, rate_hz: float, samples: NDArray[np.float32]
) -> None:
    from obspy import Trace, UTCDateTime

    header = codes._asdict() | {"starttime": UTCDateTime(start_s), "sampling_rate": rate_hz}
    with whole_file(path, lasting=False) as temporary:
        Trace(np.ascontiguousarray(samples), header).write(str(temporary), format="SAC")
