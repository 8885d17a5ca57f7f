"""Networks are run by TensorFlow or, where it is not installed, by NumPy."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import Settings
from deepquake.learning import networks
from deepquake.learning.checkpoints import save_checkpoint
from deepquake.learning.picking.curves import record_curves
from deepquake.learning.portable import running
from deepquake.learning.portable.running import load_for_use, load_portable, window_probabilities
from deepquake.learning.spec import INFERENCE, PRETRAINED, ModelSpec, read_model_json, spec_of

SPEC = spec_of(Settings())
WINDOWS = np.random.default_rng(0).standard_normal((600, 1, SPEC.win_size)).astype(np.float32)


@pytest.fixture
def no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "find_spec", lambda name: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return saved(tmp_path / "checkpoints", SPEC)


def saved(folder: Path, spec: ModelSpec) -> Path:
    groups = {INFERENCE: networks.build(spec).get_weights()}
    save_checkpoint(folder, spec, step=3, groups=groups)
    return folder


def test_where_tensorflow_is_installed_it_is_used(folder: Path) -> None:
    assert isinstance(load_for_use(folder), networks.keras.Model)


def test_where_it_is_not_the_same_is_said_of_windows(folder: Path, no_tensorflow: None) -> None:
    network = load_for_use(folder)
    assert isinstance(network, running.PortableNetwork)
    expected = networks.predict(networks.load_checkpoint(folder)[0], WINDOWS)
    for n_threads in (1, 3):
        said = window_probabilities(network, WINDOWS, n_threads=n_threads)
        assert said == pytest.approx(expected, abs=1e-5)
    assert np.array_equal(said, window_probabilities(network, WINDOWS))
    assert window_probabilities(network, WINDOWS[:0]).shape == (0, 2)


def test_and_of_records_whatever_the_threads(no_tensorflow: None) -> None:
    record = np.random.default_rng(0).standard_normal((3, 9000)).astype(np.float32)
    spec, network = read_model_json(PRETRAINED)[0], load_for_use(PRETRAINED)
    said = record_curves(network, spec, record, 17)
    assert np.array_equal(said, record_curves(network, spec, record, 17, n_threads=3))
    model = networks.load_checkpoint(PRETRAINED)[0]
    assert said == pytest.approx(record_curves(model, spec, record, 17), abs=1e-5)


def test_a_damaged_checkpoint_is_the_same_error_as_with_tensorflow(folder: Path) -> None:
    head = (folder / "model.json").read_text()
    (folder / "model.json").write_text(head.replace('"window_size": 10.0', '"window_size": 40.0'))
    with pytest.raises(DeepQuakeError, match="the weights do not fit the network"):
        load_portable(folder)
