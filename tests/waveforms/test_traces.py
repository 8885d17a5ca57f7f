"""The pieces of files that ObsPy reads hold the samples of their traces."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.waveforms.traces import first_of_trace, read_traces, trace_pieces
from tests.waveforms.waveform_files import messages, noise, scanned, trace, write


def test_each_trace_of_a_file_is_a_piece(tmp_path: Path) -> None:
    samples = noise(300, seed=1), noise(400, seed=2)
    traces = (trace(data, code) for data, code in zip(samples, ("HHZ", "HHN"), strict=True))
    path = write(tmp_path / "a.gse2", *traces, format="GSE2")
    pieces = trace_pieces(path, "GSE2", 100.0, Report())
    assert [piece.codes.channel for piece in pieces] == ["HHZ", "HHN"]
    blocks = read_traces(pieces, np.array([0, 1000]))
    assert [position for position, _ in blocks] == [0, 1000]
    assert all(
        np.array_equal(block, data) for (_, block), data in zip(blocks, samples, strict=True)
    )
    assert np.array_equal(first_of_trace(pieces[0]), samples[0][:100])


def test_a_record_without_a_time_is_left_out_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "timed.sac", trace(noise(500).astype(np.float32)), format="SAC")
    content = bytearray(path.read_bytes())
    content[280:304] = np.full(6, -12345, "<i4").tobytes()  # year to millisecond: not set
    (tmp_path / "NOREF.BHZ.sac").write_bytes(content)
    recordings, report = scanned(tmp_path)
    assert [recording.paths() for recording in recordings] == [[path]]
    (problem,) = report.of_kind("skipped")
    assert (Path(problem.path).name, problem.message) == ("NOREF.BHZ.sac", "tells no time")


def test_the_case_without_a_reference_time(shared_cases: Path) -> None:
    recordings, report = scanned(shared_cases / "waveforms" / "18_sac_no_reference_time")
    assert not recordings and messages(report).endswith("NOREF.BHZ.sac: tells no time")


def test_a_file_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.sac", trace(noise(500).astype(np.float32)), format="SAC")
    pieces = trace_pieces(path, "SAC", 100.0, Report())
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DeepQuakeError, match="trace 1 is not the one of its headers"):
        read_traces(pieces, np.zeros(1, np.int64))
