"""QuakeML as agencies write it; to ObsPy's catalogues and back, through every format it writes."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.obspy_formats import to_obspy
from deepquake.catalog.reader import read_file
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from tests.catalog.made_quakeml import HEAD, TAIL, Origin, QuakePick, preferred, quakeml
from tests.made_data import network_events


@pytest.mark.parametrize("format_name", ["QUAKEML", "SCML", "NORDIC", "ZMAP"])
def test_what_obspy_writes(tmp_path: Path, format_name: str) -> None:
    events = network_events(2)
    catalog = to_obspy(events)
    for event in catalog:
        event.magnitudes[0].magnitude_type = "ML"
    path = tmp_path / "catalog"
    catalog.write(str(path), format=format_name)
    got, _ = read_file(path, Report())
    assert len(got) == 2
    for event, wanted in zip(got, events, strict=True):
        assert event.origin_time == pytest.approx(wanted.origin_time, abs=1e-3)
        assert event.latitude == pytest.approx(wanted.latitude, abs=1e-3)
        assert event.depth_km == pytest.approx(wanted.depth_km, abs=1e-3)
        if format_name != "ZMAP":
            assert [(p.station, p.phase) for p in event.picks] == [
                (p.station, p.phase) for p in wanted.picks
            ]


def test_quakeml_keeps_codes_weights_and_ids(tmp_path: Path) -> None:
    event = network_events(1)[0]
    event.picks = [
        Pick(
            "BER", "Pn", event.origin_time + 9, "NS", "00", "HHZ", "I", "C", 0, True, in_origin=True
        ),
        Pick("BER", "S", event.origin_time + 15, "NS", "00", "HHN", "E", "", 4),
        Pick(
            "ASK",
            "P",
            event.origin_time + 11,
            "NS",
            "",
            "HHZ",
            weight=3,
            in_origin=True,
            residual_s=-0.25,
            uncertainty_s=0.125,
        ),
        Pick("BLS", "P", event.origin_time + 12, "NS", "", "HHZ", weight=9, in_origin=True),
    ]
    event.kind, event.depth_fixed = "probable explosion", True
    path = tmp_path / "q.xml"
    to_obspy([event]).write(str(path), format="QUAKEML")
    first = path.read_bytes()
    to_obspy([event]).write(str(path), format="QUAKEML")
    assert path.read_bytes() == first
    (got,), _ = read_file(path, Report())
    assert got.picks == event.picks
    assert (got.event_id, got.kind, got.depth_fixed) == (event.event_id, "probable explosion", True)


def read(folder: Path, *events: str) -> tuple[list[Event], list[str]]:
    """Return the events of a file of these elements, and what was said of them."""
    path, report = folder / "some.xml", Report()
    path.write_text(HEAD + "".join(events) + TAIL)
    return read_file(path, report)[0], [problem.message for problem in report.problems]


CENTROID = "<type>centroid</type>"
REJECTED = "<evaluationStatus>rejected</evaluationStatus>"
TWO = [QuakePick("a", "17:02:59"), QuakePick("b", "17:03:01", "VE.MDC")]


@pytest.mark.parametrize(
    ("first", "second", "prefers"),
    [
        ({"mode": "automatic"}, {}, ""),
        ({"mode": ""}, {}, ""),
        ({"mode": "automatic"}, {"mode": ""}, ""),
        ({"more": CENTROID}, {"mode": "automatic"}, ""),
        ({"more": CENTROID}, {}, "x1"),
        ({"name": "gcmt20190704"}, {}, ""),
        ({"clock": "17:03:07"}, {}, ""),
        ({"arrivals": [("a", "P", "1")]}, {"arrivals": [("a", "P", "1"), ("b", "P", "1")]}, ""),
        ({"made": "18:00:00"}, {"made": "19:00:00"}, ""),
        ({"more": REJECTED}, {"mode": "automatic"}, ""),
        ({"more": REJECTED}, {"mode": "automatic"}, "x1"),
        ({"mode": "manual"}, {"mode": "automatic"}, "x2"),
    ],
)
def test_which_of_two_origins_an_event_has(
    tmp_path: Path, first: dict, second: dict, prefers: str
) -> None:
    origins = [Origin(**{"name": "x1", "latitude": 11.0, **first}), Origin("x2", **second)]
    for order in (origins, origins[::-1]):
        element = quakeml(order, TWO, more=preferred(prefers) if prefers else "")
        (event,), said = read(tmp_path, element)
        assert event.latitude == 10.2
        assert any("of 2 origins" in text for text in said) == (prefers != "x2")


def test_a_derived_origin_is_that_of_a_moment_tensor(tmp_path: Path) -> None:
    tensor = (
        '<focalMechanism publicID="smi:x/f"><momentTensor publicID="smi:x/m"><derivedOriginID>'
        "smi:x/origin/x1</derivedOriginID></momentTensor></focalMechanism>"
    )
    element = quakeml([Origin("x1", latitude=11), Origin("x2")], TWO, more=tensor)
    assert [event.latitude for event in read(tmp_path, element)[0]] == [10.2]


def test_an_event_whose_origins_were_all_rejected_has_no_location(tmp_path: Path) -> None:
    element = quakeml([Origin("x1", more=REJECTED)], TWO, more=preferred("x1"))
    (event,), said = read(tmp_path, element)
    assert (event.origin_time, event.latitude, len(event.picks)) == (None, None, 2)
    assert said == ["event 1: its origin was rejected: without a location"]


@pytest.mark.parametrize(
    ("weights", "read_as", "used"),
    [
        (("1.0", "0.0"), [0, 4], [True, False]),
        (("0.4", ""), [0, 0], [True, True]),
        (("0.0", "0.0"), [0, 0], [True, True]),
        (("0", "3"), [0, 3], [True, True]),
        (("4", "0"), [4, 0], [False, True]),
        (("1.3", "0"), [0, 4], [True, False]),
    ],
)
def test_weights_of_arrivals(
    tmp_path: Path, weights: tuple[str, str], read_as: list[int], used: list[bool]
) -> None:
    arrivals = [("a", "P", weights[0]), ("b", "P", weights[1])]
    (event,), _ = read(tmp_path, quakeml([Origin("x", arrivals=arrivals)], TWO))
    assert [pick.weight for pick in event.picks] == read_as
    assert [pick.in_origin for pick in event.picks] == used


@pytest.mark.parametrize(
    ("hint", "phase", "read_as", "told"),
    [
        ("P", "S", "S", True),
        ("P", "pP", "pP", True),
        ("S", "Pg", "Pg", True),
        ("P", "Pn", "Pn", False),
        ("", "Pg", "Pg", False),
        ("Sg", "", "Sg", False),
    ],
)
def test_the_arrival_of_the_chosen_origin_says_the_phase(
    tmp_path: Path, hint: str, phase: str, read_as: str, told: bool
) -> None:
    old = Origin("old", mode="automatic", arrivals=[("a", "PP", "1")])
    new = Origin("new", arrivals=[("a", phase, "1")] if phase else [])
    element = quakeml([old, new], [QuakePick("a", "17:02:59", hint=hint)], more=preferred("new"))
    (event,), said = read(tmp_path, element)
    assert [pick.phase for pick in event.picks] == [read_as]
    assert any("by the arrival of the origin" in text for text in said) == told


def test_codes_are_trimmed_and_in_capitals(tmp_path: Path) -> None:
    picks = [QuakePick("a", "17:02:59", " ve.mcb "), QuakePick("b", "17:02:59", ".MDC")]
    (event,), _ = read(tmp_path, quakeml([Origin("x")], picks))
    assert [(p.network, p.station) for p in event.picks] == [("VE", "MCB"), ("", "MDC")]


def test_what_was_read_before_the_origin_is_kept_out_of_use(tmp_path: Path) -> None:
    (event,), said = read(
        tmp_path, quakeml([Origin("x")], [*TWO, QuakePick("c", "17:02:50", "VE.MXX")])
    )
    assert [pick.weight for pick in event.picks] == [0, 0, 4]
    assert "P at MXX is before its origin" in said[0]


@pytest.mark.parametrize("kind", ["not existing", "deleted", "duplicate", "rejected"])
def test_what_is_no_event_is_left_out_and_said(tmp_path: Path, kind: str) -> None:
    events, said = read(tmp_path, quakeml([Origin("x")], TWO, kind=kind))
    assert events == []
    assert said == [f"event 1 is marked as {kind}: left out"]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("outside of network interest", "other"),
        ("not locatable", ""),
        ("quarry blast", "blast"),
        ("something new", "other"),
        ("", ""),
    ],
)
def test_a_type_obspy_does_not_know_loses_no_event(tmp_path: Path, kind: str, word: str) -> None:
    elements = [quakeml([Origin("x")], TWO, kind=k) for k in ("earthquake", kind)]
    elements[1] = elements[1].replace("event/e1", "event/e2")
    assert [event.kind for event in read(tmp_path, *elements)[0]] == ["earthquake", word]


@pytest.mark.parametrize(
    ("name", "time", "latitude"),
    [("q4_noprefer", 55, 10.2), ("q10_derived_origin", 55, 10.2), ("q1_auto_and_manual", 55, 10.2)],
)
def test_origins_of_real_shapes(shared_cases: Path, name: str, time: int, latitude: float) -> None:
    (event,), _ = read_file(shared_cases / "catalogues" / f"{name}.xml", Report())
    assert (event.origin_time % 60, event.latitude) == (time, latitude)
    assert [pick.automatic for pick in event.picks] == [True, False][-len(event.picks) :]


def test_phases_weights_and_codes_of_real_shapes(shared_cases: Path) -> None:
    def picks(name: str) -> list[Pick]:
        return read_file(shared_cases / "catalogues" / f"{name}.xml", Report())[0][0].picks

    assert [(p.station, p.phase) for p in picks("q2_hintP_arrivalS")] == [
        *(("MCB", "S"), ("MDC", "P"), ("MXX", "pP")),
    ]
    assert [(p.weight, p.in_origin) for p in picks("q3_weight0")] == [(4, False), (0, True)]
    assert {p.station for p in picks("q11_codes")} == {"MCB"}
    assert [p.network for p in picks("q12_two_agencies")] == ["VE", ""]


def test_kinds_of_real_shapes(shared_cases: Path) -> None:
    report = Report()
    events, _ = read_file(shared_cases / "catalogues" / "q7_types.xml", report)
    assert [event.kind for event in events] == [
        *("blast", "blast", "other", "thunder", "explosion", "thunder", ""),
    ]
    assert len(report.of_kind("skipped")) == 1


def test_a_rejected_location_of_nonlinloc_is_none(shared_cases: Path) -> None:
    (event,), _ = read_file(shared_cases / "catalogues" / "r_nlloc_rejected.hyp", Report())
    assert (event.origin_time, event.latitude, len(event.picks)) == (None, None, 4)


def test_xml_that_is_cut_short_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "event.xml"
    path.write_text(HEAD + quakeml([], [QuakePick("p", "17:02:59")])[:-40])
    with pytest.raises(DeepQuakeError, match=r"event\.xml: line \d+: is XML that is cut short"):
        read_file(path, Report())


@pytest.mark.parametrize("time_s", [1e15, -1e15])
def test_times_that_no_calendar_has_are_written(tmp_path: Path, time_s: float) -> None:
    picks = [Pick("AAA", "P", time_s)]
    event = Event("1", origin_time=time_s, latitude=1.0, longitude=2.0, picks=picks)
    to_obspy([event]).write(str(tmp_path / "a.xml"), format="QUAKEML")
    (got,), _ = read_file(tmp_path / "a.xml", Report())
    assert got.origin_time is not None and abs(got.origin_time) < 1e12
