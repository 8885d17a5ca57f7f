"""The pictures of an evaluation: all there, of the regions of the network, the surest mistakes."""

from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json
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


def test_the_map_needs_the_regions_of_the_network(three_classes, tmp_path):
    ids = ["e0", "e1", "e2", "e10", "e11", "e12"]
    events = [Event(e, 1000.0 + k, latitude=k, longitude=0.0) for k, e in enumerate(ids)]
    write_catalog_json(tmp_path / "catalog.json", events)
    for n in (2, 3):
        centroids = [{"id": k, "lat": 4.0 * k + 1, "lon": 0, "depth": 5} for k in range(n)]
        write_json(tmp_path / f"{n}.json", {"clusters_type": "kmeans", "clusters": centroids})

    def draw(regions: str, folder: str) -> Path:
        return pictures.draw_region_map(
            three_classes,
            catalog_path=tmp_path / "catalog.json",
            clusters_path=tmp_path / regions,
            output_dir=tmp_path / folder,
        )

    drawn = draw("2.json", "out")
    assert drawn.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(DeepQuakeError, match="has 3 regions, but n_clusters = 3 is noise and 2"):
        draw("3.json", "none")
    assert not (tmp_path / "none").exists()
