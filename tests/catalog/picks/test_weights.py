"""The two scales of weights in tables of picks."""

import pytest

from deepquake.catalog.events import Pick
from deepquake.catalog.picks.weights import settle_weights
from deepquake.core.report import Departures, Report
from tests.catalog.made_tables import read_text


def settled(texts: list[str], one_is_full: bool = False) -> tuple[list[int], list[str]]:
    picks = [Pick("A", "P", 0.0) for _ in texts]
    report = Report()
    rows = [(pick, text, line) for line, (pick, text) in enumerate(zip(picks, texts, strict=True))]
    settle_weights(rows, one_is_full, Departures("file", report))
    return [pick.weight for pick in picks], [problem.message for problem in report.problems]


@pytest.mark.parametrize(
    ("texts", "weights"),
    [
        ("0 1 2 3 4 9", [0, 1, 2, 3, 4, 9]),
        ("0.0 4.0", [0, 4]),
        ("1.0 0.25 0.0 4", [0, 3, 4, 4]),
        ("1 .75 0.5 0.2 0.01 0", [0, 1, 2, 3, 3, 4]),
        ("0.87", [1]),
        ("0 0", [0, 0]),
        ("1 1", [1, 1]),
    ],
)
def test_a_fraction_tells_that_1_is_full(texts: str, weights: list[int]) -> None:
    assert settled(texts.split()) == (weights, [])


def test_0_and_1_alone_mean_two_things_unless_the_format_tells() -> None:
    weights, told = settled(["0", "1", "1.0", ""])
    assert weights == [0, 0, 0, 0] and "0 and 1 alone" in told[0]
    assert settled(["0", "1"], one_is_full=True) == ([4, 0], [])


@pytest.mark.parametrize("texts", ["x 2", "-1 2", "12 2", "1.5 0.5", "nan 0.5", "-0.1 0.5"])
def test_a_weight_that_is_none_is_full_and_noted(texts: str) -> None:
    weights, told = settled(texts.split())
    assert weights == [0, 2] and told[0].endswith(": taken as full")


def test_a_rejected_pick_stays_rejected() -> None:
    pick = Pick("A", "P", 0.0, weight=4)
    settle_weights([(pick, "2", 1)], one_is_full=False, departures=Departures("file", Report()))
    assert pick.weight == 4


@pytest.mark.parametrize(
    ("quality", "weight"),
    [("A", 0), ("d", 3), ("best", 0), ("worst", 3), ("rejected", 4), ("0", 0), ("4", 0), ("?", 0)],
)
def test_qualities_are_obeyed_where_they_mean_one_thing(quality: str, weight: int) -> None:
    text = f"station,phase,time,quality\nA,P,2014-08-24T00:01:07,{quality}\n"
    (event,), told = read_text(text)
    assert event.picks[0].weight == weight
    assert len(told) == (quality in ("0", "4", "?"))


def test_a_column_of_weights_counts_before_one_of_qualities() -> None:
    (event,), _ = read_text("station,phase,time,weight,qual\nA,P,2014-08-24T00:01:07,2,D\n")
    assert event.picks[0].weight == 2
