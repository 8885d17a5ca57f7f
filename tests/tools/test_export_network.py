"""A network without what only its training needs, to give away."""

import json
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import UNET, Settings
from deepquake.learning import spec as network_spec
from deepquake.learning.checkpoints import add_calibration, export_network, save_checkpoint
from deepquake.learning.networks import create, load_checkpoint, restore, start_from
from deepquake.learning.picking.calibration_json import read_calibration
from deepquake.learning.spec import MODEL_JSON, ModelSpec, checkpoint_folder, spec_of
from tests.made_data import run_step

# as experiments/pretrained.sh trains it
STARTING = {"component_N": True, "component_E": True, "model": UNET, "unet_channels": 10}
MOST_BYTES = 500_000


def starting_spec() -> ModelSpec:
    return spec_of(Settings().changed(**STARTING))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that has made its first step."""
    folder, spec = tmp_path_factory.mktemp("trained"), starting_spec()
    save_checkpoint(folder, spec, step=1, groups=create(spec, 0.001).variables())
    add_calibration(folder, {}, measured_on={})
    return folder


def test_what_is_exported_is_small_and_the_same_network(trained: Path, tmp_path: Path) -> None:
    n_bytes = export_network(trained, tmp_path)
    files = sorted(tmp_path.iterdir())
    assert n_bytes == sum(path.stat().st_size for path in files) < MOST_BYTES
    assert [path.suffix for path in files] == [".json", ".npz"]
    assert (tmp_path / MODEL_JSON).read_bytes() == (trained / MODEL_JSON).read_bytes()
    with np.load(files[1], allow_pickle=False) as arrays:
        assert {arrays[key].dtype for key in arrays.files} == {np.dtype(np.float16)}
    ours, theirs = load_checkpoint(tmp_path), load_checkpoint(trained)
    assert ours[1:] == theirs[1:] and read_calibration(tmp_path) == {}
    for one, other in zip(ours[0].get_weights(), theirs[0].get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=2**-11, atol=2**-25)


def test_an_earlier_network_is_replaced(trained: Path, tmp_path: Path) -> None:
    export_network(trained, tmp_path)
    spec = spec_of(Settings().changed(**STARTING, random_seed=2))
    other = tmp_path / "other"
    save_checkpoint(other, spec, step=2, groups=create(spec, 0.001).variables())
    export_network(other, tmp_path)
    named = json.loads((tmp_path / MODEL_JSON).read_text())["weights"]
    assert [path.name for path in tmp_path.glob("*.npz")] == [named]


def test_another_training_starts_from_it_but_none_goes_on(trained: Path, tmp_path: Path) -> None:
    export_network(trained, tmp_path)
    network = create(starting_spec(), 0.001)
    assert start_from(network, starting_spec(), tmp_path) == []
    with pytest.raises(DeepQuakeError, match="no training to go on with.*initial_checkpoint_dir"):
        restore(network, starting_spec(), tmp_path)


def test_pretrained_is_the_network_that_comes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = tmp_path / "deepquake" / "pretrained"
    monkeypatch.setattr(network_spec, "PRETRAINED", ours)
    elsewhere = tmp_path / "work"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert checkpoint_folder(Path("pretrained")) == Path("pretrained")  # there is none yet
    ours.mkdir(parents=True)
    assert checkpoint_folder(Path("pretrained")) == ours
    assert checkpoint_folder(Path("mine/pretrained")) == Path("mine/pretrained")
    (elsewhere / "pretrained").mkdir()
    assert checkpoint_folder(Path("pretrained")) == Path("pretrained")  # the user's own


def test_the_folder_of_the_training_itself_is_refused(trained: Path) -> None:
    where = ("--checkpoint_dir", str(trained), "--output_dir", str(trained))
    done = run_step("-m deepquake.tools.export_network", *where, status=1)
    assert "is the folder of the training itself" in done.stderr
