"""Steps 1 to 3 against the ObsPy way: slide, write each window, read it back, serialise it."""

import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.made_data import DAY_S, write_catalog, write_days  # noqa: E402
from tests.benchmarks.measure import Time, run_step, show, timed  # noqa: E402

N_DAYS = 2
SAMPLE_S = 120  # of the record that the ObsPy way is measured on: a window a second
FILES_S = 6 * 3600  # of the record that step 1 writes all window files of
TURNS = 3  # the fastest counts, of ours and of theirs
WANTED_RATIO, WANTED_FILES_RATIO = 50.0, 3.0
OPTIONS = ("--window_size", 10, "--window_stride", 1, "--workers", 1)
USED = ("--component_Z", 1, "--component_N", 1, "--component_E", 1)


def main() -> None:
    """Print the ratios of both rows of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        waveforms = write_days(folder / "mseed", N_DAYS)
        catalog = write_catalog(folder / "catalog.json", N_DAYS)
        obspy_slide, obspy_all = _obspy_times(folder, waveforms)
        prep, records = folder / "prep", folder / "tfrecords"
        raw = ("--raw_data_dir", waveforms, "--catalog_path", catalog, "--prep_data_dir", prep)
        plain = ("--plot", 0, "--save_windows", 0)
        data = (*("--prep_data_dir", prep, "--tfrecords_dir", records), *USED, *OPTIONS[:2])
        taken = [
            timed(lambda: run_step("step1_windows.py", *raw, *plain, *OPTIONS), TURNS, prep),
            timed(lambda: run_step("step2_tfrecords_pos.py", *data), TURNS, records),
            timed(lambda: run_step("step3_tfrecords_neg.py", *data), TURNS, records),
        ]
        n_windows = N_DAYS * (DAY_S - 9)
        ours = sum(taken, Time(0, 0)) * (1 / n_windows)
        show(
            f"steps 1 to 3, save_windows 0, {N_DAYS} station-days, against the ObsPy way",
            obspy_all,
            ours,
            WANTED_RATIO,
            f"{' + '.join(f'{one.clock:.1f}' for one in taken)} s with start-up, "
            f"{ours.clock * 1e3:.3f} ms a window; the ObsPy way {obspy_all.clock * 1e3:.2f} ms",
        )
        hours = write_days(folder / "hours", 1, seconds=FILES_S)
        raw = ("--raw_data_dir", hours, "--catalog_path", catalog, "--prep_data_dir", prep)
        files = ("--plot", 0, "--save_windows", 1)
        with_files = timed(
            lambda: run_step("step1_windows.py", *raw, *files, *OPTIONS), TURNS, prep
        )
        n_files = len([*prep.glob("mseed_event_windows/*"), *prep.glob("mseed_noise/*")])
        with_files *= 1 / n_files
        show(
            "step 1 with save_windows 1, against ObsPy slide + write",
            obspy_slide,
            with_files,
            WANTED_FILES_RATIO,
            f"{n_files} files, {with_files.clock * 1e3:.2f} ms a window with start-up; "
            f"ObsPy {obspy_slide.clock * 1e3:.2f} ms",
        )


def _obspy_times(folder: Path, waveforms: Path) -> tuple[Time, Time]:
    """Return the time a window of slide + write, and of everything, the ObsPy way."""
    import obspy

    from deepquake.learning.tensorflow import tf

    some = obspy.read(str(next(waveforms.iterdir())))
    some.trim(some[0].stats.starttime, some[0].stats.starttime + SAMPLE_S)
    windows = folder / "obspy"
    windows.mkdir()

    def slide_and_write() -> None:
        for number, window in enumerate(some.slide(window_length=10, step=1)):
            window.write(str(windows / f"{number}.mseed"), format="MSEED")

    def read_and_serialise() -> None:
        with tf.io.TFRecordWriter(str(folder / "obspy.tfrecords")) as writer:
            for path in sorted(windows.iterdir()):
                window = obspy.read(str(path))
                window.detrend("constant")
                window.normalize(global_max=True)
                data = np.stack([trace.data for trace in window]).astype(np.float32)
                feature = {
                    "data": tf.train.Feature(bytes_list=tf.train.BytesList(value=[data.tobytes()]))
                }
                for key, value in (("window_size", data.shape[1]), ("n_traces", 3)):
                    feature[key] = tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
                example = tf.train.Example(features=tf.train.Features(feature=feature))
                writer.write(example.SerializeToString())

    slide = timed(slide_and_write, TURNS)
    n_windows = len(list(windows.iterdir()))
    everything = slide + timed(read_and_serialise, TURNS)
    return slide * (1 / n_windows), everything * (1 / n_windows)


if __name__ == "__main__":
    main()
