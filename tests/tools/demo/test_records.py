"""Records: signals added where they belong, gaps left out, what is written read back."""

from pathlib import Path

import numpy as np
from obspy import read

from deepquake.tools.demo import records
from deepquake.tools.demo.network import RATE_HZ
from deepquake.tools.demo.seismogram import N_SAMPLES, Signal

FIRST = 10_000 * round(RATE_HZ)
SEISMOGRAPH = records.Seismograph(0, seed=1)


def test_a_signal_is_added_where_it_belongs_and_counts_stay_within_the_digitizer() -> None:
    ones = np.full((3, N_SAMPLES), 1e9)
    signal = Signal(ones, start_s=10_005.0, arrival_s={}, onset_s={}, up=True)
    quiet = SEISMOGRAPH.record([], FIRST, 1000)
    loud = SEISMOGRAPH.record([signal], FIRST, 1000)
    assert np.array_equal(loud[:, :500], quiet[:, :500])
    assert np.all(loud[:, 500:] == records.FULL_SCALE)


def test_traces_lack_what_the_gaps_say() -> None:
    data = np.arange(3000, dtype=np.int32).reshape(3, 1000)
    gaps = [(FIRST + 900, FIRST + 1200), (FIRST + 100, FIRST + 150)]
    found = SEISMOGRAPH.traces(data, FIRST, gaps)
    assert [trace.stats.npts for trace in found] == [100, 750] * 3
    assert [trace.stats.channel for trace in found[::2]] == ["HHZ", "HHN", "HHE"]
    assert found[1].data[0] == 150 and found[1].stats.starttime.timestamp == 10_001.5


def test_a_file_and_a_path_get_the_same_bytes(tmp_path: Path) -> None:
    data = np.arange(3000, dtype=np.int32).reshape(3, 1000)
    found = SEISMOGRAPH.traces(data, FIRST)
    records.write_traces(tmp_path / "a", found)
    with (tmp_path / "b").open("wb") as file:
        records.write_traces(file, found)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert np.array_equal(read(tmp_path / "a").select(component="N")[0].data, data[1])
