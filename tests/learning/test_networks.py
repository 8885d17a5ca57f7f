"""The networks are the published ones; a checkpoint folder says what it is and survives damage."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import config
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.learning import checkpoints
from deepquake.learning import networks as models
from deepquake.learning.checkpoints import INFERENCE
from deepquake.learning.networks import ModelSpec

UPC_UCV = {"model": "ConvNetQuake2", "num_conv_layers": 4, "ksize": 20, "conv_stride": 2}
UPC_UCV |= {"pooling": True, "pooling_window": 5, "pooling_stride": 2}
UPC_UCV |= {"num_fc_layers": 3, "fc_size": 10}
LENGTHS = [501, 251, 126, 63, 32, 16, 8, 4]


def spec_of(**given) -> ModelSpec:
    return models.spec_of(config.load(given))


def lengths(model) -> list[int]:
    kinds = (models.keras.layers.Conv1D, models.keras.layers.MaxPooling1D)
    return [layer.output.shape[1] for layer in model.layers if isinstance(layer, kinds)]


@pytest.fixture(scope="module")
def model():
    return models.build(spec_of())


@pytest.mark.parametrize("ini", [None, "experiments/config_convnetquake.ini"])
def test_convnetquake_has_its_published_size(ini: str | None) -> None:
    built = models.build(models.spec_of(config.load({}, ini)))
    assert models.count_parameters(built) == 22_114
    assert lengths(built) == LENGTHS


def test_upc_ucv_has_its_published_size() -> None:
    of_file = models.spec_of(config.load({}, "experiments/config_upc_ucv.ini"))
    for spec in (spec_of(**UPC_UCV), of_file):
        built = models.build(spec)
        assert models.count_parameters(built) == 63_630
        assert lengths(built) == LENGTHS


def test_batch_norm_adds_no_trainable_weights() -> None:
    assert models.count_parameters(models.build(spec_of(batch_norm=True))) == 22_114


def test_shapes_follow_window_components_and_classes() -> None:
    spec = spec_of(window_size=20.0, component_N=True, n_clusters=5)
    assert spec.win_size == 2001 and spec.components == "ZN"
    assert spec.class_names == ("noise", "region 0", "region 1", "region 2", "region 3")
    built = models.build(spec)
    assert built.input_shape == (None, 2, 2001) and built.output_shape == (None, 5)


def test_a_seed_decides_the_first_weights() -> None:
    first, again, other = (
        models.build(spec_of(random_seed=seed)).get_weights() for seed in (3, 3, 4)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(("normalization", "scale"), [("max", 3.0), ("std", np.sqrt(4.5))])
def test_windows_are_demeaned_and_share_one_scale(normalization: str, scale: float) -> None:
    window = np.zeros((1, 2, 4), np.float32)
    window[0, 0] = [100, 106, 100, 106]  # 3 about its mean
    prepared = models.prepare_windows(window, normalization).numpy()
    assert prepared.shape == (1, 4, 2)
    np.testing.assert_allclose(prepared[0, :, 0], np.array([-3, 3, -3, 3]) / scale, rtol=1e-6)
    np.testing.assert_array_equal(prepared[0, :, 1], 0)


def test_a_window_of_zeros_gives_probabilities(model) -> None:
    probabilities = models.predict(model, np.zeros((3, 1, 1001), np.float32))
    assert np.isfinite(probabilities).all()


def test_prediction_does_not_depend_on_scale_offset_or_batch(model) -> None:
    windows = np.random.default_rng(0).standard_normal((7, 1, 1001), np.float32)
    plain = models.predict(model, windows)
    np.testing.assert_allclose(plain.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(models.predict(model, 500 * windows + 80), plain, atol=1e-4)
    np.testing.assert_allclose(models.predict(model, windows, batch=3), plain, atol=1e-5)
    assert models.predict(model, windows[:0]).shape == (0, 2)


def save(folder: Path, spec: ModelSpec, step: int, seed: int = 1) -> list[np.ndarray]:
    weights = models.build(replace(spec, random_seed=seed)).get_weights()
    checkpoints.save_checkpoint(folder, spec, step, {INFERENCE: weights})
    return weights


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    spec = spec_of(batch_norm=True, n_clusters=3, filter_highpass=1.5)
    weights = save(tmp_path, spec, 40)
    model, loaded, step = checkpoints.load_checkpoint(tmp_path)
    assert (loaded, step) == (spec, 40)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))
    head = json.loads((tmp_path / "model.json").read_text())
    assert head["class_names"] == ["noise", "region 0", "region 1"]
    assert head["versions"]["tensorflow"] and head["filter_highpass"] == 1.5


def test_the_newest_checkpoint_counts_and_old_ones_go(tmp_path: Path) -> None:
    for step in (10, 20, 30):
        save(tmp_path, spec_of(), step, seed=step)
    model, _, step = checkpoints.load_checkpoint(tmp_path)
    assert step == 30
    assert np.array_equal(model.get_weights()[0], models.build(spec_of(), 30).get_weights()[0])
    assert len(list(tmp_path.glob("*.npz"))) == 2


@pytest.mark.parametrize("killed_while_writing", ["weights", "model.json"])
def test_a_kill_while_writing_leaves_the_last_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_while_writing: str
) -> None:
    save(tmp_path, spec_of(), 10)

    def die(*_, **__) -> None:
        raise KeyboardInterrupt

    if killed_while_writing == "weights":
        monkeypatch.setattr(np, "savez", die)
    else:
        monkeypatch.setattr(checkpoints, "write_json", die)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, spec_of(), 20)
    monkeypatch.undo()
    assert checkpoints.load_checkpoint(tmp_path)[2] == 10


def test_what_contradicts_the_checkpoint_is_an_error_naming_both(tmp_path: Path) -> None:
    save(tmp_path, spec_of(window_size=20.0, component_N=True), 10)
    own = tmp_path / "own.ini"
    own.write_text("[x]\nfilter_highpass = 1\n")

    def load(given: dict, ini: Path | None = None) -> Config:
        configuration = config.load(given, ini)
        _, spec, _ = checkpoints.load_checkpoint(tmp_path, configuration)
        return models.with_spec(configuration, spec)

    for given, ini, says in (
        ({"window_size": 10.0}, None, "window_size = 20.0, but window_size = 10.0 .*command line"),
        ({"component_N": False}, None, "component_N = true, but component_N = false"),
        ({"n_clusters": 4}, None, "n_clusters = 2, but n_clusters = 4"),
        ({}, own, "filter_highpass = 2.0, but filter_highpass = 1.0 .*own.ini"),
    ):
        with pytest.raises(DeepQuakeError, match=says):
            load(given, ini)
    settled = load({"window_size": 20.0, "ksize": 7, "detection_threshold": 0.9})
    assert (settled.win_size, settled.components, settled.detection_threshold) == (2001, "ZN", 0.9)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("no folder", "holds no checkpoint"),
        ("no weights", "no such file, but .*model.json names it"),
        ("truncated weights", "damaged checkpoint"),
        ("text for weights", "damaged checkpoint"),
        ("broken json", "is not JSON"),
        ("key missing", "lacks 'components'"),
        ("wrong type", "n_clusters cannot be 'two'"),
        ("no such length", "model.json: window_size takes a number above 0, not -10.0"),
        ("no such model", "model.json: model takes one of ConvNetQuake.*, not 'ResNet'"),
        ("no such corner", "model.json: filter_highpass = 80.0 Hz must be below half"),
        ("no such components", "model.json: components cannot be 'ZX'"),
        ("a name too few", "model.json: class_names are 1, not n_clusters"),
        ("path out of the folder", "weights cannot be"),
        ("other architecture", "weights do not fit"),
    ],
)
def test_a_damaged_checkpoint_is_one_clear_error(tmp_path: Path, damage: str, says: str) -> None:
    folder = tmp_path / "checkpoint"
    save(folder, spec_of(), 10)
    (weights,) = folder.glob("*.npz")
    head = json.loads((folder / "model.json").read_text())
    if damage == "no folder":
        folder = tmp_path / "nowhere"
    elif damage == "no weights":
        weights.unlink()
    elif damage == "truncated weights":
        weights.write_bytes(weights.read_bytes()[:-3000])
    elif damage == "text for weights":
        weights.write_text("not an archive")
    elif damage == "broken json":
        (folder / "model.json").write_text('{"model": ')
    else:
        if damage == "key missing":
            del head["components"]
        elif damage == "wrong type":
            head["n_clusters"] = "two"
        elif damage == "path out of the folder":
            head["weights"] = "../weights.npz"
        elif damage == "other architecture":
            head |= {"n_clusters": 3, "class_names": ["noise", "north", "south"]}
        else:
            head |= {
                "no such length": {"window_size": -10.0},
                "no such model": {"model": "ResNet"},
                "no such corner": {"filter_highpass": 80.0},
                "no such components": {"components": "ZX"},
                "a name too few": {"class_names": ["noise"]},
            }[damage]
        (folder / "model.json").write_text(json.dumps(head))
    with pytest.raises(DeepQuakeError, match=says) as error:
        checkpoints.load_checkpoint(folder)
    assert "\n" not in str(error.value)
