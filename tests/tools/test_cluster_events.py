"""The tool that divides a catalogue into source regions."""

import csv
import json
import sys
from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import read_catalog_json, write_catalog_json
from deepquake.catalog.events import Event
from deepquake.core.errors import DeepQuakeError
from deepquake.earth import geo
from deepquake.earth.region_files import load_regions
from deepquake.tools import cluster_events
from tests.earth.made_regions import START, swarm


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["cluster_events", *map(str, arguments)])
    cluster_events.main()


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    write_catalog_json(tmp_path / "catalog.json", swarm())
    return tmp_path / "catalog.json"


def test_the_tool_writes_regions_catalogue_counts_and_map(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, catalogue: Path
) -> None:
    out = tmp_path / "out"
    run(monkeypatch, "--catalog_path", catalogue, "--output_dir", out, "--n_components", 3)
    regions = load_regions(out / "clusters.json")
    assert json.loads((out / "clusters.json").read_text())["clusters_type"] == "kmeans"
    events = read_catalog_json(out / "catalog.json")
    for event in events:
        place = event.latitude, event.longitude, event.depth_km
        assert event.cluster_id == regions.assign(*place)
    with (out / "events_per_region.csv").open(newline="") as file:
        assert [int(row["n_events"]) for row in csv.DictReader(file)] == [40, 40, 40]
    assert (out / "map.png").read_bytes().startswith(b"\x89PNG")
    assert not (out / "n_components.png").exists()


def test_the_tool_gives_the_same_bytes_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, catalogue: Path
) -> None:
    for name in ("a", "b"):
        run(monkeypatch, "--catalog_path", catalogue, "--output_dir", tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert {"clusters.json", "map.png", "n_components.csv", "n_components.png"} < set(names)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_auto_takes_the_best_silhouette(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    catalogue: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(
        monkeypatch, "--catalog_path", catalogue, "--output_dir", tmp_path, "--n_components", "auto"
    )
    assert "silhouette: 3 regions, which is taken" in capsys.readouterr().out
    assert len(load_regions(tmp_path / "clusters.json")) == 3
    assert len((tmp_path / "n_components.csv").read_text().splitlines()) == 12


FILTERS = {
    ("--min_lat", 9.8): lambda e: e.latitude >= 9.8,
    ("--max_lat", 10.3): lambda e: e.latitude <= 10.3,
    ("--min_lon", -68, "--max_lon", -67.3): lambda e: -68 <= e.longitude <= -67.3,
    ("--min_depth", 8, "--max_depth", 15): lambda e: 8 <= e.depth_km <= 15,
    ("--min_mag", 2): lambda e: e.magnitudes[0].value >= 2,
    ("--starttime", "2014-05-14T00:00"): lambda e: e.origin_time >= 1400025600,
    ("--endtime", "2014-05-14"): lambda e: e.origin_time < 1400025600,
}


@pytest.mark.parametrize("options", FILTERS, ids=lambda options: str(options[0]))
def test_events_that_a_filter_leaves_out_stay_without_region(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, catalogue: Path, options: tuple
) -> None:
    run(monkeypatch, "--catalog_path", catalogue, "--output_dir", tmp_path / "out",
        "--n_components", 2, *options)  # fmt: skip
    events = read_catalog_json(tmp_path / "out" / "catalog.json")
    used = [event for event in events if event.cluster_id is not None]
    assert used == [event for event in events if FILTERS[options](event)]
    assert len(events) == 120 and 0 < len(used) < 120


def test_a_filter_across_the_antimeridian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    centres = ((-18.0, 179.0, 10.0), (-18.0, -179.0, 10.0), (-18.0, 170.0, 10.0))
    write_catalog_json(tmp_path / "catalog.json", swarm(5, centres))
    run(monkeypatch, "--catalog_path", tmp_path / "catalog.json", "--output_dir", tmp_path / "out",
        "--n_components", 2, "--min_lon", 175, "--max_lon", -175)  # fmt: skip
    events = read_catalog_json(tmp_path / "out" / "catalog.json")
    assert [event.cluster_id for event in events] == [0] * 5 + [1] * 5 + [None] * 5


def test_events_without_location_are_left_out_and_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [*swarm(5), Event("x", START + 1.0), Event("y", START + 2.0, latitude=10.0)]
    write_catalog_json(tmp_path / "catalog.json", events)
    run(monkeypatch, "--catalog_path", tmp_path / "catalog.json", "--output_dir", tmp_path / "out",
        "--n_components", 3)  # fmt: skip
    printed = capsys.readouterr().out
    assert "17 in the catalogue, 15 used" in printed
    assert "left out: 2 without location" in printed
    by_id = {e.event_id: e for e in read_catalog_json(tmp_path / "out" / "catalog.json")}
    assert by_id["x"].cluster_id is None and by_id["e0"].cluster_id is not None


def test_an_event_without_depth_goes_to_the_nearest_region_and_does_not_shape_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = swarm(10)
    events[3].depth_km = None
    write_catalog_json(tmp_path / "catalog.json", events)
    run(monkeypatch, "--catalog_path", tmp_path / "catalog.json", "--output_dir", tmp_path / "out",
        "--n_components", 3)  # fmt: skip
    assert "1 events without depth" in capsys.readouterr().err
    ids = [event.cluster_id for event in read_catalog_json(tmp_path / "out" / "catalog.json")]
    assert ids[:10] == [0] * 10


def test_wrong_options_and_empty_catalogues_are_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, catalogue: Path
) -> None:
    with pytest.raises(DeepQuakeError, match="no event is left"):
        run(monkeypatch, "--catalog_path", catalogue, "--output_dir", tmp_path, "--min_lat", 80)
    with pytest.raises(DeepQuakeError, match="no such file"):
        run(monkeypatch, "--catalog_path", tmp_path / "none.json", "--output_dir", tmp_path)
    wrong = [("--n_components", 0), ("--starttime", "noon"), ("--eps_km", -1)]
    wrong += [("--min_samples", 0), ("--seed", -1)]
    for option in wrong:
        with pytest.raises(SystemExit) as stop:
            run(monkeypatch, "--catalog_path", catalogue, "--output_dir", tmp_path, *option)
        assert stop.value.code == 2


def test_iceland_in_two_regions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shared_data: Path
) -> None:
    run(monkeypatch, "--catalog_path", shared_data / "iceland" / "sfiles_nordicformat",
        "--stations_path", shared_data / "iceland" / "stations.csv", "--output_dir", tmp_path,
        "--n_components", 2)  # fmt: skip
    events = read_catalog_json(tmp_path / "catalog.json")
    assert sorted(event.cluster_id for event in events) == [0] * 4 + [1] * 7
    # the swarm's two ends along the dyke: the southern one is farther west
    south, north = (
        max(e.latitude for e in events if e.cluster_id == 0),
        min(e.latitude for e in events if e.cluster_id == 1),
    )
    assert south < north
    apart = geo.distance_km(*(c for r in load_regions(tmp_path / "clusters.json").regions
                              for c in r.centroid[:2]))  # fmt: skip
    assert 4 < apart < 6
