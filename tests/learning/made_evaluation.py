"""A small network, made test windows, and what such a network might say of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core import configuration
from deepquake.learning.checkpoints import save_checkpoint
from deepquake.learning.evaluation import Evaluation
from deepquake.learning.networks import build
from deepquake.learning.spec import INFERENCE, ModelSpec, spec_of
from deepquake.learning.store import Store, open_part
from deepquake.windows.tfrecords import Example, write_examples

SETTINGS = {
    "window_size": 2.0,
    "sampling_rate": 50.0,
    "filter_highpass": 2.0,
    "model": "ConvNetQuake2",
    "num_conv_layers": 1,
    "ksize": 5,
}
WIN_SIZE = 101


def make_checkpoint(folder: Path, **settings: Any) -> ModelSpec:
    spec = spec_of(configuration.load(SETTINGS | settings))
    weights = [np.array(weight) for weight in build(spec).weights]
    save_checkpoint(folder, spec, step=7, groups={INFERENCE: weights})
    return spec


def make_examples(
    n: int, cluster_id: int, first_event: int = 0, **changes: Any
) -> Iterator[Example]:
    rng = np.random.default_rng(n + cluster_id + 5)
    for k in range(n):
        values = {
            "data": rng.normal(size=(1, WIN_SIZE)).astype("f4"),
            "cluster_id": cluster_id,
            "start_time_s": 1000.0 + 10 * k,
            "event_id": f"e{first_event + k // 2}" if cluster_id >= 0 else "",
            "network": "XX",
            "station": "AAA",
            "p_offset_s": 0.5 if cluster_id >= 0 else -1.0,
            "components": "Z",
            "sampling_rate": 50.0,
            "filter_highpass": 2.0,
        }
        yield Example(**(values | changes))


def make_test_part(folder: Path, n_clusters: int = 2, **changes: Any) -> Path:
    for region in range(n_clusters - 1):
        write_examples(
            folder / "positive" / f"{region}.tfrecords",
            make_examples(6, region, first_event=10 * region, **changes),
        )
    write_examples(folder / "negative" / "n.tfrecords", make_examples(8, -1, **changes))
    return folder


def evaluated(store: Store, spec: ModelSpec, probabilities: np.ndarray) -> Evaluation:
    truth = np.maximum(store.labels + 1, 0)
    return Evaluation(
        store=store,
        spec=spec,
        step=7,
        truth=truth,
        probabilities=np.asarray(probabilities, "f4"),
        threshold=0.5,
        rows=np.arange(len(store)),
        firsts=np.zeros(len(store), int),
    )


def three_classes(folder: Path) -> Evaluation:
    """6 windows of region 0 (3 events), 6 of region 1 (3 events), 8 of noise."""
    spec = make_checkpoint(folder / "checkpoint", n_clusters=3)
    store = open_part(make_test_part(folder / "test", 3), "test")
    p = np.zeros((20, 3))
    p[:4], p[4:6] = [0.1, 0.8, 0.1], [0.9, 0.1, 0.0]  # region 0: two events found, one missed
    p[6:12] = [0.2, 0.2, 0.6]
    p[6] = [0.3, 0.6, 0.1]  # found, but put in the other region
    p[7] = [0.8, 0.1, 0.1]  # missed, but the event's other window is found
    p[12:] = [0.95, 0.03, 0.02]
    p[13] = [0.2, 0.4, 0.4]
    return evaluated(store, spec, p)
