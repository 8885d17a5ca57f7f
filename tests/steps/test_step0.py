"""Step 0 from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deepquake.catalog.nordic.writer import event_lines, write_nordic
from tests.conftest import ROOT
from tests.made_data import network_events, run_step

CLEAN = write_nordic(network_events(3))


def step0(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    return run_step("step0_metadata.py", *arguments, status=status)


def test_reads_a_folder_and_says_what_it_found(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "sfile").write_text(CLEAN)
    (tmp_path / "in" / "notes.csv").write_text("code,latitude\nA,1\n")
    output = tmp_path / "out" / "catalog.json"
    run = step0("--input_path", tmp_path / "in", "--output_path", output)
    for told in (
        "events:                  3",
        "P picks:                 18",
        "without picks:    0",
    ):
        assert told in run.stdout
    assert "notes.csv: is not a catalogue" in run.stderr
    events = json.loads(output.read_text())["events"]
    assert len(events) == 3 and len(events[0]["detections"]) == 6
    again = output.read_bytes()
    step0("--input_path", tmp_path / "in", "--output_path", output)
    assert output.read_bytes() == again
    assert [path.name for path in output.parent.iterdir()] == ["catalog.json"]


def test_the_output_is_never_its_own_input(tmp_path: Path) -> None:
    (tmp_path / "sfile").write_text(CLEAN)
    output = tmp_path / "catalog.json"
    for _ in range(2):
        run = step0("--input_path", tmp_path, "--output_path", output)
        assert "merged duplicates:       0" in run.stdout


def test_a_bad_file_among_good_ones_is_skipped_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(CLEAN)
    (tmp_path / "b").write_bytes(b"\x00\x01" * 1000)
    (tmp_path / "c").write_text("")
    run = step0("--input_path", tmp_path, "--output_path", tmp_path / "out.json")
    assert "left out: 2" in run.stderr
    assert "not a text file" in run.stderr and "is empty" in run.stderr


@pytest.mark.parametrize("content", [None, "", "no catalogue at all\n"])
def test_nothing_usable_is_an_error_and_leaves_the_output_alone(
    tmp_path: Path, content: str | None
) -> None:
    source = tmp_path / "in"
    if content is not None:
        source.write_text(content)
    output = tmp_path / "catalog.json"
    output.write_text('{"events": []}')
    run = step0("--input_path", source, "--output_path", output, status=1)
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("error: ")]
    assert str(source) in line
    assert output.read_text() == '{"events": []}'


def test_strict_makes_departures_errors(tmp_path: Path) -> None:
    source, output = tmp_path / "sfile", tmp_path / "catalog.json"
    source.write_text(CLEAN)
    arguments = ("--input_path", source, "--output_path", output, "--strict")
    step0(*arguments, 1)
    output.unlink()
    lines = CLEAN.splitlines()
    source.write_text("\n".join([lines[0][:79], *lines[1:], ""]))
    run = step0(*arguments, 1, status=1)
    assert not output.exists()
    assert f"error: {source}, line 1: no type letter in column 80" in run.stderr
    run = step0(*arguments, 0)
    assert "noted: 1" in run.stderr


def test_only_what_a_person_has_touched_is_used_where_that_is_asked(tmp_path: Path) -> None:
    events = network_events(3)
    for event in events:
        for pick in event.picks:
            pick.automatic = True
    events[1].picks[0].automatic = False  # read again
    operators = ("DEQ", "DEQ", "jh")
    (tmp_path / "in").mkdir()
    for number, (event, operator) in enumerate(zip(events, operators, strict=True)):
        text = "\n".join([*event_lines(event, made_by=("ARG", operator)), ""])
        (tmp_path / "in" / str(number)).write_text(text)
    output = tmp_path / "catalog.json"
    run = step0("--input_path", tmp_path / "in", "--output_path", output, "--review", "reviewed")
    assert "events not reviewed:     1 (they only forbid noise)" in run.stdout
    found = json.loads(output.read_text())["events"]
    assert [len(event["detections"]) for event in found] == [0, 1, 6]
    assert {pick["weight"] for pick in found[0]["picks"]} == {4}
    run = step0("--input_path", tmp_path / "in", "--output_path", output)
    assert "not reviewed" not in run.stdout
    found = json.loads(output.read_text())["events"]
    assert [len(event["detections"]) for event in found] == [6, 6, 6]


def test_neither_tensorflow_nor_obspy_is_imported_for_nordic(tmp_path: Path) -> None:
    (tmp_path / "sfile").write_text(CLEAN)
    code = (
        "import runpy, sys; sys.argv = ['step0_metadata.py', '--input_path', sys.argv[1], "
        "'--output_path', sys.argv[2]]; runpy.run_path(r'%s', run_name='__main__'); "
        "print([m for m in ('obspy', 'tensorflow', 'numpy') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code % (ROOT / "step0_metadata.py"), tmp_path, tmp_path / "o.json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert run.stdout.splitlines()[-1] == "[]", run.stderr


def test_picks_without_events_are_told_apart_by_the_stations(tmp_path: Path) -> None:
    picks = "station,phase,time\nA,P,2014-08-24T00:00:00\nB,P,2014-08-24T00:00:30\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "picks.csv").write_text(picks)
    stations = tmp_path / "named.csv"
    stations.write_text("code,latitude,longitude,elevation_m\nA,64,-17,0\nB,64.1,-17,0\n")
    arguments = ("--input_path", tmp_path / "in", "--output_path", tmp_path / "catalog.json")
    assert "events:                  1\n" in step0(*arguments).stdout
    assert "events:                  2\n" in step0(*arguments, "--stations_path", stations).stdout
    (tmp_path / "stations.csv").write_text(stations.read_text())
    run = step0(*arguments)
    assert "events:                  2\n" in run.stdout
    assert (
        "what the distances of 2 of 2 stations explain are taken as one event, 2 in all"
        in run.stderr
    )
    run = step0(*arguments, "--stations_path", tmp_path / "absent.csv", status=1)
    assert "absent.csv" in run.stderr


@pytest.mark.parametrize(("name", "events", "p"), [("ncal", 103, 103), ("iceland", 11, 79)])
def test_real_archives(shared_data: Path, tmp_path: Path, name: str, events: int, p: int) -> None:
    output = tmp_path / "catalog.json"
    folder = shared_data / name / "sfiles_nordicformat"
    step0("--input_path", folder, "--output_path", output, "--strict", 1)
    written = json.loads(output.read_text())["events"]
    assert len(written) == events
    assert sum(len(event["detections"]) for event in written) == p


def test_a_real_list_of_a_picker_beside_its_stations(shared_data: Path, tmp_path: Path) -> None:
    output = tmp_path / "catalog.json"
    run = step0("--input_path", shared_data / "hengill/phasenet_picks.csv", "--output_path", output)
    assert "what the distances of 20 of 20 stations explain" in run.stderr
    assert "P picks:                 132\n" in run.stdout
    assert 10 <= len(json.loads(output.read_text())["events"]) <= 16
