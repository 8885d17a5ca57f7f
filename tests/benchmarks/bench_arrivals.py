"""What the networks find on real records, in tables for docs/results.md.

    python tests/benchmarks/run.py arrivals --part folds --seeds 1 2 3

Parts:
  folds             UNet, five folds by record of ncal, on three components and on one
  windows           ConvNetQuake and UPC-UCV, the same
  elsewhere         UNet trained on ncal alone, run on the other sets
  regions_left_out  the starting network's recipe without each set in turn, scored on that set
  ablation          UNet without each kind of augmentation: a fold of ncal, and elsewhere

Networks and results are kept below output/bench_arrivals; what is there is not made again, so that
a run that was stopped goes on. Without --part all of it takes hours on two cores. The records are
those of DEEPQUAKE_SHARED_DATA, or of ../shared/data.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deepquake.core.files import read_json, write_json  # noqa: E402
from deepquake.learning.picking.calibration_json import read_calibration  # noqa: E402
from tests.benchmarks import arrival_networks, arrival_scoring  # noqa: E402
from tests.benchmarks.arrival_networks import FOLDS, NCAL, OUTPUT, SETS, DataSet, Recipe  # noqa: E402

ALL, VERTICAL = "ZNE", "Z"
# a tenth of a hundred events, held out, would tell nothing
UNET = Recipe("UNet", "config_unet.ini", (("validation_fraction", 0.0),))
# as experiments/pretrained.sh trains it
STARTING = Recipe("starting", UNET.file, (("max_checkpoint_step", 5000),))
HORIZONTALS = (("component_N", True), ("component_E", True))
WINDOW_NETWORKS = (
    Recipe("ConvNetQuake"),
    Recipe("UPC-UCV", "config_upc_ucv.ini"),
)
# settings that say how, not whether, windows are varied
HOW_MUCH = ("augment_snr_min", "augment_snr_max")
Row = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What is asked for: the seeds, steps of training (0: as the recipe says), and the threshold.

    That is the least score, or the lowest at which this share (``precision``) of the arrivals is
    right on what the network was calibrated on; where both are 0, the network's own.
    """

    seeds: Sequence[int]
    n_steps: int
    threshold: float
    precision: float

    @property
    def folder(self) -> Path:
        """Where networks and results go."""
        return OUTPUT / (f"steps_{self.n_steps}" if self.n_steps else "full")

    def row(self, name: str, make: Callable[[], Row]) -> Row:
        """Return a row of results; it is made where there is none of this name yet."""
        threshold = f" at {self.threshold:g}" if self.threshold else ""
        precision = f" with precision {self.precision:g}" if self.precision else ""
        path = self.folder / "rows" / f"{name}{threshold}{precision}.json"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, make())
        return read_json(path)

    def threshold_of(self, network: Path) -> float:
        """Return the threshold that is asked for, of P, or 0 for the network's own."""
        if not self.precision:
            return self.threshold
        of = read_calibration(network)["P"]
        return float(of.thresholds[np.flatnonzero(of.precision >= self.precision)[0]])

    def network(self, recipe: Recipe, seed: int, sets: Sequence[DataSet], fold: int = -1) -> Path:
        """Return a network trained on some data sets, without a fold where one is given."""
        settings = recipe.settings(seed, self.n_steps)
        on = f"without fold {fold}" if fold >= 0 else "+".join(data.name for data in sets)
        folder = self.folder / "networks" / f"{recipe.name}, {on}, seed {seed}"
        store = arrival_networks.store_of(sets, settings)
        if fold >= 0:
            store = arrival_networks.without_fold(store, fold)
        return arrival_networks.trained(store, settings, folder)


def main() -> None:
    """Make the parts that are asked for, and print their tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--steps", type=int, default=0, help="of training; 0 is the recipe's")
    parser.add_argument(
        "--threshold", type=float, default=0.0, help="of an arrival; 0 is the network's own"
    )
    parser.add_argument(
        "--precision", type=float, default=0.0, help="that the threshold gives where calibrated"
    )
    args = parser.parse_args()
    request = Request(args.seeds, args.steps, args.threshold, args.precision)
    for part in args.part:
        print(f"\n{part}\n", flush=True)
        for line in PARTS[part](request):
            print(line, flush=True)


def folds(request: Request) -> Iterator[str]:
    """Yield the table of the UNet on ncal: one network for both kinds of records."""
    tried = [(UNET, components) for components in (ALL, VERTICAL)]
    return _table_of_folds(request, tried)


def windows(request: Request) -> Iterator[str]:
    """Yield the table of the networks of windows on ncal, each trained on its components."""
    tried = []
    for recipe in WINDOW_NETWORKS:
        three = replace(recipe, name=f"{recipe.name} {ALL}", changes=HORIZONTALS)
        tried += [(three, ALL), (recipe, VERTICAL)]
    return _table_of_folds(request, tried)


def _table_of_folds(request: Request, tried: Sequence[tuple[Recipe, str]]) -> Iterator[str]:
    yield from _head(
        *("network", "components", "seed", "records", "P within 0.5 s", "P within 0.1 s"),
        *("S within 0.5 s", "P for each read", "deviation of P (s)", "window F1"),
        *("precision", "recall", "window F1 without unlisted events"),
    )
    for recipe, components in tried:
        for seed in request.seeds:
            rows = [_of_fold(request, recipe, components, seed, fold) for fold in range(FOLDS)]
            p, s = (_added(row[phase] for row in rows if phase in row) for phase in "PS")
            counted = _added(row["windows"] for row in rows)
            right, missed, false, unlisted = (
                counted.get(name, 0)
                for name in ("right event", "wrong event", "wrong noise", "unlisted event")
            )
            yield _line(
                *(recipe.name.split()[0], components, seed, p["references"]),
                *(_share(p, "found"), _share(p, "close"), _share(s, "found")),
                *(_share(p, "arrivals"), _deviation(p)),
                *(_f1(right, missed, false), _ratio(right, right + false)),
                *(_ratio(right, right + missed), _f1(right, missed, false - unlisted)),
            )


def _of_fold(request: Request, recipe: Recipe, components: str, seed: int, fold: int) -> Row:
    def made() -> Row:
        network = request.network(recipe, seed, [NCAL], fold)
        return _fold_row(request, network, components, fold)

    name = recipe.name.split()[0]
    return request.row(f"{name} {components}, fold {fold}, seed {seed}", made)


def _fold_row(request: Request, network: Path, components: str, fold: int) -> Row:
    settings = UNET.settings(1)
    ids = arrival_networks.store_of([NCAL], settings).event_ids.tolist()
    of_fold = [name for name, f in arrival_networks.fold_of_events(ids).items() if f == fold]
    recordings, readings = arrival_scoring.event_recordings(NCAL, components, of_fold)
    return arrival_scoring.arrival_rows(
        network,
        recordings,
        readings,
        threshold=request.threshold_of(network),
        with_windows=True,
    )


def elsewhere(request: Request) -> Iterator[str]:
    """Yield the table of networks trained on ncal alone."""
    yield from _head_elsewhere("seed")
    for seed in request.seeds:
        for data in SETS[1:]:
            row = _on_set(request, UNET, seed, trained_on=[NCAL], data=data)
            yield _line(seed, *_cells_elsewhere(data, row))


def regions_left_out(request: Request) -> Iterator[str]:
    """Yield the table of the starting network's recipe, each set scored by a network without it."""
    yield from _head_elsewhere("seed")
    for seed in request.seeds:
        for data in SETS:
            others = [other for other in SETS if other != data]
            row = _on_set(request, STARTING, seed, trained_on=others, data=data)
            yield _line(seed, *_cells_elsewhere(data, row))


def ablation(request: Request) -> Iterator[str]:
    """Yield the table of what the UNet finds without each kind of augmentation.

    The networks are trained without the first fold of ncal, and scored on that and elsewhere.
    """
    names = ["P within 0.5 s, ncal", "within 0.1 s", "window F1"]
    names += [f"{data.name}: P within 0.5 s" for data in SETS[1:]]
    names += [f"{data.name}: P for each read" for data in SETS[1:]]
    yield from _head("network", *names)
    for recipe in _without_each():
        cells: list[list[float]] = []
        for seed in request.seeds:
            row = _of_fold(request, recipe, ALL, seed, fold=0)
            p, counted = row["P"], row["windows"]
            right = 2 * counted.get("right event", 0)
            wrong = counted.get("wrong event", 0) + counted.get("wrong noise", 0)
            others = [
                _on_set(request, recipe, seed, trained_on=[NCAL], data=data, fold=0)["P"]
                for data in SETS[1:]
            ]
            cells.append([
                *(_share(p, "found"), _share(p, "close"), _ratio(right, right + wrong)),
                *(_share(other, "found") for other in others),
                *(_share(other, "arrivals") for other in others),
            ])  # fmt: skip
        columns = zip(*cells, strict=True)
        each = [" ".join(f"{value:.3f}" for value in column) for column in columns]
        yield _line(recipe.name, *each)


def _without_each() -> list[Recipe]:
    """Return the recipe as it is, without each kind of augmentation, and without any."""
    varied = UNET.settings(1).augmentation
    kinds = [key for key, value in vars(varied).items() if value and key not in HOW_MUCH]
    some = [Recipe(f"without-{key}", UNET.file, (*UNET.changes, (key, 0.0))) for key in kinds]
    none = Recipe("without-any", UNET.file, (*UNET.changes, *((key, 0.0) for key in kinds)))
    return [UNET, *some, none]


def _on_set(
    request: Request,
    recipe: Recipe,
    seed: int,
    *,
    trained_on: Sequence[DataSet],
    data: DataSet,
    fold: int = -1,
) -> Row:
    """Return what a network finds in a data set that it was not trained on."""

    def made() -> Row:
        network = request.network(recipe, seed, trained_on, fold)
        recordings = arrival_scoring.recordings_of(data, ALL)
        readings = arrival_scoring.readings_of(data)
        return arrival_scoring.arrival_rows(
            network, recordings, readings, threshold=request.threshold_of(network)
        )

    on = "without fold 0" if fold >= 0 else "+".join(one.name for one in trained_on)
    return request.row(f"{recipe.name}, {on}, seed {seed}, {data.name}", made)


def _head_elsewhere(*first: str) -> Iterator[str]:
    return _head(
        *(*first, "set", "threshold", "P to be found", "within 0.5 s", "within 0.1 s"),
        *("of those found", "deviation (s)", "P for each to be found", "S within 0.5 s"),
    )


def _cells_elsewhere(data: DataSet, row: Row) -> tuple[object, ...]:
    p, s = row["P"], row["S"]
    return (
        *(data.name, row["threshold"], p["references"], _share(p, "found"), _share(p, "close")),
        *(_ratio(p["close"], p["found"]), _deviation(p), _share(p, "arrivals"), _share(s, "found")),
    )


def _added(rows: Iterable[Row]) -> Row:
    """Return the sums of counts, and lists joined."""
    total: Row = {}
    for row in rows:
        for key, value in row.items():
            total[key] = total[key] + value if key in total else value
    return total


def _f1(right: int, missed: int, false: int) -> float:
    return _ratio(2 * right, 2 * right + missed + false)


def _share(row: Row, key: str) -> float:
    return _ratio(row.get(key, 0), row.get("references", 0))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _deviation(row: Row) -> float:
    """Return the deviation of residuals (s), a median so that few far ones do not decide."""
    residuals_ms = np.abs(row.get("residuals_ms", []))
    return 1.4826e-3 * float(np.median(residuals_ms)) if len(residuals_ms) else float("nan")


def _head(*names: str) -> Iterator[str]:
    yield _line(*names)
    yield _line(*["---"] * len(names))


def _line(*cells: object) -> str:
    texts = (f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells)
    return f"| {' | '.join(texts)} |"


PARTS: dict[str, Callable[[Request], Iterator[str]]] = {
    "folds": folds,
    "windows": windows,
    "elsewhere": elsewhere,
    "regions_left_out": regions_left_out,
    "ablation": ablation,
}


if __name__ == "__main__":
    main()
