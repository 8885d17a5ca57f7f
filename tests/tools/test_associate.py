"""Events of anybody's picks: found, located, written, and read back."""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.obspy_formats import to_obspy
from deepquake.catalog.reader import read_catalog
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import iso, parse_iso
from deepquake.tools import associate
from tests.made_data import traces
from tests.waveforms.waveform_files import write

START = parse_iso("2023-03-06T07:18:40Z")
VP_KM_S, VS_KM_S = 5.0, 5.0 / 1.75
# north and east of the first source (km), of six stations around it
PLACES = {
    "AAA": (0, 9),
    "BBB": (8, 3),
    "CCC": (6, -8),
    "DDD": (-4, -9),
    "EEE": (-9, -1),
    "FFF": (-6, 7),
}
SOURCES = [(0.0, 0.0, 0.0), (20.0, 3.0, -2.0)]  # seconds after START, km north, km east
DEPTH_KM = 6.0


def sources() -> list[Event]:
    """Return two events with the times at which P and S come to the stations."""
    events = []
    for after_s, north, east in SOURCES:
        event = Event("", START + after_s, 10 + north / 111.195, 20 + east / 109.5, DEPTH_KM)
        for code, (y, x) in PLACES.items():
            away_km = float(np.hypot(np.hypot(y - north, x - east), DEPTH_KM))
            for phase, speed in (("P", VP_KM_S), ("S", VS_KM_S)):
                event.picks.append(Pick(code, phase, START + after_s + away_km / speed))
        events.append(event)
    return events


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with a list of stations, and one for picks."""
    rows = [f"XX,{c},{10 + y / 111.195},{20 + x / 109.5},0\n" for c, (y, x) in PLACES.items()]
    header = "network,code,latitude,longitude,elevation_m\n"
    (tmp_path / "stations.csv").write_text(header + "".join(rows))
    (tmp_path / "picks").mkdir()
    return tmp_path


def written(monkeypatch: pytest.MonkeyPatch, data: Path, *options: object) -> Path:
    """Run the tool on the folder of picks, and return the folder that it writes."""
    folder = data / "out"
    given = "--picks_path", data / "picks", "--output_dir", folder, *options
    if "--plot" not in options:
        given = *given, "--plot", 0
    monkeypatch.setattr(sys, "argv", ["associate", *map(str, given)])
    associate.main()
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def write_picks_of(kind: str, folder: Path) -> None:
    """Write the picks of both events as one pile, as a program or an analyst would."""
    picks = [pick for event in sources() for pick in event.picks]
    pile = Event("", START, picks=picks)
    if kind == "s-file":
        (folder / "a.S202303").write_text(write_nordic([pile]))
    elif kind == "QuakeML":
        to_obspy([pile]).write(str(folder / "a.xml"), format="QUAKEML")
    elif kind == "PhaseNet":
        rows = [f"XX.{p.station}..HH,{iso(p.time)},{p.phase},0.8\n" for p in picks]
        (folder / "a.csv").write_text(
            "station_id,phase_time,phase_type,phase_score\n" + "".join(rows)
        )
    else:
        rows = [f"0,{n},0.1,XX.{p.station},{p.phase},{p.time:.6f}\n" for n, p in enumerate(picks)]
        header = "event_idx,pick_idx,residual,station,phase,time\n"
        (folder / "assignments.csv").write_text(header + "".join(rows))


@pytest.mark.parametrize("kind", ["s-file", "QuakeML", "PhaseNet", "PyOcto"])
def test_events_of_picks_of_any_kind(
    monkeypatch: pytest.MonkeyPatch, data: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picks_of(kind, data / "picks")
    folder = written(monkeypatch, data)
    rows = rows_of(folder / "events.csv")
    for row, event in zip(rows, sources(), strict=True):
        assert parse_iso(row["time"]) == pytest.approx(event.origin_time, abs=0.2)
        assert float(row["latitude"]) == pytest.approx(event.latitude, abs=0.01)
        assert float(row["longitude"]) == pytest.approx(event.longitude, abs=0.01)
        assert float(row["depth_km"]) == pytest.approx(DEPTH_KM, abs=1.5)
        assert row["n_picks"] == "12"
    picks = rows_of(folder / "picks.csv")
    assert {row["station_id"].split(".")[0] for row in picks} == {"XX"}
    assert [row["event_id"] for row in picks].count(rows[0]["event_id"]) == 12
    values = json.loads((folder / "detect.json").read_text())
    assert (values["detectedEventsLocated"], values["arrivalsOfEvents"]) == (2, 24)
    assert "events: 2, 2 of them located; 24 of 24 arrivals are theirs" in capsys.readouterr().out


def test_picks_keep_their_network_where_the_list_has_none(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    listed = data / "stations.csv"
    rows = [line.partition(",")[2] for line in listed.read_text().splitlines()]
    listed.write_text("\n".join(rows) + "\n")
    write_picks_of("PhaseNet", data / "picks")
    folder = written(monkeypatch, data)
    assert {row["station_id"][:3] for row in rows_of(folder / "picks.csv")} == {"XX."}
    assert [row["n_picks"] for row in rows_of(folder / "events.csv")] == ["12", "12"]


def test_all_that_is_written_is_read_back_by_step_0(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    write_picks_of("PhaseNet", data / "picks")
    folder = written(monkeypatch, data)
    for name in ("events.xml", "seisan/REA"):
        events = read_catalog(folder / name, Report())
        assert [len(event.picks) for event in events] == [12, 12], name
        assert all(pick.automatic for event in events for pick in event.picks)
        times = [[p.time for p in sorted(e.picks, key=lambda p: p.time)] for e in events]
        wanted = [sorted(p.time for p in event.picks) for event in sources()]
        np.testing.assert_allclose(times, wanted, atol=0.01)


def test_the_same_picks_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    write_picks_of("PhaseNet", data / "picks")
    contents = []
    for _ in range(2):  # the second takes the place of the first
        folder = written(monkeypatch, data, "--plot", 1)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        contents.append({path.relative_to(folder): path.read_bytes() for path in files})
    assert contents[0] == contents[1] and len(contents[0]) == 7


def test_with_the_records_around_each_event(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    write_picks_of("s-file", data / "picks")
    rng = np.random.default_rng(1)
    for code in PLACES:
        samples = rng.normal(0, 100, (3, 8000)).astype(np.int32)
        write(data / "mseed" / code, *traces(samples, START - 20, station=code))
    folder = written(monkeypatch, data, "--stream_path", data / "mseed", "--plot", 1)
    assert len(list((folder / "seisan/WAV").iterdir())) == 2
    pictures = (folder / "report.html").read_text().count("data:image")
    assert pictures >= 4  # a map, a timeline, and a section of each event
    assert {row["station_id"] for row in rows_of(folder / "picks.csv")} == {
        f"XX.{code}..HH" for code in PLACES
    }


def test_without_places_events_are_near_in_time(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    write_picks_of("PhaseNet", data / "picks")
    (data / "stations.csv").unlink()
    folder = written(monkeypatch, data)
    rows = rows_of(folder / "events.csv")
    assert len(rows) == 2 and all(row["why_not_located"] and not row["latitude"] for row in rows)
    assert "notLocated" in json.loads((folder / "detect.json").read_text())


def test_picks_in_the_output_folder_are_refused(
    monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    write_picks_of("PhaseNet", data / "picks")
    words = "associate", "--picks_path", data / "picks" / "a.csv", "--output_dir", data / "picks"
    monkeypatch.setattr(sys, "argv", [*map(str, words)])
    with pytest.raises(DeepQuakeError, match="lies in --output_dir"):
        associate.main()
    assert [path.name for path in (data / "picks").iterdir()] == ["a.csv"]


def test_without_a_pick_nothing_is_written(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    (data / "picks" / "a.S202303").write_text(write_nordic([replace(sources()[0], picks=[])]))
    with pytest.raises(DeepQuakeError, match="no pick of P or S in 1 file"):
        written(monkeypatch, data)
    assert not (data / "out").exists()


def test_picks_of_phasenet_make_the_events_that_pyocto_makes_of_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shared_data: Path
) -> None:
    data = shared_data / "hengill"
    words = (
        *(
            "associate",
            "--picks_path",
            data / "phasenet_picks.csv",
            "--elevation_unit",
            "m",
            "--plot",
            "0",
        ),
        *("--velocity_model_path", data / "velocity_model.csv", "--output_dir", tmp_path / "out"),
    )
    monkeypatch.setattr(sys, "argv", [*map(str, words)])
    associate.main()
    pyocto = [parse_iso(row["time"]) for row in rows_of(data / "pyocto_events.csv")]
    found = np.array([parse_iso(row["time"]) for row in rows_of(tmp_path / "out/events.csv")])
    assert sum(np.abs(found - time).min() < 1 for time in pyocto) >= 9 and len(found) <= 12
