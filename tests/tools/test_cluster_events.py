"""Dividing a catalogue into source regions: the clusters, and the tool that writes them."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import read_catalog_json, write_catalog_json
from deepquake.catalog.events import Event, Magnitude
from deepquake.core.errors import DeepQuakeError
from deepquake.earth import clustering, geo
from deepquake.earth.regions import load_regions
from deepquake.tools import cluster_events

CENTRES = ((10.0, -68.5, 5.0), (10.6, -67.6, 12.0), (9.6, -67.0, 20.0))
START = 1.4e9


def swarm(n: int = 40, centres: tuple = CENTRES, spread_km: float = 8.0) -> list[Event]:
    """Events around centres (latitude, longitude, depth), n each, one an hour."""
    rng = np.random.default_rng(5)
    events = []
    for lat, lon, depth in centres:
        for d_lat, d_lon, d_depth in rng.normal(0, spread_km / 111, (n, 3)):
            place = lat + d_lat, (lon + d_lon + 180) % 360 - 180, abs(depth + 30 * d_depth)
            magnitude = Magnitude(1.0 + len(events) % 3)
            time = START + 3600 * len(events)
            events.append(Event(f"e{len(events)}", time, *place, magnitudes=[magnitude]))
    return events


def places(events: list[Event]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(np.array([(e.latitude, e.longitude, e.depth_km) for e in events], dtype=float).T)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["cluster_events", *map(str, arguments)])
    cluster_events.main()


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    write_catalog_json(tmp_path / "catalog.json", swarm())
    return tmp_path / "catalog.json"


# --- clusters


@pytest.mark.parametrize("with_depth", [True, False])
@pytest.mark.parametrize("k", [2, 3, 7])
def test_the_region_file_gives_events_the_clusters_of_kmeans(k: int, with_depth: bool) -> None:
    lat, lon, depth = places(swarm(spread_km=30.0))
    regions, labels = clustering.cluster(lat, lon, depth if with_depth else None, "KMeans", k, 1)
    assert len(regions) == k
    assert regions.uses_depth == with_depth
    np.testing.assert_array_equal(regions.assign_all(lat, lon, depth), labels)


def test_clusters_across_the_antimeridian() -> None:
    events = swarm(centres=((-18.0, 179.9, 10.0), (-18.0, -176.0, 10.0)))
    lat, lon, depth = places(events)
    regions, labels = clustering.cluster(lat, lon, depth, "KMeans", 2, 1)
    assert labels.tolist() == [0] * 40 + [1] * 40  # from west to east
    np.testing.assert_array_equal(regions.assign_all(lat, lon, depth), labels)
    assert abs(regions.regions[0].centroid[1]) == pytest.approx(180, abs=0.2)


def test_a_kilometre_is_as_long_in_every_direction() -> None:
    # at 65 N: two groups 60 km apart along the latitude (1.3 degrees), each 40 km long northward
    lat = np.tile(np.linspace(64.8, 65.16, 20), 2)
    lon = np.repeat([-17.65, -16.35], 20)
    _, labels = clustering.cluster(lat, lon, None, "KMeans", 2, 1)
    assert labels.tolist() == [0] * 20 + [1] * 20


def test_regions_are_the_same_again_and_numbered_from_west_to_east() -> None:
    lat, lon, depth = places(swarm())
    first, _ = clustering.cluster(lat, lon, depth, "KMeans", 3, 1)
    again, _ = clustering.cluster(lat, lon, depth, "KMeans", 3, 1)
    other_seed, _ = clustering.cluster(lat[::-1], lon[::-1], depth[::-1], "KMeans", 3, 9)
    assert first == again == other_seed
    longitudes = [region.centroid[1] for region in first.regions]
    assert longitudes == sorted(longitudes)


def test_a_gaussian_mixture_finds_well_parted_groups() -> None:
    lat, lon, depth = places(swarm())
    regions, labels = clustering.cluster(lat, lon, depth, "GMM", 3, 1)
    assert np.bincount(labels).tolist() == [40, 40, 40]
    np.testing.assert_array_equal(regions.assign_all(lat, lon, depth), labels)


def test_dense_groups_become_polygons_and_lone_events_have_no_region() -> None:
    lat, lon, _ = places(swarm(spread_km=4.0))
    lat, lon = np.append(lat, [8.0, 12.0]), np.append(lon, [-70.0, -66.0])
    regions, labels, eps_km = clustering.cluster_dense(lat, lon, 5.0, 5)
    assert (regions.kind, len(regions), eps_km) == ("polygons", 3, 5.0)
    assert labels[-2:].tolist() == [-1, -1]
    assigned = regions.assign_all(lat, lon, np.nan)
    inside = labels >= 0
    np.testing.assert_array_equal(assigned[inside], labels[inside])
    assert assigned[-2:].tolist() == [-1, -1]


def test_a_dense_group_of_one_line_across_the_antimeridian_is_a_region() -> None:
    lon = np.linspace(179.9, 180.1, 12)
    lon = np.where(lon > 180, lon - 360, lon)
    regions, labels, _ = clustering.cluster_dense(np.zeros(12), lon, 5.0, 3)
    assert labels.tolist() == [0] * 12
    assert regions.assign_all(np.zeros(12), lon, np.nan).tolist() == [0] * 12
    assert regions.assign(0.0, 0.0) is None


def test_the_radius_of_dense_groups_follows_from_the_data() -> None:
    lat, lon, _ = places(swarm(spread_km=4.0))
    regions, _, eps_km = clustering.cluster_dense(lat, lon, None, 5)
    assert len(regions) == 3
    assert 1.0 < eps_km < 20.0


def test_silhouette_and_elbow_find_three_groups() -> None:
    scores = clustering.compare(*places(swarm()), "KMeans", 1)
    assert [score.k for score in scores] == list(range(2, 13))
    assert clustering.best_by_silhouette(scores) == 3
    assert clustering.best_by_elbow(scores) == 3
    inertia = [score.inertia_km2 for score in scores]
    assert inertia == sorted(inertia, reverse=True)


def test_more_clusters_than_places_are_an_error() -> None:
    lat, lon = np.array([1.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0])
    with pytest.raises(DeepQuakeError, match="3 clusters .* 2 different places"):
        clustering.cluster(lat, lon, None, "KMeans", 3, 1)
    with pytest.raises(DeepQuakeError, match="too few"):
        clustering.compare(lat, lon, None, "KMeans", 1)
    with pytest.raises(DeepQuakeError, match="eps_km"):
        clustering.cluster_dense(np.array([0.0, 10.0]), np.array([0.0, 10.0]), 1.0, 2)


# --- the tool


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
