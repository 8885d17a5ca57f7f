"""Step 4 from TFRecords on disk against the same training from arrays in memory."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deepquake.core import configuration  # noqa: E402
from deepquake.core.workers import ahead  # noqa: E402
from deepquake.learning import training  # noqa: E402
from deepquake.learning.batches import Batches  # noqa: E402
from deepquake.learning.store import Store, open_part  # noqa: E402
from deepquake.windows.tfrecords import Example, write_examples  # noqa: E402
from tests.benchmarks.measure import Time, middle, processor_s, show  # noqa: E402

WANTED_RATIO = 0.95
N_NOISE, N_EVENTS, WIN = 4096, 2048, 1001
WARM_UP, STEPS, TURNS = 30, 300, 5


def main() -> None:
    """Print the ratio of steps per second: the runs take turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_set(folder)
        store = open_part(folder, "train")
        everything = store.gather(np.arange(len(store)))
        from_disk = Batches.batch

        def from_memory(self: Batches, step: int) -> tuple[np.ndarray, np.ndarray]:
            size = self.settings.training.batch_size
            indices = np.random.default_rng(step).integers(len(everything), size=size)
            return everything[indices], self.classes[indices]

        pairs = [
            (_train(store, folder, from_disk), _train(store, folder, from_memory))
            for _ in range(TURNS)
        ]
        ours, theirs = middle(pairs)
        show(
            "step 4, steps per second from TFRecords, against arrays in memory",
            theirs,
            ours,
            WANTED_RATIO,
            f"{STEPS / ours.clock:.0f} steps/s of 128 windows of 10 s, 3 components, "
            f"in memory {STEPS / theirs.clock:.0f}",
        )


def write_set(folder: Path) -> None:
    """Write noise and events of three components as TFRecords for training."""
    rng = np.random.default_rng(0)
    for half, label, count in (("negative", -1, N_NOISE), ("positive", 0, N_EVENTS)):
        examples = (
            Example(
                rng.standard_normal((3, WIN), np.float32) * 60,
                label,
                1.6e9 + 600 * number,
                f"event {number // 8}",
                "XX",
                "DAY",
                components="ZNE",
                sampling_rate=100.0,
                filter_highpass=2.0,
                filter_lowpass=0.0,
            )
            for number in range(count)
        )
        write_examples(folder / "train" / half / "made.tfrecords", examples)


def _train(store: Store, folder: Path, batch: Callable[[Batches, int], tuple]) -> Time:
    """Train with the batches that ``batch`` makes; return the time of all steps but the first."""
    given = {"component_N": True, "component_E": True, "plot": False, "resume": False}
    given |= {"augment_polarity": 0.0}  # windows as they are, on both sides
    given |= {"max_checkpoint_step": WARM_UP + STEPS, "checkpoint_step": 10**6}
    settings = configuration.load(given)
    marks: list[Time] = []

    def noted(items: Iterator[tuple], count: int) -> Iterator[tuple]:
        for number, made in enumerate(ahead(items, count)):
            if number in (WARM_UP, WARM_UP + STEPS - 1):
                marks.append(Time(time.perf_counter(), processor_s()))
            yield made

    with mock.patch.object(training, "ahead", noted), mock.patch.object(Batches, "batch", batch):
        training.train(store, settings, folder / "checkpoint", say=str)
    begin, end = marks
    return Time(end.clock - begin.clock, end.processor - begin.processor)


if __name__ == "__main__":
    main()
