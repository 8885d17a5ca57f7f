"""The table of the results of all experiments."""

import csv
import json
import sys
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.tools import results

# as an evaluation of the old project wrote it
OLD = {
    "window_size": 50, "n_traces": 3, "n_clusters": 4, "model": "ConvNetQuake2", "round": 1,
    "dataset": "data_prep_datos5", "truePositives": 5745, "falsePositives": 354,
    "trueNegatives": 5760, "falseNegatives": 339, "accuracy": 94.31874077717659,
    "precision": 94.19576979832759, "recall": 94.42800788954635, "f1": 94.31174587540015,
    "locationAccuracy": 95.68320278503046,
}  # fmt: skip


def result(**changes: object) -> dict:
    ours = OLD | {"accuracy": 0.943, "precision": 0.942, "recall": 0.944, "f1": 0.943}
    return ours | {"locationAccuracy": 0.957, "round": "1"} | changes


def write(folder: Path, name: str, values: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"eval_{name}.json").write_text(json.dumps(values), encoding="utf-8")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["results", *map(str, arguments)])
    results.main()


def test_old_results_in_per_cent_and_ours_read_alike(tmp_path: Path) -> None:
    write(tmp_path, "20190517211803", OLD)
    write(tmp_path, "20260517211803", result())
    old, ours = results.harvest(tmp_path, Report())
    for found in (old, ours):
        assert found.f1 == pytest.approx(0.9431174587540015)
        assert found.recall == pytest.approx(0.9442800788954635)
        assert found.locationAccuracy == pytest.approx(0.957, abs=1e-3)
    assert (old.key, old.round) == (ours.key, ours.round)
    assert (old.experiment, old.components) == ("", "ZNE")


def test_the_table_and_the_csv_hold_every_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "20260101000000", result())
    write(tmp_path, "20260101000001", result(window_size=10.0, n_traces=1, truePositives=5000))
    mine = {"experiment": "mine_10s", "components": "NE"}
    write(tmp_path, "20260101000002", result(window_size=10.0, **mine))
    run(monkeypatch, "--results_dir", tmp_path, "--output_dir", tmp_path / "out")
    printed = capsys.readouterr().out
    assert printed.count("data_prep_datos5") == 6  # three results, three lines of F1
    assert printed.count("mine_10s") == 1 and printed.count("mine") == 2
    assert "94.3" in printed and "95.7" in printed
    with (tmp_path / "out" / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"eval_2026010100000{k}.json" for k in (1, 0, 2)]
    assert [row["experiment"] for row in rows] == ["", "", "mine_10s"]
    assert [row["components"] for row in rows] == ["Z", "ZNE", "NE"]
    assert float(rows[1]["f1"]) == pytest.approx(0.943117)
    assert (tmp_path / "out" / "f1_window_size.png").read_bytes().startswith(b"\x89PNG")


def test_scores_by_arrival_have_a_table_and_columns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of_p = {"references": 40, "found": 38, "falseAlarms": 2, "recall": 0.95, "precision": 0.95}
    of_p |= {"f1": 0.95, "recallWithin0.1s": 0.925}
    of_s = of_p | {"references": 0, "found": 0, "recall": None, "f1": 0.0}
    of_s |= {"recallWithin0.1s": None}
    write(tmp_path, "20260101000000", result(model="UNet", arrivals={"P": of_p, "S": of_s}))
    write(tmp_path, "20260101000001", result(arrivals=None))
    write(tmp_path, "20260101000002", result(arrivals={"P": {"references": 3}}))
    run(monkeypatch, "--results_dir", tmp_path, "--output_dir", tmp_path / "out")
    printed, noted = capsys.readouterr()
    (of_first,) = [line.split() for line in printed.splitlines() if " P  " in line]
    assert of_first[-8:] == ["P", "40", "38", "2", "95.0", "95.0", "95.0", "92.5"]
    assert "lacks 'found'" in noted
    with (tmp_path / "out" / "results.csv").open(newline="") as file:
        old, new = sorted(csv.DictReader(file), key=lambda row: row["model"])
    assert (new["P_readings"], new["P_close"], new["S_recall"]) == ("40", "0.925", "")
    assert old["P_readings"] == "" and old["file"] == "eval_20260101000001.json"


def test_the_f1_table_averages_rounds_and_takes_the_newest_of_each(tmp_path: Path) -> None:
    counts = {"truePositives": 80, "falsePositives": 20, "falseNegatives": 20, "trueNegatives": 80}
    write(tmp_path, "20260101000000", result(**counts | {"truePositives": 1}))  # superseded
    write(tmp_path, "20260101000001", result(**counts))
    write(tmp_path, "20260101000002", result(**counts | {"truePositives": 20}, round="2"))
    newest = results.newest_only(results.harvest(tmp_path, Report()))
    assert [found.f1 for found in newest] == [0.8, 0.5]
    assert results.f1_table(newest)[-1].endswith("  65.0")
    curves = results.f1_curves(newest)
    assert curves == {("data_prep_datos5", 4): {("ConvNetQuake2", "ZNE"): [(50.0, [0.8, 0.5])]}}


def test_experiments_and_components_never_displace_each_other(tmp_path: Path) -> None:
    tried = [{"experiment": "plain"}, {"experiment": "noisy"}, {}, {"components": "ZNE"}]
    tried += [{"components": c, "n_traces": 1} for c in "ZN"]
    for k, changes in enumerate(tried):
        write(tmp_path, f"2026010100000{k}", result(**changes))
    newest = results.newest_only(results.harvest(tmp_path, Report()))
    # three components are those of the old project, which did not name them
    assert [Path(found.file).stem[-1] for found in newest] == ["5", "4", "3", "1", "0"]
    lines = results.f1_table(newest)
    assert [line.split()[1:4] for line in lines[1:]] == [
        *(["-", "4", "N"], ["-", "4", "Z"], ["-", "4", "ZNE"]),
        *(["noisy", "4", "ZNE"], ["plain", "4", "ZNE"]),
    ]
    assert set(results.f1_curves(newest)["data_prep_datos5", 4]) == {
        *(("-, ConvNetQuake2", components) for components in ("N", "Z", "ZNE")),
        *((f"{name}, ConvNetQuake2", "ZNE") for name in ("noisy", "plain")),
    }


@pytest.mark.parametrize(
    ("experiment", "study"),
    [
        ("study_50s", "study"),
        ("study_50s_noisy", "study_noisy"),
        ("50s", ""),
        ("output/a/50s/checkpoints", "output/a/checkpoints"),
        ("study_150s", "study_150s"),
        ("study_10s", "study_10s"),
        ("", ""),
    ],
)
def test_window_sizes_of_a_study_are_one_line(tmp_path: Path, experiment: str, study: str) -> None:
    write(tmp_path, "20260101000000", result(experiment=experiment))
    (found,) = results.harvest(tmp_path, Report())
    assert found.study == study


def test_results_can_be_chosen_by_data_set_and_round(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "20260101000000", result())
    write(tmp_path, "20260101000001", result(dataset="ncal", round="2"))
    run(monkeypatch, "--results_dir", tmp_path, "--output_dir", tmp_path / "o", "--dataset", "ncal")
    printed = capsys.readouterr().out
    assert "ncal" in printed and "datos5" not in printed
    with pytest.raises(DeepQuakeError, match="of the data set and round asked for"):
        run(monkeypatch, "--results_dir", tmp_path, "--output_dir", tmp_path, "--round", "7")


def test_what_is_no_result_is_reported_and_left_out(tmp_path: Path) -> None:
    write(tmp_path, "1", {"dataset": "x"})
    (tmp_path / "eval_2.json").write_text("{", encoding="utf-8")
    write(tmp_path, "3", result(locationAccuracy=None, truePositives=0, falsePositives=0))
    report = Report()
    (found,) = results.harvest(tmp_path, report)
    assert found.precision is None and found.locationAccuracy is None
    assert results.results_table([found])[1].endswith("  -")
    assert [Path(problem.path).name for problem in report.problems] == [
        "eval_1.json",
        "eval_2.json",
    ]
    assert report.problems[1].message.startswith("line 1: is not JSON")  # without the path again
    with pytest.raises(DeepQuakeError, match="no such folder"):
        results.harvest(tmp_path / "none", Report())
