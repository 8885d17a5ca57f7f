"""An archive of event files: files that hold what they say, and s-files that fit them."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from obspy import read, read_events

from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from deepquake.tools.demo import archive
from deepquake.tools.demo.network import SITES, to_samples

N_EVENTS = 4


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    archive.write_archive(folder, N_EVENTS, seed=3, length_s=120.0)
    archive.write_continuous(folder, 0.1, seed=3)
    return folder


def test_files_are_those_promised(demo: Path) -> None:
    events = sorted((demo / "mseed").iterdir())
    assert len(events) == len(list((demo / "sfiles_nordicformat").iterdir())) == N_EVENTS
    assert len(list((demo / "continuous" / "mseed").iterdir())) == len(SITES)
    for path in events:
        stream = read(path)
        assert {(t.stats.station, t.stats.channel[-1]) for t in stream} == {
            (site.code, component) for site in SITES for component in "ZNE"
        }
        assert all(trace.data.dtype == np.int32 for trace in stream)
        length = max(t.stats.endtime for t in stream) - min(t.stats.starttime for t in stream)
        assert length == pytest.approx(120, abs=0.02)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        archive.write_archive(tmp_path / folder, 2, seed, length_s=120.0)
        archive.write_continuous(tmp_path / folder, 0.03, seed)
    a, b, c = (digests(tmp_path / folder) for folder in "abc")
    assert a == b
    assert not set(a.values()) & set(c.values())


def test_event_files_can_be_longer_and_never_overlap(tmp_path: Path) -> None:
    archive.write_archive(tmp_path, 3, seed=1, length_s=180.0)
    spans = []
    for path in sorted((tmp_path / "mseed").iterdir()):
        stream = read(path, headonly=True)
        spans.append([min(t.stats.starttime for t in stream), max(t.stats.endtime for t in stream)])
        assert spans[-1][1] - spans[-1][0] == pytest.approx(180, abs=0.02)
    assert all(first[1] < second[0] for first, second in zip(spans, spans[1:], strict=False))


def test_s_files_are_read_by_both_readers(demo: Path) -> None:
    for path in sorted(demo.rglob("*.S2023*")):
        text = path.read_text()
        assert all(len(line) == 80 for line in text.splitlines())
        report = Report()
        [event] = read_file(path, report)[0]
        assert not report.problems
        [theirs] = read_events(str(path), format="NORDIC")
        assert len(event.picks) == len(theirs.picks) > 0
        assert event.latitude == pytest.approx(theirs.origins[0].latitude)
        assert event.magnitudes[0].value == pytest.approx(theirs.magnitudes[0].mag)
        for ours, other in zip(event.picks, theirs.picks, strict=True):
            assert ours.station == other.waveform_id.station_code
            assert ours.time == pytest.approx(other.time.timestamp, abs=0.01)


def test_event_files_hold_their_p_well_inside_and_picks_point_at_it(demo: Path) -> None:
    for path in sorted((demo / "sfiles_nordicformat").iterdir()):
        [event] = read_file(path, Report())[0]
        waveform_file = path.read_text().splitlines()[4].split()[0]
        stream = read(demo / "mseed" / waveform_file)
        picks = [p for p in event.picks if p.phase == "P" and p.weight != 4]
        assert len(picks) >= archive.NEEDED_P - 1
        for pick in picks:
            [trace, *_] = stream.select(station=pick.station, component="Z")
            trace = trace.copy().detrend("demean").filter("highpass", freq=2.0)
            at = to_samples(pick.time - trace.stats.starttime.timestamp)
            assert 2000 < at < 8000
            before, after = trace.data[at - 500 : at - 50], trace.data[at - 20 : at + 150]
            assert np.abs(after).max() > 3 * before.std()
