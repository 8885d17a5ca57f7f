"""Step 1 on a disk that is too small: one line that names the file, the earlier result stays."""

import subprocess

import pytest

from tests.made_data import make_dataset, run_step


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1000k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a disk in memory")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_full_disk_names_the_file_and_leaves_the_earlier_result(tmp_path, small_disk):
    waveforms, catalog = make_dataset(tmp_path, n_events=2)
    prep = tmp_path / "prep"
    prep.mkdir()
    (prep / "mseed_noise").symlink_to(small_disk)
    command = ("step1_windows.py", "--raw_data_dir", waveforms, "--catalog_path", catalog)
    command += ("--prep_data_dir", prep, "--plot", 0)
    run_step(*command, "--save_windows", 1, "--window_stride", 5)
    before = files(prep) | files(small_disk)
    for workers in (1, 2):
        done = run_step(*command, "--save_windows", 1, "--workers", workers, status=1)
        last = done.stderr.splitlines()[-1]
        assert last.startswith(f"error: {prep / 'mseed_noise'}/")
        assert last.endswith(".mseed: No space left on device")
        assert "Traceback" not in done.stderr
        assert files(prep) | files(small_disk) == before
    (prep / "mseed").rename(tmp_path / "earlier")
    (prep / "mseed").symlink_to(small_disk / "mseed")
    done = run_step(*command, "--sampling_rate", 1000, "--allow_upsampling", 1, status=1)
    assert "MB are to be written, but its disk has" in done.stderr.splitlines()[-1]
