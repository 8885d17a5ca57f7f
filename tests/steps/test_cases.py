"""Catalogues that went wrong once: what step 0 makes of each, and what it says."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deepquake.catalog.events import Event, is_located, is_p, is_s, p_picks
from deepquake.catalog.reader import read_files
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.core.times import iso
from deepquake.earth.arrivals import station_arrivals
from deepquake.earth.codes import match_codes, stations_as_recorded
from deepquake.earth.geometry import check_geometry
from deepquake.earth.stations import Station, read_stations, station_of


@dataclass
class Read:
    """What step 0 makes of a file or folder."""

    events: list[Event]
    said: str
    errors: list[str] = field(default_factory=list)

    def times(self) -> list[str]:
        """Return the origin times, to the second, without the date where it is that of all."""
        return [iso(e.origin_time)[11:19] if e.origin_time else "" for e in self.events]

    def places(self) -> list[tuple[float | None, ...]]:
        """Return latitude, longitude and depth of each event."""
        return [(e.latitude, e.longitude, e.depth_km) for e in self.events]

    def positives(self) -> list[str]:
        """Return station and time of each P that labels windows."""
        return [f"{p.station} {iso(p.time)[11:21]}" for e in self.events for p in p_picks(e)]

    def counts(self) -> tuple[int, int, int]:
        """Return how many events, P and S there are."""
        picks = [pick for event in self.events for pick in event.picks]
        n_p, n_s = (sum(is_it(pick.phase) for pick in picks) for is_it in (is_p, is_s))
        return len(self.events), n_p, n_s


@pytest.fixture
def read(shared_cases: Path):
    """A function that reads a case as step 0 does."""

    def run(name: str) -> Read:
        report = Report()
        folder = shared_cases / "catalogues"
        path = folder / name if (folder / name).exists() else folder / "refused" / name
        try:
            catalog = read_files(files_below(path, report=report), report)
        except DeepQuakeError as error:
            return Read([], str(error))
        return Read(catalog.events, "\n".join(map(str, report.problems)))

    return run


COUNTS = {
    "p_phasenet_chain.csv": (None, None, None),
    "pick_id_unique.csv": (1, 2, 2),
    "q1_auto_and_manual.xml": (1, 2, 0),
    "q2_hintP_arrivalS.xml": (1, 1, 1),
    "q4_noprefer.xml": (1, 1, 0),
    "q10_derived_origin.xml": (1, 1, 0),
    "gamma_pair": (2, 3, 1),
    "pyocto_pair": (2, 4, 0),
    "b03_local_and_utc.csv": (1, 0, 0),
    "b06_depth_m_as_depth.csv": (3, 0, 0),
    "b11_hemicol.csv": (1, 0, 0),
    "b17_dup_revised.csv": (1, 0, 0),
    "b21_degmin.csv": (1, 0, 0),
    "b24_date_only.csv": (0, 0, 0),
    "f08_zmap_ok.txt": (1, 0, 0),
    "n22_first_header_bad.sfile": (1, 1, 0),
    "m1_auto_and_reviewed": (1, None, 0),
    "b22_nolon.csv": (1, 0, 0),
    "b23_hhmmss.csv": (2, 0, 0),
    "f01_hypo71.pha": (1, 2, 1),
    "f02_hypo71.prt": (1, 0, 0),
    "f03_y2000.phs": (1, 2, 1),
    "f04_hypo2000.sum": (1, 0, 0),
    "f05_eqt_y2000.phs": (1, 1, 1),
    "f06_nll.obs": (1, 1, 1),
    "f13_real_catalog.txt": (1, 0, 0),
    "f18_isc_arrivals.csv": (1, 1, 0),
    "f22_pick_type.csv": (1, 1, 0),
    "f28_phase_row_ps.csv": (1, 1, 1),
    "f31_nodate_hour.csv": (1, 0, 0),
    "f32_ymd_hms.csv": (1, 0, 0),
    "f34_ymd_hhmm.csv": (None, 0, 0),
    "f35_sgc.csv": (1, 0, 0),
    "f36_csn.csv": (1, 0, 0),
    "f38_hour_pm.csv": (1, 0, 0),
    "g02_extra_comma.csv": (2, 0, 0),
    "g04_blank_sep_place.txt": (2, 0, 0),
    "hypodd.pha": (1, 3, 0),
    "hypodd.reloc": (1, 0, 0),
    "ign_es_iso.csv": (1, 0, 0),
    "qm.event": (1, 0, 0),
    "qm.picks": (1, 4, 9),
    "koeri.txt": (2, 0, 0),
    "scedc_cat.txt": (2, 0, 0),
    "eqt.csv": (1, 1, 1),
    "seisbench.csv": (1, 1, 1),
    "stead.csv": (1, 1, 1),
}


@pytest.mark.parametrize("name", COUNTS)
def test_events_and_picks_are_read(read, name):
    found, counts = read(name).counts(), COUNTS[name]
    wanted = [f if count is None else count for count, f in zip(counts, found, strict=True)]
    assert list(found) == wanted
    assert name == "b24_date_only.csv" or found[0] > 0


def test_utc_wins_over_local_time(read):
    assert read("b03_local_and_utc.csv").times() == ["17:02:55"]
    assert read("f36_csn.csv").times() == ["17:02:58"]


def test_a_column_with_the_time_zone_is_applied(read):
    done = read("b05_zona.csv")
    assert set(done.times()) == {"17:02:55"}
    assert len(done.events) == 2 or "HLV" in done.said


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("b02_local_header.csv", r"Time \(UTC\+9\)"),
        ("f37_ovsicori.csv", "Fecha y Hora Local"),
        ("f39_local_plain.csv", "event_time_local"),
        ("f40_time_local_bracket.csv", r"time \(local\)"),
    ],
)
def test_local_time_without_an_offset_is_refused_with_the_column(read, name, column):
    done = read(name)
    if name == "b02_local_header.csv" and done.events:  # its offset is in its name
        assert done.times() == ["10:02:55"]
        return
    assert done.events == []
    assert re.search(column, done.said)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("b14_yy.csv", "may be"),
        ("b18_dmy.csv", "may be"),
        ("afad.csv", "may be"),
        ("real_catalog_use.txt", "latitude"),
        ("f21_pick_timeofday.csv", "time of day|date"),
        ("b24_date_only.csv", "date|time"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(read, name, words):
    done = read(name)
    assert not any(event.picks or event.origin_time for event in done.events)
    assert done.said
    assert re.search(words, done.said)


def test_depths_that_can_only_be_metres_are_metres(read):
    done = read("b06_depth_m_as_depth.csv")
    assert [depth for *_, depth in done.places()] == [0.45, 0.62, 0.79]
    assert "metres" in done.said


def test_no_location_is_no_location(read):
    done = read("b13_zeros.csv")
    assert len(done.events) == 3
    assert not any(map(is_located, done.events))
    assert not any(map(is_located, read("n14_zero.sfile").events))


def test_hemispheres_and_minutes_of_arc_are_applied(read):
    assert read("b11_hemicol.csv").places() == [(-35.708, -117.504, 10)]
    ((latitude, longitude, _),) = read("b21_degmin.csv").places()
    assert (latitude, longitude) == pytest.approx((35.708, -117.504))
    places = read("b10_hemis.csv").places()
    assert [place[:2] for place in places] == [(35.708, -117.504), (-35.708, 117.504)]


def test_zmap_has_its_clock(read):
    assert read("f08_zmap_ok.txt").times()[0] == "17:02:55"
    ((latitude, longitude, _),) = read("f09_zmap_latlon.txt").places()[:1]
    assert (latitude, longitude) in {(-67.9, 10.2), (10.2, -67.9), (None, None)}


def test_one_event_told_several_times_is_one(read):
    done = read("b17_dup_revised.csv")
    (event,) = done.events
    assert event.latitude == 35.718
    assert done.said
    assert read("m1_auto_and_reviewed").positives() == [
        *("MCB 17:02:59.0", "MDC 17:03:01.0", "MXX 17:03:04.0")
    ]
    (event,) = read("n22_first_header_bad.sfile").events
    assert event.latitude in (10.2, 11.9)


def test_of_several_readings_the_best_counts(read):
    assert read("q1_auto_and_manual.xml").positives() == ["MCB 17:02:59.0"]
    assert read("n18_auto_manual.sfile").positives() == ["MCB 17:02:58.9"]
    assert read("q2_hintP_arrivalS.xml").positives() == ["MDC 17:02:59.0"]
    assert read("q3_weight0.xml").positives() == ["MDC 17:02:59.0"]
    assert read("hypodd.pha").positives() == ["CLC 17:02:58.1", "MDC 17:02:58.5"]
    assert {line[:3] for line in read("f19_pick_dist.csv").positives()} == {"CLC", "MCB"}


def test_the_origin_is_the_best_there_is(read):
    assert read("q4_noprefer.xml").times() == ["17:02:55"]
    assert read("q10_derived_origin.xml").times() == ["17:02:55"]
    assert not any(map(is_located, read("r_nlloc_rejected.hyp").events))


def test_what_is_no_event_is_counted(read):
    for name, n_events, word in (
        ("geonet.csv", 2, "not existing"),
        ("usgs_comcat.csv", 2, "deleted"),
        ("f25_phase_epoch.csv", 1, "rejected"),
    ):
        done = read(name)
        assert len(done.events) == n_events, name
        assert word in done.said, name
    assert read("f25_phase_epoch.csv").positives() == []


def test_kinds_are_kept(read):
    kinds = [event.kind for event in read("q7_types.xml").events]
    assert kinds[:2] == ["blast", "blast"] or kinds[:2] == ["blast", "explosion"]
    assert "explosion" in kinds and "thunder" in kinds
    assert [event.kind for event in read("scedc_cat.txt").events] == ["earthquake", "blast"]
    assert [event.distance for event in read("n01_distant.sfile").events] == ["D"]
    assert read("n25_kinds.sfile").events[0].kind == "explosion"
    assert [event.kind for event in read("usgs_comcat.csv").events] == ["earthquake", "blast"]


def test_times_are_on_the_side_of_midnight_that_fits(read):
    (event,) = read("n08_relocated_over_midnight.sfile").events
    assert [round(p.time - event.origin_time, 1) for p in event.picks] == [4.8, 5.8]
    (event,) = read("n09_before_midnight.sfile").events
    assert [round(p.time - event.origin_time, 1) for p in event.picks] == [-4.2, -3.2]


def test_a_row_keeps_its_time_and_place_when_a_number_beside_is_odd(read):
    done = read("g01_badmag.csv")
    assert len(done.events) == 8
    assert all(map(is_located, done.events))
    assert [e.magnitudes[0].value if e.magnitudes else None for e in done.events][:2] == [2.0, None]
    assert read("f34_ymd_hhmm.csv").times()[:1] == ["17:02:58"]
    assert read("b15_yy_parts.txt").times()[:1] == ["00:02:55"]
    assert read("f38_hour_pm.csv").times() == ["17:02:58"]
    assert list(read("b23_hhmmss.csv").times()) == ["17:02:55", "17:02:55"]  # and 0.3 s


def test_numbers_are_those_of_the_format(read):
    for name in ("f02_hypo71.prt", "f03_y2000.phs", "f04_hypo2000.sum", "f13_real_catalog.txt"):
        ((latitude, longitude, depth),) = read(name).places()
        assert (latitude, longitude) == pytest.approx((35.708, -117.504), abs=0.001), name
        assert depth == pytest.approx(10.6), name
    ((latitude, longitude, depth),) = read("hypodd.reloc").places()
    assert (latitude, longitude, depth) == (35.708, -117.504, 10.6)
    assert [place[0] for place in read("koeri.txt").places()] == [37.1757] * 2
    assert read("koeri.txt").times() == ["01:17:32", "01:26:00"]
    assert read("gamma_pair").places()[0][2] == pytest.approx(16.411347)


def test_s_before_p_is_reported(read):
    assert re.search(r"\bS\b", read("n03_S_before_P.sfile").said)


STATION_LISTS = {
    "st_elev_m.csv": 1480,
    "st_elevation_unit_m.csv": 1480,
    "st_fdsn.txt": 1480,
    "st_fdsn2.txt": 1480,
    "st_gamma.csv": 1480,
    "st_hemi.csv": 1480,
    "st_dms.csv": 1480,
    "st_epochs.csv": 1480,
}


@pytest.mark.parametrize("name", STATION_LISTS)
def test_station_lists_are_read(shared_cases, name):
    stations = read_stations(shared_cases / "catalogues/refused" / name)
    orso = next(station for station in stations if station.code == "ORSO")
    assert orso.elevation_m == 1480
    assert orso.latitude == pytest.approx(42.636, abs=0.001)
    assert orso.longitude == pytest.approx(13.163, abs=0.001)


def test_station_lists_of_associators_are_read(shared_cases):
    folder = shared_cases / "catalogues/refused"
    ccc = next(s for s in read_stations(folder / "st_gamma_real.csv") if s.code == "CCC")
    assert (ccc.network, ccc.latitude, ccc.longitude, ccc.elevation_m) == (
        *("CI", 35.525, -117.365, 670),
    )
    first = read_stations(folder / "st_real_real.dat")[0]
    assert (first.network, first.code, first.latitude, first.longitude) == (
        *("XO", "AM05", 42.9773, 13.3528),
    )
    assert first.elevation_m == pytest.approx(464)


def test_a_p_a_minute_off_is_no_positive_and_forbids_noise_at_both_places(read):
    (event,) = read("n04_minute_off.sfile").events
    stations = [
        Station("VE", code, 10.2 + away, -67.9, 0.0)
        for code, away in (("MCB", 0.1), ("MDC", 0.15), ("MXX", 0.2))
    ]
    found = check_geometry([event], stations)
    said = " ".join(finding.message for finding in found.findings)
    assert "a slip of the minute" in said and "a slip of a digit" in said
    assert [pick.station for pick in p_picks(event)] == ["MCB"]
    for code in ("MDC", "MXX"):
        place = station_of(found.stations, "VE", code)
        known = station_arrivals([event], place, "VE", code, ArrivalSettings())
        assert len(known.picked_s) == 0 and len(known.read_s) == 1
        may_be_s = (*zip(known.earliest_s, known.latest_s, strict=True), *known.unknown)
        true_s = event.origin_time + 4.0
        assert any(first_s <= true_s <= last_s for first_s, last_s in may_be_s)


@pytest.mark.parametrize("name", ["st_zero.xml", "st_zero.csv"])
def test_a_station_at_zero_is_reported_and_estimates_nothing(shared_cases, tmp_path, name):
    report = Report()
    stations = stations_as_recorded(
        tmp_path,
        ArrivalSettings(stations_path=str(shared_cases / "catalogues" / name)),
        {},
        recorded=[("XX", "LUPO")],
        report=report,
    )
    assert stations == []
    assert any("LUPO" in problem.message for problem in report.of_kind("skipped"))


def test_a_station_that_moved_has_the_place_of_the_time(shared_cases, tmp_path):
    report = Report()
    path = shared_cases / "catalogues/st_epochs_moved.xml"
    stations = stations_as_recorded(
        tmp_path,
        ArrivalSettings(stations_path=str(path)),
        {},
        recorded=[("XX", "ORSO")],
        report=report,
    )
    places = [station_of(stations, "XX", "ORSO", time_s=365.25 * 86400 * n) for n in (35, 53)]
    assert [place.latitude for place in places if place] == [42.9, 42.63597]
    assert "ORSO by" in report.problems[0].message


def test_a_network_that_is_missing_is_that_of_the_waveforms(read):
    done, report = read("q12_two_agencies.xml"), Report()
    match_codes(done.events, [("VE", "MCB"), ("VE", "MDC")], report)
    assert {(p.network, p.station) for p in done.events[0].picks} == {("VE", "MCB")}
    assert "1 pick without a network code" in report.problems[0].message
    assert done.positives() == ["MCB 17:02:57.6"]
    for pick in done.events[0].picks:
        pick.network = "XX"
    match_codes(done.events, [("VE", "MCB")], report)
    assert "XX.MCB: taken for VE.MCB" in report.problems[1].message
