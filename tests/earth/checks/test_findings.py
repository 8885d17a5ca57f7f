"""Findings: their words, and how many of a kind are told one by one."""

from deepquake.catalog.events import Event, Pick
from deepquake.earth.checks.findings import (
    Finding,
    doubt_event,
    doubt_pick,
    of_event,
    summed_up,
)


def test_a_finding_names_event_picks_and_line() -> None:
    event = Event("e1", 0.0, source_file="a.out", source_line=7)
    assert of_event(event, "is odd") == Finding("event", "event e1: is odd", "e1", "a.out", 7)
    picks = [Pick("AAA", "P", 1.0, network="XX"), Pick("AAA", "S", 2.0, network="XX")]
    found = of_event(event, "too late", picks)
    assert (found.kind, found.name) == ("pick", "XX.AAA")
    assert found.message == "event e1: P and S at XX.AAA: too late"


def test_of_many_findings_the_names_are_told() -> None:
    events = [Finding("event", f"event {n}", str(n)) for n in range(12)]
    picks = [Finding("pick", "late", "AAA")] * 13
    told = summed_up([*picks, *events, Finding("catalogue", "all")])
    assert [finding.kind for finding in told] == ["catalogue", *["event"] * 11, *["pick"] * 11]
    assert told[11].message == "2 more events not believed: 10, 11"
    assert told[-1].message == "3 more picks not believed: AAA (3)"


def test_the_first_doubt_stays() -> None:
    event, pick = Event("e", 0.0), Pick("AAA", "P", 1.0)
    for why in ("first", "second"):
        doubt_event(event, why)
        doubt_pick(pick, why)
    assert (event.doubt, pick.doubt) == ("first", "first")
