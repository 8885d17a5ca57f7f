"""The data sets and the trained networks of the benchmark of arrivals: made once, kept for later.

Everything lies below ``output/bench_arrivals``; what is there already is not made again, and a
training that was stopped goes on.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core import configuration
from deepquake.core.files import read_json
from deepquake.core.report import Report
from deepquake.core.settings import UNET, Settings
from deepquake.learning import training
from deepquake.learning.spec import CALIBRATION_KEY, MODEL_JSON, read_model_json
from deepquake.learning.store import Store, find_files, open_store
from deepquake.learning.tensorflow import tf
from tests.benchmarks.measure import ROOT, run_step

DATA = Path(os.environ.get("DEEPQUAKE_SHARED_DATA", ROOT.parent / "shared" / "data"))
OUTPUT = ROOT / "output" / "bench_arrivals"
FOLDS = 5
EVERY_EVENT = ("--test_fraction", 0)  # folds are made here


@dataclass(frozen=True)
class DataSet:
    """Records and what is read in them: the catalogue, below ``DATA``, that step 0 reads.

    ``has_noise`` is false where events follow each other so closely that step 3 finds none.
    """

    name: str
    catalogue: str
    has_noise: bool = True

    @property
    def waveforms(self) -> Path:
        """The folder of the records."""
        return DATA / self.name / "mseed"


NCAL = DataSet("ncal", "ncal/sfiles_nordicformat")
SETS = (
    NCAL,
    DataSet("iceland", "iceland/sfiles_nordicformat", has_noise=False),
    DataSet("bradys", "bradys/picks.csv"),
    DataSet("hengill", "hengill/phasenet_picks.csv", has_noise=False),
    DataSet("ridgecrest", "ridgecrest/phasenet_picks.csv", has_noise=False),
)


@dataclass(frozen=True)
class Recipe:
    """A network and how it is trained: a file of ``experiments/`` (none: the defaults), and
    settings beside it."""

    name: str
    file: str = ""
    changes: tuple[tuple[str, object], ...] = ()

    def settings(self, seed: int, n_steps: int = 0) -> Settings:
        """Return its settings with a seed, and with other steps than its own where not 0."""
        given = {**dict(self.changes), "random_seed": seed, "plot": False, "resume": True}
        given |= {"max_checkpoint_step": n_steps} if n_steps else {}
        path = ROOT / "experiments" / self.file if self.file else None
        return configuration.load(given, path)


def catalog_of(data: DataSet) -> Path:
    """Return the catalog.json of a data set; step 0 makes it."""
    path = OUTPUT / "data" / data.name / "catalog.json"
    if not path.is_file():
        _run("step0_metadata.py", "--input_path", DATA / data.catalogue, "--output_path", path)
    return path


def tfrecords_of(data: DataSet, settings: Settings) -> list[Path]:
    """Return the TFRecord files of a data set for a kind of network; steps 1 to 3 make them.

    Parameters
    ----------
    data : DataSet
        The records.
    settings : Settings
        The network; those of one kind and as many components share the files.

    Returns
    -------
    list of Path
        All of them are in the training part.
    """
    network, records = settings.network, settings.records
    kind = f"{UNET if network.model == UNET else 'windows'}_{records.components}"
    folder = OUTPUT / "data" / data.name / kind
    finished = folder / "finished"
    if not finished.is_file():
        shared = [f"--window_size={settings.windows.window_size:g}"]
        _run(
            "step1_windows.py",
            *("--raw_data_dir", data.waveforms, "--catalog_path", catalog_of(data)),
            *("--prep_data_dir", folder / "prep", "--plot", 0, *shared),
        )
        shared += [f"--component_{c}={int(c in records.components)}" for c in "ZNE"]
        shared += ["--model", network.model, *EVERY_EVENT]
        for script in ("step2_tfrecords_pos.py", "step3_tfrecords_neg.py")[: 1 + data.has_noise]:
            places = ("--prep_data_dir", folder / "prep", "--tfrecords_dir", folder / "tfrecords")
            _run(script, *places, *shared)
        finished.touch()
    return find_files(folder / "tfrecords", "train", report=Report())


def store_of(sets: Sequence[DataSet], settings: Settings) -> Store:
    """Return all windows of some data sets, in their order."""
    return open_store([path for data in sets for path in tfrecords_of(data, settings)])


def fold_of_events(event_ids: Sequence[str]) -> dict[str, int]:
    """Return which fold each event is in; the same for every kind of network."""
    names = sorted(set(event_ids) - {""})
    drawn = np.random.default_rng(0).permutation(len(names)).tolist()
    return {names[number]: place % FOLDS for place, number in enumerate(drawn)}


def without_fold(store: Store, fold: int) -> Store:
    """Return the windows of a data set whose event is not in a fold."""
    folds = fold_of_events(store.event_ids.tolist())
    kept = [number for number, name in enumerate(store.event_ids) if folds.get(name) != fold]
    return part_of(store, np.array(kept))


def part_of(store: Store, indices: NDArray[np.intp]) -> Store:
    """Return some windows of a store."""
    columns = {
        f.name: getattr(store, f.name)[indices] for f in fields(Store) if f.type is np.ndarray
    }
    arrivals = [store.arrivals[index] for index in indices.tolist()]
    return replace(store, arrivals=arrivals, **columns)


def trained(store: Store, settings: Settings, folder: Path) -> Path:
    """Train a network, unless its folder holds it, and return the folder.

    Parameters
    ----------
    store : Store
        What it is trained on.
    settings : Settings
        What it is, and how it is trained.
    folder : Path
        Where it goes; what is said goes to a file of that name with the ending .log.

    Returns
    -------
    Path
        The folder.
    """
    if not _is_trained(folder, settings):
        print(f"training {folder.name}", file=sys.stderr, flush=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        tf.keras.backend.clear_session()
        with folder.with_suffix(".log").open("a", encoding="utf-8") as log:
            training.train(
                store, settings, folder, say=lambda line: print(line, file=log, flush=True)
            )
    return folder


def _is_trained(folder: Path, settings: Settings) -> bool:
    if not (folder / MODEL_JSON).is_file():
        return False
    reached = read_model_json(folder)[1] == settings.training.max_checkpoint_step
    return reached and CALIBRATION_KEY in read_json(folder / MODEL_JSON)


def _run(script: str, *arguments: object) -> None:
    print(f"{script} {arguments[1]}", file=sys.stderr, flush=True)
    run_step(script, *arguments)
