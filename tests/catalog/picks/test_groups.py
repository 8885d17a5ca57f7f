"""Picks without events: which are put together, on made and on real lists."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Pick, is_p, p_picks
from deepquake.catalog.picks.groups import StationPlaces, group_picks
from deepquake.catalog.reader import read_files
from deepquake.core.report import Report
from deepquake.core.times import parse_iso

NEAR, FAR = (64.0, -17.0), (64.0, -16.0)  # 49 km apart: 12.2 s of a slow P, 21.2 s of a slow S
PLACES = {"A": NEAR, "B": FAR, "C": (64.01, -17.0)}


def groups(text: str, places: StationPlaces | None = None) -> list[str]:
    """Return groups of picks written as station, phase and second: 'AP0 BP5 AS9'."""
    picks = [Pick(word[0], word[1], float(word[2:])) for word in text.split()]
    found = group_picks(reversed(picks), PLACES if places is None else places)
    return [" ".join(f"{p.station}{p.phase}{p.time:g}" for p in group) for group in found]


@pytest.mark.parametrize(
    ("picks", "expected"),
    [
        ("AP0 BP13 CP0.5", ["AP0 CP0.5 BP13"]),
        ("AP0 BP14", ["AP0", "BP14"]),  # later than the network is large
        ("AP0 CP2", ["AP0", "CP2"]),  # later than the two stations are apart
        ("AP0 AP5", ["AP0", "AP5"]),  # a second P
        ("AP0 AP0.3", ["AP0 AP0.3"]),  # one onset, read twice
        ("AP0 AS3 AP5 AS9", ["AP0 AS3", "AP5 AS9"]),
        ("AP0 AP5 BP6 BP11", ["AP0 BP11", "AP5 BP6"]),
        ("AS3 AP5", ["AS3", "AP5"]),  # no P comes after its S
        ("AP0 AS50", ["AP0 AS50"]),  # of an earthquake far from the network
        ("AP0 AS70", ["AP0", "AS70"]),
        ("AP0 BS20 BS24", ["AP0 BS20", "BS24"]),
        ("AP0 AS2 BP8 CS9", ["AP0 AS2 BP8", "CS9"]),
        ("AP0 AX3 BX3", ["AP0 AX3 BX3"]),  # amplitudes and the like begin none
        ("", []),
    ],
)
def test_what_a_network_can_explain(picks: str, expected: list[str]) -> None:
    assert groups(picks) == expected


def test_without_coordinates_a_minute_stands_in_for_the_size() -> None:
    assert groups("AP0 BP59 CP61", {}) == ["AP0 BP59", "CP61"]
    assert groups("AP0 BP59 CP61", {"A": NEAR}) == ["AP0 BP59", "CP61"]
    assert groups("AP0 ZP14 BP13", PLACES) == ["AP0 BP13", "ZP14"]  # Z is somewhere in the network


def test_a_chain_of_picks_is_not_one_event() -> None:
    chain = [Pick("A", "P", 20.0 * i) for i in range(100)]
    chain += [Pick(f"B{i}", "P", 25.0 * i) for i in range(100)]
    found = group_picks(chain, {})
    assert sum(map(len, found)) == 200 and len(found) == 106
    assert all(picks[-1].time - picks[0].time <= 60 for picks in found)


def test_coordinates_are_found_by_network_and_station() -> None:
    picks = [Pick("a", "P", 0.0, network="XX"), Pick("B", "P", 14.0, network="XX")]
    assert len(group_picks(picks, {"XX.A": NEAR, "B": FAR})) == 2
    assert len(group_picks(picks, {"YY.A": NEAR, "B": FAR})) == 1


# --- real lists --------------------------------------------------------------------------------


def places_in(path: Path) -> dict[str, tuple[float, float]]:
    with path.open() as file:
        rows = list(csv.DictReader(file))
    code = "station" if "station" in rows[0] else "code"
    return {row[code]: (float(row["latitude"]), float(row["longitude"])) for row in rows}


def reading(station: str, phase: str, time: float) -> tuple[str, str, int]:
    return station.rpartition(".")[2], phase, round(time * 100)


def events_told(path: Path, event: str, time: str) -> dict[tuple[str, str, int], str]:
    """Return the event of each pick of a table."""
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if row[time] not in ("", "-1")]
    return {reading(r["station"], r["phase"], parse_iso(r[time])): r[event] for r in rows}


def read_list(path: Path, places: StationPlaces) -> list[Event]:
    events = read_files([path], Report(), places_of=lambda: places).events
    for event in events:
        counts = Counter((p.network, p.station) for p in event.picks if is_p(p.phase))
        assert max(counts.values(), default=0) <= 1
        assert len(p_picks(event)) == sum(counts.values())
    return events


def mixed(events: Iterable[Event], truth: dict[tuple[str, str, int], str], phases: str) -> int:
    """Return how many events hold picks of two of the true ones."""
    readings = [
        [reading(p.station, p.phase, p.time) for p in e.picks if p.phase in phases] for e in events
    ]
    return sum(len({truth[r] for r in of_event if r in truth}) > 1 for of_event in readings)


def test_picks_of_iceland_written_as_a_list(
    shared_data: Path, tmp_path: Path, iceland: tuple[list, list, dict]
) -> None:
    picks = [pick for event in iceland[0] for pick in event.picks]
    rows = [f"{p.network},{p.station},{p.phase},{p.time:.3f}\n" for p in picks]
    (tmp_path / "list.csv").write_text("network,station,phase,time\n" + "".join(rows))
    events = read_list(tmp_path / "list.csv", places_in(shared_data / "iceland" / "stations.csv"))
    truth = events_told(
        shared_data / "iceland" / "modelled_arrivals.csv", "event_time", "pick_time"
    )
    assert sum(len(event.picks) for event in events) == len(picks)
    assert abs(len(events) - len(iceland[0])) <= 1
    assert mixed(events, truth, "PS") == 0


@pytest.mark.parametrize(("name", "p", "most"), [("hengill", 132, 16), ("ridgecrest", 435, 200)])
def test_lists_of_phasenet(shared_data: Path, name: str, p: int, most: int) -> None:
    folder = shared_data / name
    events = read_list(folder / "phasenet_picks.csv", places_in(folder / "stations.csv"))
    assert sum(len(p_picks(event)) for event in events) == p
    assert len(events) <= most
    truth = events_told(folder / "pyocto_assignments.csv", "event_idx", "time")
    # of ridgecrest's 52 events in 40 minutes, most of 3 stations 95 km apart, two overlap
    assert mixed(events, truth, "P") <= (1 if name == "ridgecrest" else 0)


def test_a_pick_every_20_s(shared_cases: Path) -> None:
    events = read_list(shared_cases / "catalogues" / "p_phasenet_chain.csv", {})
    used = [pick for event in events for pick in p_picks(event)]
    assert len([pick for pick in used if pick.station != "ZZZZ"]) == 33 and len(used) == 204
