"""check_dataset: what it says of data sets laid out as advised, otherwise, in part, and oddly."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.tools.check.account import account
from deepquake.tools.check.advice import next_commands
from deepquake.tools.check.comparison import Check, check
from deepquake.tools.check.dataset import open_dataset
from deepquake.windows.labels import NEGATIVE, POSITIVE, SKIPPED, count_kind
from tests.made_data import make_dataset, run_step
from tests.waveforms.waveform_files import START, noise, three, trace, write

T = START.timestamp
STATIONS = "code,latitude,longitude,elevation_m\nAAA,10.0,-67.0,100\nZZZ,10.1,-67.0,100\n"


def look(folder: Path, *, look_at: int = 100, **options) -> tuple[Check, str]:
    """Return what is found out about a data set, and the account in words."""
    config = configuration.load(options, None)
    result = check(open_dataset(folder, config), config, look_at)
    return result, account(result, config)


def event(name: str, origin: float, *picks: Pick, place: bool = True) -> Event:
    where = (10.05, -67.0, 5.0) if place else (None, None, None)
    return Event(name, origin, *where, magnitudes=[Magnitude(2.0, "L")], picks=list(picks))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a data set of two stations and events of every sort."""
    folder = tmp_path / "archive"
    write(folder / "mseed" / "a.mseed", *three(12000, station="AAA"))
    write(folder / "mseed" / "b.mseed", *three(12000, station="BBB"))
    events = [
        event("both", T + 20, Pick("AAA", "P", T + 25), Pick("BBB", "P", T + 26)),
        event("absent", T + 30, Pick("AAA", "P", T + 35), Pick("CCC", "P", T + 36)),
        event("early", T - 9000, Pick("AAA", "P", T - 8990)),
        event("silent", T + 60),
        event("far", T + 90000, place=False),
    ]
    (folder / "sfiles_nordicformat").mkdir()
    write_catalog_json(folder / "sfiles_nordicformat" / "catalog.json", events)
    (folder / "stations.csv").write_text(STATIONS)
    (folder / "notes.txt").write_text("nothing of use\n")
    return folder


def test_picks_and_events_are_held_against_the_records(archive: Path) -> None:
    result, text = look(archive)
    recorded = {own.event.event_id: (own.n_p, own.n_recorded) for own in result.events}
    assert recorded == {
        **{"both": (2, 2), "absent": (2, 1), "early": (1, 0), "silent": (0, 0), "far": (0, 0)}
    }
    stations = {own.event.event_id: own.n_stations for own in result.events}
    assert stations["silent"] == 2 and stations["early"] == 0
    first, second = result.stations
    assert (first.name, len(first.picked_s), len(first.lost_s)) == ("XX.AAA", 2, 1)
    assert first.place is not None and second.place is None
    assert list(result.unrecorded) == ["CCC"]
    assert "at none: early" in text and "while none did: far" in text
    assert "only in stations.csv    ZZZ" in text and "not in stations.csv     XX.BBB" in text
    assert "not looked at   notes.txt" in text


def test_estimates_are_made_where_the_station_is_known(archive: Path) -> None:
    result, _ = look(archive)
    first, second = result.stations
    assert len(first.estimated_s) == 1 and not len(second.estimated_s)
    assert result.kinds == {"picked": 2}


def test_records_shorter_than_a_window_are_named_as_the_cause(archive: Path) -> None:
    _, text = look(archive, window_size=130.0)
    assert "as long as a window of 130 s; the longest has 120 s" in text
    assert "no window is noise" not in text


def test_little_noise_is_said(archive: Path) -> None:
    result, text = look(archive, window_avoid_negatives_before=15.0)
    n_noise, n_events = (count_kind(result.windows, kind) for kind in (NEGATIVE, POSITIVE))
    assert 0 < n_noise < n_events / 10
    assert "are too few to learn from" in text
    assert "too few to learn from" not in look(archive)[1]


def test_window_counts_are_those_of_step_1(tmp_path: Path) -> None:
    waveforms, catalog = make_dataset(tmp_path / "set", n_events=2)
    result, _ = look(tmp_path / "set")
    done = run_step(
        "step1_windows.py",
        *("--raw_data_dir", waveforms, "--catalog_path", catalog, "--plot", "0"),
        *("--prep_data_dir", tmp_path / "prep", "--save_windows", "0"),
    )
    numbers = dict(line.split()[:2] for line in done.stdout.splitlines() if line.startswith("  p"))
    assert count_kind(result.windows, POSITIVE) == int(numbers["positive"])
    assert f"skipped   {count_kind(result.windows, SKIPPED)}" in done.stdout


def test_any_folder_is_told_by_content(archive: Path) -> None:
    """The same account of files thrown together, without names that say anything."""
    mixed = archive.parent / "mixed" / "deep"
    mixed.mkdir(parents=True)
    for number, path in enumerate(sorted(p for p in archive.rglob("*") if p.is_file())):
        keep = path.name == "stations.csv"
        path.rename(mixed.parent / path.name if keep else mixed / f"file{number}")
    result, text = look(archive.parent / "mixed")
    assert len(result.data.recordings) == 2 and len(result.events) == 5
    assert len(result.data.stations) == 2
    assert "not looked at   deep/" in text and "is no waveform" not in text
    (step1,) = next_commands(result, configuration.load({}, None))  # catalog.json needs no step 0
    assert str(mixed) in step1[0] and str(mixed) in step1[1]


def test_next_commands_work_word_for_word(archive: Path, tmp_path: Path) -> None:
    done = run_step(
        "-m deepquake.tools.check_dataset",
        *("--dataset_dir", archive, "--output_dir", tmp_path / "out", "--look_at", "0"),
    )
    assert (tmp_path / "out" / "report.txt").read_text().startswith("DATA SET")
    assert (tmp_path / "out" / "map.png").stat().st_size > 10_000
    assert (tmp_path / "out" / "timeline.png").stat().st_size > 10_000
    command = done.stdout.partition("NEXT")[2].partition("python ")[2].partition("\n\n")[0]
    step0, _, step1 = command.replace("\\\n", " ").partition("python ")
    words0, words1 = step0.split(), step1.split()
    words0[words0.index("--output_path") + 1] = str(tmp_path / "c.json")
    words1[words1.index("--catalog_path") + 1] = str(tmp_path / "c.json")
    words1[words1.index("--prep_data_dir") + 1] = str(tmp_path / "prep")
    run_step(*words0)
    assert "station streams: 2" in run_step(*words1).stdout


def test_catalogue_alone(tmp_path: Path) -> None:
    write_catalog_json(tmp_path / "c.json", [event("a", T, Pick("AAA", "P", T + 3))])
    result, text = look(tmp_path)
    assert not result.stations and "waveforms       none" in text
    assert "only step 0 can be run" in text and "step1" not in text


def test_waveforms_alone(tmp_path: Path) -> None:
    write(tmp_path / "x" / "day", *three(3000))
    result, text = look(tmp_path)
    assert result.kinds == {"none": 1}
    assert "catalogue       none" in text and "step6_detect_mseed.py" in text


def test_dead_flat_and_clipped_components_are_named(tmp_path: Path) -> None:
    flat = noise(9000)
    flat[2000:2500] = 7
    clip = np.clip(noise(9000, 3) * 10, -1000, 1000)
    write(tmp_path / "f", trace(flat, "HHZ"), trace(clip, "HHN"), trace(flat * 0, "HHE"))
    result, text = look(tmp_path)
    assert set(result.stations[0].marks) == {"Z flat", "N clipped", "E dead"}
    assert result.stations[0].flat_s == pytest.approx(5.0)
    assert "E dead, N clipped, Z flat 5.00 s" in text


def test_gaps_rates_and_what_cannot_be_mapped_are_told(tmp_path: Path) -> None:
    write(
        tmp_path / "f",
        trace(noise(3000), "HHZ"),
        trace(noise(3000), "HHZ", START + 50),
        trace(noise(12000, 2), "HHN", rate=200.0),
        trace(noise(300), "LOG"),
    )
    _, text = look(tmp_path)
    assert "200 Hz" in text and "resampled to 100 Hz" in text
    assert "XX.ABC..LOG: tells no component" in text
    write(tmp_path / "g" / "f", trace(noise(3000)), trace(noise(3000), "HHZ", START + 50))
    _, text = look(tmp_path / "g")
    assert "gaps             1 in 1 stream, 20.0 s in all" in text


def test_codes_match_whatever_their_case(tmp_path: Path) -> None:
    write(tmp_path / "f", *three(3000, station="abc"))
    write_catalog_json(tmp_path / "c.json", [event("a", T, Pick("ABC", "P", T + 10))])
    result, _ = look(tmp_path)
    assert len(result.stations[0].picked_s) == 1 and not result.unrecorded


def test_codes_cut_off_by_the_old_format_are_hinted_at(tmp_path: Path) -> None:
    write(tmp_path / "f", *three(3000, station="ABCDE"))
    write_catalog_json(tmp_path / "c.json", [event("a", T, Pick("ABCD", "P", T + 3))])
    _, text = look(tmp_path)
    assert "picks of ABCD and waveforms of XX.ABCDE: one station?" in text


def test_nothing_of_use_is_an_error(tmp_path: Path) -> None:
    config = configuration.load({}, None)
    with pytest.raises(DeepQuakeError, match="no such file"):
        open_dataset(tmp_path / "none", config)
    (tmp_path / "notes.txt").write_text("nothing\n")
    with pytest.raises(DeepQuakeError, match="neither a usable waveform nor an event"):
        open_dataset(tmp_path, config)


def test_real_data_sets(shared_data: Path) -> None:
    result, text = look(shared_data / "iceland", look_at=5)
    assert len(result.stations) == 12 and len(result.data.recordings) == 132
    assert sum(own.n_recorded for own in result.events) == 79
    assert "velocity_model.csv" in text and "modelled_arrivals.csv" in text
    result, text = look(shared_data / "ncal", look_at=0)
    assert result.kinds == {"picked": 103} and "103 of 103 events have no location" in text
    result, text = look(shared_data / "carabobo")
    assert len(result.events) == 22 and "--elevation_positive down" in text
