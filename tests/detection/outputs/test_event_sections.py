"""Which stations a record section shows, in which order, and what is marked at them."""

from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.settings import Settings
from deepquake.detection.outputs import event_sections
from deepquake.detection.outputs.event_sections import (
    SectionSources,
    of_catalogue,
    of_detected,
    section_picture,
    section_task,
)
from deepquake.detection.outputs.report_pictures import phase_times
from deepquake.waveforms.recording import Recording
from tests.detection.outputs.made_report import BEGIN_S, made_report


@pytest.fixture
def sources(tmp_path: Path) -> SectionSources:
    """What the sections of the made run are made of."""
    content = made_report(tmp_path)
    return SectionSources(
        recordings={(r.network, r.station): [r] for r in content.recordings},
        stations=content.stations,
        arrivals=content.arrivals,
        predict=phase_times(Settings()),
        corners_hz=(1.0, 0.0),
    )


def test_a_located_event_has_its_stations_by_distance(
    sources: SectionSources, tmp_path: Path
) -> None:
    content = made_report(tmp_path)
    task = section_task(of_detected(content.events[0], "quake", content.catalogue), sources, "e1")
    assert [row.label.split()[0] for row in task.rows] == ["AAA", "BBB", "CCC"]
    assert [row.found["P"] for row in task.rows] == [[BEGIN_S + 30 + k] for k in range(3)]
    for row in task.rows:
        (p_s,), (s_s,) = row.computed["P"], row.computed["S"]
        assert BEGIN_S + 27 < p_s < s_s
    assert task.span_s[0] < BEGIN_S + 27 and task.span_s[1] > BEGIN_S + 36
    anchor, png = section_picture(task)
    assert anchor == "e1" and png.startswith(b"\x89PNG")


def test_an_event_without_a_place_has_its_stations_by_their_first_arrival(
    sources: SectionSources, tmp_path: Path
) -> None:
    content = made_report(tmp_path)
    task = section_task(of_detected(content.events[1], "two", content.catalogue), sources, "e2")
    assert [row.label for row in task.rows] == ["XX.AAA", "XX.BBB", "XX.CCC"]
    assert [bool(row.found) for row in task.rows] == [True, True, False]
    assert all(not row.computed for row in task.rows) and isnan(task.origin_s)


def test_a_missed_event_shows_its_readings_and_what_was_found_then(
    sources: SectionSources, tmp_path: Path
) -> None:
    content = made_report(tmp_path)
    task = section_task(of_catalogue(content.catalogue[1], "missed"), sources, "c1")
    rows = {row.label: row for row in task.rows}
    assert rows["XX.AAA"].read == {"P": [BEGIN_S + 75.0]}
    assert rows["XX.BBB"].read == {"S": [BEGIN_S + 80.0]}  # its network is that of the record
    assert rows["XX.CCC"].others == {"P": [BEGIN_S + 82.0]}


def test_of_many_stations_the_nearest_are_shown_and_it_says_so(
    sources: SectionSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_sections, "MOST_ROWS_SHOWN", 2)
    content = made_report(tmp_path)
    task = section_task(of_detected(content.events[0], "quake", content.catalogue), sources, "e1")
    assert len(task.rows) == 2
    assert task.title.endswith("(the nearest 2 of 3 stations)")


def test_a_process_is_sent_only_what_is_near(sources: SectionSources, tmp_path: Path) -> None:
    content = made_report(tmp_path)
    record = content.recordings[0]
    late = record.pieces["Z"][0]._replace(start_s=BEGIN_S + 1e6, path=Path("gone.mseed"))
    longer = replace(record, pieces={**record.pieces, "Z": (*record.pieces["Z"], late)})
    sources = replace(sources, recordings={("XX", "AAA"): [longer]})
    task = section_task(of_detected(content.events[0], "quake", content.catalogue), sources, "e1")
    sent = next(of for row, of in zip(task.rows, task.records, strict=True)
                if row.label.startswith("AAA"))  # fmt: skip
    assert [len(pieces) for pieces in sent[0].pieces.values()] == [1, 1, 1]
    row = event_sections._with_record(task.rows[0], task, sent)
    assert row.outline is not None and np.isfinite(row.outline.low).any()


def test_of_files_that_overlap_the_one_with_most_of_the_event_is_drawn(
    sources: SectionSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = sources.recordings["XX", "AAA"]
    early = replace(whole, stretches=(replace(whole.stretches[0], n_samples=3300),))
    both = replace(sources, recordings={**sources.recordings, ("XX", "AAA"): [early, whole]})
    content, drawn = made_report(tmp_path), []
    outline_of = event_sections.stream_envelope

    def noted(record: Recording, *args: object, **kwargs: object) -> object:
        drawn.append(record.stretches)
        return outline_of(record, *args, **kwargs)

    monkeypatch.setattr(event_sections, "stream_envelope", noted)
    section_picture(section_task(of_detected(content.events[0], "", content.catalogue), both, "e"))
    assert whole.stretches in drawn and early.stretches not in drawn
