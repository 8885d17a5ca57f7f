"""What a table in SeisBench's format says of its traces."""

import csv
from pathlib import Path
from typing import Any

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import iso
from deepquake.tools.sets.metadata import (
    DataFormat,
    SetContent,
    SetReading,
    chunks_of,
    read_metadata,
)
from tests.tools.sets.made_sets import T0, event_row, noise_row


def read(folder: Path, rows: list[dict[str, Any]], **told: Any) -> tuple[SetContent, Report]:
    """Write a table and read it."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    content, report = SetContent(), Report()
    read_metadata(folder, "", DataFormat(**told), content, report)
    return content, report


def test_a_row_is_a_trace_with_all_its_arrivals_and_its_event(tmp_path: Path) -> None:
    row = event_row(0) | {"trace_name": "bucket0$12,:3,:6000", "trace_pP_arrival_sample": 2700.5}
    content, _ = read(tmp_path, [row])
    (trace,) = content.traces
    assert (trace.block, trace.place, trace.n_samples) == ("bucket0", "12,:3,:6000", 9000)
    assert trace.sensor == ("XX", "ABCD", "", "HH")
    assert trace.start_s == T0
    assert set(trace.readings) == {
        SetReading("P", 2500, False),
        SetReading("S", 3100, True),
        SetReading("pP", 2700.5, False),
    }
    assert trace.event is content.events["event0"]
    assert (trace.event.latitude, trace.event.depth_km) == (40.0, 8.0)
    assert trace.event.magnitudes[0].value == 2.1


def test_events_are_shared_and_split_as_the_set_says(tmp_path: Path) -> None:
    rows = [event_row(n, code) | {"trace_name": f"{n}{code}"} for n in range(3) for code in "AB"]
    content, _ = read(tmp_path, rows)
    assert len(content.events) == 3
    assert content.parts == {"event0": "train", "event1": "train", "event2": "test"}


@pytest.mark.parametrize("told", [{"source_type": "noise"}, {"trace_category": "noise"}, {}])
def test_noise_has_no_event(tmp_path: Path, told: dict[str, str]) -> None:
    row = noise_row(1) | {"trace_name": "a", "trace_category": ""} | told
    row |= {"source_id": "noise1"} if told else {}
    assert read(tmp_path, [row])[0].traces[0].event is None


def test_what_a_table_lacks_is_told_by_the_waveforms_or_the_name(tmp_path: Path) -> None:
    row = {"trace_name": "b$0,:3,10:6010", "station_code": "ABC", "trace_channel": "BHZ"}
    (trace,) = read(tmp_path, [row], rate_hz=50.0, component_order="ENZ")[0].traces
    assert (trace.rate_hz, trace.order, trace.n_samples) == (50.0, "ENZ", 6000)
    assert trace.sensor == ("", "ABC", "", "BH")
    in_columns = read(tmp_path, [row | {"trace_dt_s": 0.01}], dimension_order="WC")[0].traces[0]
    assert (in_columns.rate_hz, in_columns.n_samples) == (100.0, 3)


def test_traces_without_a_time_have_different_ones(tmp_path: Path) -> None:
    rows = [{"trace_name": f"t{n}", "trace_sampling_rate_hz": 100} for n in range(3)]
    content, _ = read(tmp_path, rows)
    assert len({trace.start_s for trace in content.traces}) == 3


def test_a_start_is_on_the_grid_of_the_samples(tmp_path: Path) -> None:
    row = event_row(0) | {"trace_name": "a", "trace_start_time": iso(T0 + 0.0149)}
    (trace,) = read(tmp_path, [row])[0].traces
    assert trace.start_s == pytest.approx(T0 + 0.01, abs=1e-6)


def test_bad_rows_are_left_out_by_line(tmp_path: Path) -> None:
    good = event_row(0) | {"trace_name": "a"}
    wrong = [{"trace_name": ""}, {"trace_start_time": "then"}, {"trace_P_arrival_sample": "x"}]
    wrong += [{"trace_sampling_rate_hz": ""}, {"trace_sampling_rate_hz": "1e308"}]
    wrong += [{"trace_start_time": "0001-01-01"}, {"trace_start_time": "9999-12-31"}]
    content, report = read(tmp_path, [good, *(good | change for change in wrong)])
    assert len(content.traces) == 1
    told = [(problem.line, problem.message) for problem in report.of_kind("skipped")]
    assert told == [
        (3, "a trace is left out: it has no name"),
        (4, "a trace is left out: trace_start_time is 'then', which is no time"),
        (5, "a trace is left out: trace_P_arrival_sample is 'x', which is no number"),
        (6, "a trace is left out: no sampling rate is told"),
        (7, "a trace is left out: 1e+308 samples per second cannot be"),
        (8, "a trace is left out: a record of 0001-01-01 cannot be"),
        (9, "a trace is left out: a record of 9999-12-31 cannot be"),
    ]


def test_a_row_that_is_cut_off_is_left_out(tmp_path: Path) -> None:
    read(tmp_path, [event_row(0) | {"trace_name": "a"}])
    table = tmp_path / "metadata.csv"
    table.write_text(table.read_text() + "b,2020\n")
    content, report = SetContent(), Report()
    read_metadata(tmp_path, "", DataFormat(), content, report)
    assert len(content.traces) == 1
    assert report.problems[0].message.endswith("its row is shorter than the header")


def test_chunks_are_listed_or_found(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match=r"lacks metadata\.csv and waveforms\.hdf5: no whole"):
        chunks_of(tmp_path)
    (tmp_path / "metadata.csv").touch()
    with pytest.raises(DeepQuakeError, match=r"lacks waveforms\.hdf5: no whole"):
        chunks_of(tmp_path)
    with pytest.raises(DeepQuakeError, match=r"metadata\.csv: is a file; give the folder"):
        chunks_of(tmp_path / "metadata.csv")
    for chunk in ("_b", "_a"):
        (tmp_path / f"metadata{chunk}.csv").touch()
        (tmp_path / f"waveforms{chunk}.hdf5").touch()
    assert chunks_of(tmp_path) == ["_a", "_b"]
    (tmp_path / "chunks").write_text("_a\n_c\n")
    with pytest.raises(DeepQuakeError, match=r"lacks metadata_c\.csv"):
        chunks_of(tmp_path)
    with pytest.raises(DeepQuakeError, match="no such folder"):
        chunks_of(tmp_path / "nowhere")


def test_a_table_without_names_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="lacks the column 'trace_name'"):
        read(tmp_path, [{"station_code": "ABC"}])
