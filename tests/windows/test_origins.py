"""What TFRecord files are named and made from, and that none of other records is written over."""

import json
import os
import shutil

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.windows import index, origins
from tests.made_data import make_dataset
from tests.windows.made_windows import make_prep, prepare, write_tfrecords


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("input/mynet/mseed", "mynet"),
        ("input/mynet", "mynet"),
        ("input/mynet/WAV/2014/08", "mynet"),
        ("input/mynet/continuous/mseed", "mynet"),
        ("output/mynet/prep", "mynet"),
        ("input/a/../mynet/Waveforms/2014-08-24", "mynet"),
        ("input/red @ 5% 'sur'/mseed", "red @ 5% 'sur'"),
        ("input/Estaci\udcf3n\n\x1b[31m/mseed", "Estaci_n__[31m"),
        ("input/.hidden/mseed", "hidden"),
        ("input/" + "é" * 120 + "/mseed", "é" * 100),
        ("/mseed/2014", "2014"),
        ("/", "dataset"),
    ],
)
def test_the_name_is_that_of_the_data_set(path, name):
    assert origins.data_set_name(index.Path(path)) == name


def test_of_a_file_the_name_is_that_of_its_folder(tmp_path):
    waveforms, _ = make_dataset(tmp_path / "mynet", n_events=1)
    assert origins.data_set_name(next(waveforms.iterdir())) == "mynet"


def test_a_prepared_folder_keeps_the_name_wherever_it_goes(tmp_path):
    prep = make_prep(tmp_path / "mynet", n_events=1)
    assert origins.name_of_prepared(prep) == "mynet"
    moved = prep.rename(tmp_path / "elsewhere")
    assert origins.name_of_prepared(moved) == "mynet"
    (moved / index.RECORDS_NAME).unlink()
    assert origins.name_of_prepared(moved) == "elsewhere"


def test_records_are_known_by_content_wherever_they_lie(tmp_path):
    one = make_prep(tmp_path / "one", n_events=2)
    shutil.copytree(tmp_path / "one" / "mseed", tmp_path / "two" / "WAV" / "2014")
    two = tmp_path / "two" / "prep"
    prepare(tmp_path / "two" / "WAV", tmp_path / "one" / "catalog.json", two)
    sources = origins.read_sources(one, "positive")
    assert sources == origins.read_sources(two, "positive")
    assert [source.codes for source in sources] == ["XX.AAA..HH", "XX.AAA..HH"] + ["XX.BBB..HH"] * 2
    assert len({source.crc32c for source in sources}) == 4  # each of its own part of a file
    some = origins.read_sources(one, "positive", pattern="*_BBB*")
    assert {source.codes for source in some} == {"XX.BBB..HH"}


@pytest.mark.parametrize(
    "keys",
    [
        {"sampling_rate": 50.0},
        {"window_size": 8.0},
        {"component_E": True, "test_fraction": 0.5},
        {"filter_highpass": 1.0, "random_seed": 7, "balance": True},
    ],
)
def test_other_settings_of_the_same_records_write_over_the_file(prep, keys):
    folder, _ = write_tfrecords(prep)
    before = (folder / "train" / "positive" / "set.tfrecords").read_bytes()
    prepare(prep.parent / "mseed", prep.parent / "catalog.json", prep, **keys)
    _, written = write_tfrecords(prep, keys)
    assert (folder / "train" / "positive" / "set.tfrecords").read_bytes() != before
    assert not written.report.problems


def test_more_records_write_over_the_file_and_fewer_do_not(prep, tmp_path):
    write_tfrecords(prep, pattern="*_AAA*")
    folder, _ = write_tfrecords(prep)
    whole = (folder / "train" / "positive" / "set.tfrecords").read_bytes()
    with pytest.raises(DeepQuakeError, match="8 of 16 records, the first XX.BBB..HH"):
        write_tfrecords(prep, pattern="*_AAA*")
    (tmp_path / "mseed" / "event03.mseed").unlink()
    prepare(tmp_path / "mseed", tmp_path / "catalog.json", prep)
    with pytest.raises(DeepQuakeError, match="2 of 16 records, the first XX.AAA..HH from 2014"):
        write_tfrecords(prep)
    assert (folder / "train" / "positive" / "set.tfrecords").read_bytes() == whole


def test_the_same_times_and_codes_with_other_samples_are_other_records(prep, tmp_path):
    write_tfrecords(prep)
    path = tmp_path / "mseed" / "event00.mseed"
    changed = bytearray(path.read_bytes())
    changed[2000] ^= 1
    path.write_bytes(changed)
    prepare(tmp_path / "mseed", tmp_path / "catalog.json", prep)
    with pytest.raises(DeepQuakeError, match="1 of 16 records"):
        write_tfrecords(prep)


def test_a_part_of_a_record_is_no_more_than_that(prep):
    (whole, *_) = origins.read_sources(prep, "positive")
    part = origins.SourceRecord(
        whole.codes, whole.start_s, whole.end_s - 30, n_bytes=whole.n_bytes, crc32c=whole.crc32c
    )
    assert whole.holds(part) and not part.holds(whole)


@pytest.mark.parametrize("text", [None, "", "{}", '{"made_from": [1e999]}', '{"made_from": ["a"]}'])
def test_a_file_of_which_nothing_is_known_is_kept(prep, text):
    folder, _ = write_tfrecords(prep, which=["positives"])
    path = folder / "train" / "positive" / "set.json"
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(DeepQuakeError, match=r"set.tfrecords: is there, and no set.json"):
        write_tfrecords(prep, which=["positives"])
    (folder / "train" / "positive" / "set.tfrecords").unlink()
    write_tfrecords(prep, which=["positives"])


def test_names_that_differ_in_case_only_are_one_name(prep, tmp_path):
    folder, _ = write_tfrecords(prep, which=["positives"])
    for side in ("train", "test"):
        for end in ("tfrecords", "json"):
            path = folder / side / "positive" / f"set.{end}"
            path.rename(path.with_name(f"Set.{end}"))
    other = make_prep(tmp_path / "other", n_events=2)
    with pytest.raises(DeepQuakeError, match=r"Set.tfrecords: was made from records that are not"):
        write_tfrecords(other, out="../tf", which=["positives"])


@pytest.mark.parametrize("other", ["old", "Set"])
def test_records_that_another_file_holds_too_are_told(prep, other):
    folder, _ = write_tfrecords(prep, which=["positives"])
    for side in ("train", "test"):
        for end in ("tfrecords", "json"):
            path = folder / side / "positive" / f"set.{end}"
            path.rename(path.with_name(f"{other}.{end}"))
    (folder / "train" / "positive" / ".part-a.tfrecords").touch()  # of a killed run
    _, written = write_tfrecords(prep, which=["positives"])
    (problem,) = written.report.problems
    assert f"{other}.tfrecords" in problem.path
    assert "the same records (16 of 16), and step 4 trains on these twice" in problem.message


def test_a_file_beside_them_of_which_nothing_is_known_is_told(prep):
    folder, _ = write_tfrecords(prep, which=["positives"])
    (folder / "train" / "positive" / "set.tfrecords").rename(
        folder / "train" / "positive" / "old.tfrecords"
    )
    _, written = write_tfrecords(prep, which=["positives"])
    (problem,) = written.report.problems
    assert "nothing says what it was made from" in problem.message


def test_folders_of_other_software_are_known_by_their_files(prep, tmp_path):
    for name in (index.RECORDS_NAME, index.MARKER_NAME):
        (prep / name).unlink()
    folder, _ = write_tfrecords(prep)
    write_tfrecords(prep)
    made_from = json.loads((folder / "train" / "positive" / "set.json").read_text())["made_from"]
    assert len(made_from) == 16 and made_from[0].startswith("event00_AAA.mseed 1970-01-01T00:00:00")
    other = make_prep(tmp_path / "other", n_events=2)
    (other / index.RECORDS_NAME).unlink()
    with pytest.raises(DeepQuakeError, match="12 of 16 records, the first event02_AAA.mseed"):
        write_tfrecords(other, out="../tf")


@pytest.mark.parametrize(
    ("name", "taken"), [("../x\x00", "_x_"), (".", "elsewhere"), (7, "elsewhere"), ("a", "a")]
)
def test_a_damaged_name_leads_nowhere_else(tmp_path, name, taken):
    folder = tmp_path / "elsewhere" / "prep"
    folder.mkdir(parents=True)
    (folder / index.RECORDS_NAME).write_text(json.dumps({"data_set": name, "streams": {}}))
    assert origins.name_of_prepared(folder) == taken


@pytest.mark.parametrize(
    "text", ["[]", "{}", "{", '{"streams": 1}', '{"streams": {"mseed/a.mseed": ["a b c d e"]}}']
)
def test_a_damaged_list_of_records_is_told_in_one_line(prep, text):
    (prep / index.RECORDS_NAME).write_text(text)
    with pytest.raises(DeepQuakeError, match=f"{index.RECORDS_NAME}"):
        write_tfrecords(prep)


def test_a_record_that_cannot_be_read_any_more_is_no_other(tmp_path):
    assert origins._content(tmp_path / "gone.mseed") == (0, "unreadable")
    origins.check_targets([tmp_path / "none" / "a.tfrecords"], [], tmp_path, report=Report())


def test_little_is_read_of_a_large_file_that_does_not_tell_where_its_records_are(tmp_path):
    path = tmp_path / "large.gse2"
    path.touch()
    os.truncate(path, 20_000_000_000)  # sparse: no such file need be on the disk
    n_bytes, before = origins._content(path)
    assert n_bytes == 20_000_000_000
    with path.open("r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"x")
    assert origins._content(path)[1] != before
