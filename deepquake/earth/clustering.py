"""Dividing a catalogue into source regions with scikit-learn.

Clusters are sought among places in km in a spherical Earth (x, y, z), so that a kilometre is as
long in every direction and the regions that are written give events back to the same clusters:

KMeans
    centroids; an event belongs to the nearest, which is the rule of region files.
GMM
    means of a Gaussian mixture, written as centroids; near the border of a large and a small
    cluster the nearest centroid may be another than the most likely component.
DBSCAN
    dense groups of epicentres (depth does not count), each written as a polygon: the convex hull
    of its events, half of ``eps_km`` wider all round. Events in no dense group, and in no polygon,
    have no region.

Regions are numbered from west to east, so that a rerun gives the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.earth import geo
from deepquake.earth.regions import KMEANS, POLYGONS, Region, Regions

Numbers = NDArray[np.int64]  # of the cluster of each place, -1 none

AUTO_K = range(2, 13)
# several starts, of which the best is taken: one start can end in a poor division
N_STARTS = 20
# the silhouette compares each event with each: a sample says the same in bounded memory
SILHOUETTE_SAMPLE = 5000
# (100 m)^2, far below any location error: keeps a cluster that is flat from having no volume
LEAST_VARIANCE_KM2 = 0.01
# decimals written: 0.1 m in latitude and longitude, 1 m in depth
DEGREE_DECIMALS, DEPTH_DECIMALS = 6, 3
DISC_CORNERS = 8


@dataclass(frozen=True)
class Score:
    """How well ``k`` clusters fit: ``inertia_km2`` is the sum of squared distances of the places
    from the mean of their cluster; ``silhouette`` is -1 (wrong) to 1 (compact and apart)."""

    k: int
    inertia_km2: float
    silhouette: float


def cluster(
    lat: ArrayLike, lon: ArrayLike, depth_km: ArrayLike | None, model: str, k: int, seed: int
) -> tuple[Regions, Numbers]:
    """Return regions of kind kmeans, and the region of each event as the clusterer has it.

    Parameters
    ----------
    lat, lon : array_like of float
        Epicentres (degrees).
    depth_km : array_like of float or None
        Depths (km); None clusters epicentres, and the centroids have no depth.
    model : str
        KMeans or GMM.
    k : int
        Number of regions.
    seed : int
        Of the random starts.

    Returns
    -------
    tuple of Regions and numpy.ndarray of int
        The regions, and the number of each event's.

    Raises
    ------
    DeepQuakeError
        For more clusters than there are different places.
    """
    points = geo.cartesian_km(lat, lon, 0.0 if depth_km is None else depth_km)
    labels = _cluster(points, model, k=k, seed=seed)
    centres = np.array([points[labels == i].mean(axis=0) for i in range(k)])
    places = np.column_stack(geo.geographic(centres))
    order = _west_to_east(places[:, 0], places[:, 1])
    regions = []
    for number, (c_lat, c_lon, c_depth) in enumerate(places[order].tolist()):
        depth = None if depth_km is None else round(c_depth, DEPTH_DECIMALS)
        centroid = round(c_lat, DEGREE_DECIMALS), round(c_lon, DEGREE_DECIMALS), depth
        regions.append(Region(number, f"region {number}", centroid=centroid))
    return Regions(KMEANS, tuple(regions)), np.argsort(order)[labels]


def cluster_dense(
    lat: ArrayLike, lon: ArrayLike, eps_km: float | None, min_samples: int
) -> tuple[Regions, Numbers, float]:
    """Return DBSCAN's regions (kind polygons).

    Parameters
    ----------
    lat, lon : array_like of float
        Epicentres (degrees).
    eps_km : float or None
        Radius of a neighbourhood (km). None takes the bend of the curve of the distances to the
        ``min_samples``-th event (Ester et al., 1996).
    min_samples : int
        An event is in a dense group if this many events, itself among them, lie within ``eps_km``.

    Returns
    -------
    tuple of Regions, numpy.ndarray of int and float
        The regions, the number of each event's (-1 none), and ``eps_km``.

    Raises
    ------
    DeepQuakeError
        Where nothing is dense.
    """
    from sklearn.cluster import DBSCAN
    from sklearn.neighbors import NearestNeighbors

    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    points = geo.cartesian_km(lat, lon)
    if eps_km is None:
        n = min(min_samples, len(points))
        away = np.sort(NearestNeighbors(n_neighbors=n).fit(points).kneighbors()[0][:, -1])
        eps_km = float(max(away[_bend(np.arange(len(away)), away)], 1e-3))
    labels = DBSCAN(eps=eps_km, min_samples=min_samples).fit_predict(points)
    n_found = labels.max() + 1
    if not n_found:
        raise DeepQuakeError(
            f"DBSCAN finds no {min_samples} events within {eps_km:.3g} km of each other; "
            "raise --eps_km or lower --min_samples"
        )
    members = [labels == i for i in range(n_found)]
    middles = np.array([geo.middle(lat[m], lon[m]) for m in members])
    order = _west_to_east(*middles.T)
    regions = tuple(
        Region(number, f"region {number}", parts=((_hull(lat[m], lon[m], eps_km / 2),),))
        for number, m in enumerate(members[i] for i in order)
    )
    # the last place is that of label -1
    return Regions(POLYGONS, regions), np.append(np.argsort(order), -1)[labels], eps_km


def compare_numbers(
    lat: ArrayLike, lon: ArrayLike, depth_km: ArrayLike | None, model: str, seed: int
) -> list[Score]:
    """Return how well 2 to 12 clusters fit, or as many as there are different places, less one.

    Parameters
    ----------
    lat, lon : array_like of float
        Epicentres (degrees).
    depth_km : array_like of float or None
        Depths (km); None clusters epicentres.
    model : str
        KMeans or GMM.
    seed : int
        Of the random starts.

    Returns
    -------
    list of Score
        By number of clusters.

    Raises
    ------
    DeepQuakeError
        For fewer than three different places: there is nothing to compare.
    """
    from sklearn.metrics import silhouette_score

    points = geo.cartesian_km(lat, lon, 0.0 if depth_km is None else depth_km)
    most = len(np.unique(points, axis=0)) - 1
    if most < AUTO_K[0]:
        raise DeepQuakeError(
            f"{len(points)} events at {most + 1} different places are too few to compare numbers "
            "of clusters; give --n_components a number"
        )
    scores = []
    for k in AUTO_K[: most - AUTO_K[0] + 1]:
        labels = _cluster(points, model, k=k, seed=seed)
        parts = (points[labels == i] for i in range(k))
        inertia = sum(float(np.sum((part - part.mean(axis=0)) ** 2)) for part in parts)
        n_sampled = SILHOUETTE_SAMPLE if len(points) > SILHOUETTE_SAMPLE else None
        shape = silhouette_score(points, labels, sample_size=n_sampled, random_state=seed)
        scores.append(Score(k, inertia_km2=inertia, silhouette=float(shape)))
    return scores


def best_by_silhouette(scores: Sequence[Score]) -> int:
    """Return the number of clusters with the highest silhouette, the smaller of equal ones."""
    return max(scores, key=lambda score: (round(score.silhouette, 6), -score.k)).k


def best_by_elbow(scores: Sequence[Score]) -> int:
    """Return the number of clusters at the bend of the inertia curve.

    It is the point farthest from the line between the ends of the curve (Satopaa et al., 2011).
    """
    inertia = np.array([score.inertia_km2 for score in scores])
    return scores[_bend(np.array([score.k for score in scores]), inertia)].k


def _cluster(points: geo.Floats, model: str, k: int, seed: int) -> Numbers:
    """Return the cluster of each place, each of ``k`` clusters having at least one."""
    n_places = len(np.unique(points, axis=0))
    if k > n_places:
        places = f"{n_places} different places only; give --n_components a smaller number"
        raise DeepQuakeError(f"{k} clusters asked for, but the events lie at {places}")
    clusterer: Any
    starts: dict[str, Any] = {"n_init": N_STARTS, "random_state": seed}
    if model == "KMeans":
        from sklearn.cluster import KMeans

        clusterer = KMeans(k, **starts)
    elif model == "GMM":
        from sklearn.mixture import GaussianMixture

        clusterer = GaussianMixture(k, reg_covar=LEAST_VARIANCE_KM2, **starts)
    else:
        raise DeepQuakeError(f"the model '{model}' does not make a given number of clusters")
    labels = clusterer.fit_predict(points - points.mean(axis=0))
    if len(np.unique(labels)) < k:
        advice = "give --n_components a smaller number, or --model KMeans"
        raise DeepQuakeError(f"{model} leaves some of {k} clusters without events; {advice}")
    return labels.astype(np.int64)


def _bend(x: NDArray, y: NDArray) -> int:
    """Return the index of the point of a curve farthest from the line between its ends."""
    if len(x) < 3 or y[0] == y[-1]:
        return 0
    across, up = (x - x[0]) / (x[-1] - x[0]), (y - y[0]) / (y[-1] - y[0])
    return int(np.argmax(np.abs(up - across)))


def _west_to_east(lat: geo.Floats, lon: geo.Floats) -> NDArray[np.intp]:
    """Return the indices of the places from west to east, also across the antimeridian."""
    _, mid = geo.middle(lat, lon)
    return np.lexsort((lat, np.round(geo.wrap_longitude(lon, mid), DEGREE_DECIMALS)))


def _hull(lat: geo.Floats, lon: geo.Floats, margin_km: float) -> tuple[tuple[float, float], ...]:
    """Return the corners (latitude, longitude) of the convex hull of discs around the places."""
    from scipy.spatial import ConvexHull

    angle = 2 * np.pi * np.arange(DISC_CORNERS) / DISC_CORNERS
    # corners a little farther out, so that the disc itself is within them
    north = np.degrees(margin_km / np.cos(np.pi / DISC_CORNERS) / geo.EARTH_RADIUS_KM)
    _, mid_lon = geo.middle(lat, lon)
    lon = geo.wrap_longitude(lon, mid_lon)
    corners_lat = (lat[:, None] + north * np.sin(angle)).ravel()
    corners_lon = (lon[:, None] + north * np.cos(angle) * geo.map_aspect(lat.mean())).ravel()
    corners = np.column_stack([corners_lat, corners_lon])
    ring = corners[ConvexHull(corners).vertices].round(DEGREE_DECIMALS)
    ring[:, 1] = np.where(ring[:, 1] < -180, ring[:, 1] + 360, ring[:, 1])
    return tuple((float(a), float(b)) for a, b in ring)
