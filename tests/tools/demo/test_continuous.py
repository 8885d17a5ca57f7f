"""A continuous record written an hour at a time, and what it holds around each earthquake."""

from pathlib import Path

import numpy as np
from obspy import read

from deepquake.tools.demo.archive import ARCHIVE_START
from deepquake.tools.demo.continuous import AFTER, BEFORE, HOUR, write_station
from deepquake.tools.demo.network import FAULTS, SITES, to_samples
from deepquake.tools.demo.records import Seismograph
from deepquake.tools.demo.seismicity import draw_sources

FIRST = to_samples(ARCHIVE_START)


def test_earthquakes_come_with_their_record_and_the_file_at_the_end(tmp_path: Path) -> None:
    times = ARCHIVE_START + np.array([30.0, 3580.0])
    sources = draw_sources(times, np.array([2.0, 3.0]), faults=FAULTS[:1], number=0, seed=1)
    path, gap = tmp_path / "record", (FIRST + 20_000, FIRST + 21_000)
    n = HOUR + 6000
    found = write_station(
        path, sources, Seismograph(0, seed=1), first=FIRST, n_samples=n, gaps=[gap]
    )
    for wanted, (source, excerpt) in zip(sources, found, strict=True):
        assert source is wanted and not path.exists()
        p, s = (to_samples(excerpt.signal.arrival_s[phase]) for phase in "PS")
        assert excerpt.first == max(FIRST, p - BEFORE)
        assert excerpt.counts.shape == (3, s + AFTER - excerpt.first)
    stream = read(path).merge(method=-1).select(component="Z")
    assert [trace.stats.npts for trace in stream] == [20_000, n - 21_000]
    assert stream[0].stats.station == SITES[0].code
    at = excerpt.first - FIRST - 21_000  # the second earthquake lies across the hour
    written = stream[1].data[at : at + excerpt.counts.shape[1]]
    assert np.abs(written - excerpt.counts[0]).max() <= 1  # counts: sums in another order
