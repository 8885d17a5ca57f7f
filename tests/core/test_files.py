"""Files are found, read, and appear whole or not at all; reports say everything."""

import errno
import os
from copy import copy
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import (
    NAME_BYTES,
    check_free,
    decode_text,
    files_below,
    name_within,
    naming,
    put_on_disk,
    put_unless_taken,
    read_bytes,
    read_json,
    whole_file,
    write_csv,
    write_json,
    write_text,
)
from deepquake.core.report import Report
from tests.another_user import another_user


def test_a_file_appears_when_the_block_ends_well(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole_file(path) as temporary:
        temporary.write_text("all")
        assert not path.exists()
        assert temporary.suffix == ".txt"
    assert path.read_text() == "all"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), whole_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_path_that_is_taken_stays_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(os, "link", refuse)
    first, second, path = (tmp_path / name for name in ("first", "second", "path"))
    for temporary in (first, second):
        temporary.write_text(temporary.name)
    assert [put_unless_taken(temporary, path) for temporary in (first, second)] == [True, False]
    assert path.read_text() == "first"


def test_a_file_is_on_the_disk_before_it_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, done = tmp_path / "a.txt", []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: done.append("sync") or sync(file))
    monkeypatch.setattr(os, "replace", lambda *paths: done.append("replace") or replace(*paths))
    with whole_file(path) as temporary:
        temporary.write_text("all")
    with whole_file(path, lasting=False) as temporary:
        temporary.write_text("other")
    assert done == ["sync", "replace", "replace"]
    put_on_disk(tmp_path.iterdir())
    assert done[3:] == ["sync"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EINVAL])
def test_a_disk_that_takes_no_more_is_told_by_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", fail)
    if number == errno.EINVAL:  # this file system has no such call
        write_csv(path, ["x"], [])
        assert path.read_text() == "x\n"
        return
    with pytest.raises(OSError, match=r"\.part-a\.txt"):
        write_csv(path, ["x"], [])
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_json_and_csv_are_the_same_bytes_each_time(tmp_path):
    write_json(tmp_path / "a.json", {"b": [1, None], "a": "ñ"})
    write_csv(tmp_path / "a.csv", ["x", "y"], [[1, "a,b"]])
    assert read_json(tmp_path / "a.json") == {"b": [1, None], "a": "ñ"}
    assert (tmp_path / "a.csv").read_bytes() == b'x,y\n1,"a,b"\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [(b'{"a":\n1,}', "line 2: is not JSON"), (b"\xff\xfe\x00", "not UTF-8 text")],
)
def test_json_errors_name_the_place(tmp_path, content, message):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(DeepQuakeError, match=message):
        read_json(path)


def test_numbers_that_nothing_can_have_are_still_numbers(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(f"[NaN, 1e999, -Infinity, {'1' * 5000}, -12, {'7' * 30}]")
    *others, long = read_json(path)
    assert [str(value) for value in others] == ["nan", "inf", "-inf", "inf", "-12"]
    assert long == pytest.approx(7.77e29, rel=0.01)


@pytest.mark.parametrize("letter", ["x", "ñ", "日"])
def test_names_as_long_as_the_disk_takes_are_written(tmp_path, letter):
    path = tmp_path / (letter * ((NAME_BYTES - 4) // len(letter.encode())) + ".csv")
    write_csv(path, ["a"], [[1]])
    assert [*tmp_path.iterdir()] == [path]
    cut = name_within(100, path.name)
    assert len(cut.encode()) <= 100 and cut.endswith(".csv")
    assert cut != name_within(100, letter + path.name)
    assert name_within(100, "as it is.csv") == "as it is.csv"


def test_what_is_no_letter_is_written_escaped(tmp_path):
    name = os.fsdecode(b"Estaci\xf3n")
    write_csv(tmp_path / "a.csv", ["name"], [[name]])
    write_json(tmp_path / "a.json", [name, "\ud800"])
    assert (tmp_path / "a.csv").read_text() == "name\nEstaci\\xf3n\n"
    assert read_json(tmp_path / "a.json") == [r"Estaci\xf3n", r"\ud800"]


def test_the_summary_counts_what_it_does_not_show(capsys):
    report = Report()
    for number in range(25):
        report.skip(f"file{number}", "is no waveform", line=3)
    report.note("s-file", "odd")
    report.print_summary()
    text = capsys.readouterr().err
    assert "left out: 25" in text
    assert "file0, line 3: is no waveform" in text
    assert "... and 15 x is no waveform" in text
    assert "noted: 1" in text


def test_json_nested_too_deep_is_an_error_of_ours(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[" * 200_000)
    with pytest.raises(DeepQuakeError, match="nested too deep"):
        read_json(path)


def test_files_at_any_depth_but_hidden_ones(tmp_path: Path) -> None:
    for name in ("b", "2014/08/a", ".hidden", ".git/c", ".part-x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    names = [str(path.relative_to(tmp_path)) for path in files_below(tmp_path)]
    assert names == ["2014/08/a", "b"]
    assert files_below(tmp_path, "*.S2014*") == []
    assert files_below(tmp_path / "b") == [tmp_path / "b"]
    with pytest.raises(DeepQuakeError, match="no such"):
        files_below(tmp_path / "none")


def test_linked_folders_are_entered_once_and_loops_are_none(tmp_path: Path) -> None:
    (tmp_path / "in" / "2013").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_text("x")
    (tmp_path / "in" / "2013" / "b").write_text("x")
    (tmp_path / "in" / "2014").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "2015").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "2013" / "up").symlink_to(tmp_path / "in")
    names = [str(path.relative_to(tmp_path)) for path in files_below(tmp_path / "in")]
    assert names == ["in/2013/b", "in/2014/a"]


def test_a_folder_that_cannot_be_read_is_reported(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "a").write_text("x")
    scandir = os.scandir

    def locked(path: str):  # root may read any folder
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    report = Report()
    assert len(files_below(tmp_path, report=report)) == 1
    assert [Path(problem.path).name for problem in report.of_kind("skipped")] == ["locked"]


def test_a_pipe_is_no_file_and_a_link_to_nothing_is_for_its_reader_to_tell(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert files_below(tmp_path) == [tmp_path / "link"]
    with pytest.raises(DeepQuakeError, match="link: cannot be read: No such file"):
        read_bytes(tmp_path / "link")


@pytest.mark.parametrize("content", ["ñ\r\nb", "\ufeffñ\rb", "ñ\r\r\nb"])
def test_text_of_any_encoding_and_line_end(content: str) -> None:
    assert decode_text(content.encode()) == "ñ\nb"
    if content[0] == "ñ":
        assert decode_text(content.encode("latin-1")) == "ñ\nb"


def test_links_to_nothing_and_to_themselves_are_listed_and_folders_once(tmp_path):
    folder = tmp_path / "in"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "b.mseed").touch()
    (folder / "again").symlink_to(folder / "a")
    (folder / "round").symlink_to(folder)
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "nothing").symlink_to(tmp_path / "none")
    os.mkfifo(folder / "pipe")
    os.mkdir(os.fsencode(folder) + b"/\xf3\n")
    names = [os.fsencode(path.relative_to(folder)) for path in files_below(folder)]
    assert names == [b"a/b.mseed", b"loop", b"nothing"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_what_another_user_cannot_read_is_told(tmp_path):
    for name in "closed", "unseen", "open":
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.mseed").write_bytes(b"x")
    (tmp_path / "open" / "b.mseed").symlink_to(tmp_path / "unseen" / "a.mseed")
    (tmp_path / "closed").chmod(0o700)
    (tmp_path / "unseen").chmod(0o744)  # names can be seen, files cannot be opened
    with another_user(tmp_path):
        report = Report()
        files = files_below(tmp_path, report=report)
        assert [str(path.relative_to(tmp_path)) for path in files] == [
            *("open/a.mseed", "open/b.mseed", "unseen/a.mseed")
        ]
        for path in files[1:]:
            with pytest.raises(DeepQuakeError, match="cannot be read: Permission denied"):
                read_bytes(path)
    assert [str(problem) for problem in report.problems] == [
        f"{tmp_path}/closed: folder cannot be read: Permission denied"
    ]


def test_a_full_disk_names_the_file_and_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    write_text(path, "old")
    (tmp_path / ".part-out.txt").symlink_to("/dev/full")
    with pytest.raises(OSError, match=f"No space left on device: '{path}'"):
        write_text(path, "new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("out.txt", "old")]


def test_only_errors_of_writing_are_given_a_name() -> None:
    for number, name in ((errno.EDQUOT, "a.txt"), (errno.EIO, None)):
        with pytest.raises(OSError) as raised, naming("a.txt"):
            raise OSError(number, "what it is")
        assert raised.value.filename == name
        assert copy(raised.value).filename == name  # as workers send it
    with pytest.raises(FileNotFoundError) as raised, naming("a.txt"):
        Path("other.txt").read_text()
    assert raised.value.filename == "other.txt"


def test_room_is_asked_of_the_disk_that_a_folder_will_be_on(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "there")
    for folder in (tmp_path / "none" / "yet", tmp_path / "link"):
        check_free(folder, 1000)
        with pytest.raises(DeepQuakeError, match=f"{folder}: at least 1,000,.* MB are to be writ"):
            check_free(folder, 1e24)


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "stations.csv").open("wb") as file:
        file.truncate(20 * 10**9)
    with pytest.raises(DeepQuakeError, match=r"stations.csv: is too large .* \(20 GB\)"):
        read_bytes(tmp_path / "stations.csv")
