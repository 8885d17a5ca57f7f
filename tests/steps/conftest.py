"""Step 6 as the tests of its results run it."""

import pytest

from tests.steps.loudness import run_step


@pytest.fixture
def step6(capsys, monkeypatch, loudness_detector, tmp_path):
    """A function that runs step 6 and returns what it left in its folder; it has to succeed."""

    def run(stream_path, name="out", **options):
        given = {"checkpoint_dir": loudness_detector, "plot": 0} | options
        out = tmp_path / name
        status, _, errors = run_step(
            "step6_detect_mseed",
            capsys,
            monkeypatch,
            stream_path=stream_path,
            output_dir=out,
            **given,
        )
        assert status == 0, errors
        return out

    return run
