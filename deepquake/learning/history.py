"""How loss and accuracy went in training: as a table, for TensorBoard, and as a picture."""

import csv
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_csv
from deepquake.learning.tensorflow import tf

CSV_NAME, LOGS_NAME, PICTURE_NAME = "history.csv", "logs", "training.png"
TRAINING, VALIDATION = "training", "validation"


class Point(NamedTuple):
    """One point of a curve: ``part`` is training (the steps since the last point) or validation."""

    step: int
    part: str
    loss: float  # cross-entropy, noise and events weighing the same
    accuracy: float


@dataclass
class History:
    """The curves of a run so far."""

    points: list[Point] = field(default_factory=list)

    def of(self, part: str) -> list[Point]:
        """Return the points of one part, in the order of the steps."""
        return [point for point in self.points if point.part == part]


def read_history(folder: Path, last_step: int) -> History:
    """Return what ``folder`` holds of the steps up to ``last_step``, be it nothing."""
    path = folder / CSV_NAME
    if not path.is_file():
        return History()
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [
                Point(int(row["step"]), row["part"], float(row["loss"]), float(row["accuracy"]))
                for row in csv.DictReader(file)
            ]
    except (KeyError, TypeError, ValueError) as error:
        raise DeepQuakeError(f"{path}: is not the history of a training ({error})") from None
    return History([row for row in rows if row.step <= last_step])


@dataclass
class Recorder:
    """Writes the history of a run into its folder, each time what is new of it."""

    folder: Path
    history: History
    plot: bool
    title: str
    logged: int = 0  # points that TensorBoard has
    writers: dict[str, Any] = field(default_factory=dict)  # TensorBoard's, of each part

    def start_over(self) -> None:
        """Remove what an earlier run in this folder left to TensorBoard."""
        shutil.rmtree(self.folder / LOGS_NAME, ignore_errors=True)

    def write(self) -> None:
        """Bring table, TensorBoard logs and picture up to date."""
        points = self.history.points
        rows = [(p.step, p.part, f"{p.loss:.6f}", f"{p.accuracy:.6f}") for p in points]
        write_csv(self.folder / CSV_NAME, Point._fields, rows)
        for part in (TRAINING, VALIDATION):
            new = [point for point in points[self.logged :] if point.part == part]
            if new:
                if part not in self.writers:
                    log = self.folder / LOGS_NAME / part
                    self.writers[part] = tf.summary.create_file_writer(str(log))
                with self.writers[part].as_default():
                    for point in new:
                        tf.summary.scalar("loss", point.loss, point.step)
                        tf.summary.scalar("accuracy", point.accuracy, point.step)
                self.writers[part].flush()
        self.logged = len(points)
        if self.plot:
            from deepquake.plots.curves import plot_training

            curves = {
                part: [(p.step, p.loss, p.accuracy) for p in self.history.of(part)]
                for part in (TRAINING, VALIDATION)
            }
            plot_training(self.folder / PICTURE_NAME, self.title, curves)
