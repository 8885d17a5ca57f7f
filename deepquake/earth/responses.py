"""How instruments answer to the motion of the ground: their responses, found and evaluated."""

import glob
import os
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import short
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.station_files import DATALESS_SEED, is_station_xml

CURVE_FROM_HZ, CURVE_TO_HZ = 0.05, 250.0
CURVE_STEP_HZ = 0.1  # from 1 Hz on: a filter that delays by seconds turns the phase by less than pi
SEED_SUFFIXES = (".dataless", ".seed", ".dless")
RESP_NAME = re.compile(r"RESP(\.[^.]*){3}\.\w+", re.IGNORECASE)
# What an instrument answers to: displacement, velocity or acceleration, of any prefix to the metre.
GROUND_MOTION = re.compile(r"[NUCM]?M(/S(EC)?(\*\*2|\^2|2|/S(EC)?)?|/\(S\*\*2\))?", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class ResponseCurve:
    """Counts for a metre of displacement, by frequency, from ``start_s`` on and before ``end_s``.

    Times are seconds since 1970 UTC.
    """

    start_s: float
    end_s: float
    frequencies_hz: NDArray[np.float64]
    counts_per_m: NDArray[np.complex128]

    def at(self, frequencies_hz: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Return counts per metre at some frequencies; 0 at those that it does not reach."""
        log_hz = np.log(np.maximum(frequencies_hz, 1e-9))
        known = np.log(self.frequencies_hz)
        amplitude = np.interp(log_hz, known, np.log(np.abs(self.counts_per_m)))
        phase = np.interp(log_hz, known, np.unwrap(np.angle(self.counts_per_m)))
        inside = (log_hz >= known[0]) & (log_hz <= known[-1])
        return np.where(inside, np.exp(amplitude + 1j * phase), 0.0)


# by network, station, location and channel: one for each epoch
Responses = Mapping[tuple[str, str, str, str], Sequence[ResponseCurve]]


def load_responses(
    waveforms: Path, settings: ArrivalSettings, report: Report, wanted: Iterable[tuple[str, str]]
) -> Responses:
    """Return the responses of instruments, from ``stations_path`` or from beside the waveforms.

    Parameters
    ----------
    waveforms : Path
        Folder or file of waveforms.
    settings : ArrivalSettings
        Says where the list of stations is.
    report : Report
        Is told of files and channels that cannot be used.
    wanted : iterable of (str, str)
        Network and code of the stations that matter; a network may be empty.

    Returns
    -------
    dict
        Empty where no file has any.
    """
    codes = {code for _, code in wanted}
    found: dict[tuple[str, str, str, str], list[ResponseCurve]] = {}
    for path in response_files(waveforms, settings.stations_path):
        for network in _inventory_of(path, report):
            for station in (s for s in network if s.code.strip().upper() in codes):
                for channel in station:
                    curve = _curve_of(path, channel, f"{network.code}.{station.code}", report)
                    if curve is not None:
                        texts = network.code, station.code, channel.location_code, channel.code
                        key = tuple(text.strip().upper() for text in texts)
                        found.setdefault(key, []).append(curve)
    return found


def response_files(waveforms: Path, stations_path: str = "") -> list[Path]:
    """Return the files that may hold responses: StationXML, dataless SEED, and RESP.

    Parameters
    ----------
    waveforms : Path
        Folder or file of waveforms: they are looked for in it, beside it and above.
    stations_path : str
        The list of stations that was given, or the folder of such lists: looked into first.

    Returns
    -------
    list of Path
        Each once.
    """
    start = waveforms.resolve()
    folders = [Path(stations_path)] if stations_path else []
    folders += [start, start.parent, start.parent.parent]
    found: list[Path] = []
    for place in folders:
        try:
            files = [place] if place.is_file() else sorted(place.iterdir())
        except OSError:
            continue
        found += [path for path in files if _may_hold_responses(path)]
    return list(dict.fromkeys(path.resolve() for path in found))


def curves_of(responses: Responses, codes: tuple[str, str, str, str]) -> Sequence[ResponseCurve]:
    """Return the responses of a channel, one for each epoch; none where they are not known.

    A record without a network fits every one; another location code does where the station has
    that channel at no other location.

    Parameters
    ----------
    responses : mapping
        Those known.
    codes : (str, str, str, str)
        Network, station, location and channel.
    """
    if codes in responses:
        return responses[codes]
    network, station, _, channel = codes
    alike = [
        key
        for key in responses
        if (key[1], key[3]) == (station, channel) and (key[0] == network or not network)
    ]
    return responses[alike[0]] if len(alike) == 1 else []


def curve_at(curves: Iterable[ResponseCurve], time_s: float) -> ResponseCurve | None:
    """Return the first response that holds at a time (seconds since 1970 UTC), or None."""
    return next((curve for curve in curves if curve.start_s <= time_s < curve.end_s), None)


def _may_hold_responses(path: Path) -> bool:
    name, suffix = path.name, path.suffix.lower()
    if suffix == ".xml":
        return is_station_xml(path)
    if suffix in SEED_SUFFIXES:
        try:
            with path.open("rb") as file:
                return DATALESS_SEED.match(file.read(len("000001V "))) is not None
        except OSError:
            return False
    return RESP_NAME.fullmatch(name) is not None and path.is_file()


def _inventory_of(path: Path, report: Report) -> Iterable[Any]:
    from obspy import read_inventory

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of elements that are nothing to us
            return read_inventory(glob.escape(str(path)))
    except Exception as error:  # ObsPy's readers raise whatever their XML library raises
        report.skip(path, f"cannot be read as an inventory: {short(error)}")
        return []


def _curve_of(path: Path, channel: Any, station: str, report: Report) -> ResponseCurve | None:
    """Return the response of a channel, None where the file tells none that can be evaluated."""
    if channel.response is None or not channel.response.response_stages:
        return None
    name = f"{station}.{channel.location_code}.{channel.code}"
    units = channel.response.response_stages[0].input_units or ""
    if not GROUND_MOTION.fullmatch(units.strip()):
        return None  # of the state of health, the pressure of the air, or nobody knows of what
    highest_hz = min(0.5 * (channel.sample_rate or 2 * CURVE_TO_HZ), CURVE_TO_HZ)
    if highest_hz <= 1.0:  # no seismograms of local events
        return None
    n_above = int((highest_hz - 1.0) / CURVE_STEP_HZ) + 2
    low, high = np.geomspace(CURVE_FROM_HZ, 1.0, 60), np.linspace(1.0, highest_hz, n_above)
    frequencies = np.concatenate([low[:-1], high])
    try:
        with warnings.catch_warnings(), _deaf_to_c():
            warnings.simplefilter("ignore")
            counts = channel.response.get_evalresp_response_for_frequencies(frequencies, "DISP")
    except Exception as error:  # evalresp, which is C, tells in many ways that it does not like one
        report.skip(path, f"{name}: its response cannot be used: {short(error)}")
        return None
    if not (np.isfinite(counts).all() and np.abs(counts).all()):
        report.skip(path, f"{name}: its response cannot be used: it is 0 or no number somewhere")
        return None
    start, end = channel.start_date, channel.end_date
    return ResponseCurve(
        start_s=-inf if start is None else start.timestamp,
        end_s=inf if end is None else end.timestamp,
        frequencies_hz=frequencies,
        counts_per_m=np.asarray(counts, complex),
    )


@contextmanager
def _deaf_to_c() -> Iterator[None]:
    """Drop what C writes to stderr itself: evalresp's remarks on filters, a dozen for a channel."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
