"""Whatever an analyst or a picker read at a station is known there; the best P are learned from."""

from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import Event
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.core.times import iso
from deepquake.earth.arrivals import station_arrivals
from tests.demonstration import Demonstration, label_demonstration
from tests.made_data import run_step


def arrivals_at(events: list[Event], code: str):
    """Return what arrives at a station of which nobody knows where it stands."""
    return station_arrivals(events, None, network="", code=code, settings=ArrivalSettings())


@pytest.mark.parametrize(
    ("name", "used", "unused"),
    [
        (
            "n18_auto_manual.sfile",
            ["58.9"],
            [
                *(("57.0", "automatic beside manual"), ("58.0", "another reading of the same P")),
                ("59.0", "another reading of the same P"),
            ],
        ),
        ("q1_auto_and_manual.xml", ["59.0"], [("56.0", "automatic beside manual")]),
    ],
)
def test_manual_before_automatic_then_by_weight(
    shared_cases: Path, name: str, used: list[str], unused: list[tuple[str, str]]
) -> None:
    events, _ = read_file(shared_cases / "catalogues" / name, Report())
    found = arrivals_at(events, "MCB")
    assert [iso(time)[17:21] for time in found.picked_s] == used
    assert [(iso(time)[17:21], why) for time, why in found.unused] == unused
    assert len(found.read_s) == len(used) + len(unused)


def test_a_dense_list_of_picks_is_known_pick_by_pick(
    demonstration: Demonstration, shared_cases: Path, tmp_path: Path, monkeypatch
) -> None:
    catalog = tmp_path / "catalog.json"
    run_step(
        *("step0_metadata.py", "--output_path", catalog),
        *("--input_path", shared_cases / "catalogues/p_phasenet_chain.csv"),
        *("--stations_path", demonstration.stations),
    )
    listed = read_catalog_json(catalog)
    times = {
        (pick.station, pick.time) for event in listed for pick in event.picks if pick.phase == "P"
    }
    n_used = 0
    for code in {station for station, _ in times}:
        found = arrivals_at(listed, code)
        n_used += len(found.picked_s)
        assert {(code, time) for time in found.picked_s} == {t for t in times if t[0] == code}
    assert n_used == len(times) == 204
    done = label_demonstration(demonstration, catalog, monkeypatch)
    assert done.noise_that_holds(demonstration.true_p) == []
