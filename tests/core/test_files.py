"""Files appear whole or not at all; reports say everything."""

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, whole_file, write_csv, write_json
from deepquake.core.report import Report


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
