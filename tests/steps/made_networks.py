"""Made networks: a UNet that says something of every sample, and one that tells two regions."""

from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core import configuration
from deepquake.learning.checkpoints import add_calibration, save_checkpoint
from deepquake.learning.networks import build
from deepquake.learning.picking.calibration import PhaseCalibration, Scaling
from deepquake.learning.picking.calibration_json import calibration_values
from deepquake.learning.spec import INFERENCE, spec_of
from tests.learning.picking.made_excerpts import SMALL

OWN_THRESHOLD, STRICT_THRESHOLD = 0.3, 0.6  # when calibrated: best F1, few alarms


def write_unet(folder: Path, **changes: Any) -> Path:
    """Write a UNet for 100 Hz that was never trained; its peaks are a little above a third."""
    spec = spec_of(configuration.load(SMALL | {"sampling_rate": 100.0} | changes))
    save_checkpoint(folder, spec, step=1, groups={INFERENCE: build(spec).get_weights()})
    return folder


def calibrate(folder: Path) -> None:
    """Let the scores of a UNet be spread from 0 to 1, those of S a little lower."""
    thresholds = np.array([OWN_THRESHOLD, STRICT_THRESHOLD])
    phases = {
        phase: PhaseCalibration(
            Scaling(0.1, offset),
            references=100,
            noise_days=1.0,
            thresholds=thresholds,
            recall=np.array([0.9, 0.6]),
            precision=np.array([0.8, 0.9]),
            f1=np.array([0.85, 0.7]),
            alarms_per_day=np.array([20.0, 1.0]),
            uncertainty_from=np.array([0.0, 0.5]),
            uncertainty_s=np.array([0.12, 0.04]),
        )
        for phase, offset in (("P", 5.75), ("S", 3.0))
    }
    add_calibration(folder, calibration_values(phases), dict.fromkeys(phases, "made"))


def write_region_teller(folder: Path, **changes: Any) -> Path:
    """Write a network of windows of 5 s: what is loud on Z is of region 0, what is on N of 1."""
    given = {"window_size": 5.0, "sampling_rate": 100.0, "filter_highpass": 0.0}
    given |= {"model": "ConvNetQuake2", "num_conv_layers": 1, "ksize": 1, "conv_stride": 1}
    given |= {"normalization": "none", "pooling": False, "num_fc_layers": 1}
    given |= {"component_N": True, "n_clusters": 3}
    spec = spec_of(configuration.load(given | changes))
    weights = [np.zeros(tuple(weight.shape), np.float32) for weight in build(spec).weights]
    kernel, _, dense, _ = weights
    of_channel = dense.reshape(-1, 32, spec.n_clusters)
    for component in range(len(spec.components)):
        kernel[0, component, 2 * component : 2 * component + 2] = 1, -1
        if component + 1 < spec.n_clusters:
            of_channel[:, 2 * component : 2 * component + 2, component + 1] = 1e-4
    save_checkpoint(folder, spec, step=7, groups={INFERENCE: weights})
    return folder
