"""Magnitudes are measured once, and anew when an event changes or is over."""

from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.following import measured
from deepquake.detection.following.measured import MeasuredEvents
from tests.detection.outputs.made_located import ORIGIN_S, located_event


def test_an_event_is_measured_when_it_is_new_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[list[DetectedEvent]] = []
    magnitude = located_event().magnitude

    def measure(events: list[DetectedEvent], *_: object, **__: object) -> list[DetectedEvent]:
        calls.append(list(events))
        return [replace(event, magnitude=magnitude) for event in events]

    monkeypatch.setattr(measured, "with_magnitudes", measure)
    known, event = MeasuredEvents(), replace(located_event(), magnitude=None)
    for now_s, n_calls in ((ORIGIN_S + 20, 1), (ORIGIN_S + 25, 1), (ORIGIN_S + 500, 2)):
        (found,) = known.measure(
            [event],
            [],
            now_s=now_s,
            waveforms=Path("records"),
            stations=[],
            settings=Settings(),
            report=Report(),
        )
        assert found.magnitude == magnitude
        assert len(calls) == n_calls
