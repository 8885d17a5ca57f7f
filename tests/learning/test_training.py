"""Batches, training, stopping and going on: exact, balanced, and honest about what is missing."""

import signal
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import config
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.learning import batches, checkpoints, history, training
from deepquake.learning import networks as models
from deepquake.learning import store as tfrecords
from deepquake.learning.store import Store
from deepquake.windows.tfrecords import Example, write_examples

WIN = 201


def config_of(**given) -> Config:
    small = {"window_size": 2.0, "batch_size": 16, "max_checkpoint_step": 6}
    small |= {"checkpoint_step": 3, "display_step": 2, "plot": False, "validation_fraction": 0.25}
    small |= {"model": "ConvNetQuake2", "num_conv_layers": 2, "ksize": 5, "learning_rate": 0.01}
    return config.load(small | given)


def make_set(folder: Path, per_label: dict[int, int], named: bool = True) -> Path:
    """Write windows of noise (label -1) and of onsets (0 and above), 4 to an event or hour."""
    rng = np.random.default_rng(0)
    for label, count in per_label.items():
        made = []
        for i in range(count):
            data = rng.standard_normal((1, WIN), np.float32)
            if label >= 0:
                data[0, 80:] *= 8
            event = f"{label} {i // 4}" if named else ""
            start = 1e9 + label * 1e6 + (i // 4) * 3600
            made.append(Example(data, label, start, event, "XX", "AAA"))
        half = "negative" if label < 0 else "positive"
        write_examples(folder / "train" / half / f"{label}.tfrecords", made)
    return folder


def open_set(folder: Path) -> Store:
    return tfrecords.open_store(tfrecords.find_files(folder))


def quiet(_: str) -> None:
    pass


def train(store: Store, folder: Path, say=quiet, **given) -> training.Network:
    configuration = config_of(**given)
    return training.train(store, models.spec_of(configuration), configuration, folder, say)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_set(make_set(tmp_path_factory.mktemp("set"), {-1: 40, 0: 32}))


@pytest.fixture(scope="module")
def uninterrupted(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    train(store, folder)
    return folder


def same_checkpoint(first: Path, second: Path) -> bool:
    one, other = (checkpoints.read_checkpoint(folder) for folder in (first, second))
    assert one[:2] == other[:2]
    return all(
        np.array_equal(a, b)
        for group in one[2]
        for a, b in zip(one[2][group], other[2][group], strict=True)
    )


def test_half_of_a_batch_is_noise_and_regions_take_turns(tmp_path: Path) -> None:
    store = open_set(make_set(tmp_path, {-1: 24, 0: 40, 1: 4, 2: 8}))
    configuration = config_of(n_clusters=4, batch_size=14)
    made, missing = batches.make_batches(store, np.arange(len(store)), configuration)
    assert missing == []
    counts = sum(np.bincount(made.batch(step)[1], minlength=4) for step in range(3))
    assert counts.tolist() == [21, 7, 7, 7]


def test_a_batch_depends_on_seed_and_step_only(store: Store) -> None:
    def batch(step: int, **given) -> np.ndarray:
        configuration = config_of(augment_mix_noise=0.5, augment_stretch=0.1, **given)
        return batches.make_batches(store, np.arange(len(store)), configuration)[0].batch(step)[0]

    np.testing.assert_array_equal(batch(7), batch(7))
    assert not np.array_equal(batch(7), batch(8))
    assert not np.array_equal(batch(7), batch(7, random_seed=2))
    made, _ = batches.make_batches(store, np.arange(len(store)), config_of())
    ahead = [windows for windows, _ in made.run(4, 9)]
    assert len(ahead) == 6
    np.testing.assert_array_equal(ahead[3], made.batch(7)[0])


@pytest.mark.parametrize("named", [True, False])
def test_validation_holds_out_whole_events(tmp_path: Path, named: bool) -> None:
    store = open_set(make_set(tmp_path, {-1: 40, 0: 32}, named))
    trained, watched = batches.hold_out(store, 0.25, seed=1)
    assert sorted([*trained, *watched]) == list(range(72))
    groups = np.arange(72) // 4  # of 4 windows each, 8 of events and 10 of noise
    assert not set(groups[trained]) & set(groups[watched])
    assert (store.labels[watched] == 0).sum() == 8
    assert (store.labels[watched] == -1).sum() == 8
    assert batches.hold_out(store, 0.0, seed=1)[1].size == 0


def test_a_file_in_place_of_the_folder_is_seen_before_the_training(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    said: list[str] = []
    with pytest.raises(FileExistsError, match="file"):
        train(store, tmp_path / "file", said.append, display_step=1)
    assert not [line for line in said if line.startswith("step")]


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    store = open_set(make_set(tmp_path / "a", {-1: 16, 1: 16}))
    said: list[str] = []
    train(store, tmp_path / "out", said.append, n_clusters=3, max_checkpoint_step=1)
    assert "note: no window of region 0 to train on" in said
    for name, labels in (("event", {-1: 8}), ("noise", {0: 8})):
        only = open_set(make_set(tmp_path / name, labels))
        with pytest.raises(DeepQuakeError, match=f"no {name} window to train on"):
            train(only, tmp_path / "none")
    with pytest.raises(DeepQuakeError, match="validation_fraction = 1.0 leaves no noise window"):
        train(store, tmp_path / "none", n_clusters=3, validation_fraction=1.0)
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
        train(store, tmp_path / "none", **given)
    assert not (tmp_path / "none").exists()


def test_training_learns_and_leaves_its_history(store: Store, tmp_path: Path) -> None:
    given = {"max_checkpoint_step": 40, "checkpoint_step": 20, "display_step": 10, "plot": True}
    train(store, tmp_path, weight_average=0.8, **given)
    past = history.read_history(tmp_path, 40)
    assert [point.step for point in history.curve(past, "training")] == [10, 20, 30, 40]
    assert [point.step for point in history.curve(past, "validation")] == [20, 40]
    assert history.curve(past, "training")[-1].loss < history.curve(past, "training")[0].loss
    assert history.curve(past, "validation")[-1].accuracy > 0.9
    assert (tmp_path / "training.png").stat().st_size > 5000
    assert len(list((tmp_path / "logs" / "validation").glob("events.*"))) == 1
    model, spec, step = checkpoints.load_checkpoint(tmp_path)
    windows = store.gather(np.arange(len(store)))
    found = models.predict(model, windows).argmax(axis=1) == 1
    assert (found == (store.labels == 0)).mean() > 0.9 and step == 40


def test_the_same_seed_gives_the_same_weights(
    store: Store, uninterrupted: Path, tmp_path: Path
) -> None:
    train(store, tmp_path)
    assert same_checkpoint(tmp_path, uninterrupted)
    train(store, tmp_path / "other", random_seed=2)
    with pytest.raises(AssertionError):
        assert same_checkpoint(tmp_path / "other", uninterrupted)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_stopped_run_goes_on_to_the_same_weights(
    store: Store, tmp_path: Path, batch_norm: bool
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(store, whole, batch_norm=batch_norm)

    def stop_at_the_second_step(line: str) -> None:
        if line.startswith("step 2 "):
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(training.Stopped, match="SIGTERM after step 3; a checkpoint is written"):
        train(store, parts, stop_at_the_second_step, batch_norm=batch_norm)
    assert checkpoints.read_checkpoint(parts)[1] == 3
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    said: list[str] = []
    train(store, parts, said.append, resume=True, batch_norm=batch_norm)
    assert "going on from step 3" in said
    assert same_checkpoint(parts, whole)


def test_a_killed_run_goes_on_from_its_last_checkpoint(
    store: Store, uninterrupted: Path, tmp_path: Path
) -> None:
    def die_after_the_fourth_step(line: str) -> None:
        if line.startswith("step 4 "):
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        train(store, tmp_path, die_after_the_fourth_step)
    assert checkpoints.read_checkpoint(tmp_path)[1] == 3
    train(store, tmp_path, resume=True)
    assert same_checkpoint(tmp_path, uninterrupted)
    train(store, tmp_path, resume=True)  # a finished run has nothing left to do
    assert same_checkpoint(tmp_path, uninterrupted)


def test_resuming_another_network_is_refused(store: Store, uninterrupted: Path) -> None:
    with pytest.raises(DeepQuakeError, match="its ksize is 5, but 7 is asked for"):
        train(store, uninterrupted, resume=True, ksize=7)
    with pytest.raises(DeepQuakeError, match="its random_seed is 1, but 2"):
        train(store, uninterrupted, resume=True, random_seed=2)


def test_resuming_nothing_begins_at_the_start(
    store: Store, uninterrupted: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    train(store, tmp_path, said.append, resume=True)
    assert any("no checkpoint" in line and "starting" in line for line in said)
    assert same_checkpoint(tmp_path, uninterrupted)


def test_starting_over_replaces_only_with_a_checkpoint(store: Store, tmp_path: Path) -> None:
    train(store, tmp_path, ksize=3)

    def die_at_once(line: str) -> None:
        if line.startswith("step"):
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        train(store, tmp_path, die_at_once)
    assert checkpoints.load_checkpoint(tmp_path)[1].ksize == 3
    train(store, tmp_path)
    assert checkpoints.load_checkpoint(tmp_path)[1].ksize == 5
    assert [p.step for p in history.curve(history.read_history(tmp_path, 99), "validation")] == [
        3,
        6,
    ]
    assert len(list((tmp_path / "logs" / "training").glob("events.*"))) == 1


def test_a_run_killed_before_its_first_checkpoint_does_not_go_on_from_an_older_run(
    store: Store, uninterrupted: Path, tmp_path: Path
) -> None:
    train(store, tmp_path, random_seed=2)

    def die_at_once(line: str) -> None:
        if line.startswith("step"):
            raise RuntimeError("killed")

    for resume in (False, True):  # killed twice
        with pytest.raises(RuntimeError):
            train(store, tmp_path, die_at_once, resume=resume)
        assert checkpoints.load_checkpoint(tmp_path)[1].random_seed == 2
    said: list[str] = []
    train(store, tmp_path, said.append, resume=True)
    assert any("no checkpoint of this run" in line for line in said)
    assert same_checkpoint(tmp_path, uninterrupted)
    train(store, tmp_path, said.append, resume=True)
    assert "going on from step 6" in said
    assert [p.step for p in history.curve(history.read_history(tmp_path, 99), "validation")] == [
        3,
        6,
    ]


@pytest.mark.parametrize("what", ["loss", "weights"])
def test_no_checkpoint_is_written_of_a_training_that_diverged(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    train(store, tmp_path, max_checkpoint_step=1)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    monkeypatch.setattr(training, "rate_at", lambda step, config: float("nan"))
    # the loss is that of before a step: it tells of a step's weights in the next one only
    with pytest.raises(DeepQuakeError, match="diverged by step.*lower learning_rate"):
        train(store, tmp_path, max_checkpoint_step=2 if what == "loss" else 1, resume=False)
    assert all(path.read_bytes() == content for path, content in before.items())


def test_the_step_size_falls_to_nothing() -> None:
    cosine = config_of(max_checkpoint_step=100, learning_rate=0.002)
    assert training.rate_at(50, cosine) == pytest.approx(0.001)
    assert training.rate_at(100, cosine) == pytest.approx(0.0)
    constant = config_of(learning_rate_decay="none", learning_rate=0.002)
    assert training.rate_at(77, constant) == 0.002
