"""Arrivals of picks of any program: each once, the best reading, with a score."""

from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest

from deepquake.catalog.events import Pick
from deepquake.catalog.reader import read_picks
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.detection.association.picks import arrivals_of_picks, with_regions_alike

P = Pick("AAA", "P", 100.0, network="XX", channel="HHZ", automatic=True, score=0.6)


def arrivals(*picks: Pick) -> tuple[list[tuple[str, float, float]], list[str]]:
    report = Report()
    found = arrivals_of_picks(picks, report)
    told = [(f"{a.station} {a.phase}", a.time_s, a.probability) for a in found]
    return told, [problem.message for problem in report.problems]


def test_a_pick_is_an_arrival_at_its_sensor() -> None:
    (arrival,) = arrivals_of_picks([P], Report())
    assert (arrival.network, arrival.location, arrival.channel) == ("XX", "", "HH")
    (known,) = arrivals_of_picks([replace(P, uncertainty_s=0.05)], Report())
    assert isnan(arrival.uncertainty_s) and known.uncertainty_s == 0.05
    assert (arrival.start_s, arrival.end_s, arrival.cluster_id) == (100.0, 100.0, -1)
    for automatic in (True, False):
        (read,) = arrivals_of_picks([replace(P, automatic=automatic)], Report())
        assert read.automatic is automatic


def test_the_region_is_that_of_the_greatest_probability() -> None:
    told = replace(P, region_probabilities=(0.2, 0.8))
    (arrival,) = arrivals_of_picks([told], Report())
    assert (arrival.cluster_id, arrival.region_probabilities) == (1, (0.2, 0.8))


@pytest.mark.parametrize(
    ("others", "n_regions", "message"),
    [
        ((0.2, 0.8), None, ""),
        ((0.2, 0.8), 2, ""),
        ((), None, ""),
        ((0.2, 0.3, 0.5), None, "are of 2 and 3 regions: left out"),
        ((0.2, 0.8), 3, "are of 2 regions, there are 3: left out"),
    ],
)
def test_probabilities_are_of_the_regions_that_there_are(
    others: tuple[float, ...], n_regions: int | None, message: str
) -> None:
    picks = [
        replace(P, region_probabilities=(0.4, 0.6)),
        replace(P, time=200.0, region_probabilities=others),
    ]
    report = Report()
    told = with_regions_alike(arrivals_of_picks(picks, report), n_regions, report, Path("p.csv"))
    assert [a.cluster_id for a in told] == ([-1, -1] if message else [1, 1 if others else -1])
    assert message in "".join(problem.message for problem in report.problems)


def test_phases_are_p_or_s() -> None:
    named = [replace(P, phase=phase, time=100.0 + 5 * k) for k, phase in enumerate(("Pg", "ES"))]
    assert arrivals(*named) == ([("AAA P", 100.0, 0.6), ("AAA S", 105.0, 0.6)], [])


def test_of_several_readings_the_manual_one_then_the_better_counts() -> None:
    manual = replace(P, automatic=False, score=None, weight=2, time=100.3)
    later = replace(P, time=100.2, score=0.9)
    said = ["picks left out: that are another reading of an arrival (1)"]
    assert arrivals(P, manual) == ([("AAA P", 100.3, 0.5)], said)
    assert arrivals(P, later) == ([("AAA P", 100.2, 0.9)], said)
    far = replace(P, time=101.0)
    assert len(arrivals(P, later, far)[0]) == 2


def test_what_its_reader_took_out_of_use_is_left_out_and_counted() -> None:
    out = replace(P, weight=4), replace(P, weight=9), replace(P, phase="AML")
    found, (said,) = arrivals(*out)
    assert found == []
    assert "of phases other than P and S (1)" in said and "of weight 4 (1)" in said
    assert "of weight 9, whose clock is not trusted (1)" in said


def test_weights_stand_for_scores() -> None:
    read = [replace(P, score=None, weight=w, time=100.0 + 5 * w) for w in range(4)]
    assert [score for _, _, score in arrivals(*read)[0]] == [1.0, 0.75, 0.5, 0.25]


@pytest.mark.parametrize(("name", "counts"), [("hengill", [131, 128]), ("ridgecrest", [435, 474])])
def test_picks_of_phasenet(shared_data: Path, name: str, counts: list[int]) -> None:
    report = Report()
    picks = read_picks(files_below(shared_data / name / "phasenet_picks.csv"), report)
    found = arrivals_of_picks(picks, report)
    assert [sum(a.phase == phase for a in found) for phase in "PS"] == counts
    (told,) = report.problems  # two of a phase that are half a second apart
    assert told.message == "picks left out: that are another reading of an arrival (1)"
    assert len(picks) == sum(counts) + 1
