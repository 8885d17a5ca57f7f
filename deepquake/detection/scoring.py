"""A network over recordings: what a worker does with a group of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core import workers
from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import UNET, Settings
from deepquake.core.text import duration
from deepquake.detection.annotations import phase_curves, write_window_curves
from deepquake.detection.parts import first_on_grid, parts_around, times_of, whole_parts
from deepquake.detection.regions import RegionNetwork, in_regions
from deepquake.detection.stations import Detection, ScoredRecording
from deepquake.learning import metrics
from deepquake.learning.picking.arrivals import (
    NOTHING_BEFORE_S,
    Acceptance,
    Picks,
    RecordPart,
    heard_spans,
    rise_picks,
    unet_picks,
    window_rises,
)
from deepquake.learning.portable import running
from deepquake.learning.spec import MODEL_JSON, ModelSpec
from deepquake.waveforms.recording import Recording
from deepquake.windows.grid import cut_recording, note_short, recording_starts, window_length_s

# Windows through the network at a time. Small batches let it begin while the first hours are all
# that is read, and leave little to do after the last; what it says of a window does not change.
BATCH, LEAST = 1024, 256
# Recordings are handed out in groups of about this many windows (a UNet: seconds), whatever the
# number of workers: a group fills its batches across its recordings, so that a thousand short files
# cost no more than a long one.
GROUP_WINDOWS = 32 * BATCH
READ_AHEAD = 3  # blocks of windows that wait for the network
PARTS_AHEAD = 2  # of a record, some hours each
NOTED_SILENCE_S = 30.0


@dataclass(frozen=True)
class Scorer:
    """A network and what counts as an arrival: all that a worker must know.

    ``accepted`` is by phase. ``curves_dir`` is where probabilities are written, if anywhere.
    ``regions`` tells the region of each P, where it is another network that does.
    """

    checkpoint_dir: Path
    spec: ModelSpec
    settings: Settings
    accepted: Mapping[str, Acceptance]
    curves_dir: Path | None = None
    regions: RegionNetwork | None = None


def load_network(checkpoint_dir: Path) -> Any:
    """Return the network of a checkpoint; a process loads it once, and again when it changes."""
    return _load_network(checkpoint_dir, (checkpoint_dir / MODEL_JSON).stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load_network(checkpoint_dir: Path, written_ns: int) -> Any:
    return running.load_for_use(checkpoint_dir)


def groups_of(recordings: Iterable[Recording], settings: Settings) -> Iterator[list[Recording]]:
    """Yield recordings in groups of about ``GROUP_WINDOWS`` windows, in their order.

    Parameters
    ----------
    recordings : iterable of Recording
        What the network is to see.
    settings : Settings
        Those of the run, which tell the step from window to window.

    Yields
    ------
    list of Recording
        A group.
    """
    group: list[Recording] = []
    is_unet = settings.network.model == UNET
    step_s = 1.0 if is_unet else settings.detection.window_step_predict
    n_samples, most = 0, GROUP_WINDOWS * step_s
    for recording in recordings:
        group.append(recording)
        n_samples += sum(stretch.n_samples for stretch in recording.stretches)
        if n_samples / recording.sampling_rate_hz >= most:
            yield group
            group, n_samples = [], 0
    if group:
        yield group


def score_group(scorer: Scorer, recordings: list[Recording]) -> list[ScoredRecording]:
    """Run the network over recordings and return what it found in each.

    Parameters
    ----------
    scorer : Scorer
        The network.
    recordings : list of Recording
        A group of ``groups_of``.

    Returns
    -------
    list of ScoredRecording
        One for each, in their order.
    """
    if scorer.spec.model == UNET:
        return [_find_peaks(scorer, recording) for recording in recordings]
    return _find_rises(scorer, recordings)


def in_batches(blocks: Iterable[NDArray]) -> Iterator[NDArray]:
    """Yield the rows of blocks, in order; blocks of less than ``LEAST`` rows are joined."""
    waiting: list[NDArray] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= LEAST:
            yield block if len(waiting) == 1 else np.concatenate(waiting)
            waiting = []
    if any(map(len, waiting)):
        yield np.concatenate(waiting)


def _nothing_of(scorer: Scorer, recording: Recording, length_s: float) -> ScoredRecording:
    nothing = np.empty((0, len(scorer.spec.class_names)), np.float32)
    return ScoredRecording(recording, length_s, starts_s=np.empty(0), probabilities=nothing)


def _find_peaks(scorer: Scorer, recording: Recording) -> ScoredRecording:
    """Return what a UNet finds in a recording."""
    network, spec = load_network(scorer.checkpoint_dir), scorer.spec
    scored = _nothing_of(scorer, recording, length_s=0.0)
    lowest = {phase: accepted.least_height for phase, accepted in scorer.accepted.items()}
    parts = whole_parts(recording, spec, scorer.settings.records, scored.report)
    try:
        with (
            phase_curves(scorer.curves_dir, recording, spec) as write,
            closing(workers.ahead(parts, PARTS_AHEAD)) as ready,
        ):
            found = unet_picks(
                network,
                spec,
                _noting(scored, ready),
                lowest,
                seen=write,
                n_threads=workers.cores_of_each(scorer.settings.run.workers),
            )
    except DeepQuakeError as error:
        scored.report.skip(recording.name, f"is left out: {error}")
        return scored
    _note_silence(scored)
    for phase, picks in found.items():
        scored.detections += detections_of(scorer, recording, phase, picks=picks)
    scored.detections.sort(key=lambda arrival: (arrival.time_s, arrival.phase))
    if scorer.regions is not None:
        teller = load_network(scorer.regions.checkpoint_dir)
        scored.detections = in_regions(
            scored.detections, recording, scorer.regions, model=teller, report=scored.report
        )
    return scored


def _noting(scored: ScoredRecording, parts: Iterable[RecordPart]) -> Iterator[RecordPart]:
    """Yield the parts of a recording; note where a UNet finds arrivals in them."""
    for part in parts:
        spans = part.first + heard_spans(part, scored.recording.sampling_rate_hz)
        scored.heard_s.append(times_of(scored.recording, spans))
        yield part


def _note_silence(scored: ScoredRecording) -> None:
    """Note how much of a recording is flat or unreadable, where that is much."""
    recording = scored.recording
    n_samples = sum(stretch.n_samples for stretch in recording.stretches)
    heard_s = sum(float(np.sum(np.diff(spans) + NOTHING_BEFORE_S)) for spans in scored.heard_s)
    silent_s = n_samples / recording.sampling_rate_hz - heard_s
    if silent_s >= NOTED_SILENCE_S:
        said = f"{duration(silent_s)} of it are flat or cannot be read: nothing is found there"
        scored.report.note(recording.name, said)


def detections_of(
    scorer: Scorer, recording: Recording, phase: str, *, picks: Picks
) -> list[Detection]:
    """Return the arrivals among the candidates of a phase.

    Parameters
    ----------
    scorer : Scorer
        Says what counts as an arrival.
    recording : Recording
        The station stream.
    phase : str
        P or S.
    picks : Picks
        The candidates.
    """
    accepted = scorer.accepted[phase]
    picks = accepted.accepted(picks)
    columns = (
        times_of(recording, picks.at),
        accepted.scores(picks.heights),
        accepted.uncertainties_s(picks),
    )
    return [
        Detection(
            network=recording.network,
            station=recording.station,
            location=recording.location,
            channel=recording.sensor,
            phase=phase,
            time_s=time_s,
            start_s=time_s,
            end_s=time_s,
            probability=score,
            uncertainty_s=uncertainty_s,
            cluster_id=0,
            n_windows=0,
            region_probabilities=(1.0,),
        )
        for time_s, score, uncertainty_s in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _find_rises(scorer: Scorer, recordings: Sequence[Recording]) -> list[ScoredRecording]:
    """Return what a network of windows finds in recordings."""
    network, spec = load_network(scorer.checkpoint_dir), scorer.spec
    length_s = window_length_s(spec.window_size, spec.sampling_rate)
    scored = [_nothing_of(scorer, recording, length_s) for recording in recordings]
    starts: list[list[NDArray]] = [[] for _ in scored]
    usable = _usable_windows(scored, starts, scorer.settings)
    n_threads = workers.cores_of_each(scorer.settings.run.workers)
    with closing(workers.ahead(in_batches(usable), READ_AHEAD)) as batches:
        parts = [
            running.window_probabilities(network, batch, BATCH, n_threads=n_threads)
            for batch in batches
        ]
    probabilities = np.concatenate([np.empty((0, spec.n_clusters), np.float32), *parts])
    first = 0
    for member, times in zip(scored, starts, strict=True):
        member.starts_s = np.concatenate([np.empty(0), *times])
        member.probabilities = probabilities[first : first + len(member.starts_s)]
        member.threshold = scorer.accepted["P"].least_height
        member.detections = _rises_of(scorer, member)
        if scorer.curves_dir is not None:
            step_s = scorer.settings.detection.window_step_predict
            write_window_curves(member, step_s, scorer.curves_dir)
        first += len(member.starts_s)
    return scored


def _rises_of(scorer: Scorer, scored: ScoredRecording) -> list[Detection]:
    """Return the arrivals that the windows of a recording tell of."""
    recording, settings, spec = scored.recording, scorer.settings, scorer.spec
    rate = recording.sampling_rate_hz
    grid, since = first_on_grid(recording), (scored.starts_s - recording.start_s) * rate
    rough = window_rises(
        spec,
        grid + np.round(since),
        metrics.event_probability(scored.probabilities),
        step_s=settings.detection.window_step_predict,
        margin_s=settings.windows.pwave_window / 2,
        lowest=scorer.accepted["P"].least_height,
    )
    times_s = times_of(recording, rough.times_s * rate)
    parts = parts_around(recording, times_s, spec, settings.records, scored.report)
    picks = scorer.accepted["P"].accepted(rise_picks(rough, parts, spec))
    found = detections_of(scorer, recording, "P", picks=picks)
    return [
        replace(
            detection,
            start_s=float(scored.starts_s[first]),
            end_s=float(scored.starts_s[end - 1] + scored.length_s),
            n_windows=end - first,
            **_region(scored.probabilities[first:end]),
        )
        for detection, (first, end) in zip(found, picks.windows.tolist(), strict=True)
    ]


def _region(probabilities: NDArray[np.float32]) -> dict[str, Any]:
    mean = probabilities.mean(axis=0, keepdims=True, dtype=float)
    shares = mean[0, 1:] / max(mean[0, 1:].sum(), 1e-300)
    region = int(metrics.most_probable_region(mean)[0])
    return {"cluster_id": region, "region_probabilities": tuple(shares.tolist())}


def _usable_windows(
    scored: Sequence[ScoredRecording], starts: list[list[NDArray]], settings: Settings
) -> Iterator[NDArray]:
    """Yield the windows the network is to see; note in ``starts`` when those of each begin."""
    window_size_s, step_s = settings.windows.window_size, settings.detection.window_step_predict
    for place, times in zip(scored, starts, strict=True):
        wanted = recording_starts(place.recording, window_size_s, step_s)
        note_short(place.recording, window_size_s, place.report)
        try:
            cuts = cut_recording(
                place.recording,
                starts_s=wanted[: settings.windows.max_windows or None],
                window_size_s=window_size_s,
                settings=settings.records,
                at_once=BATCH,
                report=place.report,
            )
            for cut in cuts:
                alive = cut.alive.all(axis=1)
                place.n_unusable += int(np.sum(~alive))
                times.append(cut.starts_s[alive])
                yield cut.data if alive.all() else cut.data[alive]
        except DeepQuakeError as error:
            place.report.skip(place.recording.name, f"is left out from here on: {error}")
