"""What a person has touched is told from what step 6 wrote."""

from dataclasses import replace

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.nordic.lines import operator_of
from deepquake.catalog.nordic.review import AUTOMATIC_OPERATOR, is_touched, use_reviewed
from deepquake.catalog.nordic.writer import event_lines
from tests.made_data import network_events

BY_HAND, AUTOMATIC = Pick("AAA", "P", 1.0), Pick("BBB", "P", 2.0, automatic=True)


@pytest.mark.parametrize(
    ("operator", "picks", "reviewed"),
    [
        ("DEQ", [AUTOMATIC], False),
        ("DEQ", [AUTOMATIC, BY_HAND], True),
        ("jh", [AUTOMATIC], True),  # a person has located it and kept the pick
        ("", [AUTOMATIC], False),
        ("", [BY_HAND], True),
        ("", [], True),  # of a list of events
        ("DEQ", [], False),
    ],
)
def test_what_a_person_has_signed_or_read_is_reviewed(
    operator: str, picks: list[Pick], reviewed: bool
) -> None:
    assert is_touched(Event("1", 0.0, picks=picks, operator=operator)) is reviewed


def test_no_other_program_signs_as_step_6_does() -> None:
    lines = event_lines(network_events(1)[0])
    (signed,) = (line for line in lines if line[79] == "I")
    assert operator_of(signed) not in ("", AUTOMATIC_OPERATOR)


def test_what_nobody_has_touched_only_forbids_noise() -> None:
    def event(operator: str, *picks: Pick) -> Event:
        return Event("1", 0.0, 64.0, -21.0, picks=[replace(p) for p in picks], operator=operator)

    untouched, partly, signed = (
        event("DEQ", AUTOMATIC),
        event("DEQ", AUTOMATIC, BY_HAND),
        event("jh", AUTOMATIC, BY_HAND),
    )
    assert use_reviewed([untouched, partly, signed]) == 1
    assert [p.weight for e in (untouched, partly, signed) for p in e.picks] == [4, 4, 0, 0, 0]
    assert [e.latitude for e in (untouched, partly, signed)] == [None, 64.0, 64.0]
