"""What a UNet finds in a station stream that grows: looked for anew only where it may be different.

What is found at a time depends on the record so far to either side of it as the network and the
filter look. Where a record is new, or gone, all within that distance is made anew, by the functions
that search a record at once: the result is the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray

from deepquake.core.intervals import in_common, inside, minus, union
from deepquake.core.report import Report
from deepquake.detection.following.growing import RecordSpans
from deepquake.detection.parts import first_on_grid, times_of, whole_parts
from deepquake.detection.scoring import Scorer, detections_of, load_network
from deepquake.detection.stations import Detection, ScoredRecording
from deepquake.learning.picking.arrivals import (
    RecordPart,
    heard_spans,
    peak_picks,
    picked_phases,
    unet_peaks,
)
from deepquake.learning.picking.curves import reach
from deepquake.learning.picking.onset import SHOWN_WITHIN_S
from deepquake.waveforms.filtering import DEAD_LOOKS_S, settling_time
from deepquake.waveforms.recording import Recording

SensorName = tuple[str, str, str, str]  # network, station, location, band and instrument code
RESAMPLED_S = 2.0  # to either side, on which a sample of a record of another rate depends
SAME_GRID = 1e-3  # samples
SAME_PEAK = np.array([[1e-3], [1e-6], [1e-3]])  # samples, of height, samples: by rounding
# Near its end a network has not seen enough of a record to be sure: what it finds is told when it
# is so far behind the last sample, or sooner where its score is high. Of what is found 5 to 8 s
# behind with such a score 97 % of P and 95 % of S are found in the whole record too, within 0.1 s
# (85 and 81 % of all); of all that is found 16 to 20 s behind, 95 and 98 %: benchmark "settling".
HELD_BACK_S, SURE_HELD_BACK_S, SURE = 15.0, 5.0, 0.9


@dataclass(frozen=True)
class FollowedStream:
    """A station stream, and what a UNet finds in it.

    ``peaks`` are by phase as ``unet_peaks`` tells them, ``heard_s`` is where any could be found,
    ``arrivals`` are what the peaks amount to, in order of time.
    """

    recording: Recording
    peaks: Mapping[str, NDArray[np.float64]]
    heard_s: RecordSpans
    arrivals: Sequence[Detection] = ()

    @property
    def sensor(self) -> SensorName:
        """What names the sensor."""
        of = self.recording
        return of.network, of.station, of.location, of.sensor


def stretches_s(recording: Recording) -> RecordSpans:
    """Return where a recording has samples: begin and end of each stretch."""
    rate = recording.sampling_rate_hz
    spans = [(s.start_s, s.start_s + s.n_samples / rate) for s in recording.stretches]
    return np.array(spans, float).reshape(-1, 2)


def is_of_same_grid(recording: Recording, other: Recording) -> bool:
    """Return whether the samples of two recordings of a sensor are at the times of one grid."""
    apart = (recording.start_s - other.start_s) * recording.sampling_rate_hz
    return abs(apart - round(apart)) < SAME_GRID


def renewed(
    before: FollowedStream | None,
    recording: Recording,
    fresh_s: RecordSpans,
    *,
    scorer: Scorer,
    since_s: float,
    report: Report,
) -> FollowedStream:
    """Return a stream after its record has changed.

    Parameters
    ----------
    before : FollowedStream, optional
        The stream before, on the same grid.
    recording : Recording
        The record that there is now.
    fresh_s : array (k, 2)
        Where samples came or went; what differs in the stretches need not be in it.
    scorer : Scorer
        The network.
    since_s : float
        Nothing is looked for before this time.
    report : Report
        Is told what turns out to be unreadable.

    Returns
    -------
    FollowedStream
        The same as if all had been looked at anew.
    """
    spec, rate, grid = scorer.spec, recording.sampling_rate_hz, first_on_grid(recording)
    stretches = stretches_s(recording)
    peaks = {phase: np.empty((4, 0)) for phase in picked_phases(spec)}
    heard_s = np.empty((0, 2))
    fresh = [stretches]
    if before is not None:
        there = stretches_s(before.recording)
        fresh = [
            fresh_s,
            *(_longer(minus(*two), rate) for two in ((stretches, there), (there, stretches))),
        ]
        peaks, heard_s = dict(before.peaks), before.heard_s
    left_s, right_s = context_s(scorer)
    spans = np.concatenate(fresh) + [-left_s, right_s]
    begin_s, end_s = max(since_s, stretches[0, 0]), stretches[-1, 1]
    spans = in_common(union(*spans.T), np.array([[begin_s, max(end_s, begin_s)]]))
    for begin_s, end_s in spans.tolist():
        first = grid + floor((begin_s - recording.start_s) * rate + SAME_GRID)
        end = grid + ceil((end_s - recording.start_s) * rate - SAME_GRID)
        span_s = tuple(times_of(recording, [first, end]).tolist())
        heard: list[RecordSpans] = []
        parts = whole_parts(recording, spec, scorer.settings.records, report, span_s)
        found = unet_peaks(
            load_network(scorer.checkpoint_dir),
            spec,
            _noted(recording, parts, heard),
            {phase: accepted.least_height for phase, accepted in scorer.accepted.items()},
        )
        for phase, columns in found.items():
            peaks[phase] = _put_between(peaks[phase], columns, first=first, end=end)
        rest_s = minus(heard_s, np.array([span_s]))
        begins_s, ends_s = np.concatenate([rest_s, *heard]).T
        heard_s = union(begins_s, ends_s, gap=0.5 / rate)
    if before is not None and all(
        np.array_equal(before.peaks[p], peaks[p], equal_nan=True) for p in peaks
    ):
        return replace(before, recording=recording, heard_s=heard_s)
    return FollowedStream(recording, peaks, heard_s, _accepted_of(recording, peaks, scorer))


def context_s(scorer: Scorer) -> tuple[float, float]:
    """Return how far before and behind a sample its value may decide what is found (s)."""
    seen_s = reach(scorer.spec) / scorer.spec.sampling_rate
    looks_s = DEAD_LOOKS_S + max(SHOWN_WITHIN_S) + RESAMPLED_S
    settles_s = settling_time(scorer.settings.records.filter_highpass)
    return seen_s + looks_s, seen_s + looks_s + settles_s


def without_past(stream: FollowedStream, before_s: float) -> FollowedStream:
    """Return a stream without what was found before a time (seconds since 1970 UTC)."""
    of = stream.recording
    first = first_on_grid(of) + (before_s - of.start_s) * of.sampling_rate_hz
    return replace(
        stream,
        peaks={phase: found[:, found[0] >= first] for phase, found in stream.peaks.items()},
        heard_s=in_common(stream.heard_s, np.array([[before_s, inf]])),
        arrivals=[arrival for arrival in stream.arrivals if arrival.time_s >= before_s],
    )


def scored_stream(stream: FollowedStream, *, is_whole: bool = True) -> ScoredRecording:
    """Return what was found in a stream, as a search of the whole record gives it.

    Parameters
    ----------
    stream : FollowedStream
        The stream.
    is_whole : bool, optional
        Whether nothing more is to come; else what is near its end is held back.
    """
    end_s, arrivals, heard_s = stream.recording.span()[1], stream.arrivals, stream.heard_s
    if not is_whole:
        all_s, sure_s = end_s - HELD_BACK_S, end_s - SURE_HELD_BACK_S
        arrivals = [a for a in arrivals if a.time_s < (sure_s if a.probability >= SURE else all_s)]
        heard_s = in_common(heard_s, np.array([[-inf, sure_s]]))
    nothing = np.empty((0, len(stream.peaks) + 1), np.float32)
    return ScoredRecording(
        stream.recording,
        0.0,
        starts_s=np.empty(0),
        probabilities=nothing,
        detections=[*arrivals],
        heard_s=[heard_s],
    )


def before_of(recording: Recording, streams: Sequence[FollowedStream]) -> FollowedStream | None:
    """Return what was found in a recording before: that which overlaps it the most.

    Parameters
    ----------
    recording : Recording
        As it is now.
    streams : sequence of FollowedStream
        Those of its sensor.
    """
    begin_s, end_s = recording.span()

    def shared_s(stream: FollowedStream) -> float:
        first_s, last_s = stream.recording.span()
        return min(end_s, last_s) - max(begin_s, first_s)

    fitting = [s for s in streams if is_of_same_grid(recording, s.recording)]
    best = max(fitting, key=shared_s, default=None)
    return best if best is not None and shared_s(best) >= 0 else None


def _accepted_of(
    recording: Recording, peaks: Mapping[str, NDArray[np.float64]], scorer: Scorer
) -> list[Detection]:
    """Return what is accepted of the peaks of a recording, in order of time."""
    arrivals = []
    for phase, found in peaks.items():
        picks = peak_picks(found, recording.sampling_rate_hz)
        arrivals += detections_of(scorer, recording, phase, picks=picks)
    return sorted(arrivals, key=lambda arrival: (arrival.time_s, arrival.phase))


def _longer(spans: RecordSpans, rate_hz: float) -> RecordSpans:
    """Return the spans that hold a sample: others come of rounding."""
    return spans[spans[:, 1] - spans[:, 0] > 0.5 / rate_hz]


def _noted(
    recording: Recording, parts: Iterable[RecordPart], heard: list[RecordSpans]
) -> Iterator[RecordPart]:
    """Yield parts; note where a UNet hears something in them."""
    for part in parts:
        spans = part.first + heard_spans(part, recording.sampling_rate_hz)
        heard.append(times_of(recording, spans))
        yield part


def _put_between(
    old: NDArray[np.float64], new: NDArray[np.float64], *, first: int, end: int
) -> NDArray[np.float64]:
    """Return peaks (4, n) with those of some samples replaced, in order of time.

    Those that are found again, but for rounding, stay as they were.
    """
    is_here = inside([[first, end]], np.rint(old[0]))
    here = old[:, is_here]
    if here.shape[1] and new.shape[1]:
        after = np.clip(np.searchsorted(here[0], new[0] - SAME_PEAK[0]), 0, here.shape[1] - 1)
        is_same = (np.abs(here[:3, after] - new[:3]) < SAME_PEAK).all(axis=0)
        new = np.where(is_same, here[:, after], new)
    both = np.concatenate([old[:, ~is_here], new], axis=1)
    return both[:, np.argsort(both[0], kind="stable")]
