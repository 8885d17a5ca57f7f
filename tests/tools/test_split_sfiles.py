"""A Nordic file split into one per event: every line kept, no file written over."""

from pathlib import Path

from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from tests.made_data import network_events, run_step

PROGRAM = "-m deepquake.tools.split_sfiles"


def test_every_line_is_kept(tmp_path: Path) -> None:
    sfile, folder = tmp_path / "many.out", tmp_path / "split"
    sfile.write_text(write_nordic(network_events(3)))
    run_step(PROGRAM, "--stream_path", sfile, "--output_dir", folder)
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [
        f"01-{e.event_id[8:12]}-{e.event_id[12:]}L.S201001" for e in network_events(3)
    ]
    assert "".join(path.read_text() for path in files) == sfile.read_text()
    report = Report()
    assert [len(read_file(path, report)[0]) for path in files] == [1, 1, 1]
    assert report.problems == []


def test_a_file_of_other_content_is_not_written_over(tmp_path: Path) -> None:
    sfile, folder = tmp_path / "many.out", tmp_path / "split"
    sfile.write_text(write_nordic(network_events(2)))
    for _ in range(2):
        run_step(PROGRAM, "--stream_path", sfile, "--output_dir", folder)
    first = min(folder.iterdir())
    first.write_text("mine")
    done = run_step(PROGRAM, "--stream_path", sfile, "--output_dir", folder, status=1)
    assert "exists with other content" in done.stderr and first.read_text() == "mine"


def test_events_of_the_same_second_get_different_names(tmp_path: Path) -> None:
    sfile = tmp_path / "twice.out"
    sfile.write_text(write_nordic(network_events(1) * 2))
    run_step(PROGRAM, "--stream_path", sfile, "--output_dir", tmp_path / "split")
    names = sorted(path.name for path in (tmp_path / "split").iterdir())
    assert names == ["01-0000-13L.S201001", "01-0000-14L.S201001"]


def test_the_file_of_carabobo(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "carabobo" / "arrival_times.txt"
    run_step(PROGRAM, "--stream_path", path, "--output_dir", tmp_path)
    events = [event for p in sorted(tmp_path.iterdir()) for event in read_file(p, Report())[0]]
    assert len(events) == 17 and sum(len(event.picks) for event in events) == 59


def test_another_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("some notes\n")
    options = ("--stream_path", tmp_path / "notes.txt", "--output_dir", tmp_path / "never")
    done = run_step(PROGRAM, *options, status=1)
    assert done.stderr == f"error: {tmp_path / 'notes.txt'}: is not a Nordic file\n"
    assert not (tmp_path / "never").exists()
