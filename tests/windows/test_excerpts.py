"""Excerpts: where they lie, what they hold, and what is known of the arrivals inside."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.configuration import load
from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.recording import Stretch
from deepquake.waveforms.scan import find_recordings
from deepquake.windows.excerpts import (
    arrivals_inside,
    cut_excerpt,
    cut_excerpts,
    event_span,
    noise_spans,
    unlearnt,
)
from deepquake.windows.index import WindowRow
from deepquake.windows.phases import PhaseRow
from deepquake.windows.selection import ChosenWindow
from tests.made_data import made_recording, seismogram, traces
from tests.windows.made_windows import open_part, write_tfrecords

UNET = {"model": "UNet", "component_N": True, "component_E": True, "training_window": 40.0}


def test_an_excerpt_lies_around_its_p_within_one_stretch() -> None:
    recording = made_recording("AAA", n_samples=2001)  # 100 s at 20 Hz
    assert event_span(recording, 50.0, 20.0, share=0.0) == (44.0, 64.0)
    assert event_span(recording, 50.0, 20.0, share=1.0) == (40.0, 60.0)
    assert event_span(recording, 2.0, 20.0, share=0.5) == (0.0, 20.0)
    assert event_span(recording, 99.0, 20.0, share=0.5) == (80.0, 100.0)
    assert event_span(recording, 50.0, 200.0, share=0.5) == (0.0, 100.0)
    assert event_span(recording, 101.0, 20.0, share=0.5) is None
    broken = replace(recording, stretches=(Stretch(0.0, 201), Stretch(30.0, 1401)))
    assert event_span(broken, 31.0, 20.0, share=0.0) == (30.0, 50.0)
    assert event_span(broken, 20.0, 20.0, share=0.0) is None


def test_windows_of_noise_that_touch_are_one_stretch() -> None:
    assert noise_spans([0.0, 1.0, 2.0, 50.0], 10.0, 60.0) == [(0.0, 12.0), (50.0, 60.0)]
    spans = noise_spans(np.arange(0.0, 91.0), 10.0, 40.0)
    assert spans == [(0.0, 40.0), (40.0, 80.0), (60.0, 100.0)]
    assert noise_spans([], 10.0, 60.0) == []


def row(phase: str, time: float, weight: float = 1.0, width_s: float = 0.0) -> PhaseRow:
    return PhaseRow(phase, time, time - width_s, time + width_s, weight, "one")


def test_arrivals_are_told_from_the_start_of_the_excerpt() -> None:
    known = [row("P", 99.0), row("P", 110.0), row("", 98.0, 0.0, width_s=3.0), row("S", 131.0)]
    inside = arrivals_inside(known, 100.0, 130.0)
    assert inside.phases == "P?"
    assert inside.offsets_s.tolist() == [10.0, -2.0]
    assert inside.latest_s.tolist() == [10.0, 1.0]
    assert inside.weights.tolist() == [1.0, 0.0]


def test_an_arrival_not_to_be_learnt_is_still_known() -> None:
    assert unlearnt(row("P", 50.0)) == row("P", 50.0, 0.0, width_s=1.0)
    known = row("S", 50.0, 0.0, width_s=5.0)
    assert unlearnt(known) == known


def cut(folder: Path, data: np.ndarray, near_s: float = 30.0, report: Report | None = None):
    folder.mkdir(exist_ok=True)
    traces(data, 0.0).write(str(folder / "one.mseed"), format="MSEED")
    settings = replace(RecordSettings(), component_N=True, component_E=True)
    (recording,) = find_recordings(folder, settings, Report())
    span_s = recording.span()[0], recording.span()[0] + (data.shape[1] - 1) / 100
    known = [row("P", 30.0), row("S", 34.0)]
    return cut_excerpt(
        recording,
        span_s,
        near_s=near_s,
        known=known,
        length_s=60.0,
        settings=settings,
        report=report or Report(),
    )


def test_an_excerpt_is_filled_up_with_zeros(tmp_path: Path) -> None:
    data = seismogram(np.random.default_rng(0), 30.0, 50.0)
    excerpt = cut(tmp_path, data)
    assert excerpt.data.shape == (3, 6001)
    assert excerpt.recorded == (0, 5001)
    assert excerpt.data[:, :5001].any(axis=1).all() and not excerpt.data[:, 5001:].any()
    assert excerpt.arrivals.phases == "PS"
    assert excerpt.arrivals.offsets_s == pytest.approx([30.0, 34.0])


def test_a_component_that_is_dead_at_the_p_is_zero_and_a_dead_end_is_cut_off(
    tmp_path: Path,
) -> None:
    data = seismogram(np.random.default_rng(0), 30.0, 50.0)
    data[1, 2500:3500] = 7
    excerpt = cut(tmp_path / "component", data)
    assert excerpt.data.any(axis=1).tolist() == [True, False, True]
    data = seismogram(np.random.default_rng(0), 30.0, 50.0)
    data[:, :1500] = 7
    excerpt = cut(tmp_path / "end", data)
    assert excerpt.start_s == pytest.approx(15.0, abs=0.05)
    assert excerpt.arrivals.offsets_s == pytest.approx([15.0, 19.0], abs=0.05)
    data[:] = 7
    assert cut(tmp_path / "dead", data) is None


def test_the_p_is_in_the_excerpt_whatever_component_is_longest(tmp_path: Path) -> None:
    data = seismogram(np.random.default_rng(0), 30.0, 50.0)
    for component, dead in enumerate([slice(2900, 3100), slice(1000, 1500), slice(1200, 1800)]):
        data[component, dead] = 7
    excerpt = cut(tmp_path, data)
    assert excerpt.start_s == pytest.approx(15.0, abs=0.05)
    assert excerpt.arrivals.offsets_s == pytest.approx([15.0, 19.0], abs=0.05)


def test_a_component_of_amplitudes_that_no_instrument_has_is_zero(tmp_path: Path) -> None:
    data = seismogram(np.random.default_rng(0), 30.0, 50.0).astype(np.float64)
    data[1] *= 1e25
    report = Report()
    excerpt = cut(tmp_path, data, report=report)
    assert excerpt.data.any(axis=1).tolist() == [True, False, True]
    (told,) = map(str, report.problems)
    assert told.startswith(f"{tmp_path / 'one.mseed'}: amplitudes beyond 1e+15, of no instrument")


def test_an_event_without_a_sample_of_its_p_is_left_out(tmp_path: Path) -> None:
    data = seismogram(np.random.default_rng(0), 30.0, 50.0)
    data[:, 2900:3100] = 7
    cut(tmp_path, data)  # which writes it
    (recording,) = find_recordings(tmp_path, RecordSettings(), Report())
    window = WindowRow("one", "", "XX", "AAA", 20.0, "positive", p_time=30.0)
    windows = [ChosenWindow(replace(window, p_time=p_s), 0, "train") for p_s in (30.0, 40.0)]
    cuts = cut_excerpts(recording, windows, {"train": ()}, load(UNET), Report())
    assert [excerpt is None for _, excerpt in cuts] == [True, False]


def test_steps_2_and_3_write_one_excerpt_for_each_p_and_stretch_of_noise(prep: Path) -> None:
    folder, _ = write_tfrecords(prep, UNET, out="unet")
    events = [open_part(folder, part, "positive") for part in ("train", "test")]
    assert [len(some) for some in events] == [12, 4]
    assert events[0].signature.window_size == 4001
    assert events[0].signature.components == "ZNE"
    for some in events:
        for number, inside in enumerate(some.arrivals):
            assert inside is not None and inside.phases == "PS"
            assert inside.weights.tolist() == [1.0, 0.0]
            assert inside.offsets_s[0] == pytest.approx(some.p_offsets_s[number])
            assert 12 <= inside.offsets_s[0] <= 20
    assert len({round(float(offset), 2) for offset in events[0].p_offsets_s}) > 8
    noise = open_part(folder, "train", "negative")
    assert set(noise.labels) == {-1}
    assert [inside.phases for inside in noise.arrivals if inside] == [""] * len(noise)
    assert (noise.recorded_end - noise.recorded_first >= 1001).all()


def test_arrivals_of_the_other_part_are_known_but_not_learnt(prep: Path) -> None:
    folder, _ = write_tfrecords(prep, UNET | {"event_kinds": "explosion,earthquake"}, out="both")
    assert len(open_part(folder, "train", "positive")) == 12
    from deepquake.core.configuration import load
    from deepquake.windows.excerpts import known_arrivals
    from tests.windows.made_windows import SETTINGS

    known = known_arrivals(prep, load(SETTINGS | UNET))
    learnt = {
        part: {row.event_id for rows in streams.values() for row in rows if row.weight}
        for part, streams in known.items()
    }
    assert len(learnt["train"]) == 6 and len(learnt["test"]) == 2
    assert not learnt["train"] & learnt["test"]
    assert known_arrivals(prep, load(SETTINGS)) == {"train": {}, "test": {}}
