"""Gather the results of all evaluations (eval_*.json of step 5) into one table.

Prints every result, the arrivals of networks that tell their times, and F1 by window size and model
as in the studies of 2018 and 2019. Writes to --output_dir:
  results.csv          every result
  f1_window_size.png   F1 against window size, by experiment, model, components and classes

Of an experiment's results of the same classes, components, model, window size and round, the
newest counts in the F1. Experiments whose names differ by the window size only, as study_10s and
study_20s do, are one line.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_csv
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS
from deepquake.core.text import table

COUNTS = ("truePositives", "falsePositives", "trueNegatives", "falseNegatives")
SCORES = ("accuracy", "precision", "recall", "f1", "locationAccuracy")
# what was tried, then which repetition of it
KEY = ("dataset", "experiment", "n_clusters", "components", "model", "window_size")
# by phase, of a UNet: key in eval.json, its column in results.csv after P_ or S_
ARRIVAL_SCORES = {
    "references": "readings",
    "found": "found",
    "falseAlarms": "false",
    "recall": "recall",
    "precision": "precision",
    "f1": "f1",
    "recallWithin0.1s": "close",
}
TOLD_PHASES = ("P", "S")
ARRIVAL_COLUMNS = tuple(
    f"{phase}_{name}" for phase in TOLD_PHASES for name in ARRIVAL_SCORES.values()
)
RESULT_COLUMNS = (*KEY[:3], "n_traces", *KEY[3:], "round", *COUNTS, *SCORES)
TEXTS = (0, 1, 3, 4)  # columns of the printed tables that begin together
# of the old project's results, which say the number only
USUAL_COMPONENTS = {1: "Z", 3: COMPONENTS}


@dataclass(frozen=True)
class Evaluated:
    """One evaluation. Scores are shares of 1, recomputed from the counts; None is unknown.

    ``arrivals`` has the numbers of ``ARRIVAL_SCORES`` for each phase of which there are some.
    """

    file: str
    dataset: str
    experiment: str
    n_clusters: int
    n_traces: int
    components: str
    model: str
    window_size: float
    round: str
    truePositives: int
    falsePositives: int
    trueNegatives: int
    falseNegatives: int
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    locationAccuracy: float | None
    arrivals: dict[str, dict[str, float | None]]

    @property
    def key(self) -> tuple:
        """What was tried: data set, experiment, classes, components, model and window size."""
        return tuple(getattr(self, name) for name in KEY)

    @property
    def study(self) -> str:
        """The experiment's name without the window size: ``study`` of ``study_10s``."""
        window_size = rf"(^|[_/-]){self.window_size:g}s(?=$|[_/-])"
        return re.sub(window_size, "", self.experiment).lstrip("_/-")


def main() -> None:
    """Gather the results that the command line asks for."""
    parser = cli.make_parser(__doc__)
    add, output = parser.add_argument, Path("output")
    add("--results_dir", type=Path, default=output, help="holds eval_*.json (output)")
    add("--output_dir", type=Path, default=output / "results", help="(output/results)")
    add("--dataset", help="only the results of this data set")
    add("--round", help="only the results of this round")
    args = parser.parse_args()
    report = Report()
    found = harvest(args.results_dir, report)
    chosen = [r for r in found if args.dataset in (None, r.dataset)]
    chosen = [r for r in chosen if args.round in (None, r.round)]
    if not chosen:
        report.print_summary()
        raise DeepQuakeError(
            f"{args.results_dir}: no eval_*.json there"
            + (" is of the data set and round asked for" if found else "; step 5 writes them")
        )
    newest = newest_only(chosen)
    tables = results_table(chosen), arrivals_table(chosen), f1_table(newest)
    print("\n\n".join("\n".join(lines) for lines in tables if lines))
    if len(newest) < len(chosen):
        print(f"({len(chosen) - len(newest)} older results of the same round are not in it)")
    rows = ([_cell(value) for value in _result_row(result)] for result in chosen)
    header = (*RESULT_COLUMNS, *ARRIVAL_COLUMNS, "file")
    write_csv(args.output_dir / "results.csv", header, rows)
    from deepquake.plots.curves import plot_f1

    plot_f1(args.output_dir / "f1_window_size.png", f1_curves(newest))
    report.print_summary()
    cli.say(f"written: {args.output_dir / 'results.csv'} and f1_window_size.png beside it")


def harvest(folder: Path, report: Report) -> list[Evaluated]:
    """Return the results of step 5, ordered by what was tried; those of the old project are read
    as well, whose scores are per cent.

    Parameters
    ----------
    folder : Path
        The folder of the files eval_*.json.
    report : Report
        Takes a note of each file that is not a result, and is left out.

    Returns
    -------
    list of Evaluated
        The results.

    Raises
    ------
    DeepQuakeError
        Where there is no such folder.
    """
    if not folder.is_dir():
        raise DeepQuakeError(f"{folder}: no such folder")
    found = []
    for path in sorted(folder.glob("eval_*.json")):
        try:
            found.append(_result(path.name, read_json(path)))
        except DeepQuakeError as error:
            report.skip(path, str(error).removeprefix(str(path)).lstrip(":, "))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            report.skip(path, f"is not a result of step 5: {reason}")
    return sorted(found, key=lambda result: (result.key, result.round, result.file))


def newest_only(results: Sequence[Evaluated]) -> list[Evaluated]:
    """Return the newest result of each key and round; file names begin with the time."""
    newest = {(result.key, result.round): result for result in results}
    return list(newest.values())


def results_table(results: Sequence[Evaluated]) -> list[str]:
    """Return the results as lines of text, scores in per cent."""
    header = ["data set", "experiment", "classes", "comp.", "model", "window", "round"]
    header += ["TP", "FP", "TN", "FN", "accuracy", "precision", "recall", "F1", "location"]
    rows = [
        [
            *(r.dataset, r.experiment or "-", r.n_clusters, r.components, r.model),
            *(f"{r.window_size:g} s", r.round),
            *(getattr(r, name) for name in COUNTS),
            *(_percent(getattr(r, name)) for name in SCORES),
        ]
        for r in results
    ]
    return table(header, rows, left=TEXTS)


def arrivals_table(results: Sequence[Evaluated]) -> list[str]:
    """Return the scores by arrival as lines of text, in per cent; none where there are no such."""
    header = ["arrivals (%)", "experiment", "comp.", "model", "round", "phase"]
    header += ["readings", "found", "false", "recall", "precision", "F1", "within 0.1 s"]
    rows = [
        [
            *(r.dataset, r.experiment or "-", r.components, r.model, r.round, phase),
            *(of[key] for key in ("references", "found", "falseAlarms")),
            *(_percent(of[key]) for key in list(ARRIVAL_SCORES)[3:]),
        ]
        for r in results
        for phase, of in r.arrivals.items()
    ]
    return table(header, rows, left=(0, 1, 2, 3, 5)) if rows else []


def f1_table(results: Sequence[Evaluated]) -> list[str]:
    """Return F1 in per cent as lines of text: a row for each data set, study, number of classes,
    components and model, a column for each window size. Rounds are averaged."""
    sizes = sorted({r.window_size for r in results})
    values: dict = defaultdict(lambda: defaultdict(list))
    for r in results:
        tried = (r.dataset, r.study or "-", r.n_clusters, r.components, r.model)
        values[tried][r.window_size].append(r.f1)
    header = ["F1 (%)", "experiment", "classes", "comp.", "model", *(f"{s:g} s" for s in sizes)]
    rows = [
        [*tried, *(_percent(_mean(of_size[size])) for size in sizes)]
        for tried, of_size in sorted(values.items())
    ]
    return table(header, rows, left=TEXTS)


def f1_curves(
    results: Sequence[Evaluated],
) -> dict[tuple[str, int], dict[tuple[str, str], list[tuple[float, list[float]]]]]:
    """Return for each data set and number of classes, for each network and its components, the
    window sizes (s) in order, each with the F1 of its rounds.

    The network is named by its model and, where there are several studies, by its study.
    """
    curves: dict = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    several = len({r.study for r in results}) > 1
    for r in results:
        if r.f1 is not None:
            network = f"{r.study or '-'}, {r.model}" if several else r.model
            curves[r.dataset, r.n_clusters][network, r.components][r.window_size].append(r.f1)
    return {
        panel: {line: sorted(points.items()) for line, points in sorted(lines.items())}
        for panel, lines in sorted(curves.items())
    }


def _result(name: str, values: dict[str, Any]) -> Evaluated:
    counts = {key: int(values[key]) for key in COUNTS}
    tp, fp, tn, fn = counts.values()
    accuracy = _ratio(tp + tn, tp + fp + tn + fn)
    # the old project wrote per cent: seen by its accuracy against that of the counts
    per_cent = accuracy is not None and float(values["accuracy"] or 0.0) > 1.0
    location = values.get("locationAccuracy")
    n_traces = int(values["n_traces"])
    return Evaluated(
        file=name,
        dataset=str(values["dataset"]),
        experiment=str(values.get("experiment", "")),
        n_clusters=int(values["n_clusters"]),
        n_traces=n_traces,
        components=str(values.get("components") or USUAL_COMPONENTS.get(n_traces, n_traces)),
        model=Path(str(values["model"])).stem,
        window_size=float(values["window_size"]),
        round=str(values.get("round", "1")),
        **counts,
        accuracy=accuracy,
        precision=_ratio(tp, tp + fp),
        recall=_ratio(tp, tp + fn),
        f1=_ratio(2 * tp, 2 * tp + fp + fn),
        locationAccuracy=None if location is None else float(location) / (100 if per_cent else 1),
        arrivals=_arrivals(values.get("arrivals") or {}),
    )


def _arrivals(values: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    return {
        phase: {
            key: None if of[key] is None else (float if number > 2 else int)(of[key])
            for number, key in enumerate(ARRIVAL_SCORES)
        }
        for phase, of in values.items()
        if phase in TOLD_PHASES
    }


def _result_row(result: Evaluated) -> list[Any]:
    """Return a result as it stands in results.csv."""
    of_phases = [result.arrivals.get(phase, {}) for phase in TOLD_PHASES]
    scores = [of.get(key) for of in of_phases for key in ARRIVAL_SCORES]
    return [*(getattr(result, name) for name in RESULT_COLUMNS), *scores, result.file]


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else value


if __name__ == "__main__":
    cli.run(main)
