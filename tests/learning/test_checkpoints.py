"""A checkpoint folder says what it is and survives damage."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import Settings
from deepquake.learning import checkpoints
from deepquake.learning.networks import build, load_checkpoint
from deepquake.learning.spec import INFERENCE, ModelSpec, spec_of


def save(folder: Path, spec: ModelSpec, step: int, seed: int = 1) -> list[np.ndarray]:
    weights = build(replace(spec, random_seed=seed)).get_weights()
    checkpoints.save_checkpoint(folder, spec, step=step, groups={INFERENCE: weights})
    return weights


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    spec = spec_of(Settings().changed(batch_norm=True, n_clusters=3, filter_highpass=1.5))
    weights = save(tmp_path, spec, 40)
    model, loaded, step = load_checkpoint(tmp_path)
    assert (loaded, step) == (spec, 40)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))
    head = json.loads((tmp_path / "model.json").read_text())
    assert head["class_names"] == ["noise", "region 0", "region 1"]
    assert head["versions"]["tensorflow"] and head["filter_highpass"] == 1.5


def test_the_newest_checkpoint_counts_and_old_ones_go(tmp_path: Path) -> None:
    for step in (10, 20, 30):
        save(tmp_path, spec_of(Settings()), step, seed=step)
    model, _, step = load_checkpoint(tmp_path)
    assert step == 30
    assert np.array_equal(
        model.get_weights()[0], build(replace(spec_of(Settings()), random_seed=30)).get_weights()[0]
    )
    assert len(list(tmp_path.glob("*.npz"))) == 2


@pytest.mark.parametrize("killed_while_writing", ["weights", "model.json"])
def test_a_kill_while_writing_leaves_the_last_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_while_writing: str
) -> None:
    save(tmp_path, spec_of(Settings()), 10)

    def die(*_, **__) -> None:
        raise KeyboardInterrupt

    if killed_while_writing == "weights":
        monkeypatch.setattr(np, "savez", die)
    else:
        monkeypatch.setattr(checkpoints, "write_json", die)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, spec_of(Settings()), 20)
    monkeypatch.undo()
    assert load_checkpoint(tmp_path)[2] == 10


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("no folder", "holds no checkpoint"),
        ("no weights", "no such file, but .*model.json names it"),
        ("truncated weights", "damaged checkpoint"),
        ("text for weights", "damaged checkpoint"),
        ("nan", "weights-.*npz: damaged checkpoint: array inference/000 holds what is no number"),
        ("inf", "weights-.*npz: damaged checkpoint: array inference/000 holds what is no number"),
        ("texts for arrays", "damaged checkpoint"),
        ("a member that is no array", "damaged checkpoint"),
        ("broken json", "is not JSON"),
        ("key missing", "lacks 'components'"),
        ("path out of the folder", "weights cannot be"),
        ("other architecture", "weights do not fit"),
    ],
)
def test_a_damaged_checkpoint_is_one_clear_error(tmp_path: Path, damage: str, says: str) -> None:
    folder = tmp_path / "checkpoint"
    save(folder, spec_of(Settings()), 10)
    (weights,) = folder.glob("*.npz")
    head = json.loads((folder / "model.json").read_text())
    if damage == "no folder":
        folder = tmp_path / "nowhere"
    elif damage == "no weights":
        weights.unlink()
    elif damage == "truncated weights":
        weights.write_bytes(weights.read_bytes()[:-3000])
    elif damage in ("nan", "inf", "texts for arrays"):
        with np.load(weights) as file:
            arrays = dict(file)
        arrays["inference/000"] = np.full_like(arrays["inference/000"], 1.0)
        arrays["inference/000"].flat[-1] = np.inf if damage == "inf" else np.nan
        arrays |= {key: array.astype("U5") for key, array in arrays.items() if "texts" in damage}
        np.savez(weights, **arrays)
    elif damage == "a member that is no array":
        with zipfile.ZipFile(weights, "a") as file:
            file.writestr("inference/100.npy", b"\x93NUMPY\x01\x00\x05\x00{'de\n")
            file.writestr("inference/101", b"words")
    elif damage == "text for weights":
        weights.write_text("not an archive")
    elif damage == "broken json":
        (folder / "model.json").write_text('{"model": ')
    else:
        if damage == "key missing":
            del head["components"]
        elif damage == "path out of the folder":
            head["weights"] = "../weights.npz"
        else:
            head |= {"n_clusters": 3, "class_names": ["noise", "north", "south"]}
        (folder / "model.json").write_text(json.dumps(head))
    with pytest.raises(DeepQuakeError, match=says) as error:
        load_checkpoint(folder)
    assert "\n" not in str(error.value)


def test_a_setting_that_contradicts_the_network_is_refused(tmp_path: Path) -> None:
    save(tmp_path, spec_of(Settings()), 10)
    with pytest.raises(DeepQuakeError, match="window_size = 10.0, but window_size = 20.0"):
        load_checkpoint(tmp_path, configuration.load({"window_size": 20.0}))


def test_a_folder_can_go_on_unless_another_run_was_started_there(tmp_path: Path) -> None:
    assert not checkpoints.can_resume(tmp_path)
    save(tmp_path, spec_of(Settings()), 10)
    assert checkpoints.can_resume(tmp_path)
    checkpoints.start_over(tmp_path)
    assert not checkpoints.can_resume(tmp_path)
    save(tmp_path, spec_of(Settings()), 20)
    assert not checkpoints.can_resume(tmp_path)  # the history is still an older run's
    checkpoints.end_starting_over(tmp_path)
    assert checkpoints.can_resume(tmp_path)
