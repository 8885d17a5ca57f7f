"""Training, stopping and going on: exact, and honest about what is missing."""

import signal
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json
from deepquake.learning import history, training
from deepquake.learning.networks import load_checkpoint, predict
from deepquake.learning.picking.calibration_json import read_calibration
from deepquake.learning.spec import read_checkpoint
from deepquake.learning.store import Store
from tests.learning.made_windows import (
    make_set,
    open_set,
    same_checkpoint,
    small_settings,
    train_small,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_set(make_set(tmp_path_factory.mktemp("set"), {-1: 40, 0: 32}))


@pytest.fixture(scope="module")
def uninterrupted(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    train_small(store, folder)
    return folder


def test_a_file_in_place_of_the_folder_is_seen_before_the_training(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    said: list[str] = []
    with pytest.raises(FileExistsError, match="file"):
        train_small(store, tmp_path / "file", said.append, display_step=1)
    assert not [line for line in said if line.startswith("step")]


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    store = open_set(make_set(tmp_path / "a", {-1: 16, 1: 16}))
    said: list[str] = []
    train_small(store, tmp_path / "out", said.append, n_clusters=3, max_checkpoint_step=1)
    assert "note: no window of region 0 to train on" in said
    for name, labels in (("event", {-1: 8}), ("noise", {0: 8})):
        only = open_set(make_set(tmp_path / name, labels))
        with pytest.raises(DeepQuakeError, match=f"no {name} window to train on"):
            train_small(only, tmp_path / "none")
    with pytest.raises(DeepQuakeError, match="validation_fraction = 1.0 leaves no noise window"):
        train_small(store, tmp_path / "none", n_clusters=3, validation_fraction=1.0)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"window_size": 3.0}, "window_size = 201 samples, but 301 samples"),
        ({"component_N": True}, "n_traces = 1, but 2"),
    ],
)
def test_windows_of_another_shape_are_refused(
    store: Store, tmp_path: Path, given: dict, says: str
) -> None:
    with pytest.raises(DeepQuakeError, match=says):
        train_small(store, tmp_path / "none", **given)
    assert not (tmp_path / "none").exists()


def test_training_learns_and_leaves_its_history(store: Store, tmp_path: Path) -> None:
    given = {"max_checkpoint_step": 40, "checkpoint_step": 20, "display_step": 10, "plot": True}
    train_small(store, tmp_path, weight_average=0.8, **given)
    past = history.read_history(tmp_path, 40)
    assert [point.step for point in history.curve(past, "training")] == [10, 20, 30, 40]
    assert [point.step for point in history.curve(past, "validation")] == [20, 40]
    assert history.curve(past, "training")[-1].loss < history.curve(past, "training")[0].loss
    assert history.curve(past, "validation")[-1].accuracy > 0.9
    assert (tmp_path / "training.png").stat().st_size > 5000
    assert len(list((tmp_path / "logs" / "validation").glob("events.*"))) == 1
    model, spec, step = load_checkpoint(tmp_path)
    windows = store.gather(np.arange(len(store)))
    found = predict(model, windows).argmax(axis=1) == 1
    assert (found == (store.labels == 0)).mean() > 0.9 and step == 40


def test_the_same_seed_gives_the_same_weights(
    store: Store, uninterrupted: Path, tmp_path: Path
) -> None:
    train_small(store, tmp_path)
    assert same_checkpoint(tmp_path, uninterrupted)
    train_small(store, tmp_path / "other", random_seed=2)
    with pytest.raises(AssertionError):
        assert same_checkpoint(tmp_path / "other", uninterrupted)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_stopped_run_goes_on_to_the_same_weights(
    store: Store, tmp_path: Path, batch_norm: bool
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train_small(store, whole, batch_norm=batch_norm)

    def stop_at_the_second_step(line: str) -> None:
        if line.startswith("step 2 "):
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(training.Stopped, match="SIGTERM after step 3; a checkpoint is written"):
        train_small(store, parts, stop_at_the_second_step, batch_norm=batch_norm)
    assert read_checkpoint(parts)[1] == 3
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    said: list[str] = []
    train_small(store, parts, said.append, resume=True, batch_norm=batch_norm)
    assert "going on from step 3" in said
    assert same_checkpoint(parts, whole)


def test_a_killed_run_goes_on_from_its_last_checkpoint(
    store: Store, uninterrupted: Path, tmp_path: Path
) -> None:
    def die_after_the_fourth_step(line: str) -> None:
        if line.startswith("step 4 "):
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        train_small(store, tmp_path, die_after_the_fourth_step)
    assert read_checkpoint(tmp_path)[1] == 3
    train_small(store, tmp_path, resume=True)
    assert same_checkpoint(tmp_path, uninterrupted)
    train_small(store, tmp_path, resume=True)  # a finished run has nothing left to do
    assert same_checkpoint(tmp_path, uninterrupted)


def test_resuming_another_network_is_refused(store: Store, uninterrupted: Path) -> None:
    with pytest.raises(DeepQuakeError, match="its ksize is 5, but 7 is asked for"):
        train_small(store, uninterrupted, resume=True, ksize=7)
    with pytest.raises(DeepQuakeError, match="its random_seed is 1, but 2"):
        train_small(store, uninterrupted, resume=True, random_seed=2)


def test_resuming_nothing_begins_at_the_start(
    store: Store, uninterrupted: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    train_small(store, tmp_path, said.append, resume=True)
    assert any("no checkpoint" in line and "starting" in line for line in said)
    assert same_checkpoint(tmp_path, uninterrupted)


def test_starting_over_replaces_only_with_a_checkpoint(store: Store, tmp_path: Path) -> None:
    train_small(store, tmp_path, ksize=3)

    def die_at_once(line: str) -> None:
        if line.startswith("step"):
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        train_small(store, tmp_path, die_at_once)
    assert load_checkpoint(tmp_path)[1].ksize == 3
    train_small(store, tmp_path)
    assert load_checkpoint(tmp_path)[1].ksize == 5
    assert [p.step for p in history.curve(history.read_history(tmp_path, 99), "validation")] == [
        3,
        6,
    ]
    assert len(list((tmp_path / "logs" / "training").glob("events.*"))) == 1


def test_a_run_killed_before_its_first_checkpoint_does_not_go_on_from_an_older_run(
    store: Store, uninterrupted: Path, tmp_path: Path
) -> None:
    train_small(store, tmp_path, random_seed=2)

    def die_at_once(line: str) -> None:
        if line.startswith("step"):
            raise RuntimeError("killed")

    for resume in (False, True):  # killed twice
        with pytest.raises(RuntimeError):
            train_small(store, tmp_path, die_at_once, resume=resume)
        assert load_checkpoint(tmp_path)[1].random_seed == 2
    said: list[str] = []
    train_small(store, tmp_path, said.append, resume=True)
    assert any("no checkpoint of this run" in line for line in said)
    assert same_checkpoint(tmp_path, uninterrupted)
    train_small(store, tmp_path, said.append, resume=True)
    assert "going on from step 6" in said
    assert [p.step for p in history.curve(history.read_history(tmp_path, 99), "validation")] == [
        3,
        6,
    ]


def test_a_run_never_goes_on_with_the_history_of_an_older_one(
    store: Store, uninterrupted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_killed(recorder: history.Recorder) -> None:
        raise RuntimeError("killed behind the checkpoint")

    train_small(store, tmp_path, random_seed=2)
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(history.Recorder, "write", be_killed)
        train_small(store, tmp_path)
    train_small(store, tmp_path, resume=True)
    assert history.read_history(tmp_path, 99) == history.read_history(uninterrupted, 99)


@pytest.mark.parametrize("what", ["loss", "weights"])
def test_no_checkpoint_is_written_of_a_training_that_diverged(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    train_small(store, tmp_path, max_checkpoint_step=1)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    monkeypatch.setattr(training, "rate_at", lambda step, settings: float("nan"))
    # the loss is that of before a step: it tells of a step's weights in the next one only
    with pytest.raises(DeepQuakeError, match="diverged by step.*lower learning_rate"):
        train_small(store, tmp_path, max_checkpoint_step=2 if what == "loss" else 1, resume=False)
    assert all(path.read_bytes() == content for path, content in before.items())


def test_the_step_size_falls_to_nothing() -> None:
    cosine = small_settings(max_checkpoint_step=100, learning_rate=0.002)
    assert training.rate_at(50, cosine.training) == pytest.approx(0.001)
    assert training.rate_at(100, cosine.training) == pytest.approx(0.0)
    constant = small_settings(learning_rate_decay="none", learning_rate=0.002)
    assert training.rate_at(77, constant.training) == 0.002


def stuck_run(store: Store, folder: Path, **given: Any) -> list[str]:
    said: list[str] = []
    train_small(store, folder, said.append, **given)
    return said


def test_a_run_that_is_stuck_starts_again_from_other_weights(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"max_checkpoint_step": 8, "checkpoint_step": 2, "display_step": 1}
    monkeypatch.setattr(training, "STUCK_AT", 4)
    train_small(store, tmp_path / "first", **given)
    monkeypatch.setattr(training, "STUCK", 0.0)
    said = stuck_run(store, tmp_path / "again", **given)
    assert sum("is stuck, and starts again from other weights" in line for line in said) == 2
    assert sum("look at the records and their picks" in line for line in said) == 1
    assert read_json(tmp_path / "again" / "model.json")["attempt"] == 2
    assert "attempt" not in read_json(tmp_path / "first" / "model.json")
    past = history.read_history(tmp_path / "again", 8)
    assert [point.step for point in history.curve(past, "training")] == list(range(1, 9))
    assert not same_checkpoint(tmp_path / "first", tmp_path / "again")

    # the same where the run is stopped and resumed, at whichever attempt
    for stop in (5, 3, 1, 2, 5):
        with monkeypatch.context() as patched:
            patched.setattr(training, "_asked_to_stop", asked_after(stop))
            with suppress(training.Stopped):
                train_small(store, tmp_path / "resumed", resume=True, **given)
    train_small(store, tmp_path / "resumed", resume=True, **given)
    assert same_checkpoint(tmp_path / "resumed", tmp_path / "again")
    assert read_json(tmp_path / "resumed" / "model.json")["attempt"] == 2


def asked_after(steps: int) -> Any:
    """Return a stand-in for the signals: the run is asked to stop in its nth step."""

    class _Asked(list):
        def __init__(self) -> None:
            super().__init__()
            self.left = steps

        def __bool__(self) -> bool:
            self.left -= 1
            if self.left <= 0 and not len(self):
                self.append(signal.SIGTERM)
            return bool(len(self))

    return lambda: nullcontext(_Asked())


def test_a_run_starts_from_the_weights_of_another(store: Store, tmp_path: Path) -> None:
    train_small(store, tmp_path / "first", max_checkpoint_step=4)
    said: list[str] = []
    settings = small_settings(max_checkpoint_step=1, learning_rate=1e-9, filter_highpass=3.0)
    filtered = replace(store, signature=replace(store.signature, filter_highpass=3.0))
    network = training.train(
        filtered, settings, tmp_path / "next", say=said.append, initial=tmp_path / "first"
    )
    first = read_checkpoint(tmp_path / "first")[2]["inference"]
    for array, variable in zip(first, network.average.weights, strict=True):
        assert variable.numpy() == pytest.approx(array, abs=1e-6)
    assert any("was trained with filter_highpass = 2.0, now it is 3.0" in line for line in said)
    settings = small_settings(batch_norm=not settings.network.batch_norm)
    with pytest.raises(DeepQuakeError, match="its weights do not fit: its batch_norm is"):
        training.train(store, settings, tmp_path / "none", initial=tmp_path / "first")
    with pytest.raises(DeepQuakeError, match="holds no checkpoint"):
        training.train(store, small_settings(), tmp_path / "none", initial=tmp_path)


def test_what_scores_mean_stands_in_the_last_checkpoint(store: Store, tmp_path: Path) -> None:
    said: list[str] = []
    train_small(store, tmp_path, said.append, validation_fraction=0.5, plot=True)
    calibration = read_calibration(tmp_path)
    assert calibration["P"].references > 0
    assert any(line.startswith("P: best F1") for line in said)
    assert (tmp_path / "alarms.png").is_file()
    train_small(store, tmp_path, said.append, validation_fraction=0.0)
    assert read_calibration(tmp_path)["P"].references == calibration["P"].references  # too few
    assert read_json(tmp_path / "model.json")["calibratedOn"]["P"] == "held out and trained on"
    assert any(line.startswith("note: P: no reading is held out: scores") for line in said)
