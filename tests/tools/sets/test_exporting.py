"""What steps 1 to 3 hold, written in SeisBench's format."""

import csv
import os
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.core.times import parse_iso
from deepquake.tools.sets import exporting, waveforms
from deepquake.tools.sets.importing import import_set
from deepquake.tools.sets.metadata import SetContent, read_metadata
from tests.tools.sets.made_sets import T0, event_row, noise_row, trace_samples, write_set

SETTINGS = Settings()
MOST_DEV = replace(SETTINGS, training=replace(SETTINGS.training, validation_fraction=0.5))


@pytest.fixture
def prep(tmp_path: Path) -> Path:
    """Return a folder of step 1 with six events and three traces of noise at a station."""
    rows = [*map(event_row, range(6)), *map(noise_row, range(3))]
    samples = [trace_samples(n, with_event="source_id" in row) for n, row in enumerate(rows)]
    write_set(tmp_path / "public", rows, samples)
    import_set(tmp_path / "public", tmp_path / "prep", SETTINGS)
    return tmp_path / "prep"


def test_excerpts_are_traces_with_arrivals_as_recorded(
    prep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BUCKET_TRACES", 4)
    done = exporting.export_set(prep, tmp_path / "out", MOST_DEV)
    assert done.counts["earthquake"] == 6 and done.counts["noise"] >= 3
    assert not done.report.problems
    path = waveforms.waveforms_path(tmp_path / "out", "")
    told = waveforms.read_format(path)
    assert (told.dimension_order, told.component_order, told.rate_hz) == ("CW", "ZNE", 100.0)
    with (tmp_path / "out/metadata.csv").open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    by_event = {row["source_id"]: row for row in rows if row["trace_category"] == "earthquake"}
    assert {event for event, row in by_event.items() if row["split"] == "test"} == {
        "event2",
        "event5",
    }
    assert {row["split"] for row in rows} == {"train", "dev", "test"}
    assert by_event["event3"]["source_latitude_deg"] == "40.03"
    assert {row["station_elevation_m"] for row in rows} == {"800.0"}
    content = SetContent()
    read_metadata(tmp_path / "out", "", told, content, Report())
    for trace, samples in waveforms.read_samples(path, content.traces, "CW", Report()):
        assert samples.shape == (3, trace.n_samples)
        if trace.event is None:
            assert not trace.readings
            continue
        number = int(trace.event.event_id.removeprefix("event"))
        times = {
            r.phase: trace.start_s + r.sample / 100 - T0 - 1000 * number for r in trace.readings
        }
        assert times == pytest.approx({"P": 25.0, "S": 31.0}, abs=0.001)
        first = round((trace.start_s - T0 - 1000 * number) * 100)
        expected = trace_samples(number)[:, first : first + trace.n_samples]
        difference = samples - expected
        np.testing.assert_allclose(difference - difference[:, :1], 0, atol=1e-3)


def test_what_is_written_is_taken_in_again(prep: Path, tmp_path: Path) -> None:
    exporting.export_set(prep, tmp_path / "out", SETTINGS)
    again = import_set(tmp_path / "out", tmp_path / "again", SETTINGS)
    assert (again.n_picked, again.report.problems) == (6, [])


def test_the_same_folder_gives_the_same_table(prep: Path, tmp_path: Path) -> None:
    for name in "ab":
        exporting.export_set(prep, tmp_path / name, SETTINGS)
    tables = [(tmp_path / name / "metadata.csv").read_bytes() for name in "ab"]
    arrays = []
    for name in "ab":
        with h5py.File(tmp_path / name / "waveforms.hdf5") as file:
            arrays.append({key: array[()] for key, array in file["data"].items()})
    assert tables[0] == tables[1] and arrays[0].keys() == arrays[1].keys()
    assert all(np.array_equal(arrays[0][key], arrays[1][key]) for key in arrays[0])


def test_a_data_set_of_others_is_never_written_over(prep: Path, tmp_path: Path) -> None:
    public = tmp_path / "public"  # what it was taken in from
    before = {path.name: path.read_bytes() for path in public.iterdir()}
    with pytest.raises(DeepQuakeError, match=r"export did not write \(waveforms\.hdf5\); give --"):
        exporting.export_set(prep, public, SETTINGS)
    assert {path.name: path.read_bytes() for path in public.iterdir()} == before
    for name in ("waveforms_a.hdf5", "chunks", "metadata.csv", "waveforms.hdf5"):
        folder = tmp_path / f"with {name}"
        folder.mkdir()
        (folder / name).write_text("x")
        with pytest.raises(DeepQuakeError, match="holds a data set that export did not write"):
            exporting.export_set(prep, folder, SETTINGS)


def test_its_own_data_set_is_replaced_and_a_kill_mixes_no_two(
    prep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    exporting.export_set(prep, out, SETTINGS)
    first = (out / "metadata.csv").read_bytes()
    exporting.export_set(prep, out, MOST_DEV)
    assert (out / "metadata.csv").read_bytes() != first
    done: list[str] = []
    replace_file = os.replace

    def killed(source: Path, target: Path) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(Path(target).name)
        replace_file(source, target)

    monkeypatch.setattr("deepquake.core.files.os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        exporting.export_set(prep, out, SETTINGS)
    assert done == ["waveforms.hdf5"]
    assert [path.name for path in out.iterdir()] == ["waveforms.hdf5"]
    monkeypatch.undo()
    exporting.export_set(prep, out, SETTINGS)
    assert (out / "metadata.csv").read_bytes() == first


def test_picks_are_written_as_seisbench_writes_its_own(tmp_path: Path) -> None:
    picks = tmp_path / "picks.csv"
    picks.write_text(
        "station_id,phase_time,phase_type,phase_score,phase_uncertainty_s,cluster_id\n"
        "XX.ABCD..HH,2014-05-13T16:53:45.000000Z,P,0.9,0.05,0\n"
        "XX.ABCD.00.HH,2014-05-13T16:53:51.000000Z,S,0.7,,0\n"
    )
    assert exporting.write_set_picks(picks, tmp_path / "out.csv") == 2
    rows = [*csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8"))]
    assert [row["station"] for row in rows] == ["XX.ABCD.", "XX.ABCD.00"]
    assert [row["phase"] for row in rows] == ["P", "S"]
    begin, end = (parse_iso(rows[0][name]) for name in ("start_time", "end_time"))
    assert end - begin == pytest.approx(0.1, abs=1e-5)
    assert rows[1]["start_time"] == rows[1]["time"]
    picks.write_text("a,b\n1,2\n")
    with pytest.raises(DeepQuakeError, match=r"line 2: is no row of picks\.csv"):
        exporting.write_set_picks(picks, tmp_path / "out.csv")
