"""Phase, archive and summary files of HYPOINVERSE-2000, and what EQTransformer writes."""

from deepquake.catalog.events import Magnitude
from deepquake.catalog.locators.hypoinverse import is_hypoinverse
from deepquake.core.times import iso
from tests.catalog.locators.made_files import hypoinverse, hypoinverse_summary, made_events
from tests.catalog.locators.reading import check_origins, check_picks, read_as

NAME = "HYPOINVERSE"
HEADER = "201907041702553435 4248117 3024 1060398\n"
MCB = "MCB  NC  EHZ EPU0201907041702 5900\n"
MDC = "MDC  NC  EHZ IPD0201907041702 6020        6310ES 1\n"
END = f"{38443095:72d}\n"


def test_what_is_written_is_read() -> None:
    for seed in range(4):
        made = made_events(20, seed)
        for shadow in (False, True):
            found, said = read_as(NAME, hypoinverse(made, shadow))
            check_origins(found, made)
            check_picks(found, made, lambda pick: (pick.weight, pick.onset))
            check_picks(found, made, lambda pick: pick.phase == "S" or pick.polarity)
            assert [event.event_id for event in found] == [event.event_id for event in made]
            assert said == []
        p, s = found[0].picks[:2]
        assert (p.network, p.channel) == ("XX", "EHZ")
        assert (p.residual_s, p.in_origin) == (0.12, True) and s.residual_s == -0.31


def test_summaries_alone() -> None:
    made = made_events(30)
    text = "".join(f"{hypoinverse_summary(event)}\n" for event in made)
    found, said = read_as(NAME, text)
    check_origins(found, made)
    assert said == [] and [m.kind for m in found[0].magnitudes] == ["L"]


def test_a_header_two_stations_and_an_id() -> None:
    (event,), said = read_as(NAME, HEADER + MCB + MDC + END)
    assert (event.event_id, event.latitude, event.longitude) == ("38443095", 35.708, -117.504)
    assert (event.depth_km, event.magnitudes) == (10.6, [Magnitude(3.98, "L")])
    assert [(p.station, p.phase, iso(p.time)[11:22], p.weight) for p in event.picks] == [
        ("MCB", "P", "17:02:59.00", 0), ("MDC", "P", "17:03:00.20", 0),
        ("MDC", "S", "17:03:03.10", 1)]  # fmt: skip
    assert said == []


def test_hemispheres_and_blanks_for_zeros() -> None:
    (event,), _ = read_as(NAME, "2019 7 4 0 2 53435S4248117E3024  -60  0\n")
    assert (event.latitude, event.longitude, event.depth_km) == (-35.708, 117.504, -0.6)
    assert iso(event.origin_time) == "2019-07-04T00:02:05.340000Z" and event.magnitudes == []


def test_a_blast_and_a_fixed_depth() -> None:
    (event,), _ = read_as(NAME, f"{HEADER[:-1]:<80}Q-\n")
    assert event.kind == "blast" and event.depth_fixed


def test_ids_wherever_they_are() -> None:
    trial = f"    17 2 55.34 35 42.48 117 30.24{'':29}{77:>10}\n"
    for end, identity in (("    12\n", "12"), (f"{0:72d}\n", ""), (trial, "77"), (trial[:40], "")):
        (event,), said = read_as(NAME, HEADER + MCB + end)
        assert event.event_id == identity and said == []


def test_events_without_a_line_between_them() -> None:
    events, _ = read_as(NAME, HEADER + MCB + HEADER.replace("1702", "1802") + MDC)
    assert [(event.source_line, len(event.picks)) for event in events] == [(1, 1), (3, 2)]


def test_a_header_with_the_time_alone() -> None:
    events, _ = read_as(NAME, HEADER + MCB + "20190704180255\n" + MDC.replace("1702", "1802"))
    assert [(event.latitude, len(event.picks)) for event in events] == [(35.708, 1), (None, 2)]


def test_the_example_of_the_manual() -> None:
    text = (
        "BMS  NC VVHZ  P 4201907041702 9999  00  0\n"
        "PVC  NC VVHZ IPD1201907041702 6781        6898ESD2\n"
    )
    (event,), said = read_as(NAME, HEADER + text)
    assert [(p.station, p.phase, p.weight) for p in event.picks] == [
        ("PVC", "P", 1),
        ("PVC", "S", 2),
    ]
    assert said == [(2, "second of 99.99, where no arrival was read: left out")]


def test_weights_of_4_and_more_are_none() -> None:
    text = "".join(MCB.replace("EPU0", f"EPU{weight}") for weight in "_3489".replace("_", " "))
    (event,), _ = read_as(NAME, HEADER + text)
    assert [p.weight for p in event.picks] == [0, 3, 4, 4, 4]


def test_a_p_without_a_remark_is_not_used() -> None:
    (event,), said = read_as(NAME, HEADER + MCB.replace("EPU", "   "))
    assert [(p.phase, p.weight) for p in event.picks] == [("P", 4)]
    assert said == [(2, "P without a remark, which HYPOINVERSE passes over: not used")]


def test_eqtransformer_tells_no_origin() -> None:
    text = (
        "2017 915 0 522.9142 38.58111W27.54 5.000.00\n"
        "ID06 GS  HHE     2017 915 0 5 0.00       24.21ES 0\n"
        "ID06 GS  HHZ IP 02017 915 0 522.82        0.00   0\n"
        f"{200001:72d}\n"
        "2017 915 0 62.9142 8.58 11 7.54 5.000.00\n"
        "ID06 GS  HHZ IP 32017 915 0 6 3.00        0.00   0\n"
        f"{200002:72d}\n"
    )
    events, said = read_as(NAME, text)
    assert [event.event_id for event in events] == ["200001", "200002"]
    assert all(event.origin_time is None and event.latitude is None for event in events)
    assert [(p.phase, p.channel, iso(p.time)[14:22], p.automatic) for p in events[0].picks] == [
        ("S", "HHE", "05:24.21", True), ("P", "HHZ", "05:22.82", True)]  # fmt: skip
    assert events[1].picks[0].weight == 3
    assert len(said) == 1 and "as EQTransformer writes it" in said[0][1]


def test_eqtransformer_tells_an_event_by_several_lists_of_stations() -> None:
    header = "2017 915 0 522.9142 38.58111W27.54 5.000.00\n"
    first, second = (f"ID0{n} GS  HHZ IP 02017 915 0 522.82        0.00   0\n" for n in (6, 7))
    end = f"{200001:72d}\n"
    events, said = read_as(NAME, header + first + end + header + first + second + end)
    assert [[pick.station for pick in event.picks] for event in events] == [["ID06", "ID07"]]
    assert "event told several times" in said[-1][1]


def test_a_pick_before_its_origin_is_kept_and_not_used() -> None:
    (event,), said = read_as(NAME, HEADER + MCB.replace("1702 59", "1700 59") + MDC)
    assert [p.weight for p in event.picks] == [4, 0, 1]
    assert said == [
        (2, "pick before its origin or later than its phase can be: kept, but not used (weight 4)")
    ]


def test_what_is_not_understood_is_reported() -> None:
    text = HEADER + MCB.replace(" 5900", "*****") + "what?\n" + MDC.replace(" 6310", "*****") + END
    (event,), said = read_as(NAME, text)
    assert [(p.station, p.phase) for p in event.picks] == [("MDC", "P")]
    assert [line for line, _ in said] == [2, 3, 4]
    (event,), said = read_as(NAME, HEADER.replace("35 4248", "** ****") + MDC)
    assert event.latitude is None and event.origin_time is not None
    assert "location not understood" in said[0][1]


def test_other_texts_are_none() -> None:
    for text in ("", "$1\n", "20190704170255\n20190704170256\n", "2019-07-04 17:02:55 35 -117\n"):
        assert not is_hypoinverse(text)
    assert not is_hypoinverse(HEADER.replace("201907", "201913"))
