"""Step 4, at its end: what the scores of the trained network mean, on what was held out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.settings import Settings
from deepquake.learning.checkpoints import add_calibration
from deepquake.learning.metrics import score_text
from deepquake.learning.picking.arrivals import UNCALIBRATED
from deepquake.learning.picking.calibration import Calibration, calibrate
from deepquake.learning.picking.calibration_json import calibration_values
from deepquake.learning.picking.held_out import held_out_candidates
from deepquake.learning.spec import ModelSpec
from deepquake.learning.store import Store
from deepquake.plots.arrivals import AlarmCurve, plot_alarms

ALARMS_PICTURE = "alarms.png"
FEW_READINGS = 50  # below which a user is told that they are few


def calibrate_network(
    model: Any,
    spec: ModelSpec,
    store: Store,
    held_out: NDArray[np.intp],
    *,
    settings: Settings,
    say: Callable[[str], object],
) -> Calibration:
    """Return what the scores of a network mean, and tell the user.

    Parameters
    ----------
    model : keras.Model
        The network.
    spec : ModelSpec
        What it is.
    store : Store
        The windows, or excerpts.
    held_out : array of int
        Those that the network was not trained on.
    settings : Settings
        How windows were cut, and the tolerance of a pick.
    say : callable
        Takes each line for the user.

    Returns
    -------
    dict of str to PhaseCalibration
        By phase; without those of which nothing is held out.
    """
    measured = {}
    if len(held_out):
        found = held_out_candidates(model, spec, store, held_out, settings=settings)
        measured = {
            phase: calibrate(candidates, spec.sampling_rate)
            for phase, candidates in found.items()
            if candidates.references
        }
    for phase, of in measured.items():
        best = of.best_threshold
        at = int(np.searchsorted(of.thresholds, best))
        rate = of.alarms_per_day[at]
        alarms = "" if np.isnan(rate) else f", {rate:.3g} false alarms per station-day of noise"
        few = "; few, so that this is rough" if of.references < FEW_READINGS else ""
        say(
            f"{phase}: best F1 {score_text(of.f1[at])} at threshold {best:g}{alarms} "
            f"({of.references} held out{few})"
        )
    if not measured:
        say(f"note: no event is held out: scores are not calibrated, the threshold {UNCALIBRATED}")
    return measured


def calibrate_checkpoint(
    folder: Path,
    model: Any,
    spec: ModelSpec,
    store: Store,
    held_out: NDArray[np.intp],
    *,
    settings: Settings,
    say: Callable[[str], object],
) -> None:
    """Add what the scores mean to the newest checkpoint, and draw false alarms against recall.

    Parameters
    ----------
    folder : Path
        Where the checkpoint is.
    model, spec, store, held_out, settings, say
        As ``calibrate_network`` takes them.
    """
    measured = calibrate_network(model, spec, store, held_out, settings=settings, say=say)
    add_calibration(folder, calibration_values(measured))
    picture = folder / ALARMS_PICTURE
    picture.unlink(missing_ok=True)
    if settings.run.plot:
        draw_alarms(picture, f"{spec.model}, on what training held out", measured)


def draw_alarms(path: Path, title: str, calibration: Calibration) -> None:
    """Draw false alarms against recall on what was held out; nothing where that is not known.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What network it is.
    calibration : dict of str to PhaseCalibration
        What its scores mean.
    """
    curves = {
        phase: AlarmCurve(
            of.thresholds, of.recall, of.alarms_per_day, of.noise_days, of.best_threshold
        )
        for phase, of in calibration.items()
        if len(of.thresholds)
    }
    if curves:
        plot_alarms(path, title, curves)
