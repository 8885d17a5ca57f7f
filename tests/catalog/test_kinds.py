"""Kinds of events: what the formats write, and which word of ours each is."""

import pytest

from deepquake.catalog.events import Event
from deepquake.catalog.kinds import (
    EVENT_KINDS,
    NO_EVENT_WORDS,
    WRITTEN,
    is_no_event,
    kind_from,
    kind_of_event,
)
from deepquake.catalog.nordic.writer import KIND_LETTERS
from deepquake.catalog.obspy_formats import EVENT_TYPES


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", ""),
        (" ", ""),
        ("uk", ""),
        ("Q", "earthquake"),
        ("*", "earthquake"),
        ("eq", "earthquake"),
        ("Ke", "earthquake"),
        ("Sismo", "earthquake"),
        ("P", "probable explosion"),
        ("Sm", "blast"),
        ("qb", "blast"),
        ("quarry_blast", "blast"),
        ("Explosión  de cantera", "blast"),
        ("induced or triggered event", "induced"),
        ("volcanic eruption", "volcanic"),
        ("sonic boom", "thunder"),
        ("X", "landslide"),
        ("outside of network interest", "other"),
        ("Z", None),
        ("deleted", None),
    ],
)
def test_each_format_in_words_of_ours(text: str, word: str | None) -> None:
    assert kind_from(text) == word


def test_a_word_is_its_own_and_no_text_has_two() -> None:
    assert {word: kind_from(word) for word in WRITTEN} == {word: word for word in WRITTEN}
    texts = [text for texts in WRITTEN.values() for text in texts.split(",")]
    assert len(texts) == len(set(texts))
    assert not set(texts) & NO_EVENT_WORDS


def test_every_type_of_quakeml_is_known() -> None:
    from obspy.core.event.header import EventType

    assert [name for name in EventType if kind_from(name) is None] == ["not existing"]
    assert [name for name in EventType if is_no_event(name)] == ["not existing"]


def test_what_is_no_event() -> None:
    assert is_no_event("Deleted")
    assert is_no_event("not_existing")
    assert not is_no_event("")
    assert not is_no_event("reviewed")


@pytest.mark.parametrize("word", WRITTEN)
@pytest.mark.parametrize("distance", ["", "L", "R", "D"])
def test_what_the_setting_may_name(word: str, distance: str) -> None:
    kind = kind_of_event(Event("x", kind=word, distance=distance))
    assert kind in EVENT_KINDS
    assert (kind == "teleseism") == (distance == "D")
    if distance != "D":
        assert (kind == "earthquake") == (word in ("", "earthquake", "induced"))


def test_every_word_can_be_written() -> None:
    assert set(KIND_LETTERS) == set(EVENT_TYPES) == set(WRITTEN) - {""}
