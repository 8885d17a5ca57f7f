"""Clusters of events: the same again, right on the sphere, and what they leave out."""

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.earth import clustering
from tests.earth.made_regions import places, swarm


@pytest.mark.parametrize("with_depth", [True, False])
@pytest.mark.parametrize("k", [2, 3, 7])
def test_the_region_file_gives_events_the_clusters_of_kmeans(k: int, with_depth: bool) -> None:
    lat, lon, depth = places(swarm(spread_km=30.0))
    regions, labels = clustering.cluster(
        lat, lon, depth if with_depth else None, model="KMeans", k=k, seed=1
    )
    assert len(regions) == k
    assert regions.uses_depth == with_depth
    np.testing.assert_array_equal(regions.assign_all(lat, lon, depth), labels)


def test_clusters_across_the_antimeridian() -> None:
    events = swarm(centres=((-18.0, 179.9, 10.0), (-18.0, -176.0, 10.0)))
    lat, lon, depth = places(events)
    regions, labels = clustering.cluster(lat, lon, depth, model="KMeans", k=2, seed=1)
    assert labels.tolist() == [0] * 40 + [1] * 40  # from west to east
    np.testing.assert_array_equal(regions.assign_all(lat, lon, depth), labels)
    assert abs(regions.regions[0].centroid[1]) == pytest.approx(180, abs=0.2)


def test_a_kilometre_is_as_long_in_every_direction() -> None:
    # at 65 N: two groups 60 km apart along the latitude (1.3 degrees), each 40 km long northward
    lat = np.tile(np.linspace(64.8, 65.16, 20), 2)
    lon = np.repeat([-17.65, -16.35], 20)
    _, labels = clustering.cluster(lat, lon, None, model="KMeans", k=2, seed=1)
    assert labels.tolist() == [0] * 20 + [1] * 20


def test_regions_are_the_same_again_and_numbered_from_west_to_east() -> None:
    lat, lon, depth = places(swarm())
    first, _ = clustering.cluster(lat, lon, depth, model="KMeans", k=3, seed=1)
    again, _ = clustering.cluster(lat, lon, depth, model="KMeans", k=3, seed=1)
    other_seed, _ = clustering.cluster(
        lat[::-1], lon[::-1], depth[::-1], model="KMeans", k=3, seed=9
    )
    assert first == again == other_seed
    longitudes = [region.centroid[1] for region in first.regions]
    assert longitudes == sorted(longitudes)


def test_a_gaussian_mixture_finds_well_parted_groups() -> None:
    lat, lon, depth = places(swarm())
    regions, labels = clustering.cluster(lat, lon, depth, model="GMM", k=3, seed=1)
    assert np.bincount(labels).tolist() == [40, 40, 40]
    np.testing.assert_array_equal(regions.assign_all(lat, lon, depth), labels)


def test_dense_groups_become_polygons_and_lone_events_have_no_region() -> None:
    lat, lon, _ = places(swarm(spread_km=4.0))
    lat, lon = np.append(lat, [8.0, 12.0]), np.append(lon, [-70.0, -66.0])
    regions, labels, eps_km = clustering.cluster_dense(lat, lon, eps_km=5.0, min_samples=5)
    assert (regions.kind, len(regions), eps_km) == ("polygons", 3, 5.0)
    assert labels[-2:].tolist() == [-1, -1]
    assigned = regions.assign_all(lat, lon, np.nan)
    inside = labels >= 0
    np.testing.assert_array_equal(assigned[inside], labels[inside])
    assert assigned[-2:].tolist() == [-1, -1]


def test_a_dense_group_of_one_line_across_the_antimeridian_is_a_region() -> None:
    lon = np.linspace(179.9, 180.1, 12)
    lon = np.where(lon > 180, lon - 360, lon)
    regions, labels, _ = clustering.cluster_dense(np.zeros(12), lon, eps_km=5.0, min_samples=3)
    assert labels.tolist() == [0] * 12
    assert regions.assign_all(np.zeros(12), lon, np.nan).tolist() == [0] * 12
    assert regions.assign(0.0, 0.0) is None


def test_the_radius_of_dense_groups_follows_from_the_data() -> None:
    lat, lon, _ = places(swarm(spread_km=4.0))
    regions, _, eps_km = clustering.cluster_dense(lat, lon, eps_km=None, min_samples=5)
    assert len(regions) == 3
    assert 1.0 < eps_km < 20.0


def test_silhouette_and_elbow_find_three_groups() -> None:
    scores = clustering.compare_numbers(*places(swarm()), model="KMeans", seed=1)
    assert [score.k for score in scores] == list(range(2, 13))
    assert clustering.best_by_silhouette(scores) == 3
    assert clustering.best_by_elbow(scores) == 3
    inertia = [score.inertia_km2 for score in scores]
    assert inertia == sorted(inertia, reverse=True)


def test_more_clusters_than_places_are_an_error() -> None:
    lat, lon = np.array([1.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0])
    with pytest.raises(DeepQuakeError, match="3 clusters .* 2 different places"):
        clustering.cluster(lat, lon, None, model="KMeans", k=3, seed=1)
    with pytest.raises(DeepQuakeError, match="too few"):
        clustering.compare_numbers(lat, lon, None, model="KMeans", seed=1)
    with pytest.raises(DeepQuakeError, match="eps_km"):
        clustering.cluster_dense(
            np.array([0.0, 10.0]), np.array([0.0, 10.0]), eps_km=1.0, min_samples=2
        )
