"""A calibration in model.json, and back."""

from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json
from deepquake.earth.geo import Floats
from deepquake.learning.picking.calibration import (
    FARTHEST,
    STEEPEST,
    Calibration,
    PhaseCalibration,
    Scaling,
)
from deepquake.learning.spec import CALIBRATION_KEY, MODEL_JSON

PICKED_PHASES = ("P", "S")
# of a phase, and the greatest number in each
CALIBRATION_COLUMNS = {
    **{"thresholds": 1.0, "recall": 1.0, "precision": 1.0, "f1": 1.0, "alarms_per_day": np.inf},
    **{"uncertainty_from": 1.0, "uncertainty_s": np.inf},
}


def calibration_values(calibration: Calibration) -> dict[str, Any]:
    """Return a calibration as it stands in model.json; what is not known is None."""
    return {
        phase: {
            "temperature": of.scaling.temperature,
            "offset": of.scaling.offset,
            "references": of.references,
            "noise_days": of.noise_days,
            **{name: _with_none(getattr(of, name)) for name in CALIBRATION_COLUMNS},
        }
        for phase, of in calibration.items()
    }


def calibration_from_json(values: Any, path: Path) -> Calibration:
    """Return the calibration that a model.json holds.

    Parameters
    ----------
    values : dict
        What ``calibration_values`` returned.
    path : Path
        The file, for messages.

    Returns
    -------
    dict of str to PhaseCalibration
        By phase.

    Raises
    ------
    DeepQuakeError
        Where a value is missing, or such as no calibration could have had.
    """
    if not isinstance(values, dict):
        raise DeepQuakeError(f"{path}: damaged calibration: no phases; train the network again")
    calibration = {}
    for phase, of in values.items():
        try:
            calibration[phase] = _phase_from_json(phase, of)
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else error
            raise DeepQuakeError(
                f"{path}: damaged calibration of {phase}: {what}; train the network again"
            ) from None
    return calibration


def read_calibration(folder: Path) -> Calibration:
    """Return the calibration of the network of a checkpoint folder; empty where it has none.

    Raises DeepQuakeError, naming the file, where it is damaged.
    """
    path = folder / MODEL_JSON
    head = read_json(path)
    values = head.get(CALIBRATION_KEY) if isinstance(head, dict) else None
    return {} if values is None else calibration_from_json(values, path)


def _phase_from_json(phase: str, of: Any) -> PhaseCalibration:
    if phase not in PICKED_PHASES:
        raise ValueError("no such phase")
    if not isinstance(of, dict):
        raise ValueError("holds no values")
    scaling = Scaling(_one_number(of, "temperature"), _one_number(of, "offset"))
    if not 1 / STEEPEST <= scaling.temperature <= STEEPEST or abs(scaling.offset) > FARTHEST:
        raise ValueError("its temperature or offset is out of range")
    references, noise_days = of["references"], _one_number(of, "noise_days")
    if type(references) is not int or references < 0 or noise_days < 0:
        raise ValueError("its references or noise_days are out of range")
    columns = {name: _column(of, name, greatest) for name, greatest in CALIBRATION_COLUMNS.items()}
    for name in ("thresholds", "uncertainty_from", "uncertainty_s"):
        wrong_way = np.diff(columns[name]) * (-1 if name == "uncertainty_s" else 1) < 0
        if np.isnan(columns[name]).any() or wrong_way.any():
            raise ValueError(f"its {name} are not in order")
    for first, others in (
        ("thresholds", ("recall", "precision", "f1", "alarms_per_day")),
        ("uncertainty_from", ("uncertainty_s",)),
    ):
        if any(len(columns[name]) != len(columns[first]) for name in others):
            raise ValueError(f"its {first} and {', '.join(others)} differ in number")
    return PhaseCalibration(scaling, references, noise_days, **columns)


def _one_number(of: dict[str, Any], name: str) -> float:
    value = of[name]
    if type(value) not in (int, float) or not np.isfinite(value):
        raise ValueError(f"its {name} is not a number")
    return float(value)


def _column(of: dict[str, Any], name: str, greatest: float) -> Floats:
    """Return a list of numbers from 0 on; None is NaN."""
    values = of[name]
    if not isinstance(values, list):
        raise ValueError(f"its {name} are no list")
    known = [value for value in values if value is not None]
    if not all(type(v) in (int, float) and np.isfinite(v) and 0 <= v <= greatest for v in known):
        raise ValueError(f"its {name} are out of range")
    return np.array(values, float)


def _with_none(column: Floats) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in column]
