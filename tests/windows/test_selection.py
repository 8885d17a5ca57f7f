"""Which windows are used, and the split: exact shares, the same whatever is prepared together."""

import json

import numpy as np
import pytest

from deepquake.core.configuration import load
from deepquake.core.errors import DeepQuakeError
from deepquake.windows import index, selection
from deepquake.windows.index import WindowRow
from tests.made_data import P_AT_S, T0, make_dataset
from tests.windows.made_windows import open_part, prepare, write_tfrecords

EVENTS = [f"event{number}" for number in range(103)]


@pytest.mark.parametrize(("share", "number"), [(0, 0), (0.2, 21), (0.5, 52), (1, 103)])
def test_the_share_is_hit(share, number):
    assert len(selection.chosen(EVENTS, share, seed=1)) == number


def test_a_larger_share_holds_the_smaller_and_seeds_differ():
    assert selection.chosen(EVENTS, 0.1, 1) < selection.chosen(EVENTS, 0.3, 1)
    assert selection.chosen(EVENTS, 0.3, 1) != selection.chosen(EVENTS, 0.3, 2)
    assert selection.chosen(reversed(EVENTS), 0.3, 1) == selection.chosen(EVENTS, 0.3, 1)


def test_sides_do_not_depend_on_which_windows_are_asked_for():
    groups = [event for event in EVENTS for _ in range(3)] + ["hour 2014-08-24T01"]
    whole = dict(zip(groups, selection.tested(groups, EVENTS, 0.2, 7), strict=True))
    some = groups[30:60]
    assert selection.tested(some, EVENTS, 0.2, 7) == [whole[group] for group in some]
    assert sum(whole[event] for event in EVENTS) == 21


def test_shares_of_none_and_all_hold_for_hours_too():
    groups = ["event1", "hour 2014-08-24T01"]
    assert selection.tested(groups, EVENTS, 0.0, 1) == [False, False]
    assert selection.tested(groups, EVENTS, 1.0, 1) == [True, True]


def test_events_whose_part_is_told_are_not_drawn() -> None:
    parts = dict.fromkeys(EVENTS[:2], "test") | dict.fromkeys(EVENTS[2:4], "train")
    for share, others in ((0.0, False), (1.0, True)):
        found = selection.tested(EVENTS, EVENTS, share, 1, parts)
        assert found == [True, True, False, False, *[others] * (len(EVENTS) - 4)]


def test_far_noise_goes_by_whole_hours():
    assert selection.group_of("", 3600.0) == selection.group_of("", 7199.9)
    assert selection.group_of("", 3600.0) != selection.group_of("", 7200.0)
    assert selection.group_of("event1", 3600.0) == "event1"


def test_a_deleted_window_file_is_left_out(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=2)
    prepare(waveforms, catalog, tmp_path / "prep", save_windows=True)
    for path in sorted((tmp_path / "prep" / "mseed_event_windows").iterdir())[:3]:
        path.unlink()
    _, result = write_tfrecords(tmp_path / "prep", {"test_fraction": 0.0}, which=["positives"])
    assert result.counts["train"] == 36 - 3
    assert result.left_out == {"window file deleted": 3}


def test_a_folder_of_window_files_without_an_index_is_taken(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=2)
    prepare(waveforms, catalog, tmp_path / "prep", save_windows=True)
    loose = tmp_path / "loose"
    loose.mkdir()
    (tmp_path / "prep" / "mseed_event_windows").rename(loose / "mseed_event_windows")
    folder, result = write_tfrecords(
        loose, {"test_fraction": 0.0, "event_kinds": "blast"}, which=["positives"]
    )
    assert result.counts["train"] == 36
    with pytest.raises(DeepQuakeError, match="shorter than a window of 2001 samples"):
        write_tfrecords(loose, {"window_size": 20.0}, which=["positives"])
    assert len(open_part(folder, "train", "positive")) == 36


@pytest.fixture
def kinds_prep(tmp_path):
    """Step 1's folder of an earthquake, a blast, a teleseism and one nobody says anything of."""
    waveforms, catalog = make_dataset(tmp_path, n_events=4)
    content = json.loads(catalog.read_text())
    for event, further in zip(
        content["events"],
        ({"kind": "earthquake"}, {"kind": "blast"}, {"distance": "D"}, {}),
        strict=True,
    ):
        event |= further
    catalog.write_text(json.dumps(content))
    return tmp_path / "prep", prepare(waveforms, catalog, tmp_path / "prep")


def test_step_1_counts_kinds_of_events_where_not_all_are_earthquakes(kinds_prep):
    folder, done = kinds_prep
    assert "  kinds of events: earthquake (2), blast (1), teleseism (1)" in done.text()
    assert "  P picked of them: earthquake (4), blast (2), teleseism (2)" in done.text()
    assert [*index.read_event_kinds(folder).values()] == [
        *("earthquake", "blast", "teleseism", "earthquake")
    ]
    waveforms, catalog = make_dataset(folder.parent / "earthquakes", n_events=1)
    assert "kinds" not in prepare(waveforms, catalog, folder.parent / "other").text()


def test_only_the_kinds_asked_for_are_trained_on(kinds_prep):
    (prep, _), keys = kinds_prep, {"test_fraction": 0.0}
    _, result = write_tfrecords(prep, keys, which=["positives"])
    assert result.counts["train"] == 36
    assert result.left_out == {
        "P of an event of kind blast, not in event_kinds": 18,
        "P of an event of kind teleseism, not in event_kinds": 18,
    }
    keys["event_kinds"] = "Blast, earthquake"
    _, result = write_tfrecords(prep, keys, which=["positives"])
    assert result.counts["train"] == 54
    # noise near a blast is noise; as many windows as there are positives are those of the kinds
    _, result = write_tfrecords(prep, keys | {"balance": True}, which=["negatives"])
    assert result.counts["train"] == 54


def test_a_kind_that_there_is_not_is_an_error_that_lists_those_there_are(prep):
    with pytest.raises(DeepQuakeError, match="event_kinds: blst, quake: no kind .* are earthquake"):
        write_tfrecords(prep, {"event_kinds": "quake,blast,blst"})
    with pytest.raises(DeepQuakeError, match="event_kinds is empty; there are earthquake, tel"):
        write_tfrecords(prep, {"event_kinds": " , "})


def test_what_has_no_list_of_kinds_is_of_earthquakes(prep):
    path = prep / index.EVENT_LIST_NAME
    rows = [line.rpartition(",")[0] for line in path.read_text().splitlines()]
    path.write_text("\n".join(rows) + "\n")
    _, result = write_tfrecords(prep, {"test_fraction": 0.0}, which=["positives"])
    assert result.counts["train"] == 144 and not result.left_out


def test_an_unfinished_step_1_is_not_taken_for_a_folder_of_windows(prep):
    (prep / index.INDEX_NAME).unlink()
    with pytest.raises(DeepQuakeError, match="step 1 did not finish here"):
        write_tfrecords(prep)


def test_a_pattern_that_matches_nothing_is_named_as_the_reason(prep):
    for which, label in (("positives", "positive"), ("negatives", "negative")):
        with pytest.raises(DeepQuakeError, match=f"with a {label} window .* --pattern [*]_CCC"):
            write_tfrecords(prep, which=[which], pattern="*_CCC")
    assert not (prep.parent / "tf").exists()


def test_some_rows_are_drawn_in_their_order(prep):
    rows = list(index.read_index(prep, "negative"))
    drawn = selection.draw_some(rows, 10, seed=3)
    assert len(drawn) == 10 and drawn == [row for row in rows if row in drawn]
    assert selection.draw_some(rows, 10, seed=3) == drawn
    assert selection.draw_some(rows, len(rows) + 1, seed=3) == rows


def test_windows_start_off_the_grid_of_step_1_and_keep_their_labels(prep):
    on_grid, _ = write_tfrecords(prep, {"random_starts": False}, out="grid")
    folder, result = write_tfrecords(prep)
    assert not result.report.problems
    for part in selection.PARTS:
        events = open_part(folder, part, "positive")
        offsets = events.p_offsets_s
        assert len(events) == len(open_part(on_grid, part, "positive"))
        assert offsets.min() >= 1 - 1e-3
        assert offsets.max() <= 9 + 1e-3
        assert len(np.unique((offsets % 1).round(2))) > 10
        noise, ends = open_part(folder, part, "negative"), P_AT_S - 2
        after_record_s = (noise.start_times - T0) % 3600
        assert len(noise) == len(open_part(on_grid, part, "negative"))
        late_s = (noise.stations == "BBB") * 1.0
        assert (after_record_s + 10 < ends + late_s + 0.01).all()


def test_a_window_moves_towards_its_like_only():
    settings = load({})
    starts = {0: 0.0, 1: 1.0, 2: 2.0, 3: 3.0, 5: 5.0, 6: 30.0}
    rows = {
        number: WindowRow(
            "a", "", "XX", "AAA", start, "positive", p_time=9.0 if number < 3 else 12.0
        )
        for number, start in starts.items()
    }
    selection.move_starts(rows, settings)
    moved = {number: row.start_time - starts[number] for number, row in rows.items()}
    assert 0 < moved[0] < 1
    assert 0 < moved[1] < 1
    assert -1 < moved[2] < 0  # its successor holds another P
    assert moved[3] == 0  # that between it and the next one is not used
    assert moved[5] == moved[6] == 0  # too far apart to say what is between them
    assert all((row.start_time * 100) % 1 < 1e-9 for row in rows.values())
