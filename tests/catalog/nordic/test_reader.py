"""The Nordic reader on files as people leave them."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event, is_p, is_s
from deepquake.catalog.nordic.reader import is_nordic
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from deepquake.core.times import iso, parse_iso
from tests.catalog.nordic.sfile_lines import (
    BENV_S,
    BLANK,
    CLEAN,
    ID_LINE,
    NEW_7,
    TURV_P,
    TYPE_1,
    TYPE_7,
    TYPE_H,
    messages,
    pick_times,
    read_event,
    read_lines,
)


def test_a_clean_file_gives_everything_and_no_complaint() -> None:
    (event,), report = read_lines(*CLEAN)
    assert report.problems == []
    assert event.event_id == "20180427084430"
    assert iso(event.origin_time) == "2018-04-27T08:44:50.400000Z"
    assert (event.latitude, event.longitude, event.depth_km) == (10.349, -68.069, 9.0)
    assert (event.agency, event.distance, event.source_line) == ("FUN", "L", 1)
    assert [(m.value, m.kind, m.agency) for m in event.magnitudes] == [(4.6, "W", "FUN")]
    assert event.waveforms == ["2018-04-27-0844-00S.MAN___174"]
    p, s = event.picks
    assert (p.station, p.channel, p.phase, p.onset, p.polarity) == ("TURV", "HZ", "P", "E", "C")
    assert (s.station, s.phase, s.onset, s.weight) == ("BENV", "S", "I", 2)
    assert pick_times(event) == ["2018-04-27T08:44:54.920", "2018-04-27T08:45:11.360"]


def test_type_h_refines_the_origin() -> None:
    event = read_event(TYPE_1, TYPE_H, *CLEAN[1:])
    assert iso(event.origin_time) == "2018-04-27T08:44:50.432000Z"
    assert (event.latitude, event.longitude, event.depth_km) == (10.34912, -68.06899, 9.012)


def test_type_h_of_another_time_is_reported_and_not_used() -> None:
    events, report = read_lines(TYPE_1, TYPE_H.replace("50.432", "58.432"), *CLEAN[1:])
    assert (events[0].latitude, events[0].depth_km) == (10.349, 9.0)
    assert iso(events[0].origin_time) == "2018-04-27T08:44:50.400000Z"
    assert "type H is not that of type 1" in messages(report)[0]


def test_type_h_gives_the_second_that_type_1_lost() -> None:
    event = read_event(TYPE_1.replace("50.4", "5x.4"), TYPE_H, *CLEAN[1:])
    assert iso(event.origin_time)[17:23] == "50.432"


def test_trailing_blanks_dos_ends_and_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    wanted = read_event(*CLEAN)
    cut = "\n".join(line.rstrip() for line in CLEAN) + "\n"
    added = "\n".join(line + "   " for line in CLEAN) + "\n"
    dos = "\r\n".join(CLEAN) + "\r\n\x1a"
    mac = "\r".join(CLEAN) + "\r"
    for number, text in enumerate((cut, added, dos, mac, "\ufeff" + cut)):
        path = tmp_path / f"{number}"
        path.write_bytes(text.encode("utf-8"))
        report = Report()
        (event,) = read_file(path, report)[0]
        assert report.problems == []
        event.source_file = wanted.source_file
        assert event == wanted


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_comments_in_any_encoding_and_anywhere(tmp_path: Path, encoding: str) -> None:
    comment = f"{' RÉPLICA DE SAN JOSÉ, 15 km al sureste de Güigüe':<79}3"
    lines = [comment, TYPE_1, comment, *CLEAN[1:5], comment, BENV_S, comment, BLANK, comment]
    path = tmp_path / "sfile"
    path.write_bytes("\n".join([*lines, ""]).encode(encoding))
    report = Report()
    (event,) = read_file(path, report)[0]
    assert len(event.picks) == 2
    assert messages(report, "skipped") == []


def test_unknown_values_are_none_and_not_zero() -> None:
    bare = f"{' 2018  427 0844 50.4 L':<79}1"
    event = read_event(bare, BLANK)
    assert event.latitude is event.longitude is event.depth_km is None
    assert event.picks == [] and event.magnitudes == []


@pytest.mark.parametrize("hour", ["24", " 0", "00", "  "])
def test_picks_after_midnight_are_of_the_next_day(hour: str) -> None:
    late = TYPE_1.replace("0844 50.4", "2359 54.9")
    event = read_event(late, TYPE_7, f" TURV HZ EP       {hour} 0  3.33", BLANK)
    assert pick_times(event) == ["2018-04-28T00:00:03.330"]


def test_impossible_picks_are_reported_and_not_used() -> None:
    before = TURV_P.replace("54.92", "48.92")
    late = TURV_P.replace(" 844 54.92", " 911 54.92")
    late_s = BENV_S.replace(" 845 11.36", " 911 54.92")
    (event,), report = read_lines(TYPE_1, TYPE_7, before, late, late_s, TURV_P, BLANK)
    assert [pick.weight for pick in event.picks] == [4, 4, 2, 0]
    assert pick_times(event)[2:] == ["2018-04-27T09:11:54.920", "2018-04-27T08:44:54.920"]
    assert [p.line for p in report.problems] == [3, 4]
    assert "before the origin" in messages(report)[0]
    assert "later than its phase can be" in messages(report)[1]


def test_time_of_an_event_without_location_is_no_bound() -> None:
    bare = f"{TYPE_1[:23]:<79}1"
    (event,), report = read_lines(bare, TYPE_7, TURV_P.replace("54.92", " 8.92"), BLANK)
    assert len(event.picks) == 1
    assert "event without location" in messages(report)[0]


def test_event_without_a_line_of_type_1() -> None:
    (event,), report = read_lines(*CLEAN[1:])
    assert event.origin_time is None and len(event.picks) == 2
    assert "dated by the event ID" in messages(report)[0]
    (event,), report = read_lines("x" + TYPE_1[4:], TYPE_H, *CLEAN[1:])
    assert iso(event.origin_time)[17:23] == "50.432"


def test_carabobo(shared_data: Path) -> None:
    folder = shared_data / "carabobo"
    report = Report()
    events = read_file(folder / "arrival_times.txt", report)[0]
    assert len(events) == 17
    assert sum(is_p(pick.phase) for event in events for pick in event.picks) == 59
    assert report.of_kind("skipped") == []
    counts = {}
    for path in sorted((folder / "sfiles_nordicformat").iterdir()):
        (event,) = read_file(path, report)[0]
        counts[path.name] = sum(is_p(pick.phase) for pick in event.picks)
    assert list(counts.values()) == [3, 4, 12]


@pytest.mark.parametrize(
    ("name", "count", "p", "s"), [("ncal", 103, 103, 103), ("iceland", 11, 79, 102)]
)
def test_clean_archives(shared_data: Path, name: str, count: int, p: int, s: int) -> None:
    report = Report()
    folder = shared_data / name / "sfiles_nordicformat"
    events = [event for path in sorted(folder.iterdir()) for event in read_file(path, report)[0]]
    phases = [pick.phase for event in events for pick in event.picks]
    assert (len(events), sum(map(is_p, phases)), sum(map(is_s, phases))) == (count, p, s)
    assert report.problems == []


def test_iceland_picks_are_those_the_data_came_with(shared_data: Path) -> None:
    lines = (shared_data / "iceland" / "modelled_arrivals.csv").read_text().splitlines()
    wanted = {
        (station, phase, round(parse_iso(time) * 1000))
        for _, station, phase, _, time in (line.split(",") for line in lines[1:])
        if time
    }
    folder = shared_data / "iceland" / "sfiles_nordicformat"
    got = {
        (pick.station, pick.phase, round(pick.time * 1000))
        for path in folder.iterdir()
        for event in read_file(path, Report())[0]
        for pick in event.picks
    }
    assert len(got) == len(wanted)
    assert all(
        any((station, phase, ms + off) in got for off in (-1, 0, 1))
        for station, phase, ms in wanted
    )


@pytest.mark.parametrize(
    ("text", "nordic"),
    [
        (f"{TYPE_1}\n", True),
        (f"{TYPE_7}\n", True),
        (f"{ID_LINE}\n", True),
        (f"{TURV_P}\n", False),
        ("code,latitude,longitude\nA,1,2\n", False),
        ("Dear colleague,\n\nthe s-files are in the other folder.\n", False),
    ],
)
def test_a_nordic_file_is_known_by_a_line_that_no_other_has(text: str, nordic: bool) -> None:
    assert is_nordic(text) == nordic


def dated(day: str, clock: str, place: str = " 10.200 -67.900  5.0", agency: str = "FUN") -> str:
    """Return a line of type 1 of 2019, local."""
    return f"{f' 2019 {day} {clock} L {place:<20}  {agency}':<79}1"


def pick_line(clock: str, phase: str = "P", residual: str = "") -> str:
    return f"{f' MCB  SZ E{phase:<8}{clock}':<63}{residual}".rstrip()


@pytest.mark.parametrize(
    ("day", "clock", "place", "pick", "time"),
    [
        (" 7 5", " 0 0  0.2", " 10.200 -67.900  5.0", "24 0  5.00", "2019-07-05T00:00:05.000"),
        (" 7 5", " 0 0  2.2", "", "2359 58.00", "2019-07-04T23:59:58.000"),
        (" 7 4", "2359 58.2", "", " 0 0  1.00", "2019-07-05T00:00:01.000"),
        (" 7 4", "2359 58.2", "", "24 0  1.00", "2019-07-05T00:00:01.000"),
        (" 7 5", " 0 2  0.0", "", "2359 58.00", "2019-07-04T23:59:58.000"),
    ],
)
def test_a_pick_is_on_the_side_of_midnight_that_fits(
    day: str, clock: str, place: str, pick: str, time: str
) -> None:
    event = read_event(dated(day, clock, place), TYPE_7, pick_line(pick), BLANK)
    assert pick_times(event) == [time]
    assert [pick.weight for pick in event.picks] == [0]


@pytest.mark.parametrize(
    ("written", "residual"),
    [
        ("", None),
        (" 0.10", 0.1),
        ("60.10", 60.1),
        ("600.1", 600.1),
        ("-1.13", -1.13),
        ("****", None),
    ],
)
def test_the_residual_of_a_pick_is_kept(written: str, residual: float | None) -> None:
    old = TYPE_7, pick_line("17 2 59.00", residual=written), BLANK
    new = NEW_7, f"{' MCB  HHZ NS   EP         1702 59.000':<63}{written}", BLANK
    for lines in (old, new):
        event = read_event(dated(" 7 4", "17 2 55.3"), *lines)
        assert [pick.residual_s for pick in event.picks] == [residual]


def test_the_residual_of_an_amplitude_is_no_time() -> None:
    lines = dated(" 7 4", "17 2 55.3"), TYPE_7, pick_line("17 2 59.00", "", " 0.10")
    amplitude = pick_line("17 2 59.00", "IAML", " 0.10").replace("EIAML", " IAML")
    event = read_event(*lines, amplitude, BLANK)
    assert [pick.residual_s for pick in event.picks] == [None, None]


@pytest.mark.parametrize("further", [[], [f"{' felt in Caracas':<79}3"]])
@pytest.mark.parametrize(
    ("second", "agency", "count"), [("55.3", "FUN", 1), ("55.3", "PDE", 2), ("40.0", "PDE", 1)]
)
def test_origin_lines_of_two_agencies_are_one_event(
    second: str, agency: str, count: int, further: list[str]
) -> None:
    lines = [
        dated(" 7 4", "17 2 35.3", " 11.900 -67.900 33.0", "PDE"),
        dated(" 7 4", f"17 2 {second}", agency=agency),
        *further,
        *(TYPE_7, pick_line("17 2 59.00"), BLANK),
    ]
    events, report = read_lines(*lines)
    assert len(events) == count
    told = any("origins far apart" in text for text in messages(report))
    assert told == (count == 1 and second == "55.3")


def test_lines_of_a_compact_catalogue_are_events_whatever_their_agency() -> None:
    lines = [dated(" 7 4", f"17 2 {s}.3", agency=a) for s, a in ((10, "FUN"), (35, "PDE"))]
    assert len(read_lines(*lines, BLANK)[0]) == 2


@pytest.mark.parametrize(
    ("letter", "kind", "odd"),
    [("Q", "earthquake", 0), ("E", "explosion", 0), (" ", "", 0), ("Z", "other", 1), ("7", "", 1)],
)
def test_the_letter_of_the_kind_of_event(letter: str, kind: str, odd: int) -> None:
    line = dated(" 7 4", "17 2 35.3").replace(" L  ", f" L{letter} ")
    (event,), report = read_lines(line, BLANK)
    assert (event.kind, event.latitude) == (kind, 10.2)
    assert len(report.problems) == odd


@pytest.mark.parametrize(
    ("place", "located"),
    [
        ("  0.000   0.000  0.0", False),
        ("  0.000   0.000", False),
        ("  0.000   0.000 10.0", True),
        ("  0.000 -67.900  0.0", True),
    ],
)
def test_a_place_of_zeros_is_none(place: str, located: bool) -> None:
    event = read_event(dated(" 7 4", "17 2 35.3", place), BLANK)
    assert (event.latitude is not None) == located


def test_real_shapes(shared_cases: Path) -> None:
    def read(name: str) -> tuple[list[Event], list[str]]:
        report = Report()
        events, _ = read_file(shared_cases / "catalogues" / f"{name}.sfile", report)
        return events, messages(report)

    (event,), _ = read("n01_distant")
    assert (event.distance, len(event.picks)) == ("D", 2)
    assert [text[:38] for text in read("n03_S_before_P")[1]] == [
        *("S of MCB is not after its P, in the ev", "S of MDC is not after its P, in the ev"),
    ]
    (event,), _ = read("n04_minute_off")
    assert [pick.residual_s for pick in event.picks] == [0.1, 60.1, 600.1]
    for name, first in (
        ("n08_relocated_over_midnight", "2019-07-05T00:00:05.000"),
        ("n09_before_midnight", "2019-07-04T23:59:58.000"),
    ):
        (event,), said = read(name)
        assert pick_times(event)[0] == first
        assert any("of the day before" in text for text in said)
    (event,), _ = read("n14_zero")
    assert event.latitude is event.longitude is event.depth_km is None
    (event,), _ = read("n18_auto_manual")
    assert [(pick.automatic, pick.weight) for pick in event.picks] == [
        *((True, 0), (False, 0), (False, 0), (False, 3)),
    ]
    assert [len(event.picks) for event in read("n22_first_header_bad")[0]] == [1]
    assert [event.kind for event in read("n25_kinds")[0]] == [
        *("explosion", "probable explosion", "volcanic", "induced", "rockburst", "", "landslide"),
    ]
