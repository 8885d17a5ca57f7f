"""The pictures of an evaluation: all there, of the regions of the network, the surest mistakes."""

import pytest

from deepquake.catalog.events import Event
from deepquake.core.files import write_json
from deepquake.earth.region_files import load_regions
from deepquake.learning import evaluation, pictures
from tests.learning import made_evaluation


@pytest.fixture
def three_classes(tmp_path):
    return made_evaluation.three_classes(tmp_path)


def test_worst_mistakes_are_the_surest_ones(three_classes):
    false_alarms, misses = pictures.worst_mistakes(three_classes)
    assert false_alarms == [13]
    assert misses == [4, 5, 7]


def test_four_pictures(three_classes, tmp_path):
    values = evaluation.results(three_classes, dataset="my data", round_name="1")
    drawn = pictures.draw_scores(three_classes, values, tmp_path / "out")
    assert [p.name for p in drawn] == [
        *("confusion_matrix.png", "precision_recall.png", "roc.png", "worst_mistakes.png")
    ]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in drawn)


def test_the_map_shows_the_events_of_the_catalogue(three_classes, tmp_path):
    ids = ["e0", "e1", "e2", "e10", "e11", "e12", "of another set"]
    events = [Event(e, 1000.0 + k, latitude=k, longitude=0.0) for k, e in enumerate(ids)]
    centroids = [{"id": k, "lat": 4.0 * k + 1, "lon": 0, "depth": 5} for k in range(2)]
    path = tmp_path / "regions.json"
    write_json(path, {"clusters_type": "kmeans", "clusters": centroids})
    regions = load_regions(path, 3)
    pictures.draw_region_map(three_classes, events, regions=regions, path=tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
