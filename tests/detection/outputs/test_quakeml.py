"""QuakeML of events: valid, the same bytes again, and read back by ObsPy and by step 0."""

from dataclasses import replace
from math import inf, nan
from pathlib import Path

import obspy
import pytest
from obspy.io.quakeml.core import _validate

import deepquake
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs.quakeml import write_quakeml
from deepquake.detection.stations import NO_REGION
from tests.detection.outputs.made_located import EVENT_ID, ORIGIN_S, arrival, located_event

SENSORS = {("2C", "MEDO", "00", "HH"): {"Z": "HHZ", "N": "HH1", "E": "HH2"}}


def unlocated() -> DetectedEvent:
    """Return an event of one station: no place, no region."""
    nowhere = {"cluster_id": NO_REGION, "region_probabilities": (), "uncertainty_s": nan}
    return DetectedEvent(
        (arrival("LSKA", "P", ORIGIN_S + 30, **nowhere),),
        event_id="20181230030140",
        why_not_located="one station",
    )


def write(path: Path, events: list[DetectedEvent]) -> Path:
    write_quakeml(
        path,
        events,
        created_s=ORIGIN_S + 100,
        agency="DEQ",
        picker="UNet",
        velocity_model="hengill.csv",
        channels=SENSORS,
        class_names=("noise", "south & west", "north"),
    )
    return path


def test_it_is_valid_and_has_the_same_bytes_again(tmp_path: Path) -> None:
    events = [located_event(), unlocated()]
    path = write(tmp_path / "events.xml", events)
    assert _validate(str(path), verbose=True)
    first = path.read_bytes()
    assert write(path, events).read_bytes() == first


def test_no_event_is_a_valid_file_too(tmp_path: Path) -> None:
    path = write(tmp_path / "events.xml", [])
    assert _validate(str(path), verbose=True)
    assert len(obspy.read_events(str(path))) == 0


def test_obspy_reads_what_is_known_of_an_event(tmp_path: Path) -> None:
    made = located_event()
    catalog = obspy.read_events(str(write(tmp_path / "events.xml", [made, unlocated()])))
    assert catalog.creation_info.version == deepquake.__version__
    event = catalog[0]
    assert event.resource_id.id == f"smi:local/deepquake/event/{EVENT_ID}"
    assert event.event_descriptions[0].text == "north"
    origin = event.preferred_origin()
    assert origin.time.timestamp == pytest.approx(ORIGIN_S, abs=1e-6)
    assert (origin.latitude, origin.longitude, origin.depth) == (64.05, -21.35, 4200)
    assert origin.time_errors.uncertainty == 0.05
    assert origin.depth_errors.uncertainty == 700
    assert origin.origin_uncertainty.horizontal_uncertainty == 400
    assert origin.origin_uncertainty.confidence_level == 68
    assert origin.quality.azimuthal_gap == 150
    assert origin.quality.standard_error == 0.06
    assert origin.quality.used_phase_count == 6
    assert origin.quality.minimum_distance == pytest.approx(4 / 111.195, abs=1e-5)
    assert (origin.evaluation_mode, origin.evaluation_status) == ("automatic", "preliminary")
    assert (origin.creation_info.author, origin.creation_info.agency_id) == ("DeepQuake", "DEQ")
    assert len(event.picks) == len(origin.arrivals) == 6
    for pick, of_origin, wanted, fit in zip(
        event.picks, origin.arrivals, made.arrivals, made.fits, strict=True
    ):
        assert of_origin.pick_id == pick.resource_id
        assert pick.time.timestamp == pytest.approx(wanted.time_s, abs=1e-6)
        assert pick.time_errors.uncertainty == 0.04
        assert (pick.phase_hint, pick.evaluation_mode) == (wanted.phase, "automatic")
        assert pick.method_id.id.endswith("/picker/UNet")
        assert pick.comments[0].text == "score 0.875000"
        assert of_origin.phase == wanted.phase
        assert of_origin.time_residual == pytest.approx(fit.residual_s, abs=1e-4)
        assert of_origin.distance == pytest.approx(fit.distance_km / 111.195, abs=1e-5)
        assert (of_origin.azimuth, of_origin.takeoff_angle) == (fit.azimuth_deg, 100)
    ids = {p.waveform_id.get_seed_string() for p in event.picks}
    assert ids >= {"2C.MEDO.00.HHZ", "2C.MEDO.00.HH1", "2C.LSKA.00.HHZ"}


def test_magnitude_and_what_it_was_made_of(tmp_path: Path) -> None:
    made = located_event()
    (event,) = obspy.read_events(str(write(tmp_path / "events.xml", [made])))
    magnitude = event.preferred_magnitude()
    assert (magnitude.mag, magnitude.magnitude_type, magnitude.station_count) == (0.9, "ML", 3)
    assert magnitude.mag_errors.uncertainty == 0.1
    assert [m.mag for m in event.station_magnitudes] == [0.8, 0.9, 1.0]
    amplitude = event.station_magnitudes[0].amplitude_id.get_referred_object()
    assert amplitude.generic_amplitude == pytest.approx(150e-9)
    assert (amplitude.unit, amplitude.period, amplitude.type) == ("m", 0.25, "AML")
    assert amplitude.waveform_id.get_seed_string() == "2C.LSKA.00.HHE"
    assert amplitude.time_window.reference.timestamp == pytest.approx(
        made.magnitude.stations[0].time_s
    )


def test_an_event_without_a_place_has_picks_alone(tmp_path: Path) -> None:
    (event,) = obspy.read_events(str(write(tmp_path / "events.xml", [unlocated()])))
    assert not event.origins and not event.magnitudes and not event.event_descriptions
    assert event.comments[0].text == "not located: one station"
    assert event.picks[0].time_errors.uncertainty is None


def test_step_0_reads_the_same_picks_scores_and_region(tmp_path: Path) -> None:
    known = located_event()
    arrivals = (replace(known.arrivals[0], automatic=False), *known.arrivals[1:])
    made = [replace(known, arrivals=arrivals), unlocated()]
    report = Report()
    events, _ = read_file(write(tmp_path / "events.xml", made), report)
    assert not report.problems
    assert [event.event_id for event in events] == [event.event_id for event in made]
    assert [event.cluster_id for event in events] == [1, None]
    assert events[0].magnitudes[0].value == 0.9
    assert (events[0].agency, events[0].depth_km, events[1].origin_time) == ("DEQ", 4.2, None)
    for event, wanted in zip(events, made, strict=True):
        for pick, of in zip(event.picks, wanted.arrivals, strict=True):
            assert (pick.network, pick.station, pick.location) == ("2C", of.station, "00")
            assert (pick.phase, pick.automatic, pick.weight) == (of.phase, of.automatic, 0)
            assert pick.score == of.probability
            assert pick.time == pytest.approx(of.time_s, abs=1e-5)


def test_odd_codes_and_unknown_numbers_stay_valid(tmp_path: Path) -> None:
    made = located_event()
    assert made.origin is not None
    odd = replace(made.arrivals[0], station='A<&"Æ', network="", location="", channel="")
    unknown = replace(made.origin, horizontal_error_km=inf, depth_error_km=nan, gap_deg=nan)
    fits = replace(made.fits[0], takeoff_deg=nan, residual_s=nan), *made.fits[1:]
    event = replace(made, arrivals=(odd, *made.arrivals[1:]), origin=unknown, fits=fits)
    path = write(tmp_path / "events.xml", [event])
    assert _validate(str(path), verbose=True)
    assert obspy.read_events(str(path))[0].picks[0].waveform_id.station_code == 'A<&"Æ'
