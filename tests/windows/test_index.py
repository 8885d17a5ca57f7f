"""The folder of step 1: its index written and read, its event list, and its room."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.windows import index
from deepquake.windows.index import iso_texts
from tests.made_data import T0
from tests.windows.made_windows import write_tfrecords


def test_lines_of_windows_are_those_that_the_csv_module_writes():
    row = index.WindowRow(
        *('mseed/a,"b.mseed', "", "XX", "AAA", T0, "positive", T0 + 1, "2014,1", 1.5, None, 7.0),
        *("ZE", "", "00.HH"),
    )
    starts_s = T0 + np.array([0.0, 0.1, 0.000001, 86400 * 500.123456, 0.0000005])
    files = ["", "noise/a.mseed", 'noise/a,"b.mseed', "", "x"]
    rows = [
        replace(row, start_time=start_s, window_file=file)
        for start_s, file in zip(starts_s.tolist(), files, strict=True)
    ]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(map(index.row_text, rows))
    assert index.lines(row, iso_texts(starts_s), files) == written.getvalue()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"window_size": 20.0}, "window_size = 10.0, but window_size = 20.0"),
        ({"sampling_rate": 50.0}, "sampling_rate = 100.0, but sampling_rate = 50.0"),
    ],
)
def test_windows_of_another_length_than_step_1_labelled_are_refused(prep, keys, said):
    for which in ("positives", "negatives"):
        with pytest.raises(DeepQuakeError, match=said):
            write_tfrecords(prep, keys, which=[which])
    assert not (prep.parent / "tf").exists()


def test_an_index_that_is_no_text_is_an_error(prep):
    whole = (prep / index.INDEX_NAME).read_bytes()
    for damaged in (b"\xff\xfe" + whole, whole.replace(b"positive", b"positiv\xe9", 1)):
        (prep / index.INDEX_NAME).write_bytes(damaged)
        with pytest.raises(DeepQuakeError, match=r"windows.csv, line \d+: is not a row of"):
            write_tfrecords(prep)
    (prep / index.INDEX_NAME).write_bytes(whole)
    for damaged in (b"event_id\n\xe9\n", b"id\n1\n"):
        (prep / index.EVENT_LIST_NAME).write_bytes(damaged)
        with pytest.raises(DeepQuakeError, match=r"events.csv: is not a list of events"):
            write_tfrecords(prep)


def test_rows_are_read_as_they_were_written(prep):
    rows = list(index.read_index(prep))
    lines = (prep / index.INDEX_NAME).read_text().splitlines()
    assert [",".join(index.row_text(row)) for row in rows] == lines[1:]
    positives = list(index.read_index(prep, "positive"))
    assert positives == [row for row in rows if row.label == "positive"]
    assert {row.event_id for row in positives} == set(index.read_event_kinds(prep))
    assert {row.p_time is None for row in index.read_index(prep, "negative")} == {True}
