"""The region of each P, told by windows that are placed on it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from obspy import read

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.detection.detector import Detector
from deepquake.detection.regions import (
    PLACEMENTS,
    RegionNetwork,
    in_regions,
    load_region_network,
    placed_windows,
)
from deepquake.detection.scoring import load_network
from deepquake.detection.stations import NO_REGION, Detection
from deepquake.learning.spec import spec_of
from deepquake.waveforms.recording import Recording, Stretch
from deepquake.waveforms.scan import find_recordings
from tests.detection.test_stations import arrival
from tests.learning.picking.made_excerpts import SMALL
from tests.made_data import T0, made_recording, traces
from tests.steps.made_networks import write_region_teller, write_unet

SETTINGS = configuration.load(SMALL | {"sampling_rate": 100.0})
UNET_SPEC = spec_of(SETTINGS)


@pytest.fixture(scope="module")
def teller(tmp_path_factory: pytest.TempPathFactory) -> RegionNetwork:
    """A network that tells what is loud on Z, and on N."""
    folder = write_region_teller(tmp_path_factory.mktemp("regions"))
    return load_region_network(folder, UNET_SPEC, Path("unet"), SETTINGS)


def recording_of(path: Path, n_traces: int = 3) -> Recording:
    """Return a record with a burst on Z at 20 s, on N at 40 s and on both at 100 s."""
    data = np.where(np.arange(12001) % 2, 1, -1) * np.ones((3, 1), int)
    data[0, 2000:2100] *= 1000
    data[1, 4000:4100] *= 1000
    data[:2, 10000:10100] *= [[1000], [1010]]
    traces(data[:n_traces].astype(np.int32), T0).write(str(path), format="MSEED")
    (recording,) = find_recordings(path, SETTINGS.records, Report())
    return recording


def told(recording: Recording, network: RegionNetwork, *found: Detection) -> list[Detection]:
    shifted = [replace(arrival, time_s=T0 + arrival.time_s) for arrival in found]
    model = load_network(network.checkpoint_dir)
    return in_regions(shifted, recording, network, model, Report())


def test_each_p_has_the_region_of_the_windows_on_it(tmp_path: Path, teller: RegionNetwork) -> None:
    recording = recording_of(tmp_path / "day.mseed")
    found = arrival(20), arrival(24, "S"), arrival(40), arrival(100)
    regions = [(d.phase, d.cluster_id) for d in told(recording, teller, *found)]
    assert regions == [("P", 0), ("S", NO_REGION), ("P", 1), ("P", 1)]
    first, *_, last = told(recording, teller, *found)
    assert first.region_probabilities[0] > 0.9
    assert last.region_probabilities == pytest.approx((0.5, 0.5), abs=0.1)
    alone = told(recording, teller, found[2])[0]
    assert alone.region_probabilities == pytest.approx(
        told(recording, teller, *found)[2].region_probabilities
    )


def test_where_the_network_cannot_look_no_region_is_known(
    tmp_path: Path, teller: RegionNetwork
) -> None:
    vertical = recording_of(tmp_path / "day.mseed", n_traces=1)
    report = Report()
    found = in_regions([arrival(20)], vertical, teller, model=None, report=report)
    assert (found[0].cluster_id, found[0].region_probabilities) == (NO_REGION, ())
    assert [str(p) for p in report.problems] == [
        "day: has no component N, which the network of regions takes: its arrivals have no region"
    ]
    assert in_regions([], vertical, teller, model=None, report=Report()) == []
    stream = read(str(tmp_path / "day.mseed"))
    dead = stream[0].copy()
    dead.stats.channel, dead.data = "HHN", np.zeros_like(dead.data)
    (stream + dead).write(str(tmp_path / "day.mseed"), format="MSEED")
    (recording,) = find_recordings(tmp_path, SETTINGS.records, Report())
    assert told(recording, teller, arrival(20))[0].cluster_id == NO_REGION


def test_how_many_p_have_no_region_is_said(tmp_path: Path, teller: RegionNetwork) -> None:
    recording_of(tmp_path / "day.mseed")
    stream = read(str(tmp_path / "day.mseed"))
    begin = stream[0].stats.starttime
    stream.cutout(begin + 22, begin + 24).cutout(begin + 27, begin + 29)
    stream.write(str(tmp_path / "day.mseed"), format="MSEED")
    (recording,) = find_recordings(tmp_path, SETTINGS.records, Report())
    report, model = Report(), load_network(teller.checkpoint_dir)
    found = [replace(arrival(at), time_s=T0 + at) for at in (20.0, 25.5, 40.0)]
    regions = [d.cluster_id for d in in_regions(found, recording, teller, model, report)]
    assert regions == [0, NO_REGION, 1]
    assert [str(problem) for problem in report.problems] == [
        "day: the region of 1 of 3 P arrivals is not known: no 5 s around them without a gap or a "
        "flat component"
    ]


def test_windows_are_filtered_as_the_network_was_trained(tmp_path: Path) -> None:
    recording = recording_of(tmp_path / "day.mseed")  # whose bursts are of 50 Hz
    folder = write_region_teller(tmp_path / "low", filter_lowpass=2.0)
    low = load_region_network(folder, UNET_SPEC, Path("unet"), SETTINGS)
    (found,) = told(recording, low, arrival(20))
    assert found.region_probabilities == pytest.approx((0.5, 0.5), abs=0.1)


def test_windows_hold_the_p_wherever_the_record_lets_them() -> None:
    recording = replace(
        made_recording("A"), stretches=(Stretch(0.0, 2001), Stretch(200.0, 41), Stretch(300.0, 401))
    )
    times_s = np.array([50.0, 1.0, 99.5, 201.0, 310.0])
    starts = placed_windows(recording, times_s, 10.0)
    assert starts.shape == (5, len(PLACEMENTS))
    assert starts[0].tolist() == [44.0, 45.0, 46.0, 47.0, 48.0]
    assert starts[1].tolist() == [0.0] * 5
    assert starts[2].tolist() == [90.0] * 5
    assert np.isnan(starts[3]).all()
    assert starts[4].tolist() == [304.0, 305.0, 306.0, 307.0, 308.0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_clusters": 2}, "of two classes, which tells no regions apart"),
        ({"sampling_rate": 50.0}, "takes 50 Hz, but that of unet 100 Hz"),
    ],
)
def test_networks_that_do_not_go_together_are_refused(
    tmp_path: Path, changes: dict, message: str
) -> None:
    folder = write_region_teller(tmp_path / "regions", **changes)
    with pytest.raises(DeepQuakeError, match=message):
        load_region_network(folder, UNET_SPEC, Path("unet"), SETTINGS)


def test_a_unet_finds_and_a_network_of_windows_tells(tmp_path: Path, teller: RegionNetwork) -> None:
    unet = write_unet(tmp_path / "unet")
    with pytest.raises(DeepQuakeError, match="holds a UNet, which tells no regions apart"):
        load_region_network(unet, UNET_SPEC, unet, SETTINGS)
    with pytest.raises(DeepQuakeError, match="pretrained: holds a UNet, which tells no regions"):
        load_region_network(Path("pretrained"), UNET_SPEC, unet, SETTINGS)
    with pytest.raises(DeepQuakeError, match="--region_checkpoint_dir is for a UNet"):
        load_region_network(teller.checkpoint_dir, teller.spec, Path("net"), SETTINGS)
    detector = Detector.load(unet, teller.checkpoint_dir, detection_threshold=0.3)
    recording_of(tmp_path / "day.mseed")
    picks = detector.detect(tmp_path / "day.mseed").picks
    assert {pick.cluster_id for pick in picks if pick.phase == "P"} == {0, 1}
    assert detector.class_names == teller.spec.class_names
