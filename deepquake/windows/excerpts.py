"""Excerpts: the stretches of record around arrivals, and of noise, that train a UNet.

They are longer than what the network sees, so that each training step can cut its part anew, and
hold no gap: what a gap or the end of the record cuts off is 0.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.intervals import runs_of_true, union
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, UNET, RecordSettings, Settings
from deepquake.waveforms.reading import read_filtered
from deepquake.waveforms.recording import Recording
from deepquake.windows import selection
from deepquake.windows.grid import TIME_TOLERANCE_S, window_length_s
from deepquake.windows.phases import READING_S, PhaseRow, read_arrivals
from deepquake.windows.selection import ChosenWindow
from deepquake.windows.tfrecords import ArrivalsInside

# Where the P of an excerpt is, as a share of its length: more is behind it than in front, as coda
# is what noise is mistaken for least.
EARLIEST_P, LATEST_P = 0.3, 0.5
# Of a sample, in counts or any unit: beyond is no instrument's, and one such component would spoil
# a training, as the squares of what is made of it leave the range of float32.
LARGEST_SAMPLE = 1e15


@dataclass(frozen=True)
class RecordExcerpt:
    """What is cut: ``data`` float32 (components, samples), of which ``recorded`` are samples."""

    start_s: float
    data: NDArray[np.float32]
    recorded: tuple[int, int]
    arrivals: ArrivalsInside


def cut_excerpts(
    recording: Recording,
    windows: Sequence[ChosenWindow],
    known: Mapping[str, Sequence[PhaseRow]],
    settings: Settings,
    report: Report,
    reading: Report | None = None,
) -> Iterator[tuple[ChosenWindow, RecordExcerpt | None]]:
    """Yield the excerpts that windows of a record make up: one for each P, and the noise.

    Parameters
    ----------
    recording : Recording
        The record.
    windows : sequence of ChosenWindow
        The windows of step 1, in order of time.
    known : mapping of str to sequence of PhaseRow
        For each part of the data set what arrives at the station.
    settings : Settings
        Length of the windows and of an excerpt, components, filter and seed.
    report : Report
        Is told of components that are left out for their amplitudes.
    reading : Report, optional
        Is told which files turn out to be unreadable; without one they raise DeepQuakeError.

    Yields
    ------
    ChosenWindow and RecordExcerpt
        A window that it is of, and the excerpt; None where there is no sample of it, or of its P.
    """
    length_s = window_length_s(settings.dataset.training_window, recording.sampling_rate_hz)
    for window, span_s in _excerpt_spans(recording, windows, settings, length_s=length_s):
        excerpt = span_s and cut_excerpt(
            recording,
            span_s,
            near_s=window.row.p_time,
            known=known[window.part],
            length_s=length_s,
            settings=settings.records,
            report=report,
            reading=reading,
        )
        yield window, excerpt if excerpt and _holds_p(excerpt, window, recording) else None


def _holds_p(excerpt: RecordExcerpt, window: ChosenWindow, recording: Recording) -> bool:
    """Tell whether the P of an excerpt, if it is of one, is among its samples."""
    if (p_s := window.row.p_time) is None:
        return True
    first, end = excerpt.recorded
    return first <= (p_s - excerpt.start_s) * recording.sampling_rate_hz < end


def _excerpt_spans(
    recording: Recording, windows: Sequence[ChosenWindow], settings: Settings, length_s: float
) -> Iterator[tuple[ChosenWindow, tuple[float, float] | None]]:
    first_of: dict[float, ChosenWindow] = {}
    for window in windows:
        if window.row.p_time is not None:
            first_of.setdefault(window.row.p_time, window)
    for p_s, window in sorted(first_of.items()):
        key = selection.window_key(window.row)
        share = selection.random_share(settings.run.random_seed, key)
        yield window, event_span(recording, p_s, length_s, share=share)
    window_s = window_length_s(settings.windows.window_size, recording.sampling_rate_hz)
    for part in selection.PARTS:
        noise = [w for w in windows if w.part == part and w.row.p_time is None]
        starts_s = [window.row.start_time for window in noise]
        for span_s in noise_spans(starts_s, window_s, length_s):
            yield noise[bisect_left(starts_s, span_s[0] - window_s)], span_s


def event_span(
    recording: Recording, p_s: float, length_s: float, share: float
) -> tuple[float, float] | None:
    """Return the stretch of record around a P that an excerpt takes.

    Parameters
    ----------
    recording : Recording
        The record.
    p_s : float
        The P (seconds since 1970 UTC).
    length_s : float
        The most that is taken (s).
    share : float
        From 0 to 1, decides where the P is.

    Returns
    -------
    (float, float) or None
        Begin and end, within one gap-free stretch; None where the P is in none.
    """
    rate = recording.sampling_rate_hz
    for stretch in recording.stretches:
        first_s = stretch.start_s
        last_s = first_s + (stretch.n_samples - 1) / rate
        if first_s - TIME_TOLERANCE_S <= p_s <= last_s + TIME_TOLERANCE_S:
            place = EARLIEST_P + share * (LATEST_P - EARLIEST_P)
            begin_s = min(p_s - place * length_s, last_s - length_s)
            begin_s = max(begin_s, first_s)
            begin_s = first_s + round((begin_s - first_s) * rate) / rate
            return begin_s, min(begin_s + length_s, last_s)
    return None


def noise_spans(
    starts_s: Iterable[float], window_s: float, length_s: float
) -> list[tuple[float, float]]:
    """Return the stretches of noise that windows of noise make up.

    Parameters
    ----------
    starts_s : iterable of float
        The starts of the windows of one record, sorted (seconds since 1970 UTC).
    window_s : float
        From the first sample of a window to its last (s).
    length_s : float
        The most that a stretch may have (s).

    Returns
    -------
    list of (float, float)
        Begin and end of each; the last two of what is longer than ``length_s`` overlap.
    """
    starts = np.array(list(starts_s), float)
    spans: list[tuple[float, float]] = []
    for begin_s, end_s in union(starts, starts + window_s).tolist():
        while end_s - begin_s > length_s + TIME_TOLERANCE_S:
            spans.append((begin_s, begin_s + length_s))
            begin_s = min(begin_s + length_s, end_s - length_s)
        spans.append((begin_s, end_s))
    return spans


def cut_excerpt(
    recording: Recording,
    span_s: tuple[float, float],
    near_s: float | None,
    known: Sequence[PhaseRow],
    length_s: float,
    settings: RecordSettings,
    report: Report,
    reading: Report | None = None,
) -> RecordExcerpt | None:
    """Return an excerpt of a record, filtered, with the arrivals inside.

    Parameters
    ----------
    recording : Recording
        The record.
    span_s : (float, float)
        What is taken of it, within one gap-free stretch (seconds since 1970 UTC).
    near_s : float or None
        Where it is broken, the part that holds this time is taken (seconds since 1970 UTC), of a
        component that has it; None: that which holds the begin.
    known : sequence of PhaseRow
        What arrives at the station.
    length_s : float
        From the first sample of an excerpt to its last (s); what the span lacks is 0.
    settings : RecordSettings
        The components and the filter.
    report, reading : Report
        As of ``cut_excerpts``.

    Returns
    -------
    RecordExcerpt or None
        Components that are flat, not complete or beyond LARGEST_SAMPLE are 0; None where all are.
    """
    rate = recording.sampling_rate_hz
    segment = read_filtered(recording, *span_s, corners_hz=settings.corners_hz, report=reading)
    rows = [COMPONENTS.index(component) for component in settings.components]
    data = np.zeros((len(rows), round(length_s * rate) + 1), np.float32)
    samples = segment.data[rows, : data.shape[1]]
    finite = np.isfinite(samples)
    near, lengths = 0, finite.sum(axis=1)
    if near_s is not None:
        near = round((near_s - segment.start_s) * rate)
        there = finite[:, min(max(near, 0), finite.shape[1] - 1)]
        lengths = np.where(there | ~there.any(), lengths, 0)
    first, end = _run_around(finite[lengths.argmax()], near)
    if first == end:
        return None
    samples = samples[:, first:end]
    alive = finite[:, first:end].all(axis=1) & (samples != samples[:, :1]).any(axis=1)
    start_s = segment.start_s + first / rate
    for row in np.flatnonzero(alive & ~(np.abs(samples).max(axis=1) <= LARGEST_SAMPLE)).tolist():
        alive[row] = False
        at_s = start_s + int(np.abs(samples[row]).argmax()) / rate
        _tell_amplitude(recording, settings.components[row], at_s, report)
    if not alive.any():
        return None
    data[alive, : end - first] = samples[alive]
    inside = arrivals_inside(known, start_s, start_s + (end - first) / rate)
    return RecordExcerpt(start_s, data, (0, end - first), inside)


def _tell_amplitude(recording: Recording, component: str, at_s: float, report: Report) -> None:
    """Tell of a component whose amplitudes are beyond LARGEST_SAMPLE, and where they are."""
    pieces = recording.pieces[component]
    piece = min(pieces, key=lambda piece: max(piece.start_s - at_s, at_s - piece.end_s, 0.0))
    report.lose(
        piece.path,
        f"amplitudes beyond {LARGEST_SAMPLE:g}, of no instrument: not trained with",
        recording.codes(component),
        [(at_s, at_s + 1 / recording.sampling_rate_hz)],
    )


def _run_around(finite: NDArray[np.bool_], near: int) -> tuple[int, int]:
    """Return the run of samples that are there, and hold the one ``near``; else the longest."""
    runs = runs_of_true(finite)
    if not len(runs):
        return 0, 0
    holds = (runs[:, 0] <= near) & (near < runs[:, 1])
    first, end = runs[np.lexsort((runs[:, 1] - runs[:, 0], holds))[-1]].tolist()
    return first, end


def arrivals_inside(known: Iterable[PhaseRow], start_s: float, end_s: float) -> ArrivalsInside:
    """Return the arrivals that come, or may come, between two times.

    Parameters
    ----------
    known : iterable of PhaseRow
        What arrives at the station.
    start_s, end_s : float
        The two times (seconds since 1970 UTC).

    Returns
    -------
    ArrivalsInside
        Their times from the first.
    """
    rows = [row for row in known if row.latest >= start_s and row.earliest <= end_s]
    return ArrivalsInside(
        "".join(row.phase or "?" for row in rows),
        np.array([row.time - start_s for row in rows], np.float32),
        np.array([row.earliest - start_s for row in rows], np.float32),
        np.array([row.latest - start_s for row in rows], np.float32),
        np.array([row.weight for row in rows], np.float32),
    )


def known_arrivals(prep_dir: Path, settings: Settings) -> dict[str, dict[str, list[PhaseRow]]]:
    """Return for each part of a data set what arrives at each station stream.

    Events of the other part, and of kinds that are not learnt, are only known to be there.

    Parameters
    ----------
    prep_dir : Path
        The folder of step 1.
    settings : Settings
        The network that the data set is for, and how it is split.

    Returns
    -------
    dict
        Nothing of any stream where the network does not take excerpts.
    """
    if settings.network.model != UNET:
        return {part: {} for part in selection.PARTS}
    every = read_arrivals(prep_dir)
    known = {}
    for part in selection.PARTS:
        learnt = selection.learnt_events(prep_dir, settings, part)
        known[part] = {
            stream: [row if row.event_id in learnt else unlearnt(row) for row in rows]
            for stream, rows in every.items()
        }
    return known


def unlearnt(row: PhaseRow) -> PhaseRow:
    """Return an arrival as one that is known, but not to be learnt from."""
    if not row.weight:
        return row
    span_s = row.time - READING_S, row.time + READING_S
    return replace(row, earliest=span_s[0], latest=span_s[1], weight=0.0)
