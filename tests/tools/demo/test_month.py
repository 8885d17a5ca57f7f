"""Weeks of record: whole files, catalogues that agree with them, little memory."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from obspy import read

from deepquake.catalog.tables import read_table
from deepquake.core.report import Report
from deepquake.tools.demo import month
from deepquake.tools.demo.network import to_samples
from deepquake.tools.demo.records import Seismograph


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not quite two hours, so that the record is written in more than one piece."""
    folder = tmp_path_factory.mktemp("weeks") / "set"
    month.write_month(folder, 0.08, n_stations=2, seed=1)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_continuous_workflow_writes_whole_records_and_catalogues(weeks: Path) -> None:
    files = sorted((weeks / "mseed").iterdir())
    assert [f.name for f in files] == ["XXLUPO_4-2023.mseed", "XXORSO_4-2023.mseed"]
    for path in files:
        stream = read(path).merge(method=-1)
        assert {t.stats.channel for t in stream} == {"HHZ", "HHN", "HHE"}
        assert stream[0].stats.starttime.timestamp == month.MONTH_START
        last = max(t.stats.endtime.timestamp for t in stream)
        assert last == pytest.approx(month.MONTH_START + 0.08 * 86400, abs=0.02)
    complete, large = rows(weeks / "catalog_complete.csv"), rows(weeks / "catalog.csv")
    assert list(complete[0]) == ["id", "origintime", "latitude", "longitude", "depth", "mag"]
    assert [r for r in complete if float(r["mag"]) >= month.CATALOGUED] == large
    detections = rows(weeks / "detections_complete.csv")
    assert len(detections) == 2 * 2 * len(complete)  # P and S at two stations
    events = read_table((weeks / "detections_complete.csv").read_text(), "detections", Report())
    assert len(events) == len(complete)
    for event, row in zip(events, complete, strict=True):
        assert (event.event_id, len(event.picks)) == (row["id"], 4)
        assert event.latitude == float(row["latitude"])
        assert all(event.origin_time < pick.time for pick in event.picks)
    assert {r["weight"] for r in detections if r["snr"] and float(r["snr"]) < 4} == {"4"}


def test_continuous_record_shows_the_events_where_the_catalogue_has_them(weeks: Path) -> None:
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
        at = to_samples(float(row["utc_timestamp"]) - month.MONTH_START)
        before, after = trace.data[at - 400 : at - 30], trace.data[at : at + 100]
        assert np.abs(after).max() > 4 * before.std()


def test_continuous_record_is_the_same_whether_written_in_pieces_or_at_once(weeks: Path) -> None:
    stream = read(weeks / "mseed" / "XXORSO_4-2023.mseed").select(component="E").merge(method=-1)
    edge = month.MONTH_START + 3600  # where two pieces meet
    span = 200
    seismograph = Seismograph(0, seed=1)
    sources = month.month_sources(0.08, 1)
    signals = [seismograph.wave(source) for source in sources]
    first = to_samples(edge - span)
    n = to_samples(2 * span)
    wanted = seismograph.record(signals, first, n)[2]
    at = to_samples(edge - span - month.MONTH_START)
    found = stream[0].data[at : at + wanted.size]
    assert np.abs(found - wanted).max() <= 1  # counts: sums in another order


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_continuous_records_of_any_length_need_little_memory() -> None:
    script = (
        "import pathlib, re, tempfile\n"
        "from deepquake.tools.demo import month\n"
        "def peak(days):\n"
        "    with tempfile.TemporaryDirectory() as folder:\n"
        "        month.write_month(pathlib.Path(folder), days, n_stations=1, seed=1)\n"
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
