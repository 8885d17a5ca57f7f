"""Pictures of seismograms as they are, with the picks on them."""

from pathlib import Path

import numpy as np

from deepquake.plots.seismograms import DrawnPick, GatherRow, plot_gather, plot_station
from deepquake.waveforms.envelope import envelope_of
from tests.plots.png import is_png

START = 1_400_000_000.0
PICKS = [DrawnPick("P", START + 30, "Pg"), DrawnPick("S", START + 35, "S")]


def test_a_station_is_drawn_with_its_picks(tmp_path: Path) -> None:
    outline = envelope_of(START, 100.0, np.random.default_rng(1).normal(size=(3, 9001)))
    for name, picks in (("a", PICKS), ("b", [])):
        plot_station(tmp_path / f"{name}.png", "XX.AAA", outline, components="ZNE", picks=picks)
    assert is_png(tmp_path / "a.png") and is_png(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_a_gather_takes_dead_and_empty_traces(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    traces = [rng.normal(size=(1, 3000)), np.zeros((1, 3000)), np.full((1, 3000), np.nan)]
    rows = [
        GatherRow(f"S{number} HHZ", envelope_of(START, 100.0, trace), PICKS[:number])
        for number, trace in enumerate(traces)
    ]
    plot_gather(tmp_path / "a.png", "three stations", rows)
    assert is_png(tmp_path / "a.png")
