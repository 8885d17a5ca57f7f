"""Fixtures shared by the tests of steps 5 and 6."""

import numpy as np
import pytest

from deepquake.core import config as configuration
from tests.steps.loudness import SETTINGS


@pytest.fixture(scope="session")
def loudness_detector(tmp_path_factory):
    """A checkpoint whose network calls an event what holds more than 20 samples of 100 counts."""
    from deepquake.learning.checkpoints import INFERENCE, save_checkpoint
    from deepquake.learning.networks import build, spec_of

    folder = tmp_path_factory.mktemp("checkpoint")
    spec = spec_of(configuration.load(SETTINGS))
    shapes = [tuple(weight.shape) for weight in build(spec).weights]
    weights = [np.zeros(shape, np.float32) for shape in shapes]
    kernel, _, dense, bias = weights
    kernel[0, 0, :2] = 1, -1  # the positive and the negative half of the trace
    dense.reshape(-1, 32, 2)[:, :2, 1] = 0.01
    bias[1] = -0.01 * 100 * 20
    save_checkpoint(folder, spec, 1, {INFERENCE: weights})
    return folder
