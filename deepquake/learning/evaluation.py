"""Step 5: what a trained network is worth on test windows, in numbers and pictures."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import is_located
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json
from deepquake.core.times import iso
from deepquake.earth.region_files import load_regions
from deepquake.learning import metrics
from deepquake.learning.checkpoints import load_checkpoint, read_checkpoint
from deepquake.learning.networks import ModelSpec, predict, signature_of
from deepquake.learning.store import Store, classes, find_files, open_store
from deepquake.plots import metrics as pictures
from deepquake.plots.maps import plot_region_confusion

RESULTS_DIR = Path("output")
GATHERED = 8192  # windows in memory at a time
WORST_SHOWN = 6


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


def evaluate(config: Config, tfrecords_dir: Path, checkpoint_dir: Path) -> Evaluation:
    """Run a trained network over the windows of a folder of test TFRecords.

    Raises DeepQuakeError where the folder is not one of test windows, its windows are not of the
    shape the network takes, or the command line contradicts the checkpoint.
    """
    model, spec, step = load_checkpoint(checkpoint_dir, config)
    if (tfrecords_dir / "test").is_dir():
        raise DeepQuakeError(
            f"{tfrecords_dir}: holds the parts of a data set; "
            f"give the one to evaluate on: --tfrecords_dir {tfrecords_dir / 'test'}"
        )
    store = open_store(find_files(tfrecords_dir, "test"))
    check_fits(store, spec, tfrecords_dir, checkpoint_dir)
    truth = classes(store, spec.n_clusters)
    parts = [
        predict(model, store.gather(range(first, min(first + GATHERED, len(store)))))
        for first in range(0, len(store), GATHERED)
    ]
    return Evaluation(store, spec, step, truth, np.concatenate(parts), config.detection_threshold)


def check_fits(store: Store, spec: ModelSpec, tfrecords_dir: Path, checkpoint_dir: Path) -> None:
    """Raise DeepQuakeError where windows are not what the network was trained on.

    What the files do not say (ConvNetQuake's say the shape only) is taken to be right.
    """
    wanted = signature_of(spec)
    for name, ours in vars(wanted).items():
        theirs = getattr(store.signature, name)
        if theirs is not None and theirs != ours:
            raise DeepQuakeError(
                f"{tfrecords_dir}: its windows have {name} = {theirs}, but the network of "
                f"{checkpoint_dir} takes {name} = {ours}; write the TFRecords with its settings"
            )


def results(
    evaluation: Evaluation, dataset: str, round_name: str, experiment: str = ""
) -> dict[str, Any]:
    """Return all scores as they stand in eval.json; what cannot be told is None.

    The three names tell it from others in the table of results.

    The counts take an event of any region as positive. ``locationAccuracy`` is the share of true
    positives that were put in their region. ``eventLevel`` counts events (found if any of their
    windows is, at whichever station) and noise by window; it is None where a file does not name
    the event of each window.
    """
    spec, store = evaluation.spec, evaluation.store
    is_event, detected = evaluation.truth > 0, evaluation.detected
    counts = metrics.count(is_event, detected)
    event_counts, missed = metrics.event_level(is_event, detected, store.event_ids)
    right, located, share = metrics.location(evaluation.truth, evaluation.probabilities, detected)
    said = metrics.verdicts(evaluation.probabilities, evaluation.threshold)
    matrix = metrics.confusion(evaluation.truth, said, spec.n_clusters)
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
        "averagePrecision": _curve(evaluation, metrics.precision_recall_curve).area,
        "rocArea": _curve(evaluation, metrics.roc_curve).area,
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
        "components": spec.components,
        "sampling_rate": spec.sampling_rate,
        "filter_highpass": spec.filter_highpass,
        "filter_lowpass": spec.filter_lowpass,
        "random_seed": spec.random_seed,
        "step": evaluation.step,
    }


def dataset_name(tfrecords_dir: Path) -> str:
    """Return the name of a data set by its folders: that of input/NAME/tfrecords/test is NAME."""
    usual = ("test", "train", "tfrecords")
    parts = [part for part in tfrecords_dir.resolve().parts if part.lower() not in usual]
    return parts[-1] if len(parts) > 1 else "dataset"


def save(values: dict[str, Any], output_dir: Path, now: datetime | None = None) -> list[Path]:
    """Write the results to ``output_dir``/eval.json and to output/eval_...json; return both.

    The second name says when (UTC) and what; one that is taken already gets the next second.
    """
    write_json(output_dir / "eval.json", values)
    RESULTS_DIR.mkdir(parents=True, exist_ok=True)
    moment = now or datetime.now(UTC)
    while True:
        name = "_".join(
            [
                f"eval_{moment:%Y%m%d%H%M%S}",
                *(_plain(values[key]) for key in ("round", "dataset")),
                f"{values['window_size']:g}",
                *(str(values[key]) for key in ("n_clusters", "n_traces", "model")),
            ]
        )
        harvested = RESULTS_DIR / f"{name}.json"
        try:  # taken at once: an evaluation beside this one may end in the same second
            harvested.touch(exist_ok=False)
            break
        except FileExistsError:
            moment += timedelta(seconds=1)
    write_json(harvested, values)
    return [output_dir / "eval.json", harvested]


def draw(evaluation: Evaluation, values: dict[str, Any], output_dir: Path) -> list[Path]:
    """Draw confusion matrix, precision-recall and ROC curve and the worst mistakes."""
    spec, threshold = evaluation.spec, evaluation.threshold
    title = f"{values['dataset']}, {spec.model}, {spec.window_size:g} s, {spec.components}"
    names = ("confusion_matrix", "precision_recall", "roc", "worst_mistakes")
    confusion, pr, roc, worst = paths = [output_dir / f"{name}.png" for name in names]
    matrix = np.array(values["confusionMatrix"])
    pictures.plot_confusion(confusion, f"{title}: test windows", matrix, spec.class_names)
    recall, precision = values["recall"], values["precision"]
    curve = _curve(evaluation, metrics.precision_recall_curve)
    point = None if recall is None or precision is None else (recall, precision)
    pictures.plot_precision_recall(
        pr, title, curve.x, curve.y, area=curve.area, point=point, threshold=threshold
    )
    curve, specificity = _curve(evaluation, metrics.roc_curve), values["specificity"]
    point = None if recall is None or specificity is None else (1 - specificity, recall)
    pictures.plot_roc(
        roc, title, curve.x, curve.y, area=curve.area, point=point, threshold=threshold
    )
    false_alarms, misses = worst_mistakes(evaluation)
    pictures.plot_mistakes(
        worst,
        f"{title}: the mistakes the network was surest of",
        false_alarms=[_mistake(evaluation, i) for i in false_alarms],
        misses=[_mistake(evaluation, i) for i in misses],
        components=spec.components,
        rate_hz=spec.sampling_rate,
    )
    return paths


def check_map(catalog_path: Path, clusters_path: Path, checkpoint_dir: Path) -> None:
    """Raise DeepQuakeError where the catalogue or the regions of the map can't be used."""
    read_catalog_json(catalog_path)
    spec, _, _ = read_checkpoint(checkpoint_dir)
    load_regions(clusters_path, spec.n_clusters)


def draw_map(
    evaluation: Evaluation, catalog_path: Path, clusters_path: Path, output_dir: Path
) -> Path:
    """Draw the test events where they are, coloured by the region the network puts them in.

    That region is the most probable in the mean over the windows in which the event was found.
    """
    regions = load_regions(clusters_path, evaluation.spec.n_clusters)
    windows_of: dict[str, list[int]] = {}
    for i in np.flatnonzero(evaluation.truth > 0):
        windows_of.setdefault(str(evaluation.store.event_ids[i]), []).append(int(i))
    events = [
        e for e in read_catalog_json(catalog_path) if e.event_id in windows_of and is_located(e)
    ]
    true, found = [], []
    for event in events:
        own = np.array(windows_of[event.event_id])
        true.append(int(evaluation.truth[own[0]]) - 1)
        hits = own[evaluation.detected[own]]
        mean = evaluation.probabilities[hits].mean(axis=0, keepdims=True) if len(hits) else None
        found.append(None if mean is None else int(metrics.most_probable_region(mean)[0]))
    path = output_dir / "map.png"
    plot_region_confusion(
        path,
        "test events, by the region the network puts them in",
        [e.latitude for e in events],
        [e.longitude for e in events],
        true=true,
        found=found,
        regions=regions,
    )
    return path


def worst_mistakes(evaluation: Evaluation) -> tuple[list[int], list[int]]:
    """Return the windows of the surest false alarms and of the surest misses, surest first.

    Of windows that overlap at one station only the surest is taken, lest they all be one event.
    """
    p, is_event = evaluation.event_probability, evaluation.truth > 0
    false_alarms = np.flatnonzero(~is_event & evaluation.detected)
    misses = np.flatnonzero(is_event & ~evaluation.detected)
    return (
        _distinct(evaluation, false_alarms[np.argsort(-p[false_alarms], kind="stable")]),
        _distinct(evaluation, misses[np.argsort(p[misses], kind="stable")]),
    )


def summary(values: dict[str, Any]) -> str:
    """Return what the user is told: the counts, the scores and what they say of events."""
    lines = [
        f"network: {values['model']}, windows of {values['window_size']:g} s, "
        f"{values['components']}, {values['sampling_rate']:g} Hz, "
        f"{values['n_clusters']} classes, step {values['step']}",
        f"test windows: {values['windows']} "
        f"({values['eventWindows']} of events, {values['noiseWindows']} of noise)",
        f"  events found      {values['truePositives']:7d}   missed       "
        f"{values['falseNegatives']:7d}",
        f"  noise kept quiet  {values['trueNegatives']:7d}   false alarms "
        f"{values['falsePositives']:7d}",
    ]
    shown = ("accuracy", "precision", "recall", "f1", "specificity", "balancedAccuracy")
    lines += [f"  {name:<17} {_shown(values[name])}" for name in shown]
    if values["located"] is not None:
        lines.append(
            f"  locationAccuracy  {_shown(values['locationAccuracy'])} "
            f"({values['locatedRight']} of {values['located']} found events in their region)"
        )
    level = values["eventLevel"]
    if level:
        lines.append(
            f"events: {level['truePositives']} of {level['events']} found (recall "
            f"{_shown(level['recall'])}); precision {_shown(level['precision'])} "
            "with noise counted by window"
        )
    else:
        lines.append("events: these TFRecords do not say which event a window belongs to")
    return "\n".join(lines)


def _curve(evaluation: Evaluation, function: Any) -> metrics.ScoreCurve:
    return function(evaluation.truth > 0, evaluation.event_probability)


def _distinct(evaluation: Evaluation, ordered: NDArray[np.intp]) -> list[int]:
    store, length_s = evaluation.store, evaluation.spec.window_size
    chosen: list[int] = []
    for i in ordered:
        near = any(
            store.stations[i] == store.stations[j]
            and abs(store.start_times[i] - store.start_times[j]) < length_s
            and store.start_times[i] > 0  # 0: the file does not say when
            for j in chosen
        )
        if not near:
            chosen.append(int(i))
        if len(chosen) == WORST_SHOWN:
            break
    return chosen


def _mistake(evaluation: Evaluation, index: int) -> pictures.Mistake:
    store = evaluation.store
    place = ".".join(t for t in (store.networks[index], store.stations[index]) if t)
    start = store.start_times[index]
    when = f"{iso(start)[:-4]}Z" if start > 0 else f"{store.path_of(index).name}, window {index}"
    p_s = float(store.p_offsets_s[index])
    return pictures.Mistake(
        data=store.gather([index])[0],
        probability=float(evaluation.event_probability[index]),
        text=f"{place} {when}".strip(),
        p_s=p_s if p_s >= 0 else None,
    )


def _plain(value: Any) -> str:
    """Return a text fit for a part of a file name."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", str(value)).strip("-") or "unnamed"


def _shown(value: float | None) -> str:
    return "not known" if value is None else f"{value:.4f}"
