"""What an analyst picks: near the true arrival, and nothing where it drowns or has a gap."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from obspy import read_events
from scipy.signal import butter, sosfilt

from deepquake.catalog.events import Pick
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from deepquake.tools.demo import analyst, archive
from deepquake.tools.demo.network import FAULTS, SITES, Source, to_samples
from deepquake.tools.demo.records import Seismograph
from deepquake.tools.demo.seismicity import draw_sources


def test_picks_scatter_around_the_true_arrival_and_go_missing_where_it_drowns() -> None:
    errors, share = {}, {}
    for magnitude in (0.5, 3.0):
        times = archive.ARCHIVE_START + 1000.0 * np.arange(6)
        found = []
        for source in draw_sources(
            times, np.full(6, magnitude), faults=FAULTS[:3], number=0, seed=7
        ):
            first = to_samples(source.origin_s - 30)
            for station in range(len(SITES)):
                seismograph = Seismograph(station, seed=7)
                signal = seismograph.wave(source)
                data = seismograph.record([signal], first, 6000)
                excerpt = analyst.Excerpt(signal, data, first)
                for pick in analyst.read_station(seismograph, source, excerpt):
                    if pick.phase == "P":
                        assert analyst.signal_to_noise(excerpt, "P") >= analyst.SEEN_P
                        found.append((pick.weight, pick.time - signal.onset_s["P"]))
        share[magnitude] = len(found) / 36
        errors[magnitude] = np.std([error for weight, error in found if weight != 4])
    assert share[0.5] < 0.7 and share[3.0] > 0.95
    assert 0.005 < errors[3.0] < 0.05 < 3 * errors[0.5] < 0.6


def least_aic(samples: np.ndarray) -> int:
    """Return the sample that divides noise from signal best (Maeda, 1985, Zisin 38)."""
    n = np.arange(5, samples.size - 5)
    parts = [samples[:i].var() for i in n], [samples[i:].var() for i in n]
    before, after = np.log(np.array(parts) + 1e-12)
    return int(n[np.argmin(n * before + (samples.size - n - 1) * after)])


def test_picks_stand_where_p_begins_in_the_record() -> None:
    times = archive.ARCHIVE_START + 1000.0 * np.arange(30)
    highpass = butter(4, 2.0, "highpass", fs=100, output="sos")
    from_truth, from_aic = [], []
    for source in draw_sources(times, np.full(30, 1.5), faults=FAULTS[:3], number=0, seed=3):
        first = to_samples(source.origin_s - 30)
        for station in range(len(SITES)):
            seismograph = Seismograph(station, seed=3)
            signal = seismograph.wave(source)
            data = seismograph.record([signal], first, 6000)
            excerpt = analyst.Excerpt(signal, data, first)
            for pick in analyst.read_station(seismograph, source, excerpt):
                if pick.phase == "P" and pick.weight < 4:
                    at = to_samples(pick.time) - first
                    z = sosfilt(highpass, data[0] - data[0, :100].mean())[at - 100 : at + 60]
                    from_truth.append(pick.time - signal.onset_s["P"])
                    from_aic.append((100 - least_aic(z)) / 100)
    assert len(from_truth) > 120
    assert abs(np.mean(from_truth)) < 0.01 and 0.01 < np.std(from_truth) < 0.05
    assert abs(np.median(from_aic)) <= 0.01


def test_no_pick_where_the_record_has_a_gap(sources: list[Source]) -> None:
    source = replace(sources[0], magnitude=3.0)
    seismograph = Seismograph(0, seed=1)
    signal = seismograph.wave(source)
    first = to_samples(source.origin_s - 30)
    data = seismograph.record([signal], first, 6000)
    at = to_samples(signal.arrival_s["P"])
    gap = [(at - 100, at + 50)]
    excerpt = analyst.Excerpt(signal, data, first)
    picks = analyst.read_station(seismograph, source, excerpt, gaps=gap)
    assert "P" not in {pick.phase for pick in picks}
    traces = seismograph.traces(data, first, gap)
    assert len(traces) == 6 and sum(t.stats.npts for t in traces) == 3 * (6000 - 150)


def test_phases_after_midnight_keep_counting_the_hours_of_the_day_before(
    sources: list[Source], tmp_path: Path
) -> None:
    origin = archive.ARCHIVE_START + 86400 - 2.5
    located = replace(sources[0], origin_s=origin)
    picked = Pick("LUPO", "P", origin + 3.3, channel="HZ", onset="I", polarity="D")
    waveforms = "2023-03-06-2359-30S.XX____018.mseed"
    analyst.write_sfile(tmp_path, located, [picked], waveform_file=waveforms)
    path = tmp_path / "06-2359-57L.S202303"
    [event] = read_file(path, Report())[0]
    assert event.origin_time == pytest.approx(origin, abs=0.1)
    [pick] = event.picks
    assert pick.time == pytest.approx(origin + 3.3, abs=0.01)
    assert (pick.onset, pick.polarity, pick.weight) == ("I", "D", 0)
    assert read_events(str(path))[0].picks[0].time.timestamp == pytest.approx(pick.time)
