"""Step 6: a station-day against the least that must be done, a month, a thousand short files.

Start-up (imports, the network, its compilation) is left out: everything is measured in one
process after a first run.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deepquake.core import configuration  # noqa: E402
from tests.benchmarks.made_data import (  # noqa: E402
    BEGIN,
    DAY_S,
    RATE,
    stream,
    write_checkpoint,
    write_days,
)
from tests.benchmarks.measure import Time, show, timed  # noqa: E402

FLOOR_RATIO, SINGLE_RATIO, MONTH_RATIO, FILES_RATIO = 0.67, 10.0, 0.95, 0.5
MEMORY_GIB = 2.0
STEP_S, WIN, BATCH = 10, 1001, 2048
TURNS = 3
SINGLE = 500  # windows shown one at a time
N_FILES = 1000
MONTH_DAYS = 30
# an untrained network: no window is an event beyond doubt, as nearly none is in a quiet record
RUN = {"plot": False, "window_step_predict": float(STEP_S), "detection_threshold": 0.999}


def main() -> None:
    """Print the four rows of the table on step 6."""
    if len(sys.argv) == 3:
        _month_alone(Path(sys.argv[1]), Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = write_checkpoint(folder / "checkpoint")
        day = write_days(folder / "day")
        _against_floor(day, checkpoint)
        _thousand_files(folder, checkpoint)
        write_days(folder / "month", MONTH_DAYS)
        command = [sys.executable, __file__, str(folder), str(checkpoint)]
        subprocess.run(command, check=True, cwd=ROOT)  # a process of its own: its memory


def detect(waveforms: Path, checkpoint: Path) -> dict:
    """Run step 6 over a folder and return the content of its summary."""
    from deepquake.detection import run

    request = run.DetectionRequest(
        stream_path=waveforms,
        checkpoint_dir=checkpoint,
        output_dir=waveforms.with_name("out"),
    )
    return run.detect(request, configuration.load(RUN)).values


def _against_floor(day: Path, checkpoint: Path) -> None:
    import obspy

    from deepquake.learning.networks import load_checkpoint, predictor

    run = predictor(load_checkpoint(checkpoint)[0])
    path = str(next(day.iterdir()))
    step = round(STEP_S * RATE)

    def windows() -> np.ndarray:
        data = np.stack([t.data for t in obspy.read(path)]).astype(np.float32)
        view = np.lib.stride_tricks.sliding_window_view(data, WIN, axis=1)[:, ::step]
        return np.ascontiguousarray(view.transpose(1, 0, 2))

    made = windows()

    def forward() -> None:
        for first in range(0, len(made), BATCH):
            run(made[first : first + BATCH]).numpy()

    def one_by_one() -> None:
        for window in made[:SINGLE]:
            run(window[None]).numpy()

    found = detect(day, checkpoint)
    forward()
    ours, reading, network = [], [], []
    for _ in range(TURNS):
        ours.append(timed(lambda: detect(day, checkpoint)))
        reading.append(timed(lambda: obspy.read(path)))
        network.append(timed(forward))
    single = timed(one_by_one, TURNS) * (len(made) / SINGLE)
    mine, read, net = (min(times, key=lambda t: t.clock) for times in (ours, reading, network))
    figures = f"{found['windows']} windows in {mine.clock:.2f} s"
    show(
        "step 6, a station-day, against reading it with ObsPy and one forward pass",
        read + net,
        mine,
        FLOOR_RATIO,
        f"{figures}; reading {read.clock:.2f} s, forward pass {net.clock:.2f} s",
    )
    show(
        "step 6, a station-day, against one window per call of the compiled network",
        single,
        mine,
        SINGLE_RATIO,
        f"{figures}; one by one {single.clock:.1f} s (measured on {SINGLE} of them)",
    )


def _thousand_files(folder: Path, checkpoint: Path) -> None:
    """Measure records of 86.4 s, an hour apart, each in its own file and all in one."""
    many, one = folder / "many" / "files", folder / "one" / "file"
    many.mkdir(parents=True)
    one.mkdir(parents=True)
    rng = np.random.default_rng(0)
    n_samples = round(DAY_S * RATE / N_FILES)
    with (one / "all.mseed").open("wb") as whole:
        for number in range(N_FILES):
            data = rng.normal(0, 60, (3, n_samples)).astype(np.int32)
            some = stream(data, BEGIN + 3600 * number)
            for place in (many / f"{number:04d}.mseed", whole):
                some.write(place, format="MSEED", encoding="STEIM2", reclen=4096)
    found = [detect(place, checkpoint)["windows"] for place in (many, one)]
    assert found[0] == found[1], found
    mine = timed(lambda: detect(many, checkpoint), TURNS)
    theirs = timed(lambda: detect(one, checkpoint), TURNS)
    show(
        f"step 6, {N_FILES} short files, against the same samples in one file",
        theirs,
        mine,
        FILES_RATIO,
        f"{found[0]} windows in {mine.clock:.2f} s, from one file {theirs.clock:.2f} s",
    )


def _month_alone(folder: Path, checkpoint: Path) -> None:
    detect(folder / "day", checkpoint)
    day: list[Time] = [timed(lambda: detect(folder / "day", checkpoint)) for _ in range(TURNS)]
    month = timed(lambda: detect(folder / "month", checkpoint))
    day.append(timed(lambda: detect(folder / "day", checkpoint)))
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    shortest = min(day, key=lambda one: one.clock)
    show(
        f"step 6, a station-month, against {MONTH_DAYS} times the station-day",
        shortest * MONTH_DAYS,
        month,
        MONTH_RATIO,
        f"{month.clock:.1f} s, the day {shortest.clock:.2f} s; memory {gib:.2f} GiB "
        f"(less than {MEMORY_GIB:g}: {'met' if gib < MEMORY_GIB else 'NOT MET'})",
    )


if __name__ == "__main__":
    main()
