"""A calibration comes back from model.json as it went, and a damaged one is one line."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_json
from deepquake.learning.picking.calibration import calibrate
from deepquake.learning.picking.calibration_json import (
    calibration_from_json,
    calibration_values,
    read_calibration,
)
from tests.learning.picking.test_calibration import made_candidates

PATH = Path("a/model.json")


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    calibrations = {
        "P": calibrate(made_candidates(), 100.0),
        "S": calibrate(made_candidates(noise_days=0.0), 100.0),
    }
    return calibration_values(calibrations)


def test_there_and_back(tmp_path: Path, values: dict[str, Any]) -> None:
    write_json(tmp_path / "m.json", values)
    assert "NaN" not in (tmp_path / "m.json").read_text()
    back = calibration_from_json(read_json(tmp_path / "m.json"), PATH)
    assert calibration_values(back) == values
    original = calibrate(made_candidates(), 100.0)
    for name, value in vars(original).items():
        np.testing.assert_equal(getattr(back["P"], name), value)
    assert back["S"].threshold_for(5.0)[1]
    assert calibration_from_json({}, PATH) == {}


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("temperature", 0.0, "temperature or offset is out of range"),
        ("temperature", "1", "its temperature is not a number"),
        ("offset", float("nan"), "its offset is not a number"),
        ("references", -1, "references or noise_days are out of range"),
        ("references", True, "references or noise_days are out of range"),
        ("noise_days", None, "its noise_days is not a number"),
        ("recall", [0.5], "its thresholds and recall, precision, f1, alarms_per_day differ"),
        ("recall", {}, "its recall are no list"),
        ("precision", [1.5], "its precision are out of range"),
        ("f1", ["a"], "its f1 are out of range"),
        ("thresholds", [0.5, 0.4], "its thresholds are not in order"),
        ("thresholds", [None], "its thresholds are not in order"),
        ("uncertainty_s", [0.1, 0.2], "its uncertainty_s are not in order"),
        ("alarms_per_day", [float("inf")], "its alarms_per_day are out of range"),
    ],
)
def test_damage_is_one_line(values: dict[str, Any], key: str, value: Any, why: str) -> None:
    damaged = copy.deepcopy(values)
    damaged["P"][key] = value
    with pytest.raises(DeepQuakeError) as error:
        calibration_from_json(damaged, PATH)
    text = str(error.value)
    assert text.startswith("a/model.json: damaged calibration of P: ")
    assert why in text
    assert "\n" not in text


@pytest.mark.parametrize("damaged", [None, [], 3, {"P": None}, {"P": []}, {"Q": {}}, {"P": {}}])
def test_what_is_no_calibration_is_one_line(damaged: Any) -> None:
    with pytest.raises(DeepQuakeError, match=r"^a/model\.json: damaged calibration"):
        calibration_from_json(damaged, PATH)


def test_a_missing_value_is_named(values: dict[str, Any]) -> None:
    for key in values["P"]:
        damaged = json.loads(json.dumps(values))
        del damaged["P"][key]
        with pytest.raises(DeepQuakeError, match=f"'{key}' is missing"):
            calibration_from_json(damaged, PATH)


def test_a_network_may_have_none(tmp_path: Path, values: dict[str, Any]) -> None:
    write_json(tmp_path / "model.json", {"model": "UNet"})
    assert read_calibration(tmp_path) == {}
    write_json(tmp_path / "model.json", {"calibration": values})
    assert set(read_calibration(tmp_path)) == {"P", "S"}
    write_json(tmp_path / "model.json", {"calibration": [1]})
    with pytest.raises(DeepQuakeError, match="damaged calibration"):
        read_calibration(tmp_path)
