"""What the tests of the batch scripts share."""

from pathlib import Path

import pytest

from tests.batch.batch_project import Project, make_project, make_stand_in


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a data set, two experiments and a stand-in for the steps."""
    made = make_project(tmp_path / "project", "tiny", make_stand_in(tmp_path))
    (made.folder / "input/tiny/mseed").mkdir(parents=True)
    made.experiment("first", window_size=10)
    made.experiment("second", window_size=20)
    return made
