"""The columns of Nordic lines: which are believed, also where a line was cut or damaged."""

import pytest

from deepquake.catalog.events import is_p, is_s
from deepquake.catalog.nordic.lines import OLD_HEADER, parse_high_accuracy, parse_origin
from deepquake.core.times import iso
from tests.catalog.nordic.sfile_lines import (
    BENV_S,
    BLANK,
    CLEAN,
    NEW_7,
    TURV_P,
    TYPE_1,
    TYPE_7,
    messages,
    pick_times,
    read_event,
    read_lines,
)


def test_three_magnitudes_on_a_line() -> None:
    line = f"{TYPE_1[:55]} 4.6WFUN 4.2LCAR-0.3C   1"
    assert [(m.value, m.kind, m.agency) for m in read_event(line, *CLEAN[1:]).magnitudes] == [
        (4.6, "W", "FUN"), (4.2, "L", "CAR"), (-0.3, "C", "")]  # fmt: skip


def test_flags_of_fixed_time_and_depth() -> None:
    line = TYPE_1[:10] + "F" + TYPE_1[11:43] + "F" + TYPE_1[44:]
    event = read_event(line, *CLEAN[1:])
    assert event.time_fixed and event.depth_fixed and event.depth_km == 9.0


def test_no_origin_second_and_no_hour() -> None:
    (event,), report = read_lines(TYPE_1[:15] + "     " + TYPE_1[20:], *CLEAN[1:])
    assert iso(event.origin_time)[11:19] == "08:44:00"
    assert "no second" in messages(report)[0]
    (event,), report = read_lines(TYPE_1[:11] + " " * 9 + TYPE_1[20:], *CLEAN[1:])
    assert event.origin_time is None and len(event.picks) == 2
    assert "origin time unknown" in messages(report)[0]


def test_origin_second_of_sixty_is_carried_over() -> None:
    (event,), report = read_lines(TYPE_1.replace("50.4", "60.1"), TYPE_7, BENV_S, BLANK)
    assert iso(event.origin_time)[11:21] == "08:45:00.1"
    assert "60" in messages(report)[0]


def test_impossible_location_is_unknown() -> None:
    (event,), report = read_lines(TYPE_1.replace(" 10.349", "910.349"), *CLEAN[1:])
    assert event.latitude is None and "location unknown" in messages(report)[0]


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
    assert pick_times(read_event(TYPE_1, TYPE_7, line, BLANK)) == [time]


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
    (event,), report = read_lines(TYPE_1, TYPE_7, line, BENV_S, BLANK)
    assert [pick.station for pick in event.picks] == ["BENV"]
    assert [p.line for p in report.of_kind("skipped")] == [3]


def test_channel_of_three_letters_in_the_old_format() -> None:
    (event,), report = read_lines(TYPE_1, TYPE_7, TURV_P.replace(" HZ EP", " HHZEP"), BLANK)
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
    (event,), report = read_lines(TYPE_1, TYPE_7, *rows, BLANK)
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
    event = read_event(TYPE_1, TYPE_7, *rows, BLANK)
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
    (event,), report = read_lines(TYPE_1, NEW_7, *rows[:5], BLANK)
    assert report.problems == []
    first, second, third = event.picks
    assert (first.network, first.station, first.location, first.channel) == (
        "NS", "BER", "00", "HHZ")  # fmt: skip
    assert (first.phase, first.weight, first.automatic, first.polarity) == ("P", 4, True, "C")
    assert (second.station, second.phase, second.onset) == ("BAS17", "Pn", "E")
    assert third.phase == "IVmB_BB"
    assert pick_times(read_event(late, NEW_7, rows[5], BLANK)) == ["2018-04-28T00:00:01.000"]
    without_header, _ = read_lines(TYPE_1, *rows[:5], BLANK)
    assert without_header[0].picks == event.picks


ORIGIN = f"{' 2014  824 2350  5.0 L  64.000 -17.000  5.0  TES        1.2LTES':<79}1"
OLD_P = f"{' ABCD SZ IP       2350  7.12':<80}"
NEW_P = f"{' ABCD HHZ PB00 IP         2350  7.123':<80}"
HIGH_ACCURACY = f"{' 2014  824 2350  5.023  64.00012  -17.00012    5.345':<79}H"


def test_the_new_format_is_known_without_its_header() -> None:
    """In the old columns its hour and minute are blank, and blank is no time."""
    (event,), _ = read_lines(ORIGIN, NEW_P, NEW_P.replace("ABCD", "EFGH"))
    assert [(p.station, p.network, p.channel) for p in event.picks] == [
        ("ABCD", "PB", "HHZ"),
        ("EFGH", "PB", "HHZ"),
    ]
    assert iso(event.picks[0].time)[11:23] == "23:50:07.123"


def test_a_pick_without_hour_and_minute_is_left_out() -> None:
    midnight = ORIGIN.replace(" 2350 ", "  0 0 ")
    (event,), report = read_lines(midnight, OLD_HEADER, OLD_P.replace("2350", "    "))
    assert event.picks == []
    assert messages(report, "skipped") == ["time of the pick can't be read: left out"]


def test_a_weight_in_column_9_counts_for_short_phases_too() -> None:
    (event,), report = read_lines(ORIGIN, OLD_HEADER, OLD_P.replace("SZ IP", "SZ4IP"), BLANK)
    assert [(p.phase, p.weight) for p in event.picks] == [("P", 4)]
    assert messages(report) == [
        "weight in column 9 of a phase of 4 letters or less: taken as its weight"
    ]


@pytest.mark.parametrize(("second", "kept"), [("     7", 1), ("  7.12", 1), (" 7", 0), ("  7.", 0)])
def test_whole_seconds_are_believed_where_they_fill_their_columns(second: str, kept: int) -> None:
    (event,), _ = read_lines(ORIGIN, OLD_HEADER, f" ABCD SZ IP       2350{second}")
    assert len(event.picks) == kept


def test_a_location_code_of_two_dashes_is_empty() -> None:
    (event,), _ = read_lines(ORIGIN, NEW_7, NEW_P.replace("PB00", "PB--"))
    assert [(p.network, p.location) for p in event.picks] == [("PB", "")]


@pytest.mark.parametrize("length", range(1, 80))
@pytest.mark.parametrize(
    ("line", "parse"), [(ORIGIN, parse_origin), (HIGH_ACCURACY, parse_high_accuracy)]
)
def test_a_cut_line_tells_what_it_told_or_nothing(line: str, parse, length: int) -> None:
    whole, cut = parse(line, 1), parse(line[:length].rstrip(), 1)
    if cut is None:
        return
    assert cut.day == whole.day
    assert cut.time in (None, whole.time) or "no second" in cut.odd[0]
    assert cut.earliest <= whole.time <= cut.latest
    for name in ("latitude", "longitude", "depth_km"):
        assert getattr(cut, name) in (None, getattr(whole, name))
    assert [m.value for m in cut.magnitudes] in ([], [m.value for m in whole.magnitudes])


def test_a_cut_number_is_reported() -> None:
    (event,), report = read_lines(ORIGIN[:33])
    assert (event.latitude, event.longitude) == (None, None)
    assert "latitude or longitude not understood: location unknown" in messages(report)
