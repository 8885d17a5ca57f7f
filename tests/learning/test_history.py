"""The history of a training comes back from its table, and each log holds a point once."""

from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.learning import history
from deepquake.learning.history import TRAINING, VALIDATION, Point, Recorder
from deepquake.learning.tensorflow import tf

POINTS = [Point(2, TRAINING, 0.5, 0.75), Point(3, TRAINING, 0.25, 0.8), Point(3, VALIDATION, 1, 0)]


def recorder(folder: Path, points: list[Point], logged: int = 0) -> Recorder:
    return Recorder(folder=folder, points=points, plot=False, title="", logged=logged)


def logged_steps(folder: Path, part: str) -> list[int]:
    """Return the steps of the losses that TensorBoard would show of a part, in their order."""
    steps = []
    for path in (folder / "logs" / part).glob("events.*"):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            steps += [event.step for value in event.summary.value if value.tag == "loss"]
    return sorted(steps)  # files of one second do not sort by name as they were written


def test_what_is_written_is_read_up_to_a_step(tmp_path: Path) -> None:
    assert history.read_history(tmp_path, 9) == []
    recorder(tmp_path, POINTS).write()
    assert history.read_history(tmp_path, 9) == POINTS
    assert history.read_history(tmp_path, 2) == POINTS[:1]
    assert history.curve(POINTS, VALIDATION) == POINTS[2:]


def test_a_run_that_goes_on_adds_to_the_logs_and_one_that_starts_over_does_not(
    tmp_path: Path,
) -> None:
    first = recorder(tmp_path, POINTS[:1])
    first.write()
    first.points += POINTS[1:]
    first.write()
    assert logged_steps(tmp_path, TRAINING) == [2, 3]
    going_on = [*POINTS, Point(4, TRAINING, 0.1, 0.9)]
    recorder(tmp_path, going_on, logged=len(POINTS)).write()
    assert logged_steps(tmp_path, TRAINING) == [2, 3, 4]
    recorder(tmp_path, POINTS[:1]).write()
    assert logged_steps(tmp_path, TRAINING) == [2] and logged_steps(tmp_path, VALIDATION) == []


def test_no_picture_of_other_points_stays(tmp_path: Path) -> None:
    (tmp_path / "training.png").write_text("older")
    recorder(tmp_path, POINTS).write()
    assert not (tmp_path / "training.png").exists()


def test_a_table_of_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DeepQuakeError, match="history.csv: is not the history of a training"):
        history.read_history(tmp_path, 9)


def test_logs_that_cannot_be_written_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("mine")
    with pytest.raises(DeepQuakeError, match=f"{tmp_path / 'logs'}: cannot be written: [^\n]*$"):
        recorder(tmp_path, POINTS).write()
