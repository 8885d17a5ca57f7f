"""What a network finds in excerpts and windows, beside what was read there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepquake.learning import metrics
from deepquake.learning.picking import held_out
from deepquake.learning.picking.arrivals import Picks, RecordPart
from deepquake.learning.picking.held_out import candidates_of
from deepquake.learning.spec import spec_of
from deepquake.learning.store import Store, open_part
from deepquake.windows.tfrecords import write_examples
from tests.learning.made_windows import make_set, open_set, small_settings
from tests.learning.picking.made_excerpts import (
    RATE,
    arrivals,
    event_example,
    noise_example,
    unet_settings,
)

SPEC = spec_of(unet_settings())


def store_of(folder: Path, events: list, noise: list) -> Store:
    for name, made in (("positive", events), ("negative", noise)):
        write_examples(folder / "train" / name / "set.tfrecords", made)
    return open_part(folder, "train")


def candidates_in(store: Store) -> dict[str, list[held_out.StationCandidates]]:
    every = np.arange(len(store))
    found = held_out.excerpt_picks(None, SPEC, store, every)
    return held_out.excerpt_candidates(store, every, found, phases=("P", "S"))


def finder(found: dict[str, dict[float, float]]) -> Any:
    """Return a stand-in for the network: it finds what comes, with heights, seconds since 1970."""

    def find(model: Any, spec: Any, parts: list[RecordPart]) -> dict[str, Picks]:
        (part,) = parts
        picks = {}
        for phase, heights in found.items():
            at = np.array(sorted(heights)) * RATE
            inside = (at >= part.first) & (at < part.first + part.data.shape[1])
            said = np.array([heights[key] for key in sorted(heights)])[inside]
            nothing = np.full(len(said), np.nan)
            picks[phase] = Picks(at[inside], said, nothing, np.zeros((len(said), 2), int))
        return picks

    return find


def test_candidates_of_excerpts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    first = event_example(rng, 0)  # P at 8 s, S at 10 s
    second = event_example(rng, 0, p_at_s=3.0)
    second.start_time_s += 5.0  # the same P again
    unread = event_example(rng, 1, with_s=False)
    store = store_of(tmp_path, [first, second, unread], [noise_example(rng, 9, samples=400)])
    begin, later, quiet = 1e9, 1e9 + 3600, 1e9 + 9 * 3600
    p = {begin + 8.1: 0.9, begin + 15.0: 0.3, later + 7.9: 0.2, quiet + 3: 0.6, quiet + 5: 0.1}
    s = {begin + 10.0: 0.8, later + 10.0: 0.7, quiet + 3: 0.4}
    monkeypatch.setattr(held_out, "unet_picks", finder({"P": p, "S": s}))
    found = candidates_in(store)
    (of_p,) = found["P"]
    assert of_p.references_s == pytest.approx([begin + 8, later + 8], abs=1e-5)
    assert of_p.times_s == pytest.approx(sorted(p), abs=1e-6)
    assert of_p.in_noise.tolist() == [False, False, False, True, True]
    assert of_p.noise_s == pytest.approx(8.0)
    assert of_p.recorded_s == pytest.approx(25.02 + 20.02 + 8.0)
    every = candidates_of(found["P"], 0.5)
    assert every.is_right.tolist() == [True, False, True, False, False]
    assert every.residuals_s[[0, 2]] == pytest.approx([0.1, -0.1], abs=1e-5)
    assert (every.references, every.noise_days * 86400) == (2, pytest.approx(8.0))
    # the S of the other event may come anywhere from 9 to 13 s
    of_s = candidates_of(found["S"], 0.5)
    assert (of_s.references, of_s.is_right.tolist()) == (1, [True, False])
    assert of_s.in_noise.tolist() == [False, True]


def test_a_p_and_an_s_far_from_all_readings_are_an_event_that_nobody_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    store = store_of(tmp_path, [event_example(rng, 0)], [noise_example(rng, 9, samples=400)])
    begin, quiet = 1e9, 1e9 + 9 * 3600  # P read at 8 s, S at 10 s
    # a false P before the S that was read, a false S behind it, a pair, a P of which nobody is sure
    p = {begin + 8: 0.9, begin + 9.2: 0.9, begin + 15: 0.8, begin + 18: 0.4, quiet + 3: 0.9}
    s = {begin + 10: 0.9, begin + 12.5: 0.9, begin + 16: 0.8, begin + 19: 0.9, quiet + 4: 0.9}
    monkeypatch.setattr(held_out, "unet_picks", finder({"P": p, "S": s}))
    found = candidates_in(store)
    of_p, of_s = (candidates_of(found[phase], 0.5) for phase in "PS")
    assert of_p.unread.tolist() == [False, True, True, False, True]
    assert of_s.unread.tolist() == [False, True, True, True, True]
    monkeypatch.setattr(held_out, "unet_picks", finder({"P": p, "S": {begin + 10: 0.9}}))
    assert not candidates_of(candidates_in(store)["P"], 0.5).unread.any()


def test_readings_at_the_edge_are_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    example = event_example(rng, 0)
    rows = [("P", at, at, at, 1.0) for at in (0.5, 8.0, 19.5)]
    example.arrivals = arrivals(*rows, ("?", 12.0, 11.0, 13.0, 0.0))
    store = store_of(tmp_path, [example], [noise_example(rng, 9)])
    found = {1e9 + at: 0.9 for at in (0.5, 8.0, 12.4, 15.0, 19.5)}
    monkeypatch.setattr(held_out, "unet_picks", finder({"P": found, "S": {}}))
    every = candidates_of(candidates_in(store)["P"], 0.5)
    assert (every.references, every.is_right.tolist()) == (1, [True, False])


def test_candidates_of_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_set(make_set(tmp_path, {-1: 8, 0: 12}))
    settings = small_settings(window_size=2.0, pwave_window=1.0)
    is_event = store.labels >= 0
    # four windows in the same second are one event; the last was hardly seen
    said = np.where(is_event, 0.8, 0.1)
    said[np.flatnonzero(is_event)[-4:]] = 0.001
    monkeypatch.setattr(
        held_out, "class_probabilities", lambda *_: np.stack([1 - said, said], axis=1)
    )
    found = held_out.held_out_candidates(
        None, spec_of(settings), store, np.arange(len(store)), settings=settings
    )
    of_p = found["P"]
    assert of_p.references == 3
    assert of_p.heights[of_p.is_right] == pytest.approx([0.8, 0.8])
    assert (of_p.in_noise == ~of_p.is_right).all()
    assert np.isnan(of_p.residuals_s).all()
    assert of_p.noise_days * 86400 == pytest.approx(2 * 2.0)


def test_what_a_network_says_of_windows(tmp_path: Path) -> None:
    from deepquake.learning.networks import build, predict

    store = open_set(make_set(tmp_path, {-1: 8, 0: 8}))
    model = build(spec_of(small_settings()))
    some = np.array([3, 9, 1])
    said = held_out.class_probabilities(model, store, some)
    assert said == pytest.approx(predict(model, store.gather(some)))
    assert metrics.event_probability(said).shape == (3,)
    assert held_out.class_probabilities(model, store, some[:0]).shape == (0, 2)
