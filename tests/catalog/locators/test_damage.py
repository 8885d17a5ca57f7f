"""Damaged files: whatever is in a line, reading goes on, and what is lost is said."""

import random

import pytest

from deepquake.catalog.locators.formats import LOCATOR_FORMATS
from deepquake.core.report import Report
from tests.catalog.locators.test_formats import FILES

CHARACTERS = " 0159*-+.:ENSWPepx?#$\t\0²é"


def damaged(text: str, draw: random.Random) -> str:
    """Return a text some of whose characters are others, lost or told twice."""
    letters = list(text)
    for _ in range(draw.randint(1, 1 + len(letters) // 20)):
        place = draw.randrange(len(letters))
        letters[place] = draw.choice(("", letters[place] * 2, draw.choice(CHARACTERS)))
    return "".join(letters)


@pytest.mark.parametrize("form", LOCATOR_FORMATS, ids=lambda form: form.name)
def test_damage_never_stops_a_reader(form) -> None:
    draw = random.Random(form.name)
    for _ in range(100):
        text = damaged(FILES[form.name], draw)
        for other in LOCATOR_FORMATS:
            other.fits(text)
        report = Report()
        events = form.read(text, "file", report)
        assert events or report.problems or not form.fits(text)
        for event in events:
            assert event.latitude is None or abs(event.latitude) <= 90
            assert event.origin_time is not None or event.picks


@pytest.mark.parametrize("form", LOCATOR_FORMATS, ids=lambda form: form.name)
def test_a_file_cut_short_anywhere(form) -> None:
    text = FILES[form.name]
    for end in range(1, len(text), 7):
        form.read(text[:end], "file", Report())


@pytest.mark.parametrize("form", LOCATOR_FORMATS, ids=lambda form: form.name)
def test_what_a_lost_line_costs_is_said(form) -> None:
    lines = FILES[form.name].splitlines()
    whole_report = Report()
    whole = form.read(FILES[form.name], "file", whole_report)
    picks = sum(len(event.picks) for event in whole)
    for place in range(len(lines)):
        text, report = "\n".join([*lines[:place], "~~~", *lines[place + 1 :]]), Report()
        events = form.read(text, "file", report)
        left = sum(len(event.picks) for event in events)
        said = len(report.problems) > len(whole_report.problems)
        assert said or (len(events) == len(whole) and left == picks), lines[place]
        assert left >= picks - 10  # never more than those of one event
