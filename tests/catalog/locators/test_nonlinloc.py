"""Phase files and located events of NonLinLoc."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.catalog.locators.nonlinloc import is_nonlinloc_located, is_nonlinloc_phases
from deepquake.catalog.obspy_formats import to_obspy
from deepquake.core.times import iso
from tests.catalog.locators.made_files import made_events, nonlinloc_located, nonlinloc_phases
from tests.catalog.locators.reading import check_origins, check_picks, read_as

PHASES, LOCATED = "NonLinLoc phases", "NonLinLoc"
LINE = (
    "MCB    ?    HHZ  i P      c 20190704 1702 59.0000 GAU  2.00e-02 -1.00e+00 -1.00e+00 -1.00e+00"
)


@pytest.mark.parametrize("prior", [False, True])
def test_phases_written_are_read(prior: bool) -> None:
    for seed in range(4):
        made = made_events(20, seed)
        found, said = read_as(PHASES, nonlinloc_phases(made, prior))
        check_picks(found, made, lambda pick: (pick.weight == 4, pick.onset, pick.polarity))
        assert all(event.origin_time is None for event in found) and said == []


@pytest.mark.parametrize("prior", [False, True])
def test_located_events_written_are_read(prior: bool) -> None:
    for seed in range(4):
        made = made_events(20, seed)
        found, said = read_as(LOCATED, nonlinloc_located(made, prior=prior))
        check_origins(found, made, places=3)
        check_picks(found, made, lambda pick: (pick.weight == 4, pick.onset, pick.polarity))
        assert [event.event_id for event in found] == [event.event_id for event in made]
        assert said == []
        pick = found[0].picks[0]
        assert (pick.residual_s, pick.in_origin, pick.channel) == (-0.25, True, "HHZ")


@pytest.mark.parametrize("state", ["REJECTED", "ABORTED", "IGNORED"])
def test_a_location_that_was_rejected_is_none(state: str) -> None:
    made = made_events(2)
    found, said = read_as(LOCATED, nonlinloc_located(made, state))
    check_picks(found, made)
    assert all(event.origin_time is None and event.latitude is None for event in found)
    assert not any(pick.in_origin or pick.residual_s for event in found for pick in event.picks)
    assert said == [(1, f"location that NonLinLoc calls {state}: not used, origin unknown")]


@pytest.mark.filterwarnings("ignore:Writing pick without time uncertainty")
def test_obspy_writes_what_is_read(tmp_path: Path) -> None:
    event = Event("7", 1562259775.34, 35.708, -117.504, 10.6)
    event.picks = [Pick("CLC", "P", 1562259777.84), Pick("CLC", "S", 1562259779.84)]
    path = tmp_path / "a.obs"
    to_obspy([event]).write(str(path), format="NLLOC_OBS")
    (found,), said = read_as(PHASES, path.read_text())
    check_picks([found], [event])
    assert said == []


def test_times_beyond_the_clock() -> None:
    text = f"{LINE}\n{LINE.replace('1702 59.0000', '2400 75.5000')}\n"
    text += LINE.replace("1702 59.0000", "  59 -1.0000")
    (event,), _ = read_as(PHASES, text)
    assert [iso(pick.time)[:22] for pick in event.picks] == [
        "2019-07-04T17:02:59.00", "2019-07-05T00:01:15.50", "2019-07-04T00:58:59.00"]  # fmt: skip


def test_what_is_not_used() -> None:
    lines = [LINE, f"{LINE} 0.5", f"{LINE} 0.0", LINE.replace("2.00e-02", "99999.9")]
    (event,), _ = read_as(PHASES, "\n".join(lines))
    assert [pick.weight for pick in event.picks] == [0, 0, 4, 4]


def test_remarks_ids_and_networks() -> None:
    text = f"# phases\nPUBLIC_ID smi:local/abc\n{LINE.replace('MCB   ', 'NC.MCB')}\n\n\n{LINE}\n"
    first, second = read_as(PHASES, text)[0]
    assert (first.event_id, second.event_id) == ("abc", "")
    assert [(p.network, p.station) for p in first.picks] == [("NC", "MCB")]


def test_coordinates_that_are_not_degrees_are_unknown() -> None:
    text = nonlinloc_located(made_events(1)).replace("Lat ", "Lat 53")
    (event,), said = read_as(LOCATED, text)
    assert event.latitude is None and event.origin_time is not None
    assert said == [(1, "latitude or longitude missing or out of range: location unknown")]


def test_what_is_not_understood_is_reported() -> None:
    wrong = "what?", LINE.replace("20190704", "20191304"), LINE.replace("59.0000", "*******")
    text = "\n".join((LINE, *wrong))
    (event,), said = read_as(PHASES, text)
    assert len(event.picks) == 1 and [line for line, _ in said] == [2, 3, 4]
    text = nonlinloc_located(made_events(1)).replace("Depth ", "Depth *")
    (event,), said = read_as(LOCATED, text)
    assert len(event.picks) == 10 and said[0][0] == 3
    assert event.magnitudes == [Magnitude(made_events(1)[0].magnitudes[0].value, "ML")]


def test_other_texts_are_none() -> None:
    for text in ("", "# nothing\n", "station,phase,time\n", LINE[:50], "NLLOCATED\n"):
        assert not is_nonlinloc_phases(text) and not is_nonlinloc_located(text)
