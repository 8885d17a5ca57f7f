"""One to one: nobody finds two arrivals with one detection, or one with two."""

import numpy as np
import pytest

from deepquake.learning.picking import matching
from deepquake.learning.picking.matching import arrival_scores, match_arrivals, one_to_one


def pairs(references, found, tolerance_s=0.5):
    return one_to_one(references, found, tolerance_s).tolist()


def test_the_nearest_pair_goes_first():
    # the second reading is nearest to the first detection, which leaves the first one to none
    assert pairs([10.0, 10.4], [10.3]) == [[1, 0]]
    assert pairs([10.0, 10.4], [10.3, 9.8]) == [[0, 1], [1, 0]]
    assert pairs([10.0], [9.8, 10.1, 10.3]) == [[0, 1]]


def test_the_tolerance_belongs_to_it_however_late_the_year():
    assert pairs([1.8e9], [1.8e9 + 0.5]) == [[0, 0]]
    assert pairs([1.8e9], [1.8e9 + 0.501]) == []


def test_of_equal_distances_the_earlier_goes_first_in_whatever_order_they_come():
    assert pairs([2.0], [2.25, 1.75]) == [[0, 1]]
    assert pairs([2.5, 2.0], [2.25]) == [[1, 0]]


def test_candidates_that_may_not_reach_the_threshold_take_nothing_from_higher_ones():
    assert one_to_one([10.0], [10.01, 10.4], 0.5, heights=[0.1, 0.9]).tolist() == [[0, 1]]
    assert one_to_one([10.0, 10.3], [10.25], 0.5, heights=[0.9]).tolist() == [[1, 0]]
    matches = match_arrivals([10.0], [10.01, 10.4], tolerance_s=0.5, heights=[0.1, 0.9])
    assert matches.reference_of.tolist() == [-1, 0]


def test_nothing_matches_nothing():
    assert pairs([], []) == pairs([1.0], []) == pairs([], [1.0]) == []


def test_it_is_the_greedy_choice_over_all_pairs():
    generator = np.random.default_rng(3)
    references, found = generator.uniform(0, 60, 80), generator.uniform(0, 60, 120)
    every = sorted(
        (abs(f - r), i, j)
        for i, r in enumerate(references)
        for j, f in enumerate(found)
        if abs(f - r) <= 0.5
    )
    expected, taken_i, taken_j = [], set(), set()
    for _, i, j in every:
        if i not in taken_i and j not in taken_j:
            expected.append([i, j])
            taken_i.add(i)
            taken_j.add(j)
    assert sorted(pairs(references, found)) == sorted(expected)


def test_a_second_detection_of_an_arrival_is_false():
    matches = match_arrivals([10.0, 50.0], [10.02, 10.3, 30.0], tolerance_s=0.5)
    assert matches.detection_of.tolist() == [0, -1]
    assert matches.reference_of.tolist() == [0, -1, -1]
    assert matches.residuals_s == pytest.approx([0.02, np.nan], nan_ok=True)
    assert matches.false.tolist() == [False, True, True]


def test_near_what_nobody_read_a_detection_is_neither_right_nor_false():
    spans = [(100.0, 103.0), (200.0, 200.0)]
    found = [10.0, 99.4, 99.6, 103.5, 103.6, 200.4]
    matches = match_arrivals([10.1], found, tolerance_s=0.5, undecided_s=spans)
    assert matches.undecided.tolist() == [False, False, True, True, False, True]
    scores = arrival_scores([matches])
    assert (scores.detections, scores.found, scores.false, scores.undecided) == (3, 1, 2, 3)
    # one that finds a reading has found it, whatever else may have come
    right = match_arrivals([101.0], [101.1], tolerance_s=0.5, undecided_s=spans)
    assert not right.undecided.any()


def test_whoever_is_always_in_alarm_finds_nothing():
    references = np.sort(np.random.default_rng(5).uniform(0, 3600, 210))
    one_lump = match_arrivals(references, [0.0], tolerance_s=0.5)
    assert arrival_scores([one_lump]).found <= 1
    comb = match_arrivals(references, np.arange(0, 3600, 0.6), tolerance_s=0.5)
    scores = arrival_scores([comb], recorded_s=3600.0, alarm_s=3600.0)
    assert scores.precision < 0.04
    assert scores.alarm_share == 1.0


def test_scores_over_several_channels():
    matches = [
        match_arrivals([10.0, 20.0], [10.05, 40.0], tolerance_s=0.5),
        match_arrivals([30.0, 90.0], [29.8, 90.1], tolerance_s=0.5),
    ]
    values = arrival_scores(
        matches, recorded_s=43200.0, alarm_s=432.0, references_per_detection=1.0
    ).values()
    assert values == {
        "references": 4,
        "found": 3,
        "detections": 4,
        "falseAlarms": 1,
        "undecided": 0,
        "recall": 0.75,
        "precision": 0.75,
        "f1": 0.75,
        "foundWithin0.1s": 2,
        "recallWithin0.1s": 0.5,
        "shareWithin0.1s": pytest.approx(2 / 3),
        "residualMean_s": pytest.approx(-0.05 / 3),
        "residualDeviation_s": pytest.approx(np.std([0.05, -0.2, 0.1])),
        "residualMAE_s": pytest.approx(0.35 / 3),
        "stationDays": 0.5,
        "falseAlarmsPerStationDay": 2.0,
        "alarmShare": 0.01,
        "referencesPerDetection": 1.0,
    }


def test_what_cannot_be_told_is_none():
    values = arrival_scores([]).values()
    known = {name for name, value in values.items() if value is not None}
    assert known == {
        *("references", "found", "detections", "falseAlarms", "undecided", "foundWithin0.1s"),
    }


def test_the_readings_that_a_detection_holds():
    held = matching.references_held([5.0, 1.0, 2.0, 9.0], [0.0, 6.0, 9.0], [2.0, 8.0, 9.0])
    assert held.tolist() == [2, 0, 1]


def test_many_readings_and_detections():
    generator = np.random.default_rng(7)
    references = generator.uniform(0, 1e7, 100_000)
    found = references + generator.normal(0, 0.1, len(references))
    scores = arrival_scores([match_arrivals(references, found, tolerance_s=0.5)])
    assert scores.recall > 0.995
    assert scores.close == pytest.approx(68_000, rel=0.02)
