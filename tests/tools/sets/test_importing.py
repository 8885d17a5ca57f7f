"""A data set in SeisBench's format becomes a folder as step 1 writes it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import UNET, Settings
from deepquake.tools.sets import importing
from deepquake.tools.sets.importing import import_set
from deepquake.waveforms.reading import read
from deepquake.waveforms.scan import scan
from deepquake.windows import dataset, index, origins, phases, selection
from deepquake.windows.examples.writing import DatasetRequest
from tests.tools.sets.made_sets import (
    P_SAMPLE,
    RATE_HZ,
    T0,
    event_row,
    noise_row,
    trace_samples,
    write_set,
)

SETTINGS = Settings()
OF_UNET = replace(SETTINGS, network=replace(SETTINGS.network, model=UNET))


@pytest.fixture
def public_set(tmp_path: Path) -> Path:
    """Return a data set of nine events at two stations and noise, in two chunks."""
    for chunk, numbers in (("_a", range(5)), ("_b", range(5, 9))):
        rows = [event_row(number, code) for number in numbers for code in ("ABCD", "EFGH")]
        rows += [noise_row(number) for number in numbers]
        samples = [
            trace_samples(number, with_event="source_id" in row) for number, row in enumerate(rows)
        ]
        write_set(tmp_path / "public", rows, samples, chunk=chunk)
    return tmp_path / "public"


def test_a_set_becomes_a_folder_of_step_1(public_set: Path, tmp_path: Path) -> None:
    prep = tmp_path / "prep"
    done = import_set(public_set, prep, SETTINGS)
    assert (done.n_recordings, done.n_picked, done.report.problems) == (2, 18, [])
    assert not [path for path in prep.rglob(".*") if path.name.startswith(".new")]
    positives = [*index.read_index(prep, "positive")]
    assert {row.event_id for row in positives} == {f"event{number}" for number in range(9)}
    assert {row.components for row in positives} == {"ZNE"}
    assert all(0 < row.p_time - row.start_time < 10 for row in positives if row.p_time)
    arrivals = phases.read_arrivals(prep)
    assert sum(len(rows) for rows in arrivals.values()) == 36
    assert origins.name_of_prepared(prep) == "public"
    assert (prep / "stations.csv").read_text() == (
        "network,code,latitude,longitude,elevation_m\n"
        "XX,ABCD,40.5,15.5,800.0\nXX,EFGH,40.5,15.5,800.0\n"
    )
    negatives = [*index.read_index(prep, "negative")]
    noise_s = [row.start_time for row in negatives if not row.event_id]
    assert len(noise_s) > 9
    # noise of a trace with an event ends before its P
    starts_s = [row.start_time for row in negatives if row.event_id]
    assert all((start - T0) % 1000 <= P_SAMPLE / RATE_HZ - 10 for start in starts_s)


def test_samples_stay_as_they_are(public_set: Path, tmp_path: Path) -> None:
    import_set(public_set, tmp_path / "prep", SETTINGS)
    path = next((tmp_path / "prep/mseed").glob("XX.EFGH*"))
    (recording,) = scan(path, SETTINGS.records, Report())
    assert len(recording.stretches) == 9
    segment = read(recording, T0 + 3000.0, T0 + 3089.99)
    expected = trace_samples(7)
    difference = segment.data - expected
    np.testing.assert_allclose(difference - difference[:, :1], 0, atol=1e-3)


def test_steps_2_and_3_take_it_and_split_it_as_the_set_does(
    public_set: Path, tmp_path: Path
) -> None:
    prep = tmp_path / "prep"
    import_set(public_set, prep, SETTINGS)
    for settings in (SETTINGS, OF_UNET):
        request = DatasetRequest(prep, tmp_path / settings.network.model, name="public")
        positives = dataset.write_positives(request, settings)
        negatives = dataset.write_negatives(request, settings)
        assert not positives.report.problems and not negatives.report.problems
        assert not positives.counts["lost"] and negatives.counts["train"]
    assert (positives.counts["train"], positives.counts["test"]) == (12, 6)
    parts, _ = selection.select_windows(prep, "positive", SETTINGS)
    assert {row.event_id for row in parts["test"]} == {"event2", "event5", "event8"}
    assert selection.learnt_events(prep, SETTINGS, "test") == {"event2", "event5", "event8"}


def test_workers_write_the_same(public_set: Path, tmp_path: Path) -> None:
    two = replace(SETTINGS, run=replace(SETTINGS.run, workers=2))
    import_set(public_set, tmp_path / "one", SETTINGS)
    import_set(public_set, tmp_path / "two", two)
    for path in (path for path in (tmp_path / "one").rglob("*") if path.is_file()):
        same = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == same.read_bytes()


def test_traces_that_overlap_go_to_different_streams(tmp_path: Path) -> None:
    rows = [event_row(number, start_s=T0 + 30.0 * number) for number in range(3)]
    write_set(tmp_path / "a", rows, [trace_samples(number) for number in range(3)])
    done = import_set(tmp_path / "a", tmp_path / "prep", SETTINGS)
    assert done.n_recordings == 3
    arrivals = phases.read_arrivals(tmp_path / "prep")
    # what comes of one event is known in the trace of another
    assert sorted(len(rows) for rows in arrivals.values()) == [3, 5, 5]


def test_dead_components_are_left_out_and_floats_kept(tmp_path: Path) -> None:
    samples = [trace_samples(number) * np.float32(1.1e-9) for number in range(3)]
    samples[0][1] = 0
    samples[1][2, 5] = np.nan
    samples[2][:] = 0
    rows = [event_row(number) | {"trace_component_order": "Z12"} for number in range(3)]
    write_set(tmp_path / "a", rows, samples, component_order="Z12")
    done = import_set(tmp_path / "a", tmp_path / "prep", SETTINGS)
    assert "without a live component" in str(done.report.problems[0])
    rows_by_event: dict[str, set[str]] = {}
    for row in index.read_index(tmp_path / "prep", "positive"):
        rows_by_event.setdefault(row.event_id, set()).add(row.components)
    assert rows_by_event == {"event0": {"ZE"}, "event1": {"ZN"}}


def test_slow_traces_are_left_out_or_upsampled(tmp_path: Path) -> None:
    rows = [event_row(0) | {"trace_sampling_rate_hz": 20.0}, event_row(1)]
    write_set(tmp_path / "a", rows, [trace_samples(0, 3000), trace_samples(1)])
    done = import_set(tmp_path / "a", tmp_path / "prep", SETTINGS)
    assert "1 trace at 20 Hz" in str(done.report.problems[0])
    upsampled = replace(SETTINGS, records=replace(SETTINGS.records, allow_upsampling=True))
    assert import_set(tmp_path / "a", tmp_path / "prep", upsampled).n_recordings == 2


def test_a_gap_of_months_and_many_traces_begin_a_new_stream(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importing, "MOST_TRACES", 2)
    starts_s = [T0, T0 + 1000, T0 + 2000, T0 + 400 * 86400.0]
    rows = [event_row(number, start_s=start_s) for number, start_s in enumerate(starts_s)]
    write_set(tmp_path / "a", rows, [trace_samples(number) for number in range(4)])
    done = import_set(tmp_path / "a", tmp_path / "prep", SETTINGS)
    assert (done.n_recordings, done.report.problems) == (3, [])


@pytest.mark.parametrize(("rate_hz", "factor"), [(1.0, 1), (100.0, 0)])
def test_nothing_to_take_in_is_an_error(tmp_path: Path, rate_hz: float, factor: int) -> None:
    row = event_row(0) | {"trace_sampling_rate_hz": rate_hz}
    write_set(tmp_path / "a", [row], [trace_samples(0, 100) * factor])
    with pytest.raises(DeepQuakeError, match="no trace of this data set can be used"):
        import_set(tmp_path / "a", tmp_path / "prep", SETTINGS)
    assert not [path for path in (tmp_path / "prep").rglob("*") if path.is_file()]
