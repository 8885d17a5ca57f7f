"""At the end of a training: thresholds and pictures from what was held out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepquake.core.files import read_json, write_json
from deepquake.learning.picking import calibrating
from deepquake.learning.picking.calibration_json import read_calibration
from deepquake.learning.spec import ModelSpec, spec_of
from deepquake.learning.store import Store, open_part
from deepquake.windows.tfrecords import NOISE
from tests.learning.picking.made_excerpts import make_excerpts, unet_settings
from tests.learning.picking.test_calibration import made_candidates


def test_few_readings_are_joined_by_those_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, settings = make_excerpts(tmp_path, 6, 4), unet_settings()
    looked: list[int] = []

    def find(model: None, spec: ModelSpec, store: Store, indices: np.ndarray, **_: Any) -> dict:
        looked.append(len(indices))
        few = replace(made_candidates(), references=20 if len(indices) == 2 else 90)
        return {"P": made_candidates(), "S": few}

    monkeypatch.setattr(calibrating, "held_out_candidates", find)
    said: list[str] = []
    measured, measured_on = calibrating.calibrate_network(
        None, spec_of(settings), store, np.arange(2), settings=settings, say=said.append
    )
    assert looked == [2, len(store)]
    assert measured_on == {"P": "held out", "S": "held out and trained on"}
    assert measured["S"].references == 90
    assert said[0].startswith("note: S: only 20 readings are held out") and len(said) == 3


def test_false_alarms_that_were_learnt_are_no_sample_of_the_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, settings = make_excerpts(tmp_path, 2, 4), unet_settings()
    negative = next((tmp_path / "train" / "negative").glob("*.tfrecords"))
    negative.rename(negative.with_name("week_hard.tfrecords"))
    store = open_part(tmp_path, "train")
    looked: list[int] = []

    def find(model: None, spec: ModelSpec, store: Store, indices: np.ndarray, **_: Any) -> dict:
        looked.extend(store.labels[indices].tolist())
        return {"P": made_candidates(), "S": made_candidates()}

    monkeypatch.setattr(calibrating, "held_out_candidates", find)
    every = np.arange(len(store))
    said: list[str] = []
    calibrating.calibrate_network(
        None, spec_of(settings), store, every, settings=settings, say=said.append
    )
    assert looked and min(looked) > NOISE
    assert "h of noise, " in said[0] and said[0].endswith("per station-day")


def test_scores_get_a_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, settings = make_excerpts(tmp_path / "set", 2, 2), unet_settings(plot=True)
    write_json(tmp_path / "model.json", {"step": 3})
    few = made_candidates(n=40)
    found_in = {"P": made_candidates(), "S": few}
    monkeypatch.setattr(calibrating, "held_out_candidates", lambda *_, **__: found_in)
    said: list[str] = []

    def measure(held_out: list[int]) -> None:
        calibrating.calibrate_checkpoint(
            tmp_path,
            None,
            spec_of(settings),
            store,
            np.array(held_out, int),
            settings=settings,
            say=said.append,
        )

    measure([0, 1])
    found = read_calibration(tmp_path)
    assert set(found) == {"P", "S"} and found["P"].scaling.temperature == pytest.approx(
        1.5, rel=0.1
    )
    assert len(said) == 2 and "held out)" in said[0] and "held out)" in said[1]
    on = read_json(tmp_path / "model.json")["calibratedOn"]
    assert on == {"P": "held out", "S": "held out"}
    assert (tmp_path / "alarms.png").is_file()
    measure([])
    on = read_json(tmp_path / "model.json")["calibratedOn"]
    assert on == {"P": "held out and trained on", "S": "held out and trained on"}
    assert said[2].startswith("note: P: no reading is held out")
    del said[:]
    found_in.update({phase: replace(of, references=0) for phase, of in found_in.items()})
    measure([])
    assert read_calibration(tmp_path) == {} and "not calibrated" in said[0]
    assert not (tmp_path / "alarms.png").exists()
