"""At the end of a training: thresholds and pictures from what was held out."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.files import write_json
from deepquake.learning.picking import calibrating
from deepquake.learning.picking.calibration_json import read_calibration
from deepquake.learning.spec import spec_of
from tests.learning.picking.made_excerpts import make_excerpts, unet_settings
from tests.learning.picking.test_calibration import made_candidates


def test_scores_get_a_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, settings = make_excerpts(tmp_path / "set", 2, 2), unet_settings(plot=True)
    write_json(tmp_path / "model.json", {"step": 3})
    few = made_candidates(n=40)
    monkeypatch.setattr(
        calibrating, "held_out_candidates", lambda *_, **__: {"P": made_candidates(), "S": few}
    )
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
    assert (tmp_path / "alarms.png").is_file()
    measure([])
    assert read_calibration(tmp_path) == {} and "not calibrated" in said[2]
    assert not (tmp_path / "alarms.png").exists()
