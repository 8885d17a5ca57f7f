"""Records that went wrong once, and made ones of their kinds: steps 1 and 6 and check_dataset.

What is used of them, and what all three programs say, stands in ``record_kinds``.
"""

import re
import time
from pathlib import Path

import obspy
import pytest

from tests.steps import loudness
from tests.steps.loudness import write_detector, write_events
from tests.steps.record_kinds import KINDS, MAPS, MINUTE, Kind, changed
from tests.waveforms.test_records import YEAR
from tests.waveforms.waveform_files import START, noise, three, trace, write

PROGRAMS = "step1_windows", "step6_detect_mseed", "deepquake.tools.check_dataset"


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the detector of loud records at 100 samples per second, by its components."""
    folder = tmp_path_factory.mktemp("detectors")
    for components in ("Z", "ZNE"):
        used = {f"component_{c}": c in components for c in "ZNE"}
        write_detector(folder / components, sampling_rate=100.0, **used)
    return {components: folder / components for components in ("Z", "ZNE")}


@pytest.fixture
def run(capsys, monkeypatch, tmp_path: Path, detectors: dict[str, Path]):
    """A function that runs a program on records; its exit status, what it said and wrote."""

    def run_program(
        program: str, records: Path, components: str = "Z", **options: object
    ) -> tuple[int, str, Path]:
        out = tmp_path / "out" / program / records.name
        catalogue = write_events(tmp_path / "catalog.json", [100.0])
        given = {
            "step1_windows": (
                {"raw_data_dir": records, "prep_data_dir": out, "catalog_path": catalogue}
                | {"noise_without_event": 1}
            ),
            "step6_detect_mseed": (
                {"stream_path": records, "output_dir": out, "checkpoint_dir": detectors[components]}
            ),
            "deepquake.tools.check_dataset": {"dataset_dir": records, "output_dir": out},
        }
        options = {"plot": 0} | given[program] | options
        status, output, errors = loudness.run_step(program, capsys, monkeypatch, **options)
        assert "Traceback" not in errors
        return status, output + errors, out

    return run_program


def minutes_used(said: str, out: Path) -> float:
    """Return what check_dataset says is recorded, or what step 1 took of it."""
    if told := re.search(r"recorded +([\d.]+) (s|min|h) in all", said):
        return float(told[1]) * {"s": 1 / 60, "min": 1, "h": 60}[told[2]]
    streams = [obspy.read(str(path), headonly=True) for path in (out / "mseed").iterdir()]
    verticals = [item for stream in streams for item in stream.select(component="[Z0]")]
    return sum(item.stats.npts for item in verticals) / MINUTE


def check(run, program: str, kind: Kind, records: Path, is_made: bool) -> None:
    """Run a program on records of a kind, and check what is used of them and what is said."""
    status, said, out = run(program, records, kind.components, **dict(kind.options))
    for text in kind.said:
        assert text in said
    streams = kind.streams[is_made]
    if not streams:
        assert status == 1 and said.count("error: ") == 1
        return
    assert status == 0
    number, stations = streams.split(" of ")
    told = rf"station streams:? +{number} of {stations} station"
    assert re.search(told, said)
    if program != "step6_detect_mseed":
        assert minutes_used(said, out) == pytest.approx(kind.minutes[is_made], abs=0.06)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.case])
def test_cases(shared_cases: Path, tmp_path: Path, run, name: str, program: str) -> None:
    records = shared_cases / KINDS[name].case
    if records.is_file():
        (tmp_path / "set").mkdir()
        (tmp_path / "set" / records.name).symlink_to(records)
        records = tmp_path / "set"
    check(run, program, KINDS[name], records, is_made=False)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.make])
def test_made_records(tmp_path: Path, run, name: str, program: str) -> None:
    records = tmp_path / "set"
    records.mkdir()
    make = KINDS[name].make
    assert make is not None
    make(records)
    check(run, program, KINDS[name], records, is_made=True)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    ("name", "is_made", "stations"),
    [("WIN", True, 2), ("WIN of the cases", False, 2), ("numbers", True, 1), ("numbers", False, 1)],
)
def test_a_channel_map_tells_stations_and_components(
    request, tmp_path: Path, run, name: str, is_made: bool, stations: int, program: str
) -> None:
    records = tmp_path / "set"
    records.mkdir()
    if is_made:
        KINDS[name].make(records)
    else:
        folder = request.getfixturevalue("shared_cases") / KINDS[name].case
        for path in folder.iterdir():
            (records / path.name).symlink_to(path)
    (records / "channel_map.csv").write_text(MAPS[name.removesuffix(" of the cases")])
    status, said, out = run(program, records, "ZNE")
    assert status == 0
    assert re.search(rf"station streams:? +{stations} of {stations} station", said)
    if program == "step1_windows":
        channels = [item.id for path in (out / "mseed").iterdir() for item in obspy.read(path)]
        assert {id_[-1] for id_ in channels} == set("ZNE") and len(channels) == 3 * stations


def test_every_file_that_is_not_used_is_named_with_the_reason(tmp_path: Path, run) -> None:
    folder = tmp_path / "set"
    for item in three(MINUTE):
        for code in ("HH", "BH"):
            item.stats.channel = code + item.stats.channel[-1]
            write(folder / f"{item.stats.channel}.mseed", item)
    for day in range(3):
        write(folder / f"LHZ.{day}", trace(noise(600), "LHZ", START + 86400 * day, 1.0))
    status, said, out = run("deepquake.tools.check_dataset", folder)
    assert status == 0 and "LHZ.0: channel XX.ABC..LHZ (3 files): at 1 Hz nothing is" in said
    told = (out / "report.txt").read_text()
    for name in ("BHZ.mseed", "BHN.mseed", "BHE.mseed"):
        assert f"noted: {folder / name}: sensor XX.ABC..BH is left out" in told
    for day in range(3):
        assert f"left out: {folder / f'LHZ.{day}'}: channel XX.ABC..LHZ" in told


@pytest.mark.parametrize("program", PROGRAMS[:2])
@pytest.mark.parametrize("is_made", [True, False])
def test_a_wrong_year_costs_no_time(
    request, tmp_path: Path, run, program: str, is_made: bool
) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    if is_made:
        for folder, year in ((good, 2024), (bad, 1985)):
            changed(folder, YEAR.start, year.to_bytes(2, "big"))
    else:
        faults = request.getfixturevalue("shared_cases") / "faults"
        for folder, name in ((good, "x_minute.mseed"), (bad, "x_year.mseed")):
            folder.mkdir()
            (folder / name).symlink_to(faults / name)
    spent_s = []
    for folder in (good, good, bad):  # the first loads what is needed
        begin_s = time.process_time()
        status, said, out = run(program, folder, plot=1)
        spent_s.append(time.process_time() - begin_s)
        assert status == 0 and any(out.glob("png/*")), said
    assert spent_s[2] < 2 * spent_s[1] + 2
