"""Codes of picks and waveforms: which are of one station, what is said, and why none fits."""

import random
from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.reader import read_catalog
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.codes import match_codes, match_stations, stations_as_recorded, why_no_pick
from deepquake.earth.stations import Station

T = 1_600_000_000.0


def events_of(*names: str) -> list[Event]:
    """Return an event for each name, NET.STA or STA, with a P and an S."""
    events = []
    for name in names:
        network, _, code = name.rpartition(".")
        picks = [Pick(code, phase, T + k, network=network) for k, phase in enumerate("PS")]
        events.append(Event("", origin_time=T, picks=picks))
    return events


def names_of(events: list[Event]) -> list[str]:
    picks = [event.picks[0] for event in events]
    return [".".join(filter(None, (pick.network, pick.station))) for pick in picks]


def matched(
    picked: str, recorded: str, listed: str = "", having: str = "waveforms"
) -> tuple[list[str], list[str]]:
    """Return the names after matching, and what was said."""
    events, report = events_of(*picked.split()), Report()
    homes = [tuple(name.split(".")) for name in recorded.split()]
    stations = [
        Station(*name.split("."), 1.0 + k, 2.0, 0.0) for k, name in enumerate(listed.split())
    ]
    match_codes(events, homes, report, stations=stations, having=having)
    return names_of(events), [problem.message for problem in report.problems]


@pytest.mark.parametrize(
    ("picked", "recorded", "names"),
    [
        ("ABC DEF", "XX.ABC XX.DEF", "XX.ABC XX.DEF"),
        ("abc", "XX.ABC", "XX.ABC"),
        ("XX.ABC", "XX.abc", "XX.abc"),
        ("XX.ABC", ".ABC", "ABC"),
        ("XX.ABC ABC", "XX.ABC .ABC", "XX.ABC ABC"),
        ("ABC", "XX.DEF", "ABC"),
    ],
)
def test_what_can_be_meant_is_taken_without_a_word(picked: str, recorded: str, names: str) -> None:
    assert matched(picked, recorded) == (names.split(), [])


@pytest.mark.parametrize(
    ("picked", "recorded", "names", "said"),
    [
        ("YY.ABC", "XX.ABC", "XX.ABC", "YY.ABC: taken for XX.ABC, the only station of that code"),
        ("ABCD", "XX.ABCDE", "XX.ABCDE", "ABCD: taken for XX.ABCDE"),
        ("NCMDC", "NC.MDC", "NC.MDC", "NCMDC: taken for NC.MDC, network and station in one word"),
        ("ABCDE", "XX.ABCD", "XX.ABCD", "ABCDE: taken for XX.ABCD"),
        ("ABC", "XX.ABC YY.ABC", "ABC", "have waveforms, XX.ABC, YY.ABC: taken for each of them"),
        ("ZZ.ABC", "XX.ABC YY.ABC", "ZZ.ABC", "taken for none of them"),
    ],
)
def test_what_is_unlike_is_said_once(picked: str, recorded: str, names: str, said: str) -> None:
    found, notes = matched(picked, recorded)
    assert found == names.split()
    (note,) = notes
    assert said in note and note.endswith("(2 picks)")


@pytest.mark.parametrize(
    ("picked", "recorded"),
    [
        ("ABCD ABCDE", "XX.ABCDE"),  # both are picked: two stations
        ("ABCD", "XX.ABCDE XX.ABCDF"),
        ("YY.ABCD", "XX.ABCDE"),
        ("ABC", "XX.ABCD"),
        ("NCMDC", "NC.MDC YY.NCMD"),  # cut, or network and station in one word
        ("NCMDC", "N.CMDC NC.MDC"),
        ("ABCD", "XX.ABCDEF"),
    ],
)
def test_codes_are_not_stretched(picked: str, recorded: str) -> None:
    found, notes = matched(picked, recorded)
    assert found[0] == picked.split()[0]
    assert not notes


def test_picks_without_a_network_beside_others_are_told() -> None:
    names, (note,) = matched("XX.ABC ABC DEF", "XX.ABC XX.DEF")
    assert names == ["XX.ABC", "XX.ABC", "XX.DEF"]
    assert note.startswith("4 picks without a network code") and note.endswith("ABC (2), DEF (2)")


def test_picks_of_stations_without_waveforms_are_told_where_they_are_most() -> None:
    assert matched("XX.ABC DEF", "XX.ABC XX.GHI")[1] == []
    _, (note,) = matched("XX.ABC DEF GHI DEF", "XX.ABC")
    assert note == "3 of 4 P picks are of stations without waveforms: DEF (2), GHI (1)"
    assert matched("DEF", "XX.ABC")[1] == []  # for which why_no_pick has the words


def test_picks_are_matched_to_a_list_too() -> None:
    names, notes = matched("YY.ABC DEF DEF", "XX.ABC XX.GHI", having="coordinates")
    assert names == ["XX.ABC", "DEF", "DEF"]
    assert notes == [
        "YY.ABC: taken for XX.ABC, the only station of that code that has coordinates (2 picks)",
        "2 of 3 P picks are of stations without coordinates: DEF (2)",
    ]


def test_what_the_list_tells_apart_is_two_stations() -> None:
    found, (note,) = matched("YY.ABC", "XX.ABC", listed="XX.ABC YY.ABC")
    assert found == ["YY.ABC"]
    assert "another station than XX.ABC" in note


def test_whatever_is_written_nothing_is_lost_and_the_second_time_nothing_changes() -> None:
    draw = random.Random(5)
    codes = ["ABC", "ABCD", "ABCDE", "abc ", "DEF", "XX.ABC", "", "."]
    for _ in range(300):
        names = [(draw.choice(("", "XX", "YY")), draw.choice(codes)) for _ in range(6)]
        events = [Event("", picks=[Pick(code, "P", T, network=network)]) for network, code in names]
        homes = {
            (draw.choice(("", "XX", "YY")), draw.choice(("ABC", "ABCDE", "DEF"))) for _ in range(3)
        }
        match_codes(events, homes, Report())
        once = names_of(events)
        match_codes(events, homes, Report())
        assert names_of(events) == once


def test_listed_stations_get_the_network_of_the_waveforms() -> None:
    stations = [
        Station("YY", "ABC", 1, 2, 3),
        Station("", "DEF", 1, 2, 3),
        Station("ZZ", "G", 1, 2, 3),
    ]
    report = Report()
    found = match_stations(stations, [("XX", "ABC"), ("XX", "DEF")], report, path="list")
    assert [(s.network, s.code) for s in found] == [("XX", "ABC"), ("", "DEF"), ("ZZ", "G")]
    (note,) = report.problems
    assert str(note).startswith("list: YY.ABC: taken for XX.ABC")
    both = [Station("YY", "ABC", 1, 2, 3), Station("ZZ", "ABC", 5, 2, 3)]
    assert match_stations(both, [("XX", "ABC")], report, path="list") == both


def test_why_no_pick_fits() -> None:
    spans = {("XX", "ABC"): [(T, T + 60)], ("XX", "DEF"): [(T + 9000, T + 9060)]}
    assert why_no_pick(events_of("ABC"), spans) == ""
    assert why_no_pick(events_of("GHI", "XX.ABC"), spans) == ""
    assert "holds no P pick" in why_no_pick([], spans)
    codes = why_no_pick(events_of("GHI", "YY.ABC"), spans)
    assert "codes differ. Picked are GHI, YY.ABC; waveforms are of XX.ABC, XX.DEF" in codes
    assert "have no records then" in why_no_pick(events_of("DEF"), spans)
    late = {("XX", "ABC"): [(T + 86400, T + 86460)]}
    times = why_no_pick(events_of("ABC"), late)
    assert "times do not overlap. The picks span 2020-09-13 12:26:40 to" in times
    assert "the records 2020-09-14 12:26:40 to 2020-09-14 12:27:40" in times


def test_picks_and_lists_are_brought_to_the_codes_of_waveforms(tmp_path: Path) -> None:
    (tmp_path / "mseed").mkdir()
    (tmp_path / "stations.csv").write_text("code,latitude,longitude,elevation_m\nYY.ABC,1,2,3\n")
    events, report = events_of("ZZ.ABC"), Report()
    stations = stations_as_recorded(
        tmp_path / "mseed",
        ArrivalSettings(),
        {Path("catalog.json"): events},
        recorded=[("XX", "ABC")],
        report=report,
    )
    assert stations == [Station("XX", "ABC", 1, 2, 3)]
    assert names_of(events) == ["XX.ABC"]
    places = [Path(problem.path).name for problem in report.problems]
    assert places == ["stations.csv", "catalog.json"]


@pytest.mark.parametrize("name", ["q11_codes.xml", "q12_two_agencies.xml"])
def test_codes_of_two_agencies(shared_cases: Path, name: str) -> None:
    events = read_catalog(shared_cases / "catalogues" / name)
    match_codes(events, [("VE", "MCB")], Report())
    assert {(p.network, p.station) for event in events for p in event.picks} == {("VE", "MCB")}
