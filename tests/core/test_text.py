"""Counts, times, spans and tables in words."""

import os
from pathlib import Path

import pytest

from deepquake.core import text


def test_counts_and_lists() -> None:
    assert text.number_of(1, "file") == "1 file"
    assert text.number_of(0, "stretch", "es") == "0 stretches"
    assert text.listing("ABC", 3) == "A, B, C"
    assert text.listing("ABCDE", 2) == "A, B and 3 more"
    assert text.counted({"B": 1, "A": 3, "C": 1}, 2) == "A (3), B (1) and 1 more"


def test_words_that_no_one_reads_are_cut() -> None:
    said = "'%s' is not a number: left out"
    assert text.with_short_words(said % ("1" * 400)) == said % ("1" * 40 + "...")
    assert text.with_short_words(said % ("1" * 59)) == said % ("1" * 59)


def test_times_and_sizes() -> None:
    assert text.utc(1_400_000_000.9) == "2014-05-13 16:53:20"
    spans = (1.234, 90.0, 120.0, 7200.0, 200_000.0)
    assert [text.duration(s) for s in spans] == ["1.23 s", "90.0 s", "2.0 min", "2.0 h", "2.3 d"]
    assert text.durations([90.0, 90.5]) == "90.2 s"
    assert text.durations([10.0, 90.0, 20.0]) == "10.0 s to 90.0 s (median 20.0 s)"
    assert [text.size_of(n) for n in (999, 2_612_345, 4e15)] == ["999 bytes", "2.61 MB", "4e+03 TB"]


def test_numbers_of_a_table_end_together() -> None:
    rows = [["AAA", 1, "2.5"], ["B", 100, "-"], ["C", 7, ""]]
    assert text.table(["station", "n", "km"], rows) == [
        "station    n   km",
        "AAA        1  2.5",
        "B        100    -",
        "C          7",
    ]
    assert text.table(["n", "size"], [[1, "10 s"], [20, "5 s"]], left=()) == [
        " n  size",
        " 1  10 s",
        "20   5 s",
    ]


def test_what_a_table_leaves_out_is_counted() -> None:
    rows = [[n] for n in range(5)]
    assert text.table(["n"], rows, most=1) == ["n", "0", "... and 4 more"]
    assert text.table(["n"], rows, most=2, elsewhere="report.txt")[-1].endswith(
        "3 more in report.txt"
    )
    assert text.table(["n", "name"], [], most=2) == ["n  name"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Estación 日本 Ångström نامه‌ها.mseed", "Estación 日本 Ångström نامه‌ها.mseed"),
        (os.fsdecode(b"Estaci\xf3n.mseed"), r"Estaci\xf3n.mseed"),
        ("a\nb\tc\r.mseed", r"a\nb\tc\r.mseed"),
        ("\x1b[31mred\x9b0m\x7f", r"\x1b[31mred\x9b0m\x7f"),
        ("a\u00adb", r"a\xadb"),
        ("gpj.\u202egnp\u2069", r"gpj.\u202egnp\u2069"),
        ("\u2028\ud800\U000e0041", r"\u2028\ud800\U000e0041"),
        (Path("a\\b c"), r"a\b c"),
    ],
)
def test_names_from_outside_are_shown_on_one_line(given: object, shown: str) -> None:
    assert text.printable(given) == shown
    assert text.printable(shown) == shown


def test_what_an_encoding_lacks_is_escaped() -> None:
    assert os.fsdecode(b"\xf3n").encode(errors=text.ESCAPED) == rb"\xf3n"
    assert "Señal 日".encode("latin-1", text.ESCAPED) == b"Se\xf1al \\u65e5"
