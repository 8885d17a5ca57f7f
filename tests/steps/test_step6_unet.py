"""Step 6 with a UNet: arrivals of P and S, whatever the files, workers and components."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from obspy import read

from deepquake.core.times import parse_iso
from deepquake.learning.picking.calibration_json import read_calibration
from tests.conftest import ROOT
from tests.made_data import T0, seismogram, traces
from tests.steps.loudness import run_step
from tests.steps.made_networks import (
    OWN_THRESHOLD,
    STRICT_THRESHOLD,
    calibrate,
    write_region_teller,
    write_unet,
)

LONG_S = 730.0  # more than a page and two minutes, which it may have too


@pytest.fixture(scope="module")
def unet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A UNet that was calibrated."""
    folder = write_unet(tmp_path_factory.mktemp("unet"))
    calibrate(folder)
    return folder


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three stations; one has a gap, another the vertical alone."""
    folder, rng = tmp_path_factory.mktemp("records"), np.random.default_rng(4)
    whole = traces(seismogram(rng, 100.0, LONG_S), T0, "AAA")
    whole.write(str(folder / "aaa.mseed"), format="MSEED")
    broken = traces(seismogram(rng, 60.0, 200.0), T0, "BBB")
    broken = broken.slice(endtime=broken[0].stats.starttime + 120) + broken.slice(
        starttime=broken[0].stats.starttime + 130
    )
    broken.write(str(folder / "bbb.mseed"), format="MSEED")
    traces(seismogram(rng, 60.0, 120.0)[:1], T0, "CCC").write(
        str(folder / "ccc.mseed"), format="MSEED"
    )
    return folder


@pytest.fixture(scope="module")
def teller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that tells two regions."""
    return write_region_teller(tmp_path_factory.mktemp("regions"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def written(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_workers_write_the_bytes_of_one(
    unet: Path, teller: Path, records: Path, tmp_path: Path
) -> None:
    # processes of their own: how many threads TensorFlow has is decided when it is first used
    call = (
        "from deepquake.core import cli; from deepquake.detection import scoring; "
        "import step6_detect_mseed as step; scoring.GROUP_WINDOWS = 150; cli.run(step.main)"
    )
    given = ["--stream_path", records, "--checkpoint_dir", unet, "--annotate", "1", "--plot", "1"]
    given += ["--region_checkpoint_dir", teller, "--detection_threshold", "0.9"]  # few to draw

    def step6_with(workers: int) -> dict[str, bytes]:
        out = tmp_path / str(workers)
        command = [sys.executable, "-c", call, *given, "--output_dir", out, "--workers", workers]
        subprocess.run(list(map(str, command)), cwd=ROOT, check=True, timeout=300)
        return written(out)

    alone = step6_with(workers=1)
    assert step6_with(workers=2) == alone
    assert {name for name in alone if name.startswith("png")} == {
        *("png/aaa.png", "png/bbb.png", "png/ccc.png"),
        *("png/aaa_20140513T1650.png", "png/aaa_20140513T1700.png"),
    }
    assert {"picks.csv", "detections.csv", "events.csv", "detect.json"} < set(alone)


def test_arrivals_are_peaks_of_the_probabilities_that_are_written(
    step6: Any, unet: Path, records: Path
) -> None:
    out = step6(records, checkpoint_dir=unet, annotate=1)
    picks = rows(out / "picks.csv")
    assert {row["station_id"] for row in picks} == {"XX.AAA..HH", "XX.BBB..HH", "XX.CCC..HH"}
    assert {row["phase_type"] for row in picks} == {"P", "S"}
    assert {row["phase_uncertainty_s"] for row in picks} == {"0.120", "0.040"}
    assert {row["cluster_id"] for row in picks} == {"0"}
    stream = read(str(out / "probabilities" / "aaa.mseed"))
    assert [trace.stats.channel for trace in stream] == ["P", "S"]
    assert {trace.stats.npts for trace in stream} == {round(LONG_S * 100) + 1}
    said = np.array([trace.data for trace in stream])
    assert said.min() >= 0 and said.sum(axis=0).max() <= 1 + 1e-6
    begin_s = stream[0].stats.starttime.timestamp
    scaling = read_calibration(unet)["S"].scaling
    for row in picks:
        if (row["station_id"], row["phase_type"]) == ("XX.AAA..HH", "S"):  # P is at its onset
            at = round((parse_iso(row["phase_time"]) - begin_s) * 100)
            scores = scaling.scores(said[1, at - 1 : at + 2])
            assert np.abs(scores - float(row["phase_score"])).min() < 0.01
    broken = read(str(out / "probabilities" / "bbb.mseed"))
    assert [trace.stats.npts for trace in broken.select(channel="P")] == [12001, 7001]
    ends_s = [trace.stats.endtime.timestamp for trace in broken.select(channel="P")]
    times_s = [parse_iso(r["phase_time"]) for r in picks if r["station_id"].startswith("XX.BBB")]
    assert not any(ends_s[0] < time_s < ends_s[0] + 9.9 for time_s in times_s)


def test_where_a_record_is_flat_nothing_is_found_and_the_user_told(
    unet: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat = traces(seismogram(np.random.default_rng(5), 60.0, 120.0), T0, "DDD")
    for trace in flat:
        trace.data[3000:9000] = 7
    flat.write(str(tmp_path / "ddd.mseed"), format="MSEED")
    given = {"stream_path": tmp_path, "checkpoint_dir": unet, "output_dir": tmp_path / "out"}
    status, said, errors = run_step("step6_detect_mseed", capsys, monkeypatch, plot=0, **given)
    assert status == 0, errors
    assert "ddd: 60.0 s of it are flat or cannot be read: nothing is found there" in said + errors
    begin_s = flat[0].stats.starttime.timestamp
    since_s = np.array([
        parse_iso(row["phase_time"]) - begin_s for row in rows(tmp_path / "out" / "picks.csv")
    ])  # fmt: skip
    assert len(since_s) > 10
    assert not ((since_s > 30.5) & (since_s < 90.5)).any()  # an onset may be before its peak
    hours = json.loads((tmp_path / "out" / "detect.json").read_text())["recordedHours"]
    assert hours * 3600 == pytest.approx(58, abs=0.1)


def test_a_detection_ends_with_its_s_or_soon(step6: Any, unet: Path, records: Path) -> None:
    out = step6(records, checkpoint_dir=unet)
    for row in rows(out / "detections.csv"):
        length_s = parse_iso(row["end_time"]) - parse_iso(row["start_time"])
        assert row["start_time"] == row["p_time"] and 0 < length_s <= 60
        assert row["n_windows"] == "0"


def test_fifty_files_give_the_arrivals_of_the_whole(
    step6: Any, unet: Path, teller: Path, records: Path, tmp_path: Path
) -> None:
    whole = read(str(records / "aaa.mseed"))
    begin, piece_s = whole[0].stats.starttime, LONG_S / 50
    (tmp_path / "cut").mkdir()
    for number in range(50):
        span = begin + number * piece_s, begin + (number + 1) * piece_s
        end = span[1] if number == 49 else span[1] - 0.01
        whole.slice(span[0], end).write(str(tmp_path / f"cut/{number:02d}.mseed"), format="MSEED")
    given = {"checkpoint_dir": unet, "region_checkpoint_dir": teller}
    one = step6(records / "aaa.mseed", "one", **given)
    fifty = step6(tmp_path / "cut", "fifty", **given)
    for name in ("picks.csv", "detections.csv", "events.csv"):
        assert (one / name).read_bytes() == (fifty / name).read_bytes()
    assert json.loads((fifty / "detect.json").read_text())["streams"] == 1


def test_thresholds_are_the_networks_or_what_is_asked_for(
    step6: Any, unet: Path, records: Path
) -> None:
    def found(**options: Any) -> tuple[int, float, dict[str, float]]:
        out = step6(records / "bbb.mseed", checkpoint_dir=unet, **options)
        scores = [float(row["phase_score"]) for row in rows(out / "picks.csv")]
        values = json.loads((out / "detect.json").read_text())
        return len(scores), min(scores), values["thresholds"]

    own, few, asked = found(), found(alarms_per_day=5), found(detection_threshold=0.45)
    assert own[2] == {"P": OWN_THRESHOLD, "S": OWN_THRESHOLD}
    assert few[2] == {"P": STRICT_THRESHOLD, "S": STRICT_THRESHOLD}
    assert asked[2] == {"P": 0.45, "S": 0.45}
    assert own[0] > asked[0] > few[0] > 5
    for _, least, thresholds in (own, few, asked):
        assert least == pytest.approx(thresholds["P"], abs=0.1) and least >= thresholds["P"]


def test_what_no_calibration_can_tell_is_said(
    unet: Path, records: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said_with(checkpoint_dir: Path, alarms_per_day: float) -> str:
        given = {"stream_path": records / "ccc.mseed", "output_dir": tmp_path / "out", "plot": 0}
        given |= {"checkpoint_dir": checkpoint_dir, "alarms_per_day": alarms_per_day}
        status, _, errors = run_step("step6_detect_mseed", capsys, monkeypatch, **given)
        assert status == 0
        return errors

    assert "P: no threshold is known with 0.01 false alarms" in said_with(unet, 0.01)
    assert "threshold" not in said_with(unet, 5)
    assert "the network is not calibrated" in said_with(write_unet(tmp_path / "net"), 5)


def test_another_network_tells_the_regions(
    unet: Path,
    teller: Path,
    records: Path,
    tmp_path: Path,
    capsys: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"stream_path": records, "checkpoint_dir": unet, "output_dir": tmp_path / "out"}
    given |= {"region_checkpoint_dir": teller, "plot": 0}
    status, said, errors = run_step("step6_detect_mseed", capsys, monkeypatch, **given)
    assert status == 0
    assert "regions: ConvNetQuake2, windows of 5 s, ZN, 100 Hz, 3 classes, step 7" in said
    assert "ccc: has no component N, which the network of regions takes" in errors
    values = json.loads((tmp_path / "out" / "detect.json").read_text())
    assert (values["n_clusters"], values["regionNetwork"]["window_size"]) == (3, 5.0)
    picks = rows(tmp_path / "out" / "picks.csv")
    of_station: dict[str, set[str]] = {}
    for row in picks:
        of_station.setdefault(row["station_id"][3:6], set()).add(row["cluster_id"])
    assert of_station["AAA"] >= {"0", "1"} and of_station["CCC"] == {""}
    for row in picks:
        shares = json.loads(row["region_probabilities"] or "[]")
        assert row["cluster_id"] == (str(np.argmax(shares)) if shares else "")
        assert not shares or sum(shares) == pytest.approx(1, abs=1e-5)
    detections = rows(tmp_path / "out" / "detections.csv")
    unknown = [row for row in detections if not row["cluster_id"]]
    assert values["detectionsWithoutRegion"] == len(unknown) > 0
    by_region = values["detectionsByRegion"]
    assert sum(by_region.values()) == len(detections) - len(unknown)


def test_places_have_the_regions_of_a_file_whatever_the_network_tells(
    unet: Path,
    teller: Path,
    records: Path,
    tmp_path: Path,
    capsys: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def clusters(n: int) -> Path:
        centroids = [{"id": k, "lat": 10.0 + k, "lon": 20.0, "depth": 5.0} for k in range(n)]
        path = tmp_path / f"clusters{n}.json"
        path.write_text(json.dumps({"clusters_type": "kmeans", "clusters": centroids}))
        return path

    given = {"stream_path": records / "ccc.mseed", "output_dir": tmp_path / "out"}
    given |= {"checkpoint_dir": unet, "clusters_file_path": clusters(3)}
    status, *_ = run_step("step6_detect_mseed", capsys, monkeypatch, **given)
    assert status == 0 and (tmp_path / "out" / "map.png").is_file()
    values = json.loads((tmp_path / "out" / "detect.json").read_text())
    assert len(values["detectedEventsByRegion"]) == 3
    assert values["detectionsWithoutRegion"] == values["detections"], "the network knows of none"
    given |= {"region_checkpoint_dir": teller}
    status, _, errors = run_step("step6_detect_mseed", capsys, monkeypatch, **given)
    assert status == 1 and "has 3 regions, but n_clusters = 3 is noise and 2 regions" in errors
    given |= {"clusters_file_path": clusters(2)}
    status, *_ = run_step("step6_detect_mseed", capsys, monkeypatch, **given)
    assert status == 0 and (tmp_path / "out" / "map.png").is_file()
