"""A fixed number of cases of each kind of the campaign, with a fixed seed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bench import Bench, set_up, temporary_folder
from tests.faults.kinds import KINDS
from tests.faults.run import campaign

SEED = 1


@pytest.fixture(scope="module")
def bench() -> Iterator[tuple[Bench, Path]]:
    folder = temporary_folder()  # pytest's own is closed to others
    with set_up(folder) as made:
        yield made, folder
    if not any(folder.glob("*/*/*")):
        folder.rmdir()


@pytest.mark.parametrize("name", KINDS)
def test_no_fault_loses_anything(
    bench: tuple[Bench, Path], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made, folder = bench
    failed = campaign(made, folder, [name], SEED)
    said = capsys.readouterr().out
    if "not tried" in said:
        pytest.skip(said)
    assert not failed, said
