"""Phases with odd names are told, so that no P is lost in silence."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Pick, p_picks
from deepquake.catalog.phases import phases_not_known
from deepquake.catalog.reader import describe_catalog, read_files
from deepquake.core.report import Report


def told(*phases: str) -> str:
    return phases_not_known([Event("a", picks=[Pick("A", phase, 0.0) for phase in phases])])


@pytest.mark.parametrize(
    "phase",
    [
        *("P", "Sg", "PP", "pP", "sPn", "PcP", "ScS", "PKiKP", "PKKPbc", "SKKSac", "PnPn", "PmP"),
        *("P'P'", "P660s", "Lg", "Rg", "LR", "T", "IAML", "IAmb", "IVmB_BB", "AML", "END", "BAZ-P"),
    ],
)
def test_known_phases_are_not_told(phase: str) -> None:
    assert told(phase) == ""


@pytest.mark.parametrize("phase", ["P?", "(P)", "IPU4", "0", "unk", "E", "Q", "P/S", "S-P", "P2"])
def test_every_other_name_is_told(phase: str) -> None:
    assert told(phase, "P", phase) == f"{phase} (2)"


def test_a_pick_without_a_name_is_told() -> None:
    assert told("", " ", "P?") == "without a name (2), P? (1)"


def test_step0_tells_them_in_every_format(tmp_path: Path) -> None:
    line = " MCB  SZ  P{}      17 2 {:5.2f}" + 52 * " "
    sfile = tmp_path / "a.S"
    head = " 2019  7 4 17 2 55.3 L  10.200 -67.900  5.0  FUN  2     2.0LFUN                1\n"
    sfile.write_text(head + "\n".join([line.format("?", 59), line.format(" ", 59.5), ""]))
    table = tmp_path / "b.csv"
    table.write_text("station,phase,time\nA,(P),2014-08-24T00:01:07\nB,P,2014-08-24T00:01:08\n")
    for file, name, n_p in (sfile, "P?", 1), (table, "(P)", 1):
        catalog = read_files([file], Report())
        assert sum(len(p_picks(event)) for event in catalog.events) == n_p
        assert f"phases not known:        {name} (1)" in describe_catalog(catalog)
