"""The pieces of files that ObsPy reads hold the samples of their traces."""

from pathlib import Path

import numpy as np

from deepquake.waveforms.traces import read_traces, trace_pieces
from tests.waveforms.waveform_files import noise, trace, write


def test_each_trace_of_a_file_is_a_piece(tmp_path: Path) -> None:
    samples = noise(300, seed=1), noise(400, seed=2)
    traces = (trace(data, code) for data, code in zip(samples, ("HHZ", "HHN"), strict=True))
    path = write(tmp_path / "a.gse2", *traces, format="GSE2")
    pieces = trace_pieces(path, "GSE2", 100.0)
    assert [piece.codes.channel for piece in pieces] == ["HHZ", "HHN"]
    blocks = read_traces(pieces, np.array([0, 1000]))
    assert [position for position, _ in blocks] == [0, 1000]
    assert all(
        np.array_equal(block, data) for (_, block), data in zip(blocks, samples, strict=True)
    )
