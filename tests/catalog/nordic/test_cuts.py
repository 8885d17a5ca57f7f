"""Nordic lines that were cut or damaged: what is left of them is never believed wrongly."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event
from deepquake.catalog.nordic.lines import OLD_HEADER, parse_high_accuracy, parse_origin
from deepquake.catalog.nordic.reader import parse_nordic, read_nordic
from deepquake.core.report import Report

ORIGIN = f"{' 2014  824 2350 15.0 L  64.000 -17.500 12.0  TES        1.2LTES':<79}1"
TYPE_H = f"{' 2014  824 2350 15.023  64.00012  -17.50012   12.345':<79}H"


def read(*lines: str) -> tuple[list[Event], list[str]]:
    """Return the events of a file of these lines, and what was reported."""
    report = Report()
    events = parse_nordic("\n".join([*lines, "", ""]), "file", report)
    return events, [problem.message for problem in report.problems]


@pytest.mark.parametrize("length", range(1, 80))
@pytest.mark.parametrize(("line", "parse"), [(ORIGIN, parse_origin), (TYPE_H, parse_high_accuracy)])
def test_a_cut_line_tells_what_it_told_or_nothing(line: str, parse, length: int) -> None:
    whole, cut = parse(line, 1), parse(line[:length].rstrip(), 1)
    if cut is None:
        return
    assert cut.day == whole.day
    assert cut.time in (None, whole.time) or "no second" in cut.odd[0]
    assert cut.earliest <= whole.time <= cut.latest
    for name in ("latitude", "longitude", "depth_km"):
        assert getattr(cut, name) in (None, getattr(whole, name))
    assert [m.value for m in cut.magnitudes] in ([], [m.value for m in whole.magnitudes])


def test_a_cut_number_is_reported() -> None:
    (event,), told = read(ORIGIN[:33])
    assert (event.latitude, event.longitude) == (None, None)
    assert "latitude or longitude not understood: location unknown" in told


PICK = f"{' ABCD SZ IP       2350 25.00':<70}{' 5.12 123':<10}"


@pytest.mark.parametrize("azimuth", range(121, 128))
@pytest.mark.parametrize("at", [0, 5, 9, 14])
def test_a_shifted_pick_begins_no_event(azimuth: int, at: int) -> None:
    """Its azimuth ends in column 80, where 1 would be an origin and 7 a header."""
    line = PICK.replace("123 ", f"{azimuth} ")
    shifted = f"{line[:at]} {line[at:79]}"
    (event,), told = read(ORIGIN, OLD_HEADER, PICK, shifted, PICK.replace("ABCD", "EFGH"))
    assert {pick.station for pick in event.picks} >= {"ABCD", "EFGH"}
    assert len(told) >= 1


def test_what_is_left_out_is_told_with_its_number_of_lines() -> None:
    _, told = read(ORIGIN, OLD_HEADER, PICK, "", OLD_HEADER, PICK, PICK)
    assert "no line of type 1: event left out, lines of it: 3" in told


def test_two_cr_before_each_lf_are_one_line_end(tmp_path: Path) -> None:
    path = tmp_path / "sfile"
    path.write_bytes("\r\r\n".join([ORIGIN, OLD_HEADER, PICK, PICK, "", ""]).encode())
    report = Report()
    (event,) = read_nordic(path, report)
    assert len(event.picks) == 2
    assert [p.message for p in report.problems] == ["two CR before each LF: read as one line end"]
