"""Made folders of step 1, and the data sets that steps 2 and 3 write of them."""

from pathlib import Path

from deepquake.core.configuration import load
from deepquake.learning import store as tfrecords
from deepquake.windows import dataset, preparation
from tests.made_data import make_dataset

SETTINGS = {"plot": False, "filter_highpass": 0.0, "test_fraction": 0.25}


def prepare(waveforms: Path, catalog: Path, prep: Path, **keys: object) -> preparation.Prepared:
    """Do step 1 with these settings."""
    return preparation.prepare(load(SETTINGS | keys), waveforms, catalog, prep)


def make_prep(folder: Path, n_events: int = 8) -> Path:
    """Return what step 1 makes of a made data set of two stations."""
    waveforms, catalog = make_dataset(folder, n_events=n_events)
    prepare(waveforms, catalog, folder / "prep")
    return folder / "prep"


def write_tfrecords(prep, keys=None, out="tf", which=("positives", "negatives"), **arguments):
    """Do steps 2 and 3; return the folder of TFRecords and what the last one says it wrote."""
    settings, folder = load(SETTINGS | (keys or {})), prep.parent / out
    request = dataset.DatasetRequest(prep, folder, "set", **arguments)
    for name in which:
        result = getattr(dataset, f"write_{name}")(request, settings)
    return folder, result


def open_part(folder: Path, part: str, label: str) -> tfrecords.Store:
    """Return the windows of a part and label that ``write_tfrecords`` wrote."""
    return tfrecords.open_store([folder / part / label / "set.tfrecords"])
