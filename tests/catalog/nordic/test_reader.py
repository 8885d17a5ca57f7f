"""The Nordic reader on files as people leave them."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event, is_p, is_s
from deepquake.catalog.nordic.blocks import blocks
from deepquake.catalog.nordic.reader import parse_nordic, read_nordic
from deepquake.catalog.nordic.writer import sfile_name
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Departures, Report
from deepquake.core.times import iso, parse_iso

TYPE_1 = " 2018  427 0844 50.4 L  10.349 -68.069  9.0  FUN 22 0.8 4.6WFUN                1"
TYPE_H = " 2018  427 0844 50.432  10.34912  -68.06899    9.012  0.800                    H"
ID_LINE = " ACTION:UP  18-04-27 09:00 OP:leo  STATUS:               ID:20180427084430     I"
WAVEFORM = " 2018-04-27-0844-00S.MAN___174                                                 6"
TYPE_7 = " STAT SP IPHASW D HRMM SECON CODA AMPLIT PERI AZIMU VELO AIN AR TRES W  DIS CAZ7"
NEW_7 = " STAT COM NTLO IPHASE   W HHMM SS.SSS   PAR1  PAR2 AGA OPE  AIN  RES W  DIS CAZ7"
TURV_P = " TURV HZ EP     C  844 54.92                              65   -0.4610 27.4  6  "
BENV_S = " BENV HN IS   2   845 11.36                              65   -0.3410 66.9 13  "
BENV_S = " BENV HN IS   2    845 11.36                              65   -0.3410 66.9 13  "
BLANK = " " * 80
SECOND = " 2018  428 0415 52.2 L  10.233 -68.056  3.5  FUN  8 0.9 2.9WFUN                1"
SECOND_P = " TACV HZ EP        416 12.12                              65    0.8210  113  9  "
CLEAN = [TYPE_1, ID_LINE, WAVEFORM, TYPE_7, TURV_P, BENV_S, BLANK]


def read(*lines: str) -> tuple[list[Event], Report]:
    report = Report()
    return parse_nordic("\n".join(lines) + "\n", "file", report), report


def messages(report: Report, kind: str = "note") -> list[str]:
    return [problem.message for problem in report.of_kind(kind)]


def only(*lines: str) -> Event:
    events, _ = read(*lines)
    assert len(events) == 1
    return events[0]


def times(event: Event) -> list[str]:
    return [iso(pick.time)[:-4] for pick in event.picks]


def test_a_clean_file_gives_everything_and_no_complaint() -> None:
    (event,), report = read(*CLEAN)
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
    assert times(event) == ["2018-04-27T08:44:54.920", "2018-04-27T08:45:11.360"]


def test_type_h_refines_the_origin() -> None:
    event = only(TYPE_1, TYPE_H, *CLEAN[1:])
    assert iso(event.origin_time) == "2018-04-27T08:44:50.432000Z"
    assert (event.latitude, event.longitude, event.depth_km) == (10.34912, -68.06899, 9.012)


def test_type_h_of_another_time_is_reported_and_not_used() -> None:
    events, report = read(TYPE_1, TYPE_H.replace("50.432", "58.432"), *CLEAN[1:])
    assert (events[0].latitude, events[0].depth_km) == (10.349, 9.0)
    assert iso(events[0].origin_time) == "2018-04-27T08:44:50.400000Z"
    assert "type H is not that of type 1" in messages(report)[0]


def test_type_h_gives_the_second_that_type_1_lost() -> None:
    event = only(TYPE_1.replace("50.4", "5x.4"), TYPE_H, *CLEAN[1:])
    assert iso(event.origin_time)[17:23] == "50.432"


def test_flags_of_fixed_time_and_depth() -> None:
    line = TYPE_1[:10] + "F" + TYPE_1[11:43] + "F" + TYPE_1[44:]
    event = only(line, *CLEAN[1:])
    assert event.time_fixed and event.depth_fixed and event.depth_km == 9.0


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([TYPE_1, ID_LINE, WAVEFORM, TURV_P, BENV_S, BLANK], "no line of type 7"),
        ([TYPE_1[:79], *CLEAN[1:]], "read as a line of type 1"),
        ([*CLEAN[:2], WAVEFORM[:79], *CLEAN[3:]], "read as a line of type 6"),
        ([*CLEAN[:3], TYPE_7[:79], *CLEAN[4:]], "read as a line of type 7"),
        ([TYPE_1, ID_LINE[:79], *CLEAN[2:]], "read as a line of type I"),
        ([*CLEAN[:-1]], "no blank line after the last event"),
        ([*CLEAN[:4], BLANK, *CLEAN[4:]], "blank line within an event"),
        ([*CLEAN[:5], BLANK, *CLEAN[5:]], "blank line within an event"),
        ([TYPE_1, " a comment of the analyst", *CLEAN[1:]], "read as a comment"),
        ([TYPE_1, f"{' odd':<79}#", *CLEAN[1:]], "unknown type '#'"),
        ([*CLEAN[:4], TURV_P.replace(" TURV ", " TURV\t"), *CLEAN[5:]], "tab: read as one blank"),
        ([*CLEAN[:4], TURV_P[:11] + "\t" + TURV_P[16:], *CLEAN[5:]], "tab"),
        ([*CLEAN[:4], TURV_P.replace("   -0.46", "\0  -0.46"), *CLEAN[5:]], "null character"),
        ([TYPE_1, TYPE_H + "  x", *CLEAN[1:]], "more than 80 columns"),
    ],
)  # fmt: skip
def test_departures_are_read_and_reported_with_their_line(lines: list[str], told: str) -> None:
    events, report = read(*lines)
    assert len(events) == 1
    assert len(events[0].picks) == 2
    assert all(problem.line for problem in report.problems)
    assert any(told in message for message in [*messages(report), "" if not told else "-"])
    assert messages(report, "skipped") == []


def test_a_departure_is_reported_once_in_a_file() -> None:
    without_7 = [TYPE_1, TURV_P, BLANK, SECOND, SECOND_P, BLANK]
    _, report = read(*without_7, *without_7)
    assert len(messages(report)) == 1


def test_trailing_blanks_dos_ends_and_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    wanted = only(*CLEAN)
    cut = "\n".join(line.rstrip() for line in CLEAN) + "\n"
    added = "\n".join(line + "   " for line in CLEAN) + "\n"
    dos = "\r\n".join(CLEAN) + "\r\n\x1a"
    mac = "\r".join(CLEAN) + "\r"
    for number, text in enumerate((cut, added, dos, mac, "\ufeff" + cut)):
        path = tmp_path / f"{number}"
        path.write_bytes(text.encode("utf-8"))
        report = Report()
        (event,) = read_nordic(path, report)
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
    (event,) = read_nordic(path, report)
    assert len(event.picks) == 2
    assert messages(report, "skipped") == []


def test_events_with_and_without_blank_lines_between() -> None:
    apart, report = read(TYPE_1, TYPE_7, TURV_P, BLANK, BLANK, SECOND, TYPE_7, SECOND_P, BLANK)
    assert report.problems == []
    joined, report = read(TYPE_1, TYPE_7, TURV_P, SECOND, TYPE_7, SECOND_P, BLANK)
    assert "no blank line between events" in messages(report)[0]
    assert [len(e.picks) for e in apart] == [len(e.picks) for e in joined] == [1, 1]
    assert [e.origin_time for e in apart] == [e.origin_time for e in joined]
    bare, _ = read(TYPE_1, ID_LINE, SECOND, ID_LINE)
    assert [e.origin_time for e in bare] == [e.origin_time for e in apart]


def test_a_swarm_with_error_lines_and_no_blank_lines() -> None:
    errors = f"{' GAP=130        0.36       1.1     1.8  2.5':<79}E"
    swarm = [TYPE_1.replace("50.4", f"{second}.4") for second in (10, 25, 40, 55)]
    events, report = read(*[line for type_1 in swarm for line in (type_1, errors)])
    assert len(events) == 4
    assert "no blank line between events" in messages(report)[0]


def test_compact_catalogue_is_one_event_a_line() -> None:
    events, report = read(TYPE_1, SECOND, SECOND.replace("52.2", "57.2"))
    assert len(events) == 3
    assert all("blank line after" in message for message in messages(report))


def test_lines_of_further_agencies_and_magnitudes_belong_to_their_event() -> None:
    other = TYPE_1.replace("FUN", "CAR").replace("50.4", "51.3").replace("4.6W", "4.4L")
    more = f"{TYPE_1[:23]:<55} 4.5bFUN                1"
    event = only(TYPE_1, more, other, *CLEAN[1:])
    assert [m.value for m in event.magnitudes] == [4.6, 4.5, 4.4]
    assert event.agency == "FUN" and iso(event.origin_time)[17:21] == "50.4"


def test_three_magnitudes_on_a_line() -> None:
    line = f"{TYPE_1[:55]} 4.6WFUN 4.2LCAR-0.3C   1"
    assert [(m.value, m.kind, m.agency) for m in only(line, *CLEAN[1:]).magnitudes] == [
        (4.6, "W", "FUN"), (4.2, "L", "CAR"), (-0.3, "C", "")]  # fmt: skip


def test_unknown_values_are_none_and_not_zero() -> None:
    bare = f"{' 2018  427 0844 50.4 L':<79}1"
    event = only(bare, BLANK)
    assert event.latitude is event.longitude is event.depth_km is None
    assert event.picks == [] and event.magnitudes == []


def test_no_origin_second_and_no_hour() -> None:
    (event,), report = read(TYPE_1[:15] + "     " + TYPE_1[20:], *CLEAN[1:])
    assert iso(event.origin_time)[11:19] == "08:44:00"
    assert "no second" in messages(report)[0]
    (event,), report = read(TYPE_1[:11] + " " * 9 + TYPE_1[20:], *CLEAN[1:])
    assert event.origin_time is None and len(event.picks) == 2
    assert "origin time unknown" in messages(report)[0]


def test_origin_second_of_sixty_is_carried_over() -> None:
    (event,), report = read(TYPE_1.replace("50.4", "60.1"), TYPE_7, BENV_S, BLANK)
    assert iso(event.origin_time)[11:21] == "08:45:00.1"
    assert "60" in messages(report)[0]


@pytest.mark.parametrize(
    ("clock", "time"),
    [
        (" 844 54.92 ", "2018-04-27T08:44:54.920"),
        (" 84454.924 ", "2018-04-27T08:44:54.924"),
        (" 844 114.92", "2018-04-27T08:45:54.920"),
        (" 846  0.50 ", "2018-04-27T08:46:00.500"),
        (" 9 3 35.85 ", "2018-04-27T09:03:35.850"),
        ("9 3  35.85 ", "2018-04-27T09:03:35.850"),
        (" 865  5.00 ", "2018-04-27T09:05:05.000"),
        (" 845   5.0 ", "2018-04-27T08:45:05.000"),
        (" 845    .5 ", "2018-04-27T08:45:00.500"),
    ],
)
def test_times_of_picks(clock: str, time: str) -> None:
    line = TURV_P[:18] + clock + TURV_P[29:]
    line = line.replace(" EP ", " ES ")  # an S may be as late as half an hour
    assert times(only(TYPE_1, TYPE_7, line, BLANK)) == [time]


@pytest.mark.parametrize("hour", ["24", " 0", "00", "  "])
def test_picks_after_midnight_are_of_the_next_day(hour: str) -> None:
    late = TYPE_1.replace("0844 50.4", "2359 54.9")
    event = only(late, TYPE_7, f" TURV HZ EP       {hour} 0  3.33", BLANK)
    assert times(event) == ["2018-04-28T00:00:03.330"]


def test_impossible_picks_are_reported_and_left_out() -> None:
    before = TURV_P.replace("54.92", "48.92")
    late = TURV_P.replace(" 844 54.92", " 911 54.92")
    late_s = BENV_S.replace(" 845 11.36", " 911 54.92")
    (event,), report = read(TYPE_1, TYPE_7, before, late, late_s, TURV_P, BLANK)
    assert times(event) == ["2018-04-27T09:11:54.920", "2018-04-27T08:44:54.920"]
    assert [p.line for p in report.of_kind("skipped")] == [3, 4]
    assert "before the origin" in messages(report, "skipped")[0]
    assert "later than its phase can be" in messages(report, "skipped")[1]


def test_time_of_an_event_without_location_is_no_bound() -> None:
    bare = f"{TYPE_1[:23]:<79}1"
    (event,), report = read(bare, TYPE_7, TURV_P.replace("54.92", " 8.92"), BLANK)
    assert len(event.picks) == 1
    assert "event without location" in messages(report)[0]


@pytest.mark.parametrize(
    "line",
    [
        TURV_P[:24],  # cut within the seconds
        TURV_P[:15],
        TURV_P[1:],
        " " + TURV_P,
        TURV_P[2:],
        TURV_P[:3] + " " + TURV_P[4:],
        TURV_P.replace("TURV HZ EP", "TURVHZ EP"),
        TURV_P.replace("TURV HZ EP", "TURVHZ  P"),
        TURV_P.replace(" 844", " 8x4"),
        TURV_P.replace("54.92", "54_92"),
        TURV_P.replace("54.92", "  nan"),
        TURV_P.replace("54.92", "-4.92"),
        TURV_P.replace("54.92", "٥4.92"),
    ],
)
def test_a_damaged_pick_is_left_out_and_reported(line: str) -> None:
    (event,), report = read(TYPE_1, TYPE_7, line, BENV_S, BLANK)
    assert [pick.station for pick in event.picks] == ["BENV"]
    assert [p.line for p in report.of_kind("skipped")] == [3]


def test_channel_of_three_letters_in_the_old_format() -> None:
    (event,), report = read(TYPE_1, TYPE_7, TURV_P.replace(" HZ EP", " HHZEP"), BLANK)
    assert (event.picks[0].channel, event.picks[0].onset) == ("HHZ", "E")
    assert "three letters" in messages(report)[0]


def test_weights_polarities_and_flags() -> None:
    rows = [
        " TURV HZ IP   4 C  844 54.92",
        " TURV HZ IP   9AD  844 55.92",
        " TURV HZ IP   7    844 56.92",
        " TURV HZ IP     ?  844 57.92",
        " TURV HZ XP     +  844 58.92",
    ]
    (event,), report = read(TYPE_1, TYPE_7, *rows, BLANK)
    assert [p.weight for p in event.picks] == [4, 9, 4, 0, 0]
    assert [p.polarity for p in event.picks] == ["C", "D", "", "", "C"]
    assert [p.automatic for p in event.picks] == [False, True, False, False, False]
    assert [p.onset for p in event.picks] == ["I", "I", "I", "I", ""]
    told = messages(report)
    assert [word for word in ("weight", "polarity", "onset") if any(word in m for m in told)] == [
        "weight", "polarity", "onset"]  # fmt: skip


def test_phases_and_what_is_no_arrival() -> None:
    names = ["P", "Pg", "Pn", "P*", "Pb", "S", "Sg", "IAML", "AML", "END", "BAZ", "LG", "T"]
    rows = [f" TURV HZ  {name:<4}     845 10.00   12  123.4 0.30" for name in names]
    rows = [row[:18] + " 845 10.00" + row[28:] for row in rows]
    rows.append(" TURV HZ1EPKiKP    845 10.00")
    rows.append(" TURV HZ  Pdiff    845 10.00")
    event = only(TYPE_1, TYPE_7, *rows, BLANK)
    phases = [pick.phase for pick in event.picks]
    assert [p for p in phases if is_p(p)] == ["P", "Pg", "Pn", "P*", "Pb", "Pdiff"]
    assert [p for p in phases if is_s(p)] == ["S", "Sg"]
    assert "END" not in phases and "BAZ" not in phases
    assert event.picks[-2].weight == 1 and event.picks[-2].phase == "PKiKP"


def test_new_format_has_network_location_and_long_phases() -> None:
    rows = [
        " BER  HHZ NS00 IP       4A0845 29.140      C       BER ml 107.0-0.1610 30.9 353 ",
        " BER  HHZ NS00  BAZ-P     0845 29.140  172.5   7.0 BER DUM        0.   30.9 353 ",
        " BAS17HHN NS   EPn        0845 31.270              BER ml                        ",
        " BAS17HHN NS    IVmB_BB   0845 31.270   44.4  0.20 BER mls                       ",
        " BAS17HHN NS    END       0845 31.270   44.4       BER mls                       ",
        " ASK  HHZ NS00 ES         24 0  1.000              BER ml                         ",
    ]
    late = TYPE_1.replace("0844 50.4", "2344 50.4")
    (event,), report = read(TYPE_1, NEW_7, *rows[:5], BLANK)
    assert report.problems == []
    first, second, third = event.picks
    assert (first.network, first.station, first.location, first.channel) == (
        "NS", "BER", "00", "HHZ")  # fmt: skip
    assert (first.phase, first.weight, first.automatic, first.polarity) == ("P", 4, True, "C")
    assert (second.station, second.phase, second.onset) == ("BAS17", "Pn", "E")
    assert third.phase == "IVmB_BB"
    assert times(only(late, NEW_7, rows[5], BLANK)) == ["2018-04-28T00:00:01.000"]
    without_header, _ = read(TYPE_1, *rows[:5], BLANK)
    assert without_header[0].picks == event.picks


def test_event_without_a_line_of_type_1() -> None:
    (event,), report = read(*CLEAN[1:])
    assert event.origin_time is None and len(event.picks) == 2
    assert "dated by the event ID" in messages(report)[0]
    (event,), report = read("x" + TYPE_1[4:], TYPE_H, *CLEAN[1:])
    assert iso(event.origin_time)[17:23] == "50.432"


def test_picks_of_an_event_without_a_date_never_go_to_the_one_before() -> None:
    broken = SECOND.replace("2018  428", "20x8  4z8")
    for gap in ([BLANK], []):
        events, report = read(*CLEAN[:6], *gap, broken, TYPE_7, SECOND_P, BLANK)
        assert [len(event.picks) for event in events] == [2]
        assert "event left out" in messages(report, "skipped")[0]


def test_impossible_location_is_unknown() -> None:
    (event,), report = read(TYPE_1.replace(" 10.349", "910.349"), *CLEAN[1:])
    assert event.latitude is None and "location unknown" in messages(report)[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("code,latitude,longitude\nA,1,2\n", "no Nordic file"),
        ("Dear colleague,\n\nthe s-files are in the other folder.\n", "no Nordic file"),
    ],
)
def test_what_is_no_nordic_file_is_an_error(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(DeepQuakeError, match=told):
        read_nordic(path, Report())


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="cannot be read"):
        read_nordic(tmp_path / "none", Report())


def test_blocks_hold_their_lines() -> None:
    lines = [*CLEAN, SECOND, TYPE_7, SECOND_P, BLANK]
    first, second = blocks(lines, Departures("file", Report()))
    assert (first.first, first.last, second.first, second.last) == (1, 6, 8, 10)


def test_sfile_name() -> None:
    assert sfile_name(only(*CLEAN)) == "27-0844-30L.S201804"
    assert sfile_name(only(TYPE_1, BLANK)) == "27-0844-50L.S201804"


def test_carabobo(shared_data: Path) -> None:
    folder = shared_data / "carabobo"
    report = Report()
    events = read_nordic(folder / "arrival_times.txt", report)
    assert len(events) == 17
    assert sum(is_p(pick.phase) for event in events for pick in event.picks) == 59
    assert report.of_kind("skipped") == []
    counts = {}
    for path in sorted((folder / "sfiles_nordicformat").iterdir()):
        (event,) = read_nordic(path, report)
        counts[path.name] = sum(is_p(pick.phase) for pick in event.picks)
    assert list(counts.values()) == [3, 4, 12]


@pytest.mark.parametrize(
    ("name", "count", "p", "s"), [("ncal", 103, 103, 103), ("iceland", 11, 79, 102)]
)
def test_clean_archives(shared_data: Path, name: str, count: int, p: int, s: int) -> None:
    report = Report()
    folder = shared_data / name / "sfiles_nordicformat"
    events = [event for path in sorted(folder.iterdir()) for event in read_nordic(path, report)]
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
        for event in read_nordic(path, Report())
        for pick in event.picks
    }
    assert len(got) == len(wanted)
    assert all(
        any((station, phase, ms + off) in got for off in (-1, 0, 1))
        for station, phase, ms in wanted
    )
