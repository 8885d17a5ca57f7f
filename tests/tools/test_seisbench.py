"""Taking in and writing data sets of SeisBench's format from the command line."""

from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.tools import seisbench
from tests.tools.sets.made_sets import event_row, trace_samples, write_set


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    """Run the program with arguments."""
    monkeypatch.setattr("sys.argv", ["seisbench", *map(str, arguments)])
    seisbench.main()


def test_a_set_is_taken_in_and_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [event_row(number) for number in range(3)]
    write_set(tmp_path / "public", rows, [trace_samples(number) for number in range(3)])
    prep, out = tmp_path / "prep", tmp_path / "out"
    run(monkeypatch, "import", "--input_dir", tmp_path / "public", "--output_dir", prep)
    assert "P arrivals in them: 3 picked" in capsys.readouterr().out
    run(monkeypatch, "export", "--prep_data_dir", prep, "--output_dir", out)
    said = capsys.readouterr().out
    assert "traces written: 3 of events" in said
    assert sorted(path.name for path in out.iterdir()) == ["metadata.csv", "waveforms.hdf5"]


@pytest.mark.parametrize("action", ["import", "export"])
def test_what_is_missing_is_said(action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeepQuakeError, match=f"{action} needs --"):
        run(monkeypatch, action, "--output_dir", "nowhere")


@pytest.mark.parametrize(
    ("action", "option"),
    [("import", "--prep_data_dir"), ("import", "--picks_path"), ("export", "--input_dir")],
)
def test_what_would_be_ignored_is_an_error(
    action: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = {"import": "--input_dir", "export": "--prep_data_dir"}[action]
    with pytest.raises(DeepQuakeError, match=f"^{action} takes no {option}$"):
        run(monkeypatch, action, "--output_dir", "nowhere", needed, "a", option, "b")
