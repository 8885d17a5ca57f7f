"""A new result takes the place of the earlier one whole, wherever the run is killed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_text
from deepquake.windows import exchange, room

KILLED = 7
CALLS = ("replace", "rename", "rmdir", "unlink", "mkdir")  # those that change a folder
TABLES = ("windows.csv", "events.csv", ".made_by_step1")
EARLIER = dict.fromkeys(
    (*TABLES, "mseed/a.mseed", "mseed/b.mseed", "png/a.png", "mseed_noise/sac/a.sac"), "earlier"
)
NEW = dict.fromkeys(
    (*TABLES, "mseed/b.mseed", "mseed/c.mseed", "mseed_noise/b.mseed", "mseed_noise/sac/b.sac"),
    "new",
)
MINE = {"notes.txt": "mine", "mseed/.theirs": "mine"}


def write(prep: Path, files: dict[str, str]) -> None:
    with exchange.new_result(room.output_of_step1(prep)):
        for name, text in files.items():
            write_text(exchange.staged(prep, name), text)


def found(prep: Path) -> dict[str, str]:
    """Return the files below a folder, links followed."""
    return {
        str((Path(folder) / name).relative_to(prep)): (Path(folder) / name).read_text()
        for folder, _, names in os.walk(prep, followlinks=True)
        for name in names
        if name != exchange.OWNER
    }


def killed_at(number: int, work: Callable[[], None]) -> bool:
    """Do some work in another process, which is killed before it changes a folder once more."""
    child = os.fork()
    if not child:
        left = number

        def counted(call: Callable) -> Callable:
            def run(*arguments: object, **options: object) -> object:
                nonlocal left
                if not left:
                    os._exit(KILLED)
                left -= 1
                return call(*arguments, **options)

            return run

        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        work()
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED)
    return status == KILLED


@pytest.mark.parametrize("linked", [(), ("mseed", "mseed_noise", "png")])
def test_killed_at_any_instant_one_of_the_two_results_is_whole(
    tmp_path: Path, linked: tuple[str, ...]
) -> None:
    prep, n_kills = tmp_path / "prep", 0
    while True:
        for folder in (prep, tmp_path / "scratch"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        for name in linked:
            (tmp_path / "scratch" / name).mkdir()
            (prep / name).symlink_to(tmp_path / "scratch" / name)
        write(prep, EARLIER)
        for name, text in MINE.items():
            (prep / name).write_text(text)
        was_killed = killed_at(n_kills, lambda: write(prep, NEW))
        seen = {text for name, text in found(prep).items() if "/." not in f"/{name}"}
        assert len(seen - {"mine"}) <= 1  # no file of one result beside those of the other
        room.finish_interrupted(prep)  # as steps 2 and 3 do
        left = {name: text for name, text in found(prep).items() if "/.new/" not in f"/{name}"}
        expected = NEW if left["windows.csv"] == "new" else EARLIER
        assert left == expected | MINE
        assert was_killed or expected is NEW
        write(prep, NEW)
        assert found(prep) == NEW | MINE
        assert {name for name in linked if (prep / name).is_symlink()} == set(linked)
        if not was_killed:
            break
        n_kills += 1
    assert n_kills > 20


def test_an_error_or_ctrl_c_leaves_the_earlier_result_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "prep", EARLIER)
    for error in (OSError, KeyboardInterrupt):
        with pytest.raises(error), exchange.new_result(room.output_of_step1(tmp_path / "prep")):
            write_text(exchange.staged(tmp_path / "prep", "png_noise/a.png"), "new")
            raise error
        assert found(tmp_path / "prep") == EARLIER
        assert not (tmp_path / "prep" / "png_noise").exists()


def test_a_first_run_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError), exchange.new_result(room.output_of_step1(tmp_path / "prep")):
        write_text(exchange.staged(tmp_path / "prep", "mseed/a.mseed"), "new")
        raise OSError
    assert not (tmp_path / "prep").exists()


def test_the_folder_of_a_link_is_made_where_only_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "prep").mkdir()
    (tmp_path / "scratch").mkdir()
    link = tmp_path / "prep" / "mseed"
    link.symlink_to("../scratch/mseed")
    write(tmp_path / "prep", NEW)
    assert (tmp_path / "scratch" / "mseed" / "b.mseed").read_text() == "new"
    shutil.rmtree(tmp_path / "scratch")
    with pytest.raises(DeepQuakeError, match=f"{link}: is a link to .*scratch/mseed, which cannot"):
        write(tmp_path / "prep", NEW)


def test_a_file_where_a_folder_is_to_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "prep").mkdir()
    (tmp_path / "prep" / "png").touch()
    for prep, told in (("file", "file"), ("prep", "prep/png")):
        with pytest.raises(DeepQuakeError, match=f"{tmp_path / told}: is a file, where a folder"):
            write(tmp_path / prep, NEW)
    assert not list((tmp_path / "prep").glob(".*"))


def test_two_results_never_share_the_folder_of_their_links(tmp_path: Path) -> None:
    scratch, (first, second) = tmp_path / "scratch", (tmp_path / name for name in "AB")
    scratch.mkdir()
    for prep in (first, second):
        prep.mkdir()
        (prep / "mseed").symlink_to(scratch)
    write(first, NEW)
    with pytest.raises(DeepQuakeError, match=f"{second}/mseed: leads to {scratch}, where the f"):
        write(second, NEW)
    write(first, NEW)
    assert found(first) == NEW
    moved = first.rename(tmp_path / "moved")
    write(moved, NEW)
    (moved / "mseed").unlink()
    (second / "mseed" / "b.mseed").unlink()
    write(second, NEW)
    assert found(second) == NEW
