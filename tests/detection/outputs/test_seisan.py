"""What step 6 writes as s-files: SEISAN's names and columns, and the same picks when read back."""

from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from obspy.io.nordic.core import read_nordic as obspy_read

from deepquake.catalog.events import Event, p_picks
from deepquake.catalog.nordic.reader import read_nordic
from deepquake.catalog.reader import read_files
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.core.times import compact, parse_iso
from deepquake.detection.association.event import DetectedEvent, LocalMagnitude, StationMagnitude
from deepquake.detection.outputs.channels import channels_by_sensor
from deepquake.detection.outputs.seisan import weight_by_score, write_sfiles
from deepquake.detection.stations import NO_REGION, Detection
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre
from deepquake.windows.exchange import NEW
from tests.made_data import made_recording

TIME_S = parse_iso("2018-12-30T23:59:41.2345Z")


def arrival(station: str, phase: str, time_s: float, probability: float = 0.9) -> Detection:
    return Detection(
        network="XX",
        station=station,
        start_s=time_s,
        end_s=time_s + 2,
        probability=probability,
        cluster_id=NO_REGION,
        n_windows=0,
        region_probabilities=(),
        time_s=time_s,
        phase=phase,
        channel="HH",
    )


def located(time_s: float = TIME_S, stations: tuple[str, ...] = ("AAA", "B2", "LONGS")):
    """Return an event of a P and an S at each station, the last of them after midnight."""
    arrivals, fits = [], []
    for number, station in enumerate(stations, 1):
        for phase, slow in (("P", 1.0), ("S", 1.75)):
            time = time_s + slow * 6.1234 * number
            arrivals.append(arrival(station, phase, time, probability=1 - 0.2 * number))
            fits.append(ArrivalFit(-0.126, 36.7 * number, 359.6, nan, weight=0.75))
    order = sorted(range(len(arrivals)), key=lambda n: arrivals[n].time_s)
    return DetectedEvent(
        arrivals=tuple(arrivals[n] for n in order),
        event_id=compact(time_s),
        origin=Hypocentre(
            time_s=time_s,
            latitude=64.01234,
            longitude=-21.45678,
            depth_km=5.432,
            time_error_s=0.12,
            horizontal_error_km=1.5,
            depth_error_km=2.3,
            rms_s=0.13,
            gap_deg=123.6,
            n_picks=6,
            n_stations=3,
        ),
        fits=tuple(fits[n] for n in order),
    )


def written(event: DetectedEvent, folder: Path, **more: object) -> tuple[Path, Event, Report]:
    """Return the s-file of an event, what step 0 reads of it, and what it says to that."""
    report = Report()
    assert write_sfiles([event], folder, report, **more) == 1
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    (read,) = read_nordic(path.read_text(), path.name, report)
    return path, read, report


def test_an_event_has_the_name_and_the_lines_that_seisan_gives_it(tmp_path: Path) -> None:
    path, _, _ = written(
        located(), tmp_path, waveforms={"20181230235941": "2018-12-30-2359-21M.DEEPQ_009"}
    )
    where = Path("REA", "DEEPQ", "2018", "12", "30-2359-41L.S201812")
    assert path.relative_to(tmp_path) == where
    lines = path.read_text().splitlines()
    assert {len(line) for line in lines} == {80}
    assert "".join(line[79] for line in lines) == "1HEI67" + " " * 7
    assert lines[0][:55] == " 2018 1230 2359 41.2 L  64.012 -21.457  5.4  DEQ  3 0.1"
    assert lines[2][:43] == " GAP=124        0.12       1.0     1.0  2.3"
    assert lines[3][:44] == " ACTION:ARG 18-12-30 23:59 OP:DEQ  STATUS:  "
    assert lines[3][57:] == "ID:20181230235941     I"
    assert lines[4].rstrip(" 6") == " 2018-12-30-2359-21M.DEEPQ_009".rstrip(" 6")
    assert lines[6] == (
        " AAA  HZ  P   1A  2359 47.36                                   -0.13 8 36.7   0 "
    )
    assert lines[9][:29] == " LONGSHZ  P   2A  2359 59.60 "  # in order of time
    assert lines[11][:29] == " LONGSHN  S   2A  24 0 13.38 "
    assert lines[-1] == " " * 80


def test_step_0_and_obspy_read_the_same_picks_back(tmp_path: Path) -> None:
    event = located()
    path, read, report = written(event, tmp_path)
    assert report.problems == []
    origin = event.origin
    assert origin is not None
    assert read.event_id == event.event_id
    assert read.origin_time == pytest.approx(origin.time_s, abs=1e-3)
    assert read.latitude == pytest.approx(origin.latitude, abs=1e-5)
    assert read.longitude == pytest.approx(origin.longitude, abs=1e-5)
    assert read.depth_km == pytest.approx(origin.depth_km, abs=1e-3)
    wanted = [(a.station, a.phase, a.time_s) for a in event.arrivals]
    assert [(p.station, p.phase, pytest.approx(p.time, abs=6e-3)) for p in read.picks] == wanted
    assert all(pick.automatic for pick in read.picks)
    assert [pick.weight for pick in read.picks] == [
        weight_by_score(a.probability) for a in event.arrivals
    ]
    (theirs,) = obspy_read(str(path))
    assert [
        (
            pick.waveform_id.station_code,
            pick.phase_hint,
            pytest.approx(pick.time.timestamp, abs=6e-3),
        )
        for pick in theirs.picks
    ] == wanted
    assert {pick.evaluation_mode for pick in theirs.picks} == {"automatic"}
    assert theirs.origins[0].time.timestamp == pytest.approx(origin.time_s, abs=1e-3)
    assert len(theirs.origins[0].arrivals) == 6


def test_what_a_person_has_read_is_not_flagged_as_automatic(tmp_path: Path) -> None:
    event = located()
    first, *others = event.arrivals
    read_by_hand = replace(event, arrivals=(replace(first, automatic=False), *others))
    _, read, _ = written(read_by_hand, tmp_path)
    assert [pick.automatic for pick in read.picks] == [False, *[True] * len(others)]


def test_an_event_without_a_location_begins_with_its_first_pick(tmp_path: Path) -> None:
    event = replace(
        located(),
        origin=None,
        fits=(),
        event_id="20181230235948",
        why_not_located="two stations only: not located",
    )
    path, read, report = written(event, tmp_path)
    assert report.problems == []
    assert read.origin_time is None or read.latitude is None
    assert len(read.picks) == 6
    lines = path.read_text().splitlines()
    assert lines[0][:45].rstrip() == " 2018 1230 2359 47.3 L"
    assert lines[1][57:76] == "ID:20181230235948d "  # its second was taken
    assert lines[2].startswith(" two stations only: not located ")


def test_amplitudes_of_the_magnitude_are_lines_that_seisan_computes_it_from(tmp_path: Path) -> None:
    event = located()
    measured = StationMagnitude(
        "XX",
        "AAA",
        value=1.93,
        amplitude_nm=1481.94,
        period_s=0.3,
        time_s=TIME_S + 12,
        distance_km=37.1,
    )
    event = replace(event, magnitude=LocalMagnitude(1.93, nan, (measured,)))
    path, read, report = written(event, tmp_path)
    assert report.problems == []
    lines = path.read_text().splitlines()
    assert lines[0][55:63] == " 1.9LDEQ"
    assert lines[-2] == (
        " AAA      IAML A  2359 53.23     1481.94 0.30                          36.7   0 "
    )
    assert [(m.value, m.kind) for m in read.magnitudes] == [(1.9, "L")]
    amplitude = obspy_read(str(path))[0].amplitudes[0]
    assert amplitude.generic_amplitude == pytest.approx(1481.9e-9, rel=1e-3)


def test_a_pick_may_come_before_an_origin_that_is_after_midnight(tmp_path: Path) -> None:
    midnight = parse_iso("2019-01-01T00:00:00Z")
    event = located(midnight + 0.04, ("AAA",))
    early = replace(event.arrivals[0], time_s=midnight - 0.02)
    event = replace(event, arrivals=(early, event.arrivals[1]))
    path, read, _ = written(event, tmp_path)
    assert path.name == "01-0000-00L.S201901"
    assert path.read_text()[:21] == " 2018 1231 2359 59.9 "
    assert read.origin_time == pytest.approx(early.time_s, abs=1e-3)
    assert [pick.time for pick in read.picks] == [
        pytest.approx(a.time_s, abs=6e-3) for a in event.arrivals
    ]
    (theirs,) = obspy_read(str(path))
    assert theirs.picks[0].time.timestamp == pytest.approx(midnight - 0.02, abs=1e-3)


def test_what_a_person_has_corrected_is_what_step_0_uses(tmp_path: Path) -> None:
    events = [located(TIME_S + 600 * number) for number in range(3)]
    write_sfiles(events, tmp_path, Report())
    _, read_again, signed = files = files_below(tmp_path)
    text = read_again.read_text()
    assert text.count("P   1A") == 1
    read_again.write_text(text.replace("P   1A", "P     "))
    signed.write_text(
        signed.read_text().replace("ACTION:ARG", "ACTION:UPD").replace("DEQ  S", "jh   S")
    )
    catalog = read_files(files, Report(), only_reviewed=True)
    assert catalog.untouched == 1
    found = sorted(catalog.events, key=lambda event: event.origin_time or 0.0)
    assert [len(p_picks(event)) for event in found] == [0, 1, 3]
    assert [len(p_picks(event)) for event in read_files(files, Report()).events] == [3, 3, 3]


def test_channels_are_those_of_the_records(tmp_path: Path) -> None:
    recording = replace(made_recording("AAA"), channels={"Z": "HHZ", "N": "HH1", "E": "HH2"})
    path, read, _ = written(
        located(stations=("AAA", "B2")), tmp_path, channels=channels_by_sensor([recording])
    )
    assert [pick.channel for pick in read.picks] == ["HZ", "H1", "HZ", "HN"]
    assert channels_by_sensor([recording])["XX", "AAA", "", ""] == recording.channels


def test_codes_that_are_too_long_are_cut_and_told(tmp_path: Path) -> None:
    _, read, report = written(located(stations=("STATION1",)), tmp_path / "seisan" / NEW)
    assert {pick.station for pick in read.picks} == {"STATI"}
    (problem,) = report.problems
    assert problem.path == str(tmp_path / "seisan" / "REA")  # where they will be
    assert "of more than 5 letters are cut in s-files" in problem.message
    assert problem.message.endswith(": STATION1")


def test_a_code_of_two_networks_is_told_as_s_files_have_no_network(tmp_path: Path) -> None:
    event = located(stations=("AAA", "B2"))
    first, *rest = event.arrivals
    event = replace(event, arrivals=(replace(first, network="YY"), *rest))
    _, _, report = written(event, tmp_path)
    (problem,) = report.problems
    assert problem.message.endswith("tell no network, and station codes are of several: AAA")


def test_an_origin_a_moment_before_midnight_is_of_one_day_on_all_lines(tmp_path: Path) -> None:
    path, read, report = written(located(parse_iso("2018-12-31T23:59:59.9997Z")), tmp_path)
    assert report.problems == []
    assert [line[:20] for line in path.read_text().splitlines()[:2]] == [
        " 2019  1 1  0 0  0.0",
        " 2019  1 1  0 0  0.0",
    ]
    assert read.origin_time == pytest.approx(parse_iso("2019-01-01T00:00:00Z"))


def test_a_weight_is_the_quarter_that_is_nearest_to_the_score() -> None:
    assert [weight_by_score(score) for score in (1.0, 0.875, 0.87, 0.625, 0.5, 0.37, 0.0)] == [
        *(0, 0, 1, 1, 2, 3, 3)
    ]
