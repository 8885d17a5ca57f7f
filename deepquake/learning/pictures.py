"""Step 5: the pictures of what a trained network is worth."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.events import Event, is_located
from deepquake.core.times import iso
from deepquake.earth.regions import Regions
from deepquake.learning import metrics
from deepquake.learning.evaluation import ARRIVAL_PICTURES, SCORE_PICTURES, Evaluation
from deepquake.learning.picking.matching import CLOSE_S
from deepquake.plots.arrivals import plot_reliability, plot_residuals
from deepquake.plots.maps import plot_region_confusion
from deepquake.plots.metrics import Mistake, plot_confusion, plot_mistakes, plot_threshold_curve

WORST_SHOWN = 6


def draw_scores(evaluation: Evaluation, values: dict[str, Any], output_dir: Path) -> list[Path]:
    """Draw confusion matrix, precision-recall and ROC curve and the worst mistakes.

    Of a UNet also how far the arrivals are from the readings, and which share of them is right.

    Parameters
    ----------
    evaluation : Evaluation
        What the network said.
    values : dict
        Its results.
    output_dir : Path
        The folder of the pictures.

    Returns
    -------
    list of Path
        The pictures.
    """
    spec, threshold = evaluation.spec, evaluation.threshold
    title = f"{values['dataset']}, {spec.model}, {evaluation.window_s:g} s, {spec.components}"
    confusion, pr, roc, worst = paths = [output_dir / name for name in SCORE_PICTURES]
    matrix = np.array(values["confusionMatrix"])
    plot_confusion(confusion, f"{title}: test windows", matrix=matrix, names=evaluation.class_names)
    recall, precision, specificity = (values[k] for k in ("recall", "precision", "specificity"))
    false_alarm_rate: Any = None if specificity is None else 1 - specificity
    for path, kind, curve_of, point in (
        (pr, "precision-recall", metrics.precision_recall_curve, (recall, precision)),
        (roc, "roc", metrics.roc_curve, (false_alarm_rate, recall)),
    ):
        x, y, area = curve_of(evaluation.truth > 0, evaluation.event_probability)
        known = None if None in point else point
        plot_threshold_curve(
            path, title, (x, y), kind=kind, area=area, point=known, threshold=threshold
        )
    alarms, misses = ([_mistake(evaluation, i) for i in few] for few in worst_mistakes(evaluation))
    title = f"{title}: the mistakes the network was surest of"
    components, rate = spec.components, spec.sampling_rate
    plot_mistakes(
        worst, title, false_alarms=alarms, misses=misses, components=components, rate_hz=rate
    )
    return paths + _draw_arrivals(evaluation, values["dataset"], output_dir)


def draw_region_map(
    evaluation: Evaluation, catalog: Sequence[Event], regions: Regions, path: Path
) -> None:
    """Draw the test events where they are, coloured by the region the network puts them in.

    That region is the most probable in the mean over the windows in which the event was found.

    Parameters
    ----------
    evaluation : Evaluation
        What the network said.
    catalog : sequence of Event
        Where the events are.
    regions : Regions
        Those of the network.
    path : Path
        The PNG to write.
    """
    windows_of: dict[str, list[int]] = {}
    for i in np.flatnonzero(evaluation.truth > 0):
        windows_of.setdefault(str(evaluation.event_ids[i]), []).append(int(i))
    events = [e for e in catalog if e.event_id in windows_of and is_located(e)]
    true: list[int] = []
    found: list[int | None] = []
    for event in events:
        windows = np.array(windows_of[event.event_id])
        true.append(int(evaluation.truth[windows[0]]) - 1)
        hits = windows[evaluation.detected[windows]]
        mean = evaluation.probabilities[hits].mean(axis=0, keepdims=True) if len(hits) else None
        found.append(None if mean is None else int(metrics.most_probable_region(mean)[0]))
    title = "test events, by the region the network puts them in"
    lat, lon = np.array([(e.latitude, e.longitude) for e in events], float).reshape(-1, 2).T
    plot_region_confusion(path, title, lat=lat, lon=lon, true=true, found=found, regions=regions)


def worst_mistakes(evaluation: Evaluation) -> tuple[list[int], list[int]]:
    """Return the windows of the surest false alarms and of the surest misses, surest first.

    Of windows that overlap at one station only the surest is taken, lest they all be one event.
    """
    p, is_event = evaluation.event_probability, evaluation.truth > 0
    false_alarms = np.flatnonzero(~is_event & evaluation.detected)
    misses = np.flatnonzero(is_event & ~evaluation.detected)
    return (
        _first_apart(evaluation, false_alarms[np.argsort(-p[false_alarms], kind="stable")]),
        _first_apart(evaluation, misses[np.argsort(p[misses], kind="stable")]),
    )


def _first_apart(evaluation: Evaluation, ordered: Iterable[int]) -> list[int]:
    """Return the first windows of which no two overlap at one station."""
    stations, starts_s = evaluation.store.stations[evaluation.rows], evaluation.start_times
    chosen: list[int] = []
    for i in ordered:
        overlaps = np.abs(starts_s[chosen] - starts_s[i]) < evaluation.window_s
        near = overlaps & (stations[chosen] == stations[i])
        if not near.any() or starts_s[i] <= 0:  # 0: the file does not say when
            chosen.append(int(i))
        if len(chosen) == WORST_SHOWN:
            break
    return chosen


def _draw_arrivals(evaluation: Evaluation, dataset: str, output_dir: Path) -> list[Path]:
    if not evaluation.arrivals:
        return []
    residuals, reliable = paths = [output_dir / name for name in ARRIVAL_PICTURES]
    title = f"{dataset}, {evaluation.spec.model}, {evaluation.spec.components}: test arrivals"
    plot_residuals(
        residuals,
        title,
        {phase: of.scores.residuals_s for phase, of in evaluation.arrivals.items()},
        tolerance_s=evaluation.tolerance_s,
        close_s=CLOSE_S,
    )
    bins = {phase: of.reliability for phase, of in evaluation.arrivals.items()}
    plot_reliability(reliable, title, bins)
    return paths


def _mistake(evaluation: Evaluation, window: int) -> Mistake:
    store, row = evaluation.store, int(evaluation.rows[window])
    place = ".".join(t for t in (store.networks[row], store.stations[row]) if t)
    start = float(evaluation.start_times[window])
    when = f"{iso(start)[:-4]}Z" if start > 0 else f"{store.path_of(row).name}, window {row}"
    return Mistake(
        data=evaluation.data(window),
        probability=float(evaluation.event_probability[window]),
        text=f"{place} {when}".strip(),
        p_s=evaluation.p_offset_s(window),
    )
