"""What servers do not have is asked for once."""

from pathlib import Path

from deepquake.tools.fetch.absent import load_absent


def test_what_is_added_is_known_to_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "work" / "absent.csv"
    absent = load_absent(path)
    assert "a" not in absent
    absent.add([("a", "nothing, they said"), ("b", "refused")])
    absent.add([("a", "again")])
    assert load_absent(path).reasons == {"a": "nothing, they said", "b": "refused"}


def test_a_row_that_was_cut_off_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "absent.csv"
    path.write_text("a,nothing\nlong-na")
    absent = load_absent(path)
    absent.add([("b", "nothing")])
    assert list(load_absent(path).reasons) == ["a", "b"]


def test_all_may_be_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "absent.csv"
    load_absent(path).add([("a", "nothing")])
    assert not load_absent(path, forget=True).reasons
    assert not load_absent(path).reasons
