"""Step 6 as a function: what it writes, in which order, and what it tells."""

import json
from pathlib import Path

from deepquake.core import configuration
from deepquake.detection.run import DetectionRequest, DetectionSummary, detect
from tests.steps.loudness import write_events, write_record

RESULTS = "events.csv, events.xml, seisan, detect.json"


def run(folder: Path, checkpoint_dir: Path, **settings: object) -> DetectionSummary:
    """Run step 6 over a record with two bursts, one of which the catalogue has."""
    request = DetectionRequest(
        stream_path=write_record(folder / "day.mseed", [100.0, 300.0]),
        checkpoint_dir=checkpoint_dir,
        output_dir=folder / "out",
        catalog_path=write_events(folder / "catalog.json", [100.1, 500.0]),
    )
    return detect(request, configuration.load({"plot": False} | settings))


def test_detect_json_holds_the_network_the_counts_and_the_scores(
    tmp_path: Path, loudness_detector: Path
) -> None:
    summary = run(tmp_path, loudness_detector, window_step_predict=2.0)
    values = json.loads((tmp_path / "out" / "detect.json").read_text())
    assert values == summary.values
    assert list(values)[:4] == ["model", "window_size", "n_traces", "n_clusters"]
    assert list(values)[-3:] == ["tables", "recordings", "seisan"]
    assert (values["window_step_predict"], values["step"]) == (2.0, 1)
    assert values["catalogue"] == str(tmp_path / "catalog.json")
    assert (values["detections"], values["picksFound"], values["falseDetections"]) == (2, 1, 1)
    assert not list((tmp_path / "out").glob(".*")), "nothing unfinished stays"


def test_the_summary_says_what_was_read_found_and_written(
    tmp_path: Path, loudness_detector: Path
) -> None:
    text = run(tmp_path, loudness_detector).text().splitlines()
    assert text[0] == "network: ConvNetQuake2, windows of 10 s, Z, 20 Hz, 2 classes, step 1"
    assert text[1] == "station streams: 1 of 1 stations, 0.166 hours"
    assert "picks: 1 of 2 found (recall 0.5000)" in text
    assert text[-2] == f"results: {tmp_path / 'out' / 'picks.csv'}, {RESULTS}"
    assert text[-1] == f"all that was found, on one page: {tmp_path / 'out' / 'report.html'}"


def test_without_pictures_the_page_has_its_tables(tmp_path: Path, loudness_detector: Path) -> None:
    run(tmp_path, loudness_detector)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "no map here" in page and 'id="event-table"' in page and "data:image" not in page


def test_what_is_not_known_is_said_to_be_so(tmp_path: Path, loudness_detector: Path) -> None:
    summary = run(tmp_path, loudness_detector, window_step_predict=2.0, max_windows=10)
    assert (summary.values["detections"], summary.values["precision"]) == (0, None)
    assert "precision not known" in summary.text()
