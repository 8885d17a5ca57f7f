"""The folder of step 6: what a run removes of the one before, and what it never touches."""

from pathlib import Path
from typing import Any

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json, write_text
from deepquake.core.report import Report
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs import folder
from deepquake.detection.outputs.seisan import write_sfiles
from deepquake.windows.exchange import MOVING_SUFFIX, NEW
from tests.detection.test_events import detection
from tests.detection.test_tables import scored

SFILE, WAVES = "REA/DEEPQ/2020/01/01-0000-00L.S202001", "WAV/2020-01-01-0000-00S.DEEPQ_003"
NOWHERE = folder.NewFolders(*[Path("nowhere")] * 4)


def listed(name: str) -> dict[str, Any]:
    return folder.names_written([scored(name)], NOWHERE)


def write_result(output: Path, names: tuple[str, ...], values: dict[str, Any]) -> None:
    with folder.new_files(output) as new:
        for name in names:
            write_text((new.pictures if name.endswith(".png") else new.folder) / name, "ours")
        write_json(new.folder / folder.SUMMARY_NAME, values)


def test_a_run_removes_what_the_one_before_wrote_and_nothing_else(tmp_path: Path) -> None:
    first = listed("a") | {"windows": 2}
    write_result(tmp_path, ("a.csv", "events.csv", "a.png", "a_20200102T0300.png"), first)
    for name in ("b.csv", "png/a_mine.png"):
        (tmp_path / name).write_text("mine")
    write_result(tmp_path, ("c.csv",), listed("c"))
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"b.csv", "png/a_mine.png", "c.csv", "detect.json"}
    assert (tmp_path / "b.csv").read_text() == "mine"


def test_a_run_that_fails_leaves_the_result_before_it(tmp_path: Path) -> None:
    write_result(tmp_path, ("a.csv", "a.png"), listed("a"))
    with pytest.raises(OSError), folder.new_files(tmp_path) as new:
        write_text(new.folder / "a.csv", "half")
        write_text(new.pictures / "a.png", "half")
        raise OSError
    left = {str(p.relative_to(tmp_path)): p.read_text() for p in tmp_path.rglob("*.[cp]*")}
    assert left == {"a.csv": "ours", "png/a.png": "ours"}


def test_a_summary_of_somebody_else_is_refused_before_the_work(tmp_path: Path) -> None:
    for text in ("[]", '{"tables": 3}'):
        (tmp_path / "detect.json").write_text(text)
        with pytest.raises(DeepQuakeError, match="was not written by step 6"):
            write_result(tmp_path, ("a.csv",), {})
        assert (tmp_path / "detect.json").read_text() == text


def write_events(output: Path, *names: str, text: str = "ours") -> None:
    with folder.new_files(output) as new:
        for name in names:
            (new.seisan / name).parent.mkdir(parents=True, exist_ok=True)
            write_text(new.seisan / name, text)
        values = folder.names_written([scored("a")], new)
        write_json(new.folder / folder.SUMMARY_NAME, values)


def files_of(output: Path) -> dict[str, str]:
    paths = (path for path in output.rglob("*") if path.is_file())
    return {str(p.relative_to(output)): p.read_text() for p in paths if p.name != "detect.json"}


def test_files_of_seisan_go_with_their_run_and_the_users_stay(tmp_path: Path) -> None:
    later = "REA/DEEPQ/2020/02/01-0000-00L.S202002"
    write_events(tmp_path, SFILE, WAVES)
    mine = tmp_path / "seisan" / "REA" / "MINE_" / "mine"
    mine.parent.mkdir()
    mine.write_text("mine")
    write_events(tmp_path, later, text="again")
    assert files_of(tmp_path) == {f"seisan/{later}": "again", "seisan/REA/MINE_/mine": "mine"}
    assert not (tmp_path / "seisan" / "WAV").exists(), "no empty folder stays"
    mine.unlink()
    write_events(tmp_path)
    assert files_of(tmp_path) == {}


def test_what_an_analyst_corrected_is_never_written_over(tmp_path: Path) -> None:
    write_events(tmp_path, SFILE, WAVES)
    path = tmp_path / "seisan" / SFILE
    path.write_text("corrected")
    before = files_of(tmp_path)
    with pytest.raises(DeepQuakeError, match="was changed after step 6 wrote it; move .*seisan"):
        write_events(tmp_path, SFILE)
    assert files_of(tmp_path) == before
    path.unlink()  # whoever removes it wants it no more
    write_events(tmp_path, SFILE)
    assert files_of(tmp_path) == {f"seisan/{SFILE}": "ours"}


def write_event(output: Path) -> Path:
    """Write the s-file of an event, as step 6 does, and return its path."""
    event = DetectedEvent((detection("AAA", 1577836800.0),), "20200101000000")
    with folder.new_files(output) as new:
        write_sfiles([event], new.seisan, Report())
        values = folder.names_written([scored("a")], new)
        write_json(new.folder / folder.SUMMARY_NAME, values)
    return next((output / "seisan").rglob("*.S202001"))


def test_what_an_analyst_added_is_never_written_over(tmp_path: Path) -> None:
    for _ in range(2):  # over what a run leaves that is killed at its very end
        path = write_event(tmp_path)
        (tmp_path / "detect.json").unlink()
    path.write_text(path.read_text().replace("OP:DEQ", "OP:abc"))
    with pytest.raises(DeepQuakeError, match="was not written by step 6; move .*seisan"):
        write_events(tmp_path, SFILE)
    assert "OP:abc" in path.read_text()


def test_what_is_corrected_after_a_kill_while_files_move_in_is_kept(tmp_path: Path) -> None:
    path = write_event(tmp_path)
    moving = tmp_path / (NEW + MOVING_SUFFIX)
    moving.mkdir()
    (tmp_path / "detect.json").rename(moving / "detect.json")
    ours = path.read_text()
    path.write_text(ours.replace(" AAA ", " BBB "))  # the operator stays
    with pytest.raises(DeepQuakeError, match="was changed after step 6 wrote it"):
        write_events(tmp_path)
    assert path.read_text() != ours
    path.write_text(ours)
    write_events(tmp_path)
    assert files_of(tmp_path) == {}


def test_no_list_leads_out_of_the_folder(tmp_path: Path) -> None:
    output = tmp_path / "out"
    (tmp_path / "mine").write_text("mine")
    write_events(output)
    values = {"tables": [], "recordings": [], "seisan": {"../../mine": "", "/etc/mine": ""}}
    write_json(output / "detect.json", values)
    write_events(output)
    assert (tmp_path / "mine").read_text() == "mine"
