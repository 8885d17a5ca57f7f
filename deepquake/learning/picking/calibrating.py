"""Step 4, at its end: what the scores of the trained network mean, on what was held out.

Where that is too little, it is measured on what the network was trained on as well: a little too
good to be true, but a handful of readings tells nothing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.settings import Settings
from deepquake.core.text import number_of
from deepquake.learning.batches import is_hard
from deepquake.learning.checkpoints import add_calibration
from deepquake.learning.metrics import score_text
from deepquake.learning.picking.arrivals import UNCALIBRATED, picked_phases
from deepquake.learning.picking.calibration import Calibration, Candidates, calibrate
from deepquake.learning.picking.calibration_json import calibration_values
from deepquake.learning.picking.held_out import held_out_candidates
from deepquake.learning.spec import ModelSpec
from deepquake.learning.store import Store
from deepquake.plots.arrivals import AlarmCurve, plot_alarms

ALARMS_PICTURE = "alarms.png"
FEWEST_READINGS = 30  # held out; below it the training part is looked at as well
FEW_READINGS = 50  # below which a user is told that they are few
HELD_OUT, ALL_TOGETHER = "held out", "held out and trained on"


def calibrate_network(
    model: Any,
    spec: ModelSpec,
    store: Store,
    held_out: NDArray[np.intp],
    *,
    settings: Settings,
    say: Callable[[str], object],
) -> tuple[Calibration, dict[str, str]]:
    """Return what the scores of a network mean, on what each was measured, and tell the user.

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
    tuple of dict of str to PhaseCalibration and dict of str to str
        By phase; without those of which nothing is held out.
    """

    def candidates_in(indices: NDArray[np.intp]) -> dict[str, Candidates]:
        as_it_comes = indices[~is_hard(store, indices)]  # false alarms are no sample of the noise
        return held_out_candidates(model, spec, store, as_it_comes, settings=settings)

    found = candidates_in(held_out) if len(held_out) else {}
    held = {phase: some.references for phase, some in found.items()}
    few = [phase for phase in picked_phases(spec) if held.get(phase, 0) < FEWEST_READINGS]
    measured_on = {phase: HELD_OUT for phase in held if phase not in few}
    together = candidates_in(np.arange(len(store))) if few else {}
    for phase in few:
        if together[phase].references:
            readings = f"only {held[phase]} readings are" if held.get(phase) else "no reading is"
            say(
                f"note: {phase}: {readings} held out: scores and thresholds are measured on those "
                "trained on as well, and flatter the network"
            )
            found[phase], measured_on[phase] = together[phase], ALL_TOGETHER
    measured = {phase: calibrate(found[phase], spec.sampling_rate) for phase in measured_on}
    for phase, of in measured.items():
        best = of.best_threshold
        at = int(np.searchsorted(of.thresholds, best))
        alarms = _alarms_text(float(of.alarms_per_day[at]), of.noise_days)
        rough = "; few, so that this is rough" if of.references < FEW_READINGS else ""
        say(
            f"{phase}: best F1 {score_text(of.f1[at])} at threshold {best:g} "
            f"({of.references} {measured_on[phase]}{rough}){alarms}"
        )
    if not measured:
        say(f"note: no reading to measure scores on: not calibrated, the threshold {UNCALIBRATED}")
    return measured, measured_on


def _alarms_text(alarms_per_day: float, noise_days: float) -> str:
    """Return how many false alarms there were in how much noise: a rate of two is a rough one."""
    if np.isnan(alarms_per_day):
        return ""
    alarms = number_of(round(alarms_per_day * noise_days), "false alarm")
    return f"; {alarms} in {24 * noise_days:.3g} h of noise, {alarms_per_day:.3g} per station-day"


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
    measured, measured_on = calibrate_network(
        model, spec, store, held_out, settings=settings, say=say
    )
    add_calibration(folder, calibration_values(measured), measured_on)
    picture = folder / ALARMS_PICTURE
    picture.unlink(missing_ok=True)
    if settings.run.plot:
        where = "; ".join(f"{phase} {on}" for phase, on in measured_on.items())
        draw_alarms(picture, f"{spec.model}: {where}", measured)


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
