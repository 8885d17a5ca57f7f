"""Window geometry: where windows start, what each is (positive, negative, skipped), and slices.

Definitions: ``win_size`` samples to a window, both ends counted; windows step through each
gap-free stretch, and the last one ends on the stretch's last sample, so that nothing goes unseen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from deepquake.core.config import Config
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS
from deepquake.core.text import number_of
from deepquake.earth.arrivals import Arrivals
from deepquake.waveforms.filtering import filter_segment, settling_time
from deepquake.waveforms.quality import FLAT_S, blank, clear_of, gaps_and_flats
from deepquake.waveforms.reading import Segment, read
from deepquake.waveforms.recording import Recording

SKIPPED, POSITIVE, NEGATIVE = 0, 1, 2
LABEL_NAMES = {SKIPPED: "skipped", POSITIVE: "positive", NEGATIVE: "negative"}

# Picks are read to 1 ms at best; a microsecond only absorbs the rounding of float seconds.
TIME_TOLERANCE_S = 1e-6
# Enough of a record at a time for NumPy to be fast, little enough for a laptop's memory.
CHUNK_S = 4 * 3600.0


def window_starts(n_samples: int, win_size: int, stride: int) -> np.ndarray:
    """Return the first sample of each window in a stretch of ``n_samples`` (int64, increasing).

    Windows step by ``stride`` samples; a last one ends on the last sample. Empty where the
    stretch is shorter than a window.
    """
    last = n_samples - win_size
    if last < 0:
        return np.empty(0, dtype=np.int64)
    starts = np.arange(0, last + 1, max(1, stride), dtype=np.int64)
    return starts if starts[-1] == last else np.append(starts, last)


def recording_starts(recording: Recording, config: Config, stride_s: float) -> np.ndarray:
    """Return the start time of each window of a recording (seconds since 1970 UTC)."""
    rate = config.sampling_rate
    stride = max(1, round(stride_s * rate))
    parts = [
        stretch.start_s + window_starts(stretch.n_samples, config.win_size, stride) / rate
        for stretch in recording.stretches
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def note_short(recording: Recording, config: Config, report: Report) -> None:
    """Note how many stretches of a recording are too short for a window, and their seconds."""
    short = [s.n_samples for s in recording.stretches if s.n_samples < config.win_size]
    if short:
        report.note(
            recording.paths()[0],
            f"{recording.station}: {number_of(len(short), 'stretch', 'es')} shorter than a window "
            f"of {config.window_size:g} s ({sum(short) / config.sampling_rate:g} s in all)",
        )


def longest_s(recordings: Iterable[Recording]) -> float:
    """Return the length of the longest stretch of any recording, in seconds."""
    return max(s.n_samples / r.sampling_rate_hz for r in recordings for s in r.stretches)


def is_inside(recording: Recording, start_s: float, config: Config) -> bool:
    """Tell whether a window that starts at ``start_s`` lies within a gap-free stretch."""
    end_s = start_s + (config.win_size - 1) / config.sampling_rate
    return any(
        stretch.start_s - TIME_TOLERANCE_S <= start_s
        and end_s
        <= stretch.start_s + (stretch.n_samples - 1) / config.sampling_rate + TIME_TOLERANCE_S
        for stretch in recording.stretches
    )


@dataclass(frozen=True)
class Labels:
    """What each window is: ``kind`` (int8, SKIPPED, POSITIVE or NEGATIVE) and its P.

    ``p_s`` (seconds since 1970, NaN where there is none) and ``event`` (index into the events,
    -1 where there is none) are those of the first P at least half a P window inside.
    """

    kind: np.ndarray
    p_s: np.ndarray
    event: np.ndarray

    def some(self, chosen: np.ndarray) -> "Labels":
        """Return the labels of the windows with those numbers."""
        return Labels(self.kind[chosen], self.p_s[chosen], self.event[chosen])


def label_windows(
    starts_s: np.ndarray, arrivals: Arrivals, config: Config, complete: Arrivals | None = None
) -> Labels:
    """Tell positives from noise from what must be neither.

    Positive: a picked P lies at least ``pwave_window / 2`` from either end, or, with
    ``use_estimated_p``, an estimated one with its uncertainty inside. Negative: no arrival,
    picked or estimated, from ``window_avoid_negatives_after`` before the start to
    ``window_avoid_negatives_before`` after the end, and no event near whose arrival is unknown.
    Skipped: neither. ``complete`` are the arrivals of a further, complete catalogue: no noise is
    near them either, and whatever is far from them is noise, event or not in the first one.
    """
    ends_s = starts_s + (config.win_size - 1) / config.sampling_rate
    picked_margin = config.pwave_window / 2
    p_s, event = _first_inside(
        starts_s, ends_s, arrivals.picked_s, arrivals.picked_events, picked_margin
    )
    if config.use_estimated_p:
        # A window shorter than the uncertainty has at least the estimate in its middle.
        margin = max(picked_margin, config.estimated_p_uncertainty)
        margin = min(margin, (config.window_size - config.window_stride) / 2)
        found = _first_inside(
            starts_s, ends_s, arrivals.estimated_s, arrivals.estimated_events, margin
        )
        no_pick = event < 0
        p_s, event = np.where(no_pick, found[0], p_s), np.where(no_pick, found[1], event)
    known = [arrivals] if complete is None else [arrivals, complete]
    near = np.zeros(len(starts_s), dtype=bool)
    for some in known:
        near |= _near(starts_s, ends_s, some, config)
    nothing_known = not any(len(a.picked_s) or len(a.estimated_s) or a.unknown for a in known)
    if nothing_known and complete is None and not config.noise_without_event:
        near[:] = True
    kind = np.where(event >= 0, POSITIVE, np.where(near, SKIPPED, NEGATIVE)).astype(np.int8)
    return Labels(kind, p_s, event)


def join(*parts: tuple[np.ndarray, Labels, np.ndarray]) -> tuple[np.ndarray, Labels]:
    """Return the wanted windows of several grids (starts, labels, wanted), in order of time."""
    starts_s = np.concatenate([starts[wanted] for starts, _, wanted in parts])
    order = np.argsort(starts_s, kind="stable")
    kind, p_s, event = (
        np.concatenate([getattr(labels, name)[wanted] for _, labels, wanted in parts])[order]
        for name in ("kind", "p_s", "event")
    )
    return starts_s[order], Labels(kind, p_s, event)


def avoided_stretches(known: Iterable[Arrivals], config: Config) -> list[tuple[float, float]]:
    """Return the stretches (start, end in seconds since 1970) that no noise window may touch."""
    before, after = config.window_avoid_negatives_before, config.window_avoid_negatives_after
    spans = []
    for arrivals in known:
        every_p = np.concatenate([arrivals.picked_s, arrivals.estimated_s])
        spans += [(float(p) - before, float(p) + after) for p in every_p]
        spans += [(start - before, end) for start, end in arrivals.unknown]
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


@dataclass(frozen=True)
class Block:
    """Some consecutive windows of a recording: ``starts_s`` (k) and ``data``.

    ``complete`` (k, n) is true where one of the n components asked for has every sample, ``alive``
    (k, n) where none of them is flat either. ``first`` is the index of the first window among all
    that were asked for. ``record`` is float32 (n, samples), in which the windows begin at
    ``offsets``.
    """

    first: int
    starts_s: np.ndarray
    complete: np.ndarray
    alive: np.ndarray
    record: np.ndarray
    offsets: np.ndarray
    win_size: int

    @cached_property
    def data(self) -> np.ndarray:
        """The windows, float32 (k, n, win_size), NaN where there is no sample or a flat one."""
        return cut(self.record, self.offsets, self.win_size)


def window_blocks(
    recording: Recording,
    starts_s: np.ndarray,
    config: Config,
    highpass: float,
    lowpass: float,
    most: int = 2048,
    report: Report | None = None,
    components: str = COMPONENTS,
) -> Iterator[Block]:
    """Yield the windows that start at ``starts_s`` (increasing), at most ``most`` at a time.

    The record is read in pieces of a few hours, filtered (corners in Hz; 0 is none) with enough
    of it in front for the filter to settle, and sliced; memory does not grow with its length.
    Only the ``components`` asked for (in the order of Z N E) are read and filtered.
    Flat stretches count as missing, so that the filter begins anew behind them. Files that turn
    out to be unreadable are gaps, noted in ``report``; without one they raise DeepQuakeError.
    """
    pieces = {c: own for c, own in recording.pieces.items() if c in components}
    recording = replace(recording, pieces=pieces)
    used = [COMPONENTS.index(c) for c in components]
    lead, trail = max(settling_time(highpass), FLAT_S), trail_s(config)
    for begin, end in _chunks(starts_s):
        wanted = starts_s[begin:end]
        raw = read(recording, wanted[0] - lead, wanted[-1] + trail, report=report)
        if len(used) < len(COMPONENTS):
            raw = Segment(raw.start_s, raw.data[used])
        yield from blocks_of(raw, begin, wanted, config, highpass, lowpass, most)


def trail_s(config: Config) -> float:
    """Return the seconds of record after a window's start that tell whether it is alive."""
    return (config.win_size - 1) / config.sampling_rate + FLAT_S


def blocks_of(
    raw: Segment,
    first: int,
    starts_s: np.ndarray,
    config: Config,
    highpass: float = 0.0,
    lowpass: float = 0.0,
    most: int = 2048,
) -> Iterator[Block]:
    """Yield the windows of a segment, the first of which is number ``first``.

    The segment reaches from FLAT_S before the first start, or more for a filter to settle, to
    ``trail_s`` after the last one, as far as the record goes. Its flat samples become NaN.
    """
    rate, win_size = config.sampling_rate, config.win_size
    offsets = np.round((starts_s - raw.start_s) * rate).astype(np.int64)
    gaps, flats = gaps_and_flats(raw.data, round(FLAT_S * rate))
    complete = clear_of(gaps, offsets, win_size)
    alive = complete & clear_of(flats, offsets, win_size)
    blank(raw.data, flats)
    segment = filter_segment(raw, rate, highpass, lowpass_hz=lowpass)
    for low in range(0, len(starts_s), most):
        part = slice(low, low + most)
        yield Block(
            *(first + low, starts_s[part], complete[part], alive[part]),
            *(segment.data, offsets[part], win_size),
        )


def cut(data: np.ndarray, offsets: np.ndarray, win_size: int) -> np.ndarray:
    """Return the windows (k, n_components, win_size) of ``data`` (n_components, n_samples)."""
    view = np.lib.stride_tricks.sliding_window_view(data, win_size, axis=1)
    return np.ascontiguousarray(view[:, offsets].transpose(1, 0, 2))


def _first_inside(
    starts_s: np.ndarray,
    ends_s: np.ndarray,
    times_s: np.ndarray,
    events: np.ndarray,
    margin_s: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first of ``times_s`` at least a margin inside each window, and its event."""
    margin_s -= TIME_TOLERANCE_S
    first = np.searchsorted(times_s, starts_s + margin_s)
    candidate = np.append(times_s, np.inf)[first]
    inside = candidate <= ends_s - margin_s
    return (
        np.where(inside, candidate, np.nan),
        np.where(inside, np.append(events, -1)[first], -1),
    )


def _near(
    starts_s: np.ndarray, ends_s: np.ndarray, arrivals: Arrivals, config: Config
) -> np.ndarray:
    """Tell which windows are too near an arrival to be noise."""
    every_p = np.sort(np.concatenate([arrivals.picked_s, arrivals.estimated_s]))
    after = config.window_avoid_negatives_after + TIME_TOLERANCE_S
    before = config.window_avoid_negatives_before + TIME_TOLERANCE_S
    first = np.searchsorted(every_p, starts_s - after)
    near = np.searchsorted(every_p, ends_s + before, side="right") > first
    for unknown_start, unknown_end in arrivals.unknown:
        near |= (ends_s + before >= unknown_start) & (starts_s <= unknown_end)
    return near


def _chunks(starts_s: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield index ranges of windows that start in the same few hours of the day."""
    if not len(starts_s):
        return
    number = np.floor(starts_s / CHUNK_S)
    edges = np.flatnonzero(np.diff(number)) + 1
    yield from zip([0, *edges], [*edges, len(starts_s)], strict=True)
