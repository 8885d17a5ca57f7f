"""The samples of a data set in SeisBench's format."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.tools.sets import waveforms
from deepquake.tools.sets.metadata import DataFormat, SetContent, SetTrace, read_metadata
from tests.tools.sets.made_sets import event_row, trace_samples, write_set


def traces_of(folder: Path, data_format: DataFormat) -> list[SetTrace]:
    """Return the traces of a data set that is one chunk."""
    content = SetContent()
    read_metadata(folder, "", data_format, content, Report())
    return content.traces


@pytest.mark.parametrize("order", ["CW", "WC"])
@pytest.mark.parametrize("in_buckets", [True, False])
def test_samples_are_those_of_their_trace(
    tmp_path: Path, order: str, in_buckets: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waveforms, "ARRAY_BYTES", 100_000)  # two rows
    lengths = [9000, 8000, 9000, 7000, 6000]
    samples = [trace_samples(n, length) for n, length in enumerate(lengths)]
    rows = [event_row(n) | {"trace_npts": ""} for n in range(5)]
    write_set(tmp_path, rows, samples, dimension_order=order, in_buckets=in_buckets)
    path = waveforms.waveforms_path(tmp_path, "")
    told = waveforms.read_format(path)
    assert told == DataFormat(order, "ZNE", 100.0)
    traces = traces_of(tmp_path, told)
    waveforms.fill_lengths(path, traces, order)
    assert [trace.n_samples for trace in traces] == lengths
    traces.reverse()
    found = {t.start_s: s for t, s in waveforms.read_samples(path, traces, order, Report())}
    for start_s, expected in zip(sorted(found), samples, strict=True):
        np.testing.assert_array_equal(found[start_s], expected)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    write_set(tmp_path, [event_row(n) for n in range(2)], [trace_samples(n) for n in range(2)])
    path, report = waveforms.waveforms_path(tmp_path, ""), Report()
    traces = traces_of(tmp_path, waveforms.read_format(path))
    traces[1].block = "bucket99"
    assert len([*waveforms.read_samples(path, traces, "CW", report)]) == 1
    assert "bucket99 cannot be read" in str(report.problems[0])


def test_files_that_hold_no_samples_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "waveforms.hdf5"
    path.write_text("no HDF5")
    with pytest.raises(DeepQuakeError, match="cannot be read as HDF5"):
        waveforms.read_format(path)
    h5py.File(path, "w").close()
    with pytest.raises(DeepQuakeError, match="no group 'data'"):
        waveforms.read_format(path)
    with h5py.File(path, "w") as file:
        file.create_group("data")
        file["data_format/dimension_order"] = "XY"
    with pytest.raises(DeepQuakeError, match="order of its dimensions is 'XY'"):
        waveforms.read_format(path)


def test_component_orders_may_be_lists_of_letters(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file.create_group("data")
        file["data_format/component_order"] = [b"Z", b"1", b"2"]
    assert waveforms.read_format(tmp_path / "a.hdf5") == DataFormat("CW", "Z12", 0.0)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("12,:3,:6000", (12, slice(None, 3), slice(None, 6000))),
        ("", (slice(None),)),
        (" -1, 2:5:1 ,:", (-1, slice(2, 5, 1), slice(None, None))),
    ],
)
def test_places_are_those_of_numpy(text: str, place: tuple[object, ...]) -> None:
    assert waveforms.parse_place(text) == place


def test_a_place_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place"):
        waveforms.parse_place("12;:3")
