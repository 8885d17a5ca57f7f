"""Step 5: what a trained network is worth on test windows, in numbers."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from deepquake.core.settings import Settings
from deepquake.learning import metrics
from deepquake.learning.metrics import chance_text, score_text
from deepquake.learning.networks import load_checkpoint
from deepquake.learning.picking.arrivals import UNCALIBRATED
from deepquake.learning.picking.held_out import class_probabilities
from deepquake.learning.spec import SIGNATURE_KEYS, ModelSpec, check_signature
from deepquake.learning.store import Store, classes, open_part
from deepquake.windows.exchange import Output, new_result

RESULTS_DIR = Path("output")  # of all evaluations
RESULT_NAME, REGION_PICTURE = "eval.json", "map.png"
SCORE_PICTURES = ("confusion_matrix.png", "precision_recall.png", "roc.png", "worst_mistakes.png")
SUMMARY = """\
network: {model}, windows of {window_size:g} s, {components}, {sampling_rate:g} Hz, \
{n_clusters} classes, step {step}
test windows: {windows} ({eventWindows} of events, {noiseWindows} of noise)
  events found      {truePositives:7d}   missed       {falseNegatives:7d}
  noise kept quiet  {trueNegatives:7d}   false alarms {falsePositives:7d}"""


@dataclass(frozen=True)
class Evaluation:
    """What the network said of each test window: ``truth`` (k) classes, ``probabilities``."""

    store: Store
    spec: ModelSpec
    step: int
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    threshold: float

    @property
    def event_probability(self) -> NDArray[np.float64]:
        """The probability that each window holds an event of any region."""
        return metrics.event_probability(self.probabilities)

    @property
    def detected(self) -> NDArray[np.bool_]:
        """Whether the network calls each window an event."""
        return self.event_probability >= self.threshold


def evaluate(settings: Settings, tfrecords_dir: Path, checkpoint_dir: Path) -> Evaluation:
    """Run a trained network over the windows of a folder of test TFRecords.

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
    model, spec, step = load_checkpoint(checkpoint_dir, settings)
    if (tfrecords_dir / "test").is_dir():
        advice = f"give the one to evaluate on: --tfrecords_dir {tfrecords_dir / 'test'}"
        raise DeepQuakeError(f"{tfrecords_dir}: holds the parts of a data set; {advice}")
    store = open_part(tfrecords_dir, "test")
    check_signature(spec, store.signature, tfrecords_dir, network=checkpoint_dir)
    truth = classes(store, spec.n_clusters)
    said = class_probabilities(model, store, np.arange(len(store)))
    threshold = settings.detection.detection_threshold or UNCALIBRATED
    return Evaluation(store, spec, step, truth=truth, probabilities=said, threshold=threshold)


def results(
    evaluation: Evaluation, *, dataset: str, round_name: str, experiment: str = ""
) -> dict[str, Any]:
    """Return all scores as they stand in eval.json; what cannot be told is None.

    The counts take an event of any region as positive. ``locationAccuracy`` is the share of true
    positives that were put in their region. ``eventLevel`` counts events (found if any of their
    windows is, at whichever station) and noise by window; it is None where a file does not name
    the event of each window.

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
    spec, store = evaluation.spec, evaluation.store
    is_event, detected = evaluation.truth > 0, evaluation.detected
    counts = metrics.count(is_event, detected)
    event_counts, missed = metrics.event_level(is_event, detected, store.event_ids)
    right, located, share = metrics.location(evaluation.truth, evaluation.probabilities, detected)
    said = metrics.verdicts(evaluation.probabilities, evaluation.threshold)
    matrix = metrics.confusion(evaluation.truth, said, spec.n_clusters)
    probability = evaluation.event_probability
    return {
        "window_size": spec.window_size,
        "n_traces": len(spec.components),
        "n_clusters": spec.n_clusters,
        "model": spec.model,
        **metrics.named(counts),
        **metrics.scores(counts),
        "locationAccuracy": share,
        "round": round_name,
        "dataset": dataset,
        "experiment": experiment,
        "windows": len(store),
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
        "classNames": list(spec.class_names),
        "confusionMatrix": matrix.tolist(),
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
    lines = [SUMMARY.format(**values)]
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


def _remove_earlier_evaluation(folder: Path) -> None:
    """Remove what an earlier run wrote; the result, by which its pictures are known, goes last."""
    result = folder / RESULT_NAME
    for name in (*SCORE_PICTURES, REGION_PICTURE) if result.is_file() else ():
        (folder / name).unlink(missing_ok=True)
    result.unlink(missing_ok=True)


def _name_part(value: Any) -> str:
    """Return a text fit for a part of a file name."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", str(value)).strip("-") or "unnamed"
