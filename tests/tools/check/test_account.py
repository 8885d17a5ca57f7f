"""The account in words: each chapter where there is something to say."""

from pathlib import Path

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Pick
from deepquake.tools.check.account import account
from tests.tools.check.made_checks import T, check_of, event
from tests.waveforms.waveform_files import three, write


def test_picks_and_events_without_records_are_named(dataset: Path) -> None:
    text = account(check_of(dataset))
    assert "events with P picks     3, of which\n         1 have waveforms at every" in text
    assert "at none: early" in text and "while none did: far" in text
    assert "1 are not, though the station has records: XX.AAA (1)" in text
    assert "1 are of stations without waveforms: CCC (1)" in text
    assert "only in stations.csv    ZZZ" in text and "not in stations.csv     XX.BBB" in text
    assert "not used        notes.txt" in text
    assert "area:                    latitude 10.2 to 10.2" in text


def test_windows_are_counted_by_kind_and_reason(dataset: Path) -> None:
    text = account(check_of(dataset))
    assert "windows of 10 s         what step 1 would find by the headers" in text
    for kind in ("positive", "negative", "skipped"):
        assert f" {kind}\n" in text
    assert "near an arrival" in text


def test_tables_and_problems_are_cut_on_request(dataset: Path) -> None:
    for number in range(3):
        (dataset / "mseed" / f"bad{number}").write_text("no waveform")
    check = check_of(dataset)
    short, long = account(check, most=1), account(check)
    assert "... and 4 more in report.txt" in short and "... and" not in long
    assert "(and 2 more like this)" in short
    assert all(f"bad{number}: is not a waveform file" in long for number in range(3))


def test_catalogue_alone(tmp_path: Path) -> None:
    write_catalog_json(tmp_path / "c.json", [event("a", T, Pick("AAA", "P", T + 3))])
    text = account(check_of(tmp_path))
    assert "waveforms       none" in text and "EVENTS AND WAVEFORMS" not in text
    assert "stations recording" not in text


def test_waveforms_alone(tmp_path: Path) -> None:
    write(tmp_path / "x" / "day", *three(3000))
    check = check_of(tmp_path)
    assert check.kinds == {"none": 1}
    assert "catalogue       none" in account(check)
