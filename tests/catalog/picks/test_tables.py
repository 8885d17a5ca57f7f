"""Lists of picks: which event each is of, and what a row says of it."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event, is_p, is_usable
from deepquake.catalog.reader import read_catalog, read_file
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import iso
from tests.catalog.made_tables import read_text


def test_the_date_of_a_pick_is_not_that_of_its_origin() -> None:
    (event,), told = read_text(
        "event_id,station,phase,year,month,day,hour,minute,second\n"
        "a,ABCD,P,2014,8,24,0,1,7\na,EFGH,P,2014,8,24,0,1,5.5\n"
    )
    assert event.origin_time is None and len(event.picks) == 2
    assert told == []


def picks(columns: str, *lines: str) -> tuple[list[Event], list[str]]:
    events, told = read_text("\n".join([f"station,phase,time,{columns}", *lines]))
    return events, [message for _, message in told]


A, B = "A,P,2014-08-24T00:01:07", "B,P,2014-08-24T00:01:08"


@pytest.mark.parametrize(
    ("columns", "lines", "place"),
    [
        ("event_id,lat,lon", [f"{A},1,64,-17", f"{B},1,64.1,-17.1"], None),
        ("event_id,lat,lon", [f"{A},1,64,-17", f"{B},1,64,-17"], (64.0, -17.0)),
        ("event_id,lat,lon", [f"{A},1,64,-17"], None),
        ("event_id,lat,lon", [f"{A},1,64,-17", f"{A},1,64,-17"], None),
        ("origin_time,lat,lon", [f"{A},2014-08-24T00:01:01,64,-17"], (64.0, -17.0)),
        ("origin_time,lat,lon", [f"{A},20140824000101,64,-17", f"{B},20140824000101,65,-17"], None),
    ],
)
def test_a_station_is_no_epicentre(columns: str, lines: list[str], place) -> None:
    (event,), told = picks(columns, *lines)
    assert len(event.picks) == len(lines)
    assert (event.latitude, event.longitude) == (place or (None, None))
    assert any("may be those of the station" in message for message in told) == (place is None)


def test_picks_of_no_event_are_arrivals_too() -> None:
    events, told = picks("event_index", f"{A},-1", f"{B},3", f"{B},-1")
    assert [(e.event_id, len(e.picks), e.loose) for e in events] == [("3", 1, False), ("", 2, True)]
    assert told == ["picks of event -1, that is of none, are taken as picks without an event: 2"]


def test_a_column_id_is_of_the_event_only_where_it_repeats() -> None:
    events, _ = picks("id", f"{A},1", f"{B},2")
    assert [event.loose for event in events] == [True]
    events, _ = picks("id", f"{A},1", f"{B},1", "A,P,2014-08-24T00:02:07,2")
    assert [(e.event_id, len(e.picks)) for e in events] == [("1", 2), ("2", 1)]


def test_a_score_is_kept_and_marks_a_pick_as_automatic() -> None:
    (event,), told = picks("prob,mode", f"{A},0.3,", f"{B},0.9,manual", f"{B},87,automatic")
    assert [(p.score, p.automatic) for p in event.picks] == [
        (0.3, True), (0.9, False), (None, True)]  # fmt: skip
    assert told == ["score not from 0 to 1: taken as unknown"]
    (event,), _ = picks("evaluation_mode", f"{A},automatic", f"{B},manual")
    assert [p.automatic for p in event.picks] == [True, False]


def test_an_odd_score_or_residual_does_not_cost_the_pick() -> None:
    (event,), told = picks("score,residual,mode", f"{A},high,1e999,machine", f"{B},0.5,0.1,M")
    assert [(p.score, p.residual_s, p.automatic) for p in event.picks] == [
        (None, None, True), (0.5, 0.1, False)]  # fmt: skip
    assert len(told) == 3


def test_rejected_picks_are_kept_but_not_used() -> None:
    (event,), told = picks("status", f"{A},rejected", f"{B},confirmed")
    assert [is_usable(pick) for pick in event.picks] == [False, True]
    assert told == ["picks that the table calls rejected, deleted or not in use are not used: 1"]


def test_picks_of_what_is_no_event_are_not_used() -> None:
    (event,), _ = picks("event_id,event_type", f"{A},1,not existing", f"{B},1,not existing")
    assert not any(map(is_usable, event.picks))


def test_a_name_of_a_place_is_no_location_code() -> None:
    (event,), _ = picks("location", f"{A},Mammoth Lakes", f"{B},00")
    assert [pick.location for pick in event.picks] == ["", "00"]


def test_columns_not_used_are_named_once() -> None:
    _, told = picks("snr,amp", f"{A},1,2", f"{B},1,2")
    assert told == ["columns not used: snr, amp"]


def test_a_pick_that_cannot_be_of_its_event_is_not_used() -> None:
    (event,), told = picks("event_id,origin_time", f"{A},1,2014-08-24T00:01:08", f"{B},1,")
    assert [pick.weight for pick in event.picks] == [4, 0]
    assert told == [
        "pick before its origin or later than its phase can be: kept, but not used (weight 4)"
    ]


@pytest.mark.parametrize(
    ("station", "columns", "codes"),
    [
        ("NC.MDC", "", ("NC", "MDC", "", "")),
        ("NC.MDC.00.HHZ", "", ("NC", "MDC", "00", "HHZ")),
        ("NC.MDC..HH.017.npz", "", ("NC", "MDC", "", "HH")),
        ("MDC", "NC", ("NC", "MDC", "", "")),
        ("NC.MDC", "NC", ("NC", "MDC", "", "")),
        ("MDC..HHZ", "NC", ("NC", "MDC", "", "HHZ")),
    ],
)
def test_codes(station: str, columns: str, codes: tuple[str, ...]) -> None:
    (event,), _ = read_text(
        f"station_id,phase,time,net\n{station},P,2014-08-24T00:01:07,{columns}\n"
    )
    (pick,) = event.picks
    assert (pick.network, pick.station, pick.location, pick.channel) == codes


def test_a_row_of_several_phases_is_as_many_picks() -> None:
    events, told = read_text(
        "station,p_time,p_prob,s_time,s_prob\nA,2014-08-24T00:01:07,0.9,2014-08-24T00:01:09,0.4\n"
        "B,2014-08-24T00:01:08,0.8,,\nC,,,,\n"
    )
    assert [(p.station, p.phase, p.score) for p in events[0].picks] == [
        ("A", "P", 0.9), ("A", "S", 0.4), ("B", "P", 0.8)]  # fmt: skip
    assert told == [(1, "rows without a pick: 1")]


def test_sample_numbers_count_from_the_start_of_the_record() -> None:
    (event,), _ = read_text(
        "station_code,source_id,source_origin_time,source_latitude_deg,source_longitude_deg,"
        "trace_start_time,trace_sampling_rate_hz,trace_Pn_arrival_sample,trace_S_arrival_sample\n"
        "A,e1,2014-08-24T00:01:00,64,-17,2014-08-24T00:00:50.5,50,700.5,\n"
        "A,e1,2014-08-24T00:01:00,64,-17,2014-08-24T00:00:50.5,50,-3,1e999\n"
    )
    (pick,) = event.picks
    assert (pick.phase, iso(pick.time)) == ("Pn", "2014-08-24T00:01:04.510000Z")
    assert (event.event_id, event.latitude) == ("e1", 64.0)


@pytest.mark.parametrize("date", ["", "date,"])
def test_a_time_of_day_without_a_date_is_refused(date: str) -> None:
    text = f"{date}origin_time,station,phase,arrival_time\n"
    text += f"{date and '2014-08-24,'}23:59:58,A,P,00:00:02.8\n"
    with pytest.raises(DeepQuakeError, match=r"line 2: '00:00:02.8' is a time of day without a"):
        read_text(text)


def test_a_date_beside_a_time_of_day_is_the_picks_where_no_origin_is_told() -> None:
    (event,), _ = read_text("date,station,phase,time\n2014-08-24,A,P,00:00:02.8\n")
    assert iso(event.picks[0].time) == "2014-08-24T00:00:02.800000Z"


# --- inputs that went wrong --------------------------------------------------------------------

FORMATS = {
    "refused/eqt.csv": "GS.CA06 P 2019-09-01T00:03:10.37 0.7, GS.CA06 S 2019-09-01T00:03:11.45 0.6",
    "refused/seisbench.csv": "NC.MCB P 2019-07-04T17:02:57, NC.MCB S 2019-07-04T17:03:01",
    "refused/stead.csv": "TA.109C P 2006-07-23T15:58:54.41, TA.109C S 2006-07-23T15:58:56.35",
    "refused/f28_phase_row_ps.csv": ".MCB P 2019-07-04T17:02:58.1, .MCB S 2019-07-04T17:03:02.1",
    "refused/f18_isc_arrivals.csv": ".MAJO Pn 2011-03-11T05:47:23.5",
    "refused/f22_pick_type.csv": "NC.MCB P 2019-07-04T17:02:58.1 0.9",
}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_picks_of_many_programs(shared_cases: Path, name: str) -> None:
    (event,) = read_file(shared_cases / "catalogues" / name, Report())[0]
    found = [
        f"{p.network}.{p.station} {p.phase} {iso(p.time).rstrip('0Z').rstrip('.')}"
        + ("" if p.score is None else f" {p.score:g}")
        for p in event.picks
    ]
    assert ", ".join(found) == FORMATS[name]


def test_of_quakemigrate_what_it_found(shared_cases: Path) -> None:
    (event,) = read_file(shared_cases / "catalogues" / "refused" / "qm.picks", Report())[0]
    assert len(event.picks) == 13 and event.event_id == "qm" and not event.loose
    assert event.picks[0].residual_s == pytest.approx(0.027137) and event.picks[0].automatic


def test_origin_of_the_isc(shared_cases: Path) -> None:
    path = shared_cases / "catalogues" / "refused" / "f18_isc_arrivals.csv"
    (event,) = read_file(path, Report())[0]
    assert iso(event.origin_time) == "2011-03-11T05:46:23.000000Z"
    assert (event.latitude, event.depth_km) == (38.2963, 19.7)
    assert (event.magnitudes[0].value, event.magnitudes[0].kind) == (9.1, "MW")
    assert event.picks[0].in_origin and event.picks[0].residual_s == 0.1


@pytest.mark.parametrize(("name", "p_of_events"), [("gamma_pair", [2, 1]), ("pyocto_pair", [2, 2])])
def test_events_and_picks_of_an_associator_are_joined(
    shared_cases: Path, name: str, p_of_events: list[int]
) -> None:
    events = read_catalog(shared_cases / "catalogues" / name, Report())
    assert [sum(is_p(p.phase) for p in event.picks) for event in events] == p_of_events
    assert all(event.latitude is not None and event.picks[0].network for event in events)
    assert all(pick.automatic for event in events for pick in event.picks)


def test_weights_and_states_of_real_tables(shared_cases: Path) -> None:
    folder = shared_cases / "catalogues"
    (event,) = read_file(folder / "f19_pick_dist.csv", Report())[0]
    assert [pick.station for pick in event.picks if is_usable(pick)] == ["CLC", "MCB"]
    (event,) = read_file(folder / "f25_phase_epoch.csv", Report())[0]
    assert [pick.phase for pick in event.picks if is_usable(pick)] == ["S"]
    (event,) = read_file(folder / "pick_id_unique.csv", Report())[0]
    assert len(event.picks) == 4 and event.loose
    with pytest.raises(DeepQuakeError, match="a time of day without a date"):
        read_file(folder / "f21_pick_timeofday.csv", Report())


def test_a_column_id_that_repeats_is_the_events_beside_an_origin_time_too() -> None:
    events, _ = read_text(
        "id,origintime,station,phase,time\n"
        "dq1,2014-08-24T00:01:05,AAA,P,2014-08-24T00:01:08\n"
        "dq1,2014-08-24T00:01:05,AAA,S,2014-08-24T00:01:10\n"
    )
    assert [(event.event_id, len(event.picks)) for event in events] == [("dq1", 2)]


def test_picks_out_of_use_by_a_column_of_their_own() -> None:
    for column, out, kept in (
        ("used", "0", "1"),
        ("defining", "False", "True"),
        ("deleted", "1", "0"),
        ("w", "4", "2"),
    ):
        (event,), _ = picks(column, f"{A},{out}", f"{B},{kept}")
        assert [is_usable(pick) for pick in event.picks] == [False, True], column


def test_scores_in_percent() -> None:
    (event,), told = picks("probability", f"{A},95", f"{B},20")
    assert [pick.score for pick in event.picks] == [0.95, 0.2]
    assert told == ["scores such as 95: read as percent"]


def test_a_day_of_the_year_is_not_read_as_milliseconds() -> None:
    text = "station,phase,time\nA,P,2014236102050.1\nB,P,1408875650100\n"
    (event,), told = read_text(text)
    assert [iso(pick.time) for pick in event.picks] == ["2014-08-24T10:20:50.100000Z"]
    assert told == [(2, "pick not understood ('2014236102050.1' is not a time): left out")]


def test_parts_of_a_second_of_a_pick() -> None:
    (event,), _ = picks("msec", f"{A},250", f"{B},0")
    assert [pick.time % 60 for pick in event.picks] == [7.25, 8.0]


def test_phases_that_are_numbers_are_told() -> None:
    (event,), told = picks("event_id", f"{A.replace('P', '0')},1", f"{B.replace('P', '1')},1")
    assert [pick.phase for pick in event.picks] == ["0", "1"]
    assert any("phases are written as numbers (0, 1)" in message for message in told)


def test_the_picks_of_step_6_are_read() -> None:
    (event,), told = read_text(
        "station_id,phase_time,phase_type,phase_score,phase_uncertainty_s,cluster_id\n"
        "XX.AAA.00.HH,2014-08-24T00:01:07.12Z,P,0.91,0.050,0\n"
        "XX.AAA.00.HH,2014-08-24T00:01:09.12Z,S,0.81,,0\n"
    )
    first, second = event.picks
    codes = (first.network, first.station, first.location, first.channel)
    assert codes == ("XX", "AAA", "00", "HH")
    assert (first.phase, first.score, first.automatic) == ("P", 0.91, True)
    assert second.phase == "S" and iso(second.time) == "2014-08-24T00:01:09.120000Z"
    assert (first.uncertainty_s, second.uncertainty_s, told) == (0.05, None, [])


def test_of_the_detections_of_step_6_the_p_is_read() -> None:
    (event,), _ = read_text(
        "station,start_time,end_time,probability,cluster_id,n_windows,network,location,channel,"
        "p_time,p_uncertainty_s\n"
        "AAA,2014-08-24T00:01:00Z,2014-08-24T00:01:15Z,0.9,0,7,XX,00,HH,2014-08-24T00:01:07Z,0.1\n"
    )
    (pick,) = event.picks
    assert (pick.phase, iso(pick.time)) == ("P", "2014-08-24T00:01:07.000000Z")
    assert (pick.network, pick.location, pick.channel, pick.score) == ("XX", "00", "HH", 0.9)


def test_of_matches_what_was_found_and_is_not_false_is_read() -> None:
    time = "2014-08-24T00:0{}:07Z"
    span = f"{time.format(0)},{time.format(9)},0.9,0,00,HH"
    events, told = read_text(
        "network,station,outcome,p_time,event_id,start_time,end_time,probability,cluster_id,"
        "location,channel,phase,phase_time,residual_s,verdict\n"
        f"XX,AAA,found,{time.format(1)},e1,{span},P,{time.format(2)},0.1,\n"
        f"XX,AAA,missed,{time.format(3)},e1,,,,,,,S,,,\n"
        f"XX,AAA,false,,,{span},P,{time.format(4)},,true\n"
        f"XX,AAA,false,,,{span},P,{time.format(5)},,noise\n"
        f"XX,AAA,false,,,{span},P,{time.format(6)},,\n"
    )
    found = {
        event.event_id: [iso(pick.time)[:19] + "Z" for pick in event.picks] for event in events
    }
    assert found == {"e1": [time.format(2)], "": [time.format(4)]}
    assert any("whose verdict or outcome is false are left out: 2" in text for _, text in told)


def test_the_region_that_a_network_tells() -> None:
    ((event,), told) = picks("region_probabilities", f'{A},"[0.25, 0.75]"', f"{B},")
    assert [pick.region_probabilities for pick in event.picks] == [(0.25, 0.75), ()]
    assert told == []
    ((event,), told) = picks("region_probabilities", f"{A},east", f'{B},"[2, -1]"')
    assert [pick.region_probabilities for pick in event.picks] == [(), ()]
    assert any("region_probabilities" in message for message in told)
