"""Responses of instruments: found, evaluated, and told where they cannot be."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.responses import (
    GROUND_MOTION,
    curve_at,
    curves_of,
    load_responses,
    response_files,
)
from tests.earth.made_responses import (
    AT_20_HZ,
    CORNER,
    COUNTS_PER_M_PER_S,
    DAMPING,
    geophone_response,
    write_station_xml,
)

KEY = ("XX", "AAA", "", "EHZ")


def test_a_response_is_counts_for_a_metre_of_displacement(tmp_path: Path) -> None:
    write_station_xml(tmp_path / "responses.xml", ["AAA", "BBB"])
    responses = load_responses(
        tmp_path / "mseed", ArrivalSettings(), Report(), wanted=[("XX", "AAA")]
    )
    assert {key[1] for key in responses} == {"AAA"} and len(responses) == 3
    (curve,) = curves_of(responses, KEY)
    frequencies = np.array([0.3, 1.0, 4.5, 11.0, 30.0])
    s = 2j * np.pi * frequencies
    exact = COUNTS_PER_M_PER_S / AT_20_HZ * s**3 / (s**2 + 2 * DAMPING * CORNER * s + CORNER**2)
    assert curve.at(frequencies) == pytest.approx(exact, rel=1e-3)
    assert curve.at(np.array([0.0, 80.0])).tolist() == [0, 0]  # beyond what it tells


def test_stationxml_is_found_beside_in_and_above_and_where_it_is_given(tmp_path: Path) -> None:
    waveforms = tmp_path / "a" / "mseed"
    waveforms.mkdir(parents=True)
    (tmp_path / "a" / "other.xml").write_text("<quakeml/>")
    beside = write_station_xml(tmp_path / "a" / "beside.xml", ["AAA"])
    above = write_station_xml(tmp_path / "above.xml", ["AAA"])
    given = write_station_xml(tmp_path / "elsewhere" / "given.xml", ["AAA"])
    inside = write_station_xml(waveforms / "inside.xml", ["AAA"])
    assert response_files(waveforms) == [inside, beside, above]
    assert response_files(waveforms, str(given)) == [given, inside, beside, above]
    assert response_files(waveforms, str(given.parent))[0] == given
    assert response_files(inside) == [inside, beside]


def test_epochs_networks_and_locations(tmp_path: Path) -> None:
    write_station_xml(tmp_path / "a.xml", ["AAA"], until="2010-01-01")
    responses = load_responses(tmp_path, ArrivalSettings(), Report(), wanted=[("", "AAA")])
    assert curves_of(responses, ("", "AAA", "", "EHZ")) == curves_of(responses, KEY)
    assert curves_of(responses, ("XX", "AAA", "00", "EHZ")) == curves_of(responses, KEY)
    assert not curves_of(responses, ("YY", "AAA", "", "EHZ"))
    assert not curves_of(responses, ("XX", "AAA", "", "HHZ"))
    curves = curves_of(responses, KEY)
    assert curve_at(curves, 1.2e9) is curves[0]
    assert curve_at(curves, 1.4e9) is curve_at(curves, 0.0) is None


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    damaged = write_station_xml(tmp_path / "damaged.xml", ["AAA"])
    damaged.write_bytes(damaged.read_bytes()[:-200])
    zero = geophone_response()
    for stage in zero.response_stages:
        stage.stage_gain = 0.0
    write_station_xml(tmp_path / "zero.xml", ["AAA"], channels=("EHZ",), response=zero)
    report = Report()
    assert not load_responses(tmp_path, ArrivalSettings(), report, wanted=[("XX", "AAA")])
    told = [problem.message for problem in report.problems]
    assert any("cannot be read as an inventory" in text for text in told)
    assert any("XX.AAA..EHZ: its response cannot be used" in text for text in told)


def test_what_answers_to_pressure_or_is_no_response_is_passed_over(tmp_path: Path) -> None:
    pressure = geophone_response()
    pressure.response_stages[0].input_units = "PA"
    write_station_xml(tmp_path / "air.xml", ["AAA"], channels=("BDF",), response=pressure)
    write_station_xml(tmp_path / "ground.xml", ["AAA"], channels=("EHZ",))
    (tmp_path / "resp.py").write_text("a program")
    report = Report()
    found = load_responses(tmp_path / "mseed", ArrivalSettings(), report, wanted=[("", "AAA")])
    assert [*found] == [KEY]
    assert not report.problems


@pytest.mark.parametrize("units", ["M", "m/s", "NM/S", "M/S**2", "M/S2", "m/s/s", "M/(S**2)"])
def test_units_of_the_motion_of_the_ground(units: str) -> None:
    assert GROUND_MOTION.fullmatch(units)


@pytest.mark.parametrize("units", ["PA", "V", "C", "COUNTS", "M/M", "", "M/S/S/S"])
def test_units_of_something_else(units: str) -> None:
    assert not GROUND_MOTION.fullmatch(units)


def test_resp_files_are_known_by_their_names(tmp_path: Path) -> None:
    for name in ("RESP.XX.AAA..EHZ", "RESP.XX.AAA.00.EHZ", "resp.txt", "RESP.XX"):
        (tmp_path / name).write_text("")
    names = [path.name for path in response_files(tmp_path / "mseed")]
    assert names == ["RESP.XX.AAA..EHZ", "RESP.XX.AAA.00.EHZ"]


def test_a_station_list_without_responses_has_none(tmp_path: Path) -> None:
    (tmp_path / "stations.csv").write_text("code,latitude,longitude,elevation_m\nAAA,64,-21,0\n")
    settings = ArrivalSettings(stations_path=str(tmp_path / "stations.csv"))
    report = Report()
    assert not load_responses(tmp_path, settings, report, wanted=[("XX", "AAA")])
    assert not report.problems
