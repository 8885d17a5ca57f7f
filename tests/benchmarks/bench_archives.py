"""Steps 1 and 6 over archives that are large in three ways: time and the most memory in use.

A station-month, 5000 files of 200 stations, and three days in 20,000 files. Each step is run as its
user would, with pictures. Run: python tests/benchmarks/bench_archives.py [month|stations|pieces]
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

MEMORY_GIB = 2.0
MONTH_DAYS = 30
N_STATIONS, FILES_OF_STATION, FILE_S = 200, 25, 600
PIECES_DAYS, PIECES_OF_DAY = 3, 6667


def main() -> None:
    """Print a row for each archive and step."""
    if len(sys.argv) == 3:
        _write(sys.argv[1], Path(sys.argv[2]))
        return
    for name in sys.argv[1:] or ["month", "stations", "pieces"]:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            # a process counts what its parent had in use: this one has nothing
            subprocess.run([sys.executable, __file__, name, place], check=True, cwd=ROOT)
            records, catalog = folder / "archive", folder / "catalog" / "catalog.json"
            prep, found = folder / "prep", folder / "found"
            paths = "--raw_data_dir", records, "--catalog_path", catalog, "--prep_data_dir", prep
            _show(name, "step1_windows.py", *paths)
            _show(
                *(name, "step6_detect_mseed.py", "--stream_path", records),
                *("--checkpoint_dir", folder / "checkpoint", "--output_dir", found),
                # an untrained network: no window is an event beyond doubt
                *("--window_step_predict", 10, "--detection_threshold", 0.999),
            )


def _write(name: str, folder: Path) -> None:
    """Write an archive, its catalogue and a network."""
    from tests.benchmarks.made_data import DAY_S, write_catalog, write_checkpoint, write_days

    archive, catalog = folder / "archive", folder / "catalog" / "catalog.json"
    write_checkpoint(folder / "checkpoint")
    catalog.parent.mkdir()
    if name == "month":
        write_days(archive, MONTH_DAYS)
        write_catalog(catalog, MONTH_DAYS)
    elif name == "pieces":
        write_days(archive, PIECES_DAYS, n_files=PIECES_OF_DAY)
        write_catalog(catalog, PIECES_DAYS)
    else:
        stations = tuple(f"S{number:03d}" for number in range(N_STATIONS))
        seconds = FILES_OF_STATION * FILE_S
        for station in stations:
            write_days(archive / station, 1, station, n_files=FILES_OF_STATION, seconds=seconds)
        write_catalog(catalog, -(-seconds // DAY_S), stations=stations)


def _show(name: str, script: str, *arguments: object) -> None:
    command = [sys.executable, str(ROOT / script), *map(str, arguments)]
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(output.read().decode(errors="replace"))
    gib = usage.ru_maxrss / 2**20
    print(
        f"{name}, {script}: {time.perf_counter() - begin:.0f} s "
        f"({usage.ru_utime + usage.ru_stime:.0f} s of the processor), memory {gib:.2f} GiB "
        f"(less than {MEMORY_GIB:g}: {'met' if gib < MEMORY_GIB else 'NOT MET'})",
        flush=True,
    )


if __name__ == "__main__":
    main()
