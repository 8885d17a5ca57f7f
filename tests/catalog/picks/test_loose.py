"""Picks without events among events: which are theirs, which are there twice, what is made."""

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.picks.groups import StationPlaces
from deepquake.catalog.picks.loose import group_loose
from deepquake.core.report import Report


def picks(text: str) -> list[Pick]:
    """Return picks written as station, phase and second: 'AP0 BP5 AS9'."""
    return [Pick(word[0], word[1], float(word[2:])) for word in text.split()]


def grouped(told: str, *loose: str) -> tuple[list[str], list[str]]:
    """Return the picks of each event, and what is said; the first one is told, if not empty."""
    events = [Event("1", 0.0, picks=picks(told))] if told else []
    events += [Event("", picks=picks(text), loose=True, source_file="list") for text in loose]
    report = Report()
    found = group_loose(events, report)
    assert [event.loose for event in found] == [False] * bool(told) + [True] * (
        len(found) - bool(told)
    )
    texts = [" ".join(f"{p.station}{p.phase}{p.time:g}" for p in event.picks) for event in found]
    return texts, [problem.message for problem in report.problems]


def test_lists_of_each_station_are_put_together() -> None:
    events, told = grouped("", "AP5 AS8 AP400", "BP6 BS9")
    assert events == ["AP5 BP6 AS8 BS9", "AP400"]
    assert told == [
        "5 picks without an event: those within 60 s (the stations' coordinates are not known) are "
        "taken as one event, 2 in all"
    ]


def test_a_pick_that_is_there_twice_counts_once() -> None:
    events, told = grouped("AP5 AS8", "AP5.004 BP500 BP500", "BP500 CP501")
    assert events == ["AP5 AS8", "BP500 CP501"]
    assert told[0] == "3 picks are there twice, or in an event: taken once"


def test_picks_that_read_an_event_anew_are_the_events() -> None:
    events, told = grouped("AP5 AS8 BP7", "AP5.2 BP7.3 CP9 AS12")
    assert events == ["AP5 AS8 BP7 AP5.2 BP7.3 CP9", "AS12"]
    assert told[0] == "3 picks without an event are of events that are there already"
    assert grouped("AP5 BP7", "AP5.2")[0] == ["AP5 BP7 AP5.2"]
    assert grouped("AP5 BP7", "AP5.2 CP9")[0] == ["AP5 BP7", "AP5.2 CP9"]
    assert grouped("AP5 BP7", "AP9 BP11")[0] == ["AP5 BP7", "AP9 BP11"]


def test_the_score_of_a_pick_is_lent_to_the_event_that_has_it() -> None:
    event = Event("1", 0.0, picks=[Pick("A", "P", 5.0)])
    scored = Pick("A", "p", 5.0, score=0.4, automatic=True)
    (found,) = group_loose([event, Event("", picks=[scored], loose=True)], Report())
    assert (found.picks[0].score, found.picks[0].automatic) == (0.4, True)


def test_coordinates_are_asked_for_only_where_picks_are_loose() -> None:
    def places_of() -> StationPlaces:
        raise AssertionError

    event = Event("1", 0.0)
    assert group_loose([event], Report(), places_of) == [event]
