"""How fast step 0 reads: against ``obspy.read_events``, and 100,000 events in one file."""

import gc
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import obspy

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deepquake.catalog.catalog_json import write_catalog_json  # noqa: E402
from deepquake.catalog.nordic.writer import write_nordic  # noqa: E402
from deepquake.catalog.reader import read_files  # noqa: E402
from deepquake.core.files import files_below  # noqa: E402
from deepquake.core.report import Report  # noqa: E402
from tests.benchmarks.measure import middle, show, timed  # noqa: E402
from tests.made_data import network_events  # noqa: E402

MANY = 100_000
FILES = 1000
TURNS = 5
WANTED_RATIO = 25.0
WANTED_S = 30.0


def main() -> None:
    """Print the ratio to ObsPy and the time of step 0 for 100,000 events of 12 picks."""
    with tempfile.TemporaryDirectory() as folder:
        _thousand_files(Path(folder, "sfiles"))
        many = Path(folder, "many.out")
        many.write_text(write_nordic(network_events(MANY)))
        command = [sys.executable, str(ROOT / "step0_metadata.py"), "--input_path", str(many)]
        command += ["--output_path", str(Path(folder, "catalog.json"))]
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took = time.perf_counter() - begin
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"step 0, {MANY} events ({many.stat().st_size / 1e6:.0f} MB): "
            f"{used.ru_utime + used.ru_stime:.1f} s of processor, {took:.1f} s on the clock "
            f"(wanted {WANTED_S:.0f} s), {used.ru_maxrss / 1e6:.1f} GB of memory"
        )


def _thousand_files(folder: Path) -> None:
    """Compare reading s-files, merging and writing catalog.json with ObsPy's reading alone."""
    folder.mkdir()
    for number, event in enumerate(network_events(FILES)):
        (folder / f"{number:04d}.S2010").write_text(write_nordic([event]))

    def step0() -> None:
        gc.disable()  # as step 0 does
        found = read_files(files_below(folder), Report())
        assert len(found.events) == FILES
        write_catalog_json(folder.with_name("catalog.json"), found.events)
        gc.enable()

    def with_obspy() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for path in sorted(folder.iterdir()):
                obspy.read_events(str(path), format="NORDIC")

    step0()
    ours, theirs = middle([(timed(step0), timed(with_obspy)) for _ in range(TURNS)])
    show(
        f"step 0, {FILES} s-files, against obspy.read_events on them",
        theirs,
        ours,
        WANTED_RATIO,
        f"{ours.clock:.2f} s with catalog.json written, ObsPy {theirs.clock:.2f} s",
    )


if __name__ == "__main__":
    main()
