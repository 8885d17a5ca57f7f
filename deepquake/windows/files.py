"""Single windows as miniSEED (and SAC) files, for people's eyes and viewers."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.files import whole_file
from deepquake.core.settings import COMPONENTS
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.recording import Codes, Recording


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


def write_windows(
    folder: Path,
    recording: Recording,
    components: str,
    starts_s: NDArray[np.float64],
    data: NDArray[np.float32],
    save_sac: bool,
) -> list[str]:
    """Write each window as a miniSEED file, which appears whole or not at all.

    Parameters
    ----------
    folder : Path
        Where to.
    recording : Recording
        Where they are cut from.
    components : str
        Those of Z, N, E to write.
    starts_s : numpy.ndarray of float, shape (k,)
        When the windows start (seconds since 1970 UTC).
    data : numpy.ndarray of float32, shape (k, 3, win_size)
        Their samples; rows Z N E.
    save_sac : bool
        Write each component as a SAC file as well, in a folder ``sac``.

    Returns
    -------
    list of str
        The names of the files in ``folder``.
    """
    rate_hz = recording.sampling_rate_hz
    names = window_names(recording, starts_s)
    codes = [recording.codes(component) for component in components]
    rows = [COMPONENTS.index(component) for component in components]
    for name, start_s, window in zip(names, starts_s.tolist(), data[:, rows], strict=True):
        with whole_file(folder / f"{name}.mseed") as temporary, temporary.open("wb") as file:
            for code, samples in zip(codes, window, strict=True):
                file.write(packed(code, rate_hz=rate_hz, start_s=start_s, samples=samples))
    if save_sac:
        for name, start_s, window in zip(names, starts_s.tolist(), data[:, rows], strict=True):
            for code, samples in zip(codes, window, strict=True):
                path = folder / "sac" / f"{name}.{code.channel}.sac"
                _write_sac(path, code, start_s=start_s, rate_hz=rate_hz, samples=samples)
    return [f"{name}.mseed" for name in names]


def _write_sac(
    path: Path, codes: Codes, start_s: float, rate_hz: float, samples: NDArray[np.float32]
) -> None:
    from obspy import Trace, UTCDateTime

    header = asdict(codes) | {"starttime": UTCDateTime(start_s), "sampling_rate": rate_hz}
    with whole_file(path) as temporary:
        Trace(np.ascontiguousarray(samples), header).write(str(temporary), format="SAC")
