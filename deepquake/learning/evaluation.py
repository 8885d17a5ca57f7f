"""Step 5: what a trained network is worth on test windows or excerpts, in numbers."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import (
    NAME_BYTES,
    TEMPORARY_PREFIX,
    name_within,
    put_unless_taken,
    write_json,
)
from deepquake.core.settings import UNET, Settings, window_samples
from deepquake.core.text import duration, number_of
from deepquake.core.times import DAY_S
from deepquake.learning import metrics
from deepquake.learning.metrics import chance_text, score_text
from deepquake.learning.networks import load_checkpoint
from deepquake.learning.picking.arrivals import Acceptance, acceptances, picked_phases
from deepquake.learning.picking.calibration_json import read_calibration
from deepquake.learning.picking.evaluation import (
    SCORED_WINDOW_S,
    PhaseEvaluation,
    evaluate_arrivals,
    scored_windows,
)
from deepquake.learning.picking.held_out import (
    class_probabilities,
    excerpt_candidates,
    excerpt_picks,
)
from deepquake.learning.spec import (
    MODEL_JSON,
    SIGNATURE_KEYS,
    ModelSpec,
    check_signature,
    checkpoint_folder,
)
from deepquake.learning.store import Store, classes, open_part
from deepquake.windows.exchange import Output, new_result

RESULTS_DIR = Path("output")  # of all evaluations
NEXT_TO_NOTHING = 1e-12  # a probability that is as good as 0
RESULT_NAME, REGION_PICTURE = "eval.json", "map.png"
SCORE_PICTURES = ("confusion_matrix.png", "precision_recall.png", "roc.png", "worst_mistakes.png")
ARRIVAL_PICTURES = ("arrival_residuals.png", "arrival_reliability.png")  # of a UNet
WINDOW_NETWORK = """\
network: {model}, windows of {window_size:g} s, {components}, {sampling_rate:g} Hz, \
{n_clusters} classes, step {step}"""
PICKING_NETWORK = "network: {model}, {components}, {sampling_rate:g} Hz, step {step}"
ARRIVALS_FOUND = """\
{phase}: {found} of {references} readings found within {tolerance:g} s, {false} \
(threshold {threshold:g})
  recall {recall}, precision {precision}, F1 {f1}; within 0.1 s {close}"""
SUMMARY = """\
test windows{length}: {windows} ({eventWindows} of events, {noiseWindows} of noise)
  events found      {truePositives:7d}   missed       {falseNegatives:7d}
  noise kept quiet  {trueNegatives:7d}   false alarms {falsePositives:7d}"""


@dataclass(frozen=True)
class Evaluation:
    """What the network said of each test window: ``truth`` (k) classes, ``probabilities``.

    These are scores: from ``threshold`` on, a window is called an event. ``rows`` are the numbers
    of the windows in the store; for a UNet those of the excerpts that they are in, ``firsts`` the
    first sample of each there, and ``arrivals`` what was found by phase, within ``tolerance_s``.
    """

    store: Store
    spec: ModelSpec
    step: int
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    threshold: float
    rows: NDArray[np.intp]
    firsts: NDArray[np.intp]
    arrivals: dict[str, PhaseEvaluation] = field(default_factory=dict)
    tolerance_s: float = 0.0

    @property
    def event_probability(self) -> NDArray[np.float64]:
        """The probability that each window holds an event of any region."""
        return metrics.event_probability(self.probabilities)

    @property
    def detected(self) -> NDArray[np.bool_]:
        """Whether the network calls each window an event."""
        return self.event_probability >= self.threshold

    @property
    def window_s(self) -> float:
        """How long the test windows are (s)."""
        return SCORED_WINDOW_S if self.spec.model == UNET else self.spec.window_size

    @property
    def class_names(self) -> tuple[str, ...]:
        """What a window may be."""
        return ("noise", "event") if self.spec.model == UNET else self.spec.class_names

    @property
    def event_ids(self) -> NDArray:
        """The event of each window; empty where it is not known."""
        return self.store.event_ids[self.rows]

    @property
    def start_times(self) -> NDArray[np.float64]:
        """When each window starts (s since 1970 UTC); 0 where that is not known."""
        return self.store.start_times[self.rows] + self.firsts / self.spec.sampling_rate

    def p_offset_s(self, window: int) -> float | None:
        """Return where the P of a window is (s from its start); None in noise."""
        offset_s = float(self.store.p_offsets_s[self.rows[window]])
        if not self.truth[window] or offset_s < 0:
            return None
        return offset_s - float(self.firsts[window]) / self.spec.sampling_rate

    def data(self, window: int) -> NDArray[np.float32]:
        """Return the samples of a window (n_traces, samples)."""
        first = self.firsts[window]
        samples = window_samples(self.window_s, self.spec.sampling_rate)
        return self.store.gather(self.rows[[window]])[0][:, first : first + samples]


def evaluate(settings: Settings, tfrecords_dir: Path, checkpoint_dir: Path) -> Evaluation:
    """Run a trained network over the windows, or excerpts, of a folder of test TFRecords.

    Parameters
    ----------
    settings : Settings
        Those of the run; what is given of the network must agree with it.
    tfrecords_dir : Path
        The test part of a data set.
    checkpoint_dir : Path
        The network.

    Returns
    -------
    Evaluation
        What it said.

    Raises
    ------
    DeepQuakeError
        Where the folder is not one of test windows, its windows are not what the network takes,
        or the settings contradict the checkpoint.
    """
    checkpoint_dir = checkpoint_folder(checkpoint_dir)
    model, spec, step = load_checkpoint(checkpoint_dir, settings)
    accepted, notes = acceptances(spec, read_calibration(checkpoint_dir), settings.detection)
    if (tfrecords_dir / "test").is_dir():
        advice = f"give the one to evaluate on: --tfrecords_dir {tfrecords_dir / 'test'}"
        raise DeepQuakeError(f"{tfrecords_dir}: holds the parts of a data set; {advice}")
    store = open_part(tfrecords_dir, "test")
    check_signature(spec, store.signature, tfrecords_dir, network=checkpoint_dir)
    for note in notes:
        store.report.note(checkpoint_dir / MODEL_JSON, note)
    every, threshold = np.arange(len(store)), accepted["P"].threshold
    if spec.model != UNET:
        said = scores_of(class_probabilities(model, store, every), accepted["P"])
        return Evaluation(
            store, spec, step, truth=classes(store, spec.n_clusters), probabilities=said,
            threshold=threshold, rows=every, firsts=np.zeros_like(every),
        )  # fmt: skip
    found = excerpt_picks(model, spec, store, every)
    by_station = excerpt_candidates(store, every, found, phases=picked_phases(spec))
    tolerance_s = settings.detection.pick_tolerance
    windows = scored_windows(store, found)
    heights = np.stack([1 - windows.heights, windows.heights], axis=1).astype(np.float32)
    return Evaluation(
        store, spec, step, truth=windows.is_event.astype(np.int64),
        probabilities=scores_of(heights, accepted["P"]), threshold=threshold,
        rows=windows.excerpts, firsts=windows.firsts,
        arrivals=evaluate_arrivals(by_station, accepted, tolerance_s), tolerance_s=tolerance_s,
    )  # fmt: skip


def scores_of(probabilities: NDArray[np.float32], accepted: Acceptance) -> NDArray[np.float32]:
    """Return probabilities whose sum over the regions is the score of an event.

    Parameters
    ----------
    probabilities : array (k, classes)
        What a network says of windows; noise first.
    accepted : Acceptance
        What its scores are.

    Returns
    -------
    array of float32 (k, classes)
        The same where the network is not calibrated.
    """
    if accepted.calibration is None:
        return probabilities
    heights = metrics.event_probability(probabilities)
    scores = accepted.scores(heights)
    by_region = probabilities[:, 1:] * (scores / np.maximum(heights, NEXT_TO_NOTHING))[:, None]
    return np.column_stack([1 - scores, by_region]).astype(np.float32)


def results(
    evaluation: Evaluation, *, dataset: str, round_name: str, experiment: str = ""
) -> dict[str, Any]:
    """Return all scores as they stand in eval.json; what cannot be told is None.

    The counts take an event of any region as positive. ``locationAccuracy`` is the share of true
    positives that were put in their region. ``eventLevel`` counts events (found if any of their
    windows is, at whichever station) and noise by window; it is None where a file does not name
    the event of each window. ``arrivals`` are the scores by phase of a UNet.

    Parameters
    ----------
    evaluation : Evaluation
        What the network said.
    dataset, round_name, experiment : str
        What tells it from others in the table of results.

    Returns
    -------
    dict
        The content of eval.json.
    """
    spec = evaluation.spec
    is_event, detected = evaluation.truth > 0, evaluation.detected
    counts = metrics.count(is_event, detected)
    event_counts, missed = metrics.event_level(is_event, detected, evaluation.event_ids)
    right, located, share = metrics.location(evaluation.truth, evaluation.probabilities, detected)
    said = metrics.verdicts(evaluation.probabilities, evaluation.threshold)
    matrix = metrics.confusion(evaluation.truth, said, spec.n_clusters)
    probability = evaluation.event_probability
    return {
        "window_size": evaluation.window_s,
        "n_traces": len(spec.components),
        "n_clusters": spec.n_clusters,
        "model": spec.model,
        **metrics.named(counts),
        **metrics.scores(counts),
        "locationAccuracy": share,
        "round": round_name,
        "dataset": dataset,
        "experiment": experiment,
        "windows": len(is_event),
        "eventWindows": int(np.sum(is_event)),
        "noiseWindows": int(np.sum(~is_event)),
        "averagePrecision": metrics.precision_recall_curve(is_event, probability).area,
        "rocArea": metrics.roc_curve(is_event, probability).area,
        "locatedRight": right if spec.n_clusters > 2 else None,
        "located": located if spec.n_clusters > 2 else None,
        "eventLevel": event_counts
        and {
            "events": event_counts.true_positives + event_counts.false_negatives,
            **metrics.named(event_counts),
            **metrics.scores(event_counts),
            "missedEvents": missed,
        },
        "classNames": list(evaluation.class_names),
        "confusionMatrix": matrix.tolist(),
        "arrivals": {phase: of.values() for phase, of in evaluation.arrivals.items()} or None,
        "pick_tolerance": evaluation.tolerance_s or None,
        "detection_threshold": evaluation.threshold,
        **{key: getattr(spec, key) for key in (*SIGNATURE_KEYS, "random_seed")},
        "step": evaluation.step,
    }


def dataset_name(tfrecords_dir: Path) -> str:
    """Return the name of a data set by its folders: that of input/NAME/tfrecords/test is NAME."""
    usual = ("test", "train", "tfrecords")
    parts = [part for part in tfrecords_dir.resolve().parts if part.lower() not in usual]
    return parts[-1] if len(parts) > 1 else "dataset"


@contextmanager
def new_evaluation(output_dir: Path) -> Iterator[Path]:
    """Yield a folder for a result and its pictures, which replace an earlier run's at the end."""
    output = Output(
        output_dir,
        subfolders=(),
        last=RESULT_NAME,
        remove_earlier=_remove_earlier_evaluation,
        new=".new_evaluation",  # step 6 may write to the same folder
    )
    with new_result(output):
        yield output_dir / output.new


def add_to_all_results(values: dict[str, Any], folder: Path, now: datetime | None = None) -> Path:
    """Write a result where the table of all results is made from.

    Parameters
    ----------
    values : dict
        What ``results`` returns.
    folder : Path
        The output folder of the run, which tells it from others at the same time.
    now : datetime, optional
        When (UTC); by default the present.

    Returns
    -------
    Path
        output/eval_...json, whose name says when and what; one that is taken already gets the next
        second.
    """
    RESULTS_DIR.mkdir(parents=True, exist_ok=True)
    of_folder = f"{crc32(os.fsencode(folder.resolve())):08x}"
    temporary = RESULTS_DIR / f"{TEMPORARY_PREFIX}{of_folder}.json"
    network = f"{values['window_size']:g}_{values['n_clusters']}_{values['n_traces']}"
    moment = now or datetime.now(UTC)
    try:
        write_json(temporary, values)
        while True:
            name = (
                f"eval_{moment:%Y%m%d%H%M%S}_{_name_part(values['round'])}_"
                f"{_name_part(values['dataset'])}_{network}_{values['model']}.json"
            )
            path = RESULTS_DIR / name_within(NAME_BYTES, name)
            if put_unless_taken(temporary, path):
                return path
            moment += timedelta(seconds=1)
    finally:
        temporary.unlink(missing_ok=True)


def summary(values: dict[str, Any]) -> str:
    """Return what the user is told: the counts, the scores and what they say of events."""
    lines = [(PICKING_NETWORK if values["arrivals"] else WINDOW_NETWORK).format(**values)]
    for phase, of in (values["arrivals"] or {}).items():
        lines += _arrival_lines(phase, of, tolerance_s=values["pick_tolerance"])
    length = f" of {values['window_size']:g} s" if values["arrivals"] else ""
    lines.append(SUMMARY.format(**values, length=length))
    shown = ("accuracy", "precision", "recall", "f1", "specificity", "balancedAccuracy")
    lines += [f"  {name:<17} {score_text(values[name])}" for name in shown]
    if values["located"] is not None:
        lines.append(
            f"  locationAccuracy  {score_text(values['locationAccuracy'])} "
            f"({values['locatedRight']} of {values['located']} found events in their region; "
            f"chance {chance_text(values['n_clusters'])})"
        )
    if level := values["eventLevel"]:
        recall, precision = score_text(level["recall"]), score_text(level["precision"])
        lines.append(
            f"events: {level['truePositives']} of {level['events']} found (recall {recall}); "
            f"precision {precision} with noise counted by window"
        )
    else:
        lines.append("events: these TFRecords do not say which event a window belongs to")
    return "\n".join(lines)


def _arrival_lines(phase: str, of: dict[str, Any], tolerance_s: float) -> list[str]:
    said = {name: score_text(of[name]) for name in ("recall", "precision", "f1")}
    said["close"] = score_text(of["recallWithin0.1s"])
    said["false"] = number_of(of["falseAlarms"], "false alarm")
    text = ARRIVALS_FOUND.format(**{**of, **said}, phase=phase, tolerance=tolerance_s)
    lines = text.splitlines()
    if of["residualMean_s"] is not None:
        lines.append(
            f"  detection minus reading: mean {of['residualMean_s']:+.3f} s, deviation "
            f"{of['residualDeviation_s']:.3f} s"
        )
    if of["noiseStationDays"]:
        noise_s = of["noiseStationDays"] * DAY_S
        false = number_of(of["noiseFalseAlarms"], "false alarm")
        lines.append(f"  {false} in {duration(noise_s)} of noise")
    return lines


def _remove_earlier_evaluation(folder: Path) -> None:
    """Remove what an earlier run wrote; the result, by which its pictures are known, goes last."""
    result = folder / RESULT_NAME
    for name in (*SCORE_PICTURES, *ARRIVAL_PICTURES, REGION_PICTURE) if result.is_file() else ():
        (folder / name).unlink(missing_ok=True)
    result.unlink(missing_ok=True)


def _name_part(value: Any) -> str:
    """Return a text fit for a part of a file name."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", str(value)).strip("-") or "unnamed"
