"""The synthetic data sets: physics that can be checked, and files that hold what they say."""

import csv
import hashlib
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from obspy import read, read_events
from scipy import fft

from deepquake.catalog.nordic.reader import read_nordic
from deepquake.catalog.tables import parse_table
from deepquake.core.report import Report
from deepquake.tools.demo import analyst, archive, month, noise, rays, records, seismogram, sfile
from deepquake.tools.demo.network import (
    LAYERS,
    SAMPLING_RATE_HZ,
    SITES,
    Source,
    epicentral_km,
)
from deepquake.tools.demo.seismicity import draw_magnitudes, draw_sources, draw_times, wave

N_EVENTS = 4


def make(folder: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "deepquake.tools.make_demo_dataset"]
    return subprocess.run(
        [*command, "--output_dir", str(folder), *options],
        capture_output=True,
        text=True,
        timeout=120,
    )


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "set"
    done = make(folder, "--events", str(N_EVENTS), "--continuous_hours", "0.1", "--seed", "3")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    """Twelve earthquakes of magnitude 2, two of each region."""
    n = 12
    times = archive.ARCHIVE_START + 1000.0 * np.arange(n)
    return draw_sources(0, times, np.full(n, 2.0), 6, seed=5)


def test_files_are_those_promised(demo):
    events = sorted((demo / "mseed").iterdir())
    assert len(events) == len(list((demo / "sfiles_nordicformat").iterdir())) == N_EVENTS
    assert len(list((demo / "continuous" / "mseed").iterdir())) == len(SITES)
    assert {p.name for p in demo.iterdir() if p.is_file()} == {
        *("README.txt", "stations.csv", "velocity_model.csv", "dataset.json"),
    }
    for path in events:
        stream = read(path)
        assert {(t.stats.station, t.stats.channel[-1]) for t in stream} == {
            (site.code, component) for site in SITES for component in "ZNE"
        }
        assert all(trace.data.dtype == np.int32 for trace in stream)
        length = max(t.stats.endtime for t in stream) - min(t.stats.starttime for t in stream)
        assert length == pytest.approx(120, abs=0.02)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path):
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        archive.write_events(tmp_path / folder, 2, seed)
        archive.write_continuous(tmp_path / folder, 0.03, seed)
    a, b, c = (digests(tmp_path / folder) for folder in "abc")
    assert a == b
    assert not set(a.values()) & set(c.values())


def test_event_files_can_be_longer_and_never_overlap(tmp_path):
    done = make(tmp_path / "set", "--events", "3", "--event_seconds", "180")
    assert done.returncode == 0, done.stderr
    assert "event files of 180 s" in (tmp_path / "set" / "README.txt").read_text()
    spans = []
    for path in sorted((tmp_path / "set" / "mseed").iterdir()):
        stream = read(path, headonly=True)
        spans.append([min(t.stats.starttime for t in stream), max(t.stats.endtime for t in stream)])
        assert spans[-1][1] - spans[-1][0] == pytest.approx(180, abs=0.02)
    assert all(one[1] < other[0] for one, other in zip(spans, spans[1:], strict=False))
    for length in ("60", "181", "long"):
        assert make(tmp_path / "other", "--event_seconds", length).returncode == 2


def test_s_files_are_read_by_both_readers(demo):
    for path in sorted(demo.rglob("*.S2023*")):
        text = path.read_text()
        assert all(len(line) == 80 for line in text.splitlines())
        report = Report()
        [event] = read_nordic(path, report)
        assert not report.problems
        [theirs] = read_events(str(path), format="NORDIC")
        assert len(event.picks) == len(theirs.picks) > 0
        assert event.latitude == pytest.approx(theirs.origins[0].latitude)
        assert event.magnitudes[0].value == pytest.approx(theirs.magnitudes[0].mag)
        for ours, other in zip(event.picks, theirs.picks, strict=True):
            assert ours.station == other.waveform_id.station_code
            assert ours.time == pytest.approx(other.time.timestamp, abs=0.01)


def test_phases_after_midnight_keep_counting_the_hours_of_the_day_before(tmp_path):
    origin = archive.ARCHIVE_START + 86400 - 2.5
    located = analyst.Located(origin, 0.0, 0.0, 8.0, 2.0)
    reading = analyst.Reading(SITES[1], "Z", "P", "I", 0, "D", origin + 3.3, 30.0)
    path = tmp_path / sfile.file_name(located)
    path.write_text(sfile.text(located, [reading], "2023-03-06-2359-30S.XX____018.mseed"))
    assert path.name == "06-2359-57L.S202303"
    [event] = read_nordic(path, Report())
    assert event.origin_time == pytest.approx(origin, abs=0.1)
    [pick] = event.picks
    assert pick.time == pytest.approx(origin + 3.3, abs=0.01)
    assert (pick.onset, pick.polarity, pick.weight) == ("I", "D", 0)
    assert read_events(str(path))[0].picks[0].time.timestamp == pytest.approx(pick.time)


def test_event_files_hold_their_p_well_inside_and_picks_point_at_it(demo):
    for path in sorted((demo / "sfiles_nordicformat").iterdir()):
        [event] = read_nordic(path, Report())
        waveform_file = path.read_text().splitlines()[4].split()[0]
        stream = read(demo / "mseed" / waveform_file)
        picks = [p for p in event.picks if p.phase == "P" and p.weight != 4]
        assert len(picks) >= archive.NEEDED_P - 1
        for pick in picks:
            [trace, *_] = stream.select(station=pick.station, component="Z")
            trace = trace.copy().detrend("demean").filter("highpass", freq=2.0)
            at = round((pick.time - trace.stats.starttime.timestamp) * SAMPLING_RATE_HZ)
            assert 2000 < at < 8000
            before, after = trace.data[at - 500 : at - 50], trace.data[at - 20 : at + 150]
            assert np.abs(after).max() > 3 * before.std()


def test_a_folder_that_holds_other_data_is_refused(demo, tmp_path):
    before = digests(demo)
    done = make(demo, "--events", "5")
    assert done.returncode == 1 and done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1 and str(demo) in done.stderr
    assert digests(demo) == before
    (tmp_path / "mine.txt").write_text("kept")
    assert make(tmp_path).returncode == 1
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "options",
    [
        ["--events", "0"],
        ["--events", "two"],
        ["--days", "3"],
        ["--continuous_hours", "-1"],
        ["--workflow", "continuous", "--days", "0"],
        ["--workflow", "continuous", "--stations", "7"],
        ["--workflow", "continuous", "--events", "9"],
    ],
)
def test_senseless_arguments_are_usage_errors(tmp_path, options):
    done = make(tmp_path / "set", *options)
    assert done.returncode == 2
    assert not (tmp_path / "set").exists()


def test_travel_times_of_a_direct_ray_and_a_head_wave_are_those_of_plane_geometry():
    top, below = LAYERS[0], LAYERS[1]
    direct = rays.trace("P", 3.0, 1.0, 0.0)[0]
    assert direct.time_s == pytest.approx(math.hypot(3, 1) / top.vp)
    assert direct.takeoff == pytest.approx(180 - math.degrees(math.atan2(3, 1)))
    sine = top.vp / below.vp
    up, down = below.top_km, below.top_km - 1.0
    wanted = 30 / below.vp + (up + down) * math.sqrt(1 - sine**2) / top.vp
    heads = [ray for ray in rays.trace("P", 30.0, 1.0, 0.0) if ray.head]
    assert min(abs(ray.time_s - wanted) for ray in heads) < 1e-9


def test_travel_times_grow_with_distance_and_s_is_slower_than_p():
    distances = np.arange(1, 200, 5.0)
    p, s = ([rays.first_time(phase, d, 8.0, 1000) for d in distances] for phase in "PS")
    assert np.all(np.diff(p) > 0) and np.all(np.diff(s) > 0)
    assert np.all((np.array(s) / p > 1.7) & (np.array(s) / p < 1.85))


def test_radiation_of_a_vertical_strike_slip_fault_has_four_lobes():
    source = Source(0, 0.0, 0, 0.0, 0.0, 8.0, 2.0, strike=0.0, dip=90.0, rake=0.0)
    for azimuth, p, sh in ((45, 1, 0), (135, -1, 0), (225, 1, 0), (0, 0, 1), (90, 0, -1)):
        found = seismogram.radiation(source, azimuth, 90.0)
        assert found == pytest.approx((p, 0, sh), abs=1e-9)


def test_first_motion_points_away_from_the_source_or_towards_it(sources):
    for source in sources:
        for station, site in enumerate(SITES):
            signal = wave(source, station, 1)
            at = round((signal.p_s - signal.start_s) * SAMPLING_RATE_HZ)
            z = signal.data[0]
            # direct P before its train has grown; a head wave or a node may hide it
            first = z[at - 2 : at + 3]
            if epicentral_km(source, site) < 35 and np.abs(first).max() > 0.5 * np.abs(z).max():
                assert (first[np.abs(first).argmax()] > 0) == signal.up


def test_nothing_arrives_before_p(sources):
    for source in sources[:4]:
        for station in range(len(SITES)):
            signal = wave(source, station, 1)
            at = round((signal.p_s - signal.start_s) * SAMPLING_RATE_HZ)
            assert np.abs(signal.data[:, : at - 5]).max() < 0.03 * np.abs(signal.data).max()


def test_amplitudes_grow_with_magnitude_and_fall_with_distance(sources):
    source = sources[0]
    peaks = [
        np.abs(wave(replace(source, magnitude=m), 1, 1).data).max() for m in np.arange(0.5, 4, 0.5)
    ]
    assert np.all(np.diff(np.log10(peaks)) > 0.25)
    near, far = [], []
    for source in sources:
        ground = {
            site: np.abs(wave(source, i, 1).data).max() / site.gain / site.amplification
            for i, site in enumerate(SITES)
        }
        order = sorted(ground, key=lambda site: epicentral_km(source, site))
        near.append(ground[order[0]])
        far.append(ground[order[-1]])
    assert np.median(np.array(near) / far) > 4


@pytest.mark.parametrize("magnitude", [1.0, 2.0, 3.0])
def test_wood_anderson_amplitudes_give_back_the_local_magnitude(sources, magnitude):
    s = 2j * math.pi * fft.rfftfreq(seismogram.N_SAMPLES, 1 / SAMPLING_RATE_HZ)
    natural = 2 * math.pi * 1.25
    response = 2080 * s / (s**2 + 2 * 0.7 * natural * s + natural**2)
    found = []
    for source in sources:
        for station in (0, 1, 2):  # broadband, on rock
            site = SITES[station]
            data = wave(replace(source, magnitude=magnitude), station, 1).data[1:] / site.gain
            record = fft.irfft(fft.rfft(data, axis=1) * response, axis=1)
            amplitude_mm = 1000 * np.abs(record).max(axis=1).mean()
            distance = math.hypot(epicentral_km(source, site), source.depth_km)
            correction = 1.11 * math.log10(distance / 100) + 0.00189 * (distance - 100) + 3
            found.append(math.log10(amplitude_mm) + correction)
    assert np.mean(found) == pytest.approx(magnitude, abs=0.2)
    assert np.std(found) < 0.35


def test_coda_decays_over_tens_of_seconds(sources):
    for source in sources[:4]:
        signal = wave(source, 0, 1)
        after_s = round((signal.s_s - signal.start_s) * SAMPLING_RATE_HZ)
        levels = [
            signal.data[:, after_s + 100 * t : after_s + 100 * (t + 4)].std()
            for t in (1, 8, 20, 50)
        ]
        assert np.all(np.diff(levels) < 0)
        assert 0.001 < levels[2] / levels[0] < 0.3


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.code)
def test_noise_lies_between_the_noise_models_with_the_microseism_on_top(site):
    frequency = np.geomspace(0.02, 40, 200)
    low, high = noise._models(frequency)
    night = noise.power_density(frequency, site, False, 0.0)
    day = noise.power_density(frequency, site, False, 1.0)
    assert np.all((night > low) & (day < high)) and np.all(day >= night)
    below_1hz = frequency < 1
    assert 0.15 < frequency[below_1hz][night[below_1hz].argmax()] < 0.3


def test_noise_has_the_density_it_should_have():
    site, seconds = SITES[0], 1600
    midnight = round(archive.ARCHIVE_START * SAMPLING_RATE_HZ)
    z = noise.noise(site, 9, midnight, round(seconds * SAMPLING_RATE_HZ))[0] / site.gain
    spectrum = np.abs(fft.rfft(z)) ** 2 * 2 / (SAMPLING_RATE_HZ * z.size)
    frequency = fft.rfftfreq(z.size, 1 / SAMPLING_RATE_HZ)
    for low, high in ((0.18, 0.24), (1.0, 1.4)):
        band = (frequency > low) & (frequency < high)
        found = 10 * np.log10(np.mean(spectrum[band] * (2 * math.pi * frequency[band]) ** 2))
        wanted = noise.power_density(frequency[band], site, False, 0.0).mean()
        assert found == pytest.approx(wanted, abs=3.5)


def test_noise_is_a_function_of_time_however_it_is_cut():
    first = round(archive.CONTINUOUS_START * SAMPLING_RATE_HZ) + 12345
    whole = noise.noise(SITES[4], 2, first, 30000)
    parts = [noise.noise(SITES[4], 2, first + i, 10000) for i in (0, 10000, 20000)]
    np.testing.assert_allclose(np.hstack(parts), whole, rtol=0, atol=1e-6)


def test_picks_scatter_around_the_true_arrival_and_go_missing_where_it_drowns():
    errors, share = {}, {}
    for magnitude in (0.5, 3.0):
        times = archive.ARCHIVE_START + 1000.0 * np.arange(6)
        found = []
        for source in draw_sources(0, times, np.full(6, magnitude), 3, seed=7):
            first = records.sample_number(source.origin_s - 30)
            for station, site in enumerate(SITES):
                signal = wave(source, station, 7)
                data = records.record(site, [signal], 7, first, 6000)
                rng = np.random.default_rng([source.number, station])
                for reading in analyst.read_station(site, signal, data, first, [], rng):
                    if reading.phase == "P":
                        assert reading.snr >= analyst.SEEN_P
                        found.append((reading.weight, reading.time_s - signal.p_s))
        share[magnitude] = len(found) / 36
        errors[magnitude] = np.std([error for weight, error in found if weight != 4])
    assert share[0.5] < 0.7 and share[3.0] > 0.95
    assert 0.005 < errors[3.0] < 0.05 < 3 * errors[0.5] < 0.6


def test_no_pick_where_the_record_has_a_gap(sources):
    source = replace(sources[0], magnitude=3.0)
    signal = wave(source, 0, 1)
    first = records.sample_number(source.origin_s - 30)
    data = records.record(SITES[0], [signal], 1, first, 6000)
    at = round(signal.p_s * SAMPLING_RATE_HZ)
    rng = np.random.default_rng(1)
    gap = [(at - 100, at + 50)]
    assert "P" not in {
        r.phase for r in analyst.read_station(SITES[0], signal, data, first, gap, rng)
    }
    traces = records.traces(SITES[0], data, first, gap)
    assert len(traces) == 6 and sum(t.stats.npts for t in traces) == 3 * (6000 - 150)


def test_magnitudes_follow_gutenberg_and_richter_and_times_keep_apart():
    rng = np.random.default_rng(0)
    magnitudes = draw_magnitudes(2000, 0.5, 3.8, 1.0, rng)
    assert magnitudes.min() >= 0.5 and magnitudes.max() <= 3.8
    assert np.sum(magnitudes >= 1.5) == pytest.approx(200, rel=0.05)
    times = draw_times(50, 0.0, 10_000.0, 60.0, rng)
    assert np.diff(times).min() >= 60 and times[0] >= 0 and times[-1] <= 10_000


@pytest.fixture(scope="module")
def weeks(tmp_path_factory) -> Path:
    """Not quite two hours, so that the record is written in more than one piece."""
    folder = tmp_path_factory.mktemp("weeks") / "set"
    done = make(folder, "--workflow", "continuous", "--days", "0.08")
    assert done.returncode == 0, done.stderr
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_continuous_workflow_writes_whole_records_and_catalogues(weeks):
    files = sorted((weeks / "mseed").iterdir())
    assert [f.name for f in files] == ["XXLUPO_4-2023.mseed", "XXORSO_4-2023.mseed"]
    for path in files:
        stream = read(path).merge(method=-1)
        assert {t.stats.channel for t in stream} == {"HHZ", "HHN", "HHE"}
        assert stream[0].stats.starttime.timestamp == month.START
        last = max(t.stats.endtime.timestamp for t in stream)
        assert last == pytest.approx(month.START + 0.08 * 86400, abs=0.02)
    complete, large = rows(weeks / "catalog_complete.csv"), rows(weeks / "catalog.csv")
    assert list(complete[0]) == ["id", "origintime", "latitude", "longitude", "depth", "mag"]
    assert [r for r in complete if float(r["mag"]) >= month.CATALOGUED] == large
    detections = rows(weeks / "detections_complete.csv")
    assert len(detections) == 2 * 2 * len(complete)  # P and S at two stations
    events = parse_table((weeks / "detections_complete.csv").read_text(), "detections", Report())
    assert len(events) == len(complete)
    for event, row in zip(events, complete, strict=True):
        assert (event.event_id, len(event.picks)) == (row["id"], 4)
        assert event.latitude == float(row["latitude"])
        assert all(event.origin_time < pick.time for pick in event.picks)
    assert {r["weight"] for r in detections if r["snr"] and float(r["snr"]) < 4} == {"4"}


def test_continuous_record_shows_the_events_where_the_catalogue_has_them(weeks):
    stream = read(weeks / "mseed" / "XXORSO_4-2023.mseed").select(component="Z").merge(method=-1)
    assert len(stream) == 1  # no gap in two hours of this seed
    trace = stream[0].detrend("demean").filter("bandpass", freqmin=2, freqmax=15)
    found = [
        r
        for r in rows(weeks / "detections_complete.csv")
        if r["station"] == "ORSO" and r["phase"] == "P"
    ]
    loud = [r for r in found if float(r["snr"] or 0) > 10]
    assert loud
    for row in loud:
        at = round((float(row["utc_timestamp"]) - month.START) * SAMPLING_RATE_HZ)
        before, after = trace.data[at - 400 : at - 30], trace.data[at : at + 100]
        assert np.abs(after).max() > 4 * before.std()


def test_continuous_record_is_the_same_whether_written_in_pieces_or_at_once(weeks):
    stream = read(weeks / "mseed" / "XXORSO_4-2023.mseed").select(component="E").merge(method=-1)
    edge = month.START + 3600  # where two pieces meet
    span = 200
    sources = month._sources(0.08, 1)
    signals = [wave(source, 0, 1) for source in sources]
    first = records.sample_number(edge - span)
    wanted = records.record(SITES[0], signals, 1, first, round(2 * span * SAMPLING_RATE_HZ))[2]
    at = round((edge - span - month.START) * SAMPLING_RATE_HZ)
    found = stream[0].data[at : at + wanted.size]
    assert np.abs(found - wanted).max() <= 1  # counts: sums in another order


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_continuous_records_of_any_length_need_little_memory():
    script = (
        "import pathlib, re, tempfile\n"
        "from deepquake.tools.demo import month\n"
        "def peak(days):\n"
        "    with tempfile.TemporaryDirectory() as folder:\n"
        "        month.write_month(pathlib.Path(folder), days, 1, 1)\n"
        "    status = pathlib.Path('/proc/self/status').read_text()\n"
        "    return int(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1])\n"
        "first = peak(0.1)\n"
        "print(first, peak(0.6))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    short, long = map(int, done.stdout.split())
    assert long - short < 40_000  # kilobytes; the longer record alone would be 60 MB as int32
    assert long < 600_000
