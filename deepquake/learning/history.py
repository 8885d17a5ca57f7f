"""How loss and accuracy went in training: as a table, for TensorBoard, and as a picture."""

import csv
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_csv

CSV_NAME, LOGS_NAME, PICTURE_NAME = "history.csv", "logs", "training.png"
TRAINING, VALIDATION = "training", "validation"


class Point(NamedTuple):
    """One point of a curve: ``part`` is training (the steps since the last point) or validation."""

    step: int
    part: str
    loss: float  # cross-entropy, noise and events weighing the same
    accuracy: float


def curve(points: Iterable[Point], part: str) -> list[Point]:
    """Return the points of one part.

    Parameters
    ----------
    points : iterable of Point
        Those of a run, in the order of the steps.
    part : str
        ``TRAINING`` or ``VALIDATION``.

    Returns
    -------
    list of Point
        In the same order.
    """
    return [point for point in points if point.part == part]


def read_history(folder: Path, last_step: int) -> list[Point]:
    """Return the curves that a run has left so far.

    Parameters
    ----------
    folder : Path
        A checkpoint folder.
    last_step : int
        Later points are left out.

    Returns
    -------
    list of Point
        Empty where there are none.

    Raises
    ------
    DeepQuakeError
        Where the table is damaged.
    """
    path = folder / CSV_NAME
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            points = []
            for row in csv.DictReader(file):
                step, part = int(row["step"]), row["part"]
                loss, accuracy = float(row["loss"]), float(row["accuracy"])
                points.append(Point(step, part, loss=loss, accuracy=accuracy))
    except (KeyError, TypeError, ValueError) as error:
        raise DeepQuakeError(f"{path}: is not the history of a training ({error})") from None
    return [point for point in points if point.step <= last_step]


@dataclass
class Recorder:
    """Writes the history of a run into its folder, each time what is new of it."""

    folder: Path
    points: list[Point]
    plot: bool
    title: str
    logged: int = 0  # points that TensorBoard has
    writers: dict[str, Any] = field(default_factory=dict)  # TensorBoard's, of each part

    def write(self) -> None:
        """Bring table, TensorBoard logs and picture up to date."""
        points = self.points
        rows = [(p.step, p.part, f"{p.loss:.6f}", f"{p.accuracy:.6f}") for p in points]
        write_csv(self.folder / CSV_NAME, Point._fields, rows)
        self._log(points[self.logged :])
        self.logged = len(points)
        if self.plot:
            from deepquake.plots.curves import plot_training

            curves = {
                part: [(p.step, p.loss, p.accuracy) for p in curve(points, part)]
                for part in (TRAINING, VALIDATION)
            }
            plot_training(self.folder / PICTURE_NAME, self.title, curves)
        else:  # one that is there does not show these points
            (self.folder / PICTURE_NAME).unlink(missing_ok=True)

    def forget(self) -> None:
        """Begin again: the points so far are of a run that was given up."""
        self.points.clear()
        self.logged = 0
        for writer in self.writers.values():
            writer.close()
        self.writers.clear()

    def _log(self, new: list[Point]) -> None:
        from deepquake.learning.tensorflow import tf

        logs = self.folder / LOGS_NAME
        if not self.logged:  # of an earlier run in this folder
            shutil.rmtree(logs, ignore_errors=True)
        try:
            for point in new:
                if point.part not in self.writers:
                    log = logs / point.part
                    self.writers[point.part] = tf.summary.create_file_writer(os.fsencode(log))
                with self.writers[point.part].as_default():
                    tf.summary.scalar("loss", point.loss, point.step)
                    tf.summary.scalar("accuracy", point.accuracy, point.step)
            for writer in self.writers.values():
                writer.flush()
        except tf.errors.OpError as error:
            why = error.message.partition("\n")[0].rpartition("; ")[2]
            raise DeepQuakeError(f"{logs}: cannot be written: {why}") from None
