"""Step 6 with a UNet over a station-day, against a ConvNetQuake and the least that must be done.

Whole processes are measured. What the day costs is the time of a process over it less that of one
over five minutes of it: start-up is left out, and all that a user waits for besides is not.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.made_data import write_checkpoint, write_days  # noqa: E402
from tests.benchmarks.measure import Time, run_step, show, timed  # noqa: E402

WINDOW_RATIO, FLOOR_RATIO = 1 / 2, 1 / 1.5
STEP_S = 10
SHORT_S = 300
TURNS = 3
PIECE = 1 << 16  # samples through the network at a time
STEMS = 2, 1  # the stride that config_unet.ini has, and the one that costs most
UNET = {"model": "UNet", "filter_highpass": 2.0, "window_size": 20.0}


def main() -> None:
    """Print the rows of the table on a station-day."""
    if len(sys.argv) == 3:
        _least(Path(sys.argv[1]), Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_days(folder / "day")
        write_days(folder / "short", seconds=SHORT_S)
        windows = write_checkpoint(folder / "windows")
        actions = {"windows": _step6(folder, windows)}
        for stem in STEMS:
            unet = write_checkpoint(folder / f"unet{stem}", unet_stem_stride=stem, **UNET)
            actions |= {f"unet{stem}": _step6(folder, unet), f"floor{stem}": _floor(folder, unet)}
        days = _days(actions)
    of_windows = days["windows"]
    for stem in STEMS:
        ours, least = days[f"unet{stem}"], days[f"floor{stem}"]
        work = f"step 6, a station-day, UNet of stem stride {stem}, against"
        figures = f"{_text(ours)}; {{}} {{}}"
        other = f"step 6 with ConvNetQuake, a window every {STEP_S} s"
        told = figures.format("ConvNetQuake", _text(of_windows))
        show(f"{work} {other}", of_windows, ours, WINDOW_RATIO, told)
        other = "reading it with ObsPy and one pass through the layers of the network"
        told = figures.format("the least", _text(least))
        show(f"{work} {other}", least, ours, FLOOR_RATIO, told)


def _days(actions: dict[str, Callable[[str], object]]) -> dict[str, Time]:
    """Return what the day costs by each action; they take turns, the shortest time counts."""
    taken: dict[tuple[str, str], list[Time]] = {}
    for _ in range(TURNS):
        for name, action in actions.items():
            for records in ("day", "short"):
                time = timed(lambda action=action, records=records: action(records))
                taken.setdefault((name, records), []).append(time)
    least = {
        key: Time(min(t.clock for t in times), min(t.processor for t in times))
        for key, times in taken.items()
    }
    return {name: least[name, "day"] + least[name, "short"] * -1 for name in actions}


def _step6(folder: Path, checkpoint: Path) -> Callable[[str], object]:
    return lambda records: run_step(
        *("step6_detect_mseed.py", "--stream_path", folder / records),
        *("--checkpoint_dir", checkpoint, "--output_dir", folder / "found", "--plot", 0),
        # an untrained network: nothing is an event beyond doubt, as nearly nothing is in a record
        *("--window_step_predict", STEP_S, "--detection_threshold", 0.999),
    )


def _floor(folder: Path, checkpoint: Path) -> Callable[[str], object]:
    command = [sys.executable, __file__]
    return lambda records: subprocess.run(
        [*command, str(folder / records), str(checkpoint)], check=True, cwd=ROOT
    )


def _least(records: Path, checkpoint: Path) -> None:
    """Read records and show them to a network, as little as is possible with each."""
    import obspy

    from deepquake.learning.networks import load_checkpoint
    from deepquake.learning.tensorflow import tf

    model = load_checkpoint(checkpoint)[0]
    shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    run = tf.function(lambda some: model(some, training=False), input_signature=[shape])
    (path,) = records.iterdir()
    data = np.stack([trace.data for trace in obspy.read(str(path))]).astype(np.float32)
    for first in range(0, data.shape[1], PIECE):
        run(data[None, :, first : first + PIECE])


def _text(time: Time) -> str:
    return f"{time.clock:.2f} s, of the processor {time.processor:.2f} s"


if __name__ == "__main__":
    main()
