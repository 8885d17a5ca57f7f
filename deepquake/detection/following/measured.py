"""Magnitudes of events that are found one by one: each is measured anew only when it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection.association.event import DetectedEvent, LocalMagnitude
from deepquake.detection.magnitudes.local import with_magnitudes
from deepquake.detection.outputs.event_waveforms import span_shown
from deepquake.earth.stations import Station
from deepquake.waveforms.recording import Recording

NEIGHBOURS_S = 300.0  # readings of other events so near may end what is measured


@dataclass
class MeasuredEvents:
    """The magnitudes of events, by what was measured: the event, and whether it was over."""

    known: dict[tuple[DetectedEvent, bool], LocalMagnitude | None] = field(default_factory=dict)

    def measure(
        self,
        events: Sequence[DetectedEvent],
        recordings: Sequence[Recording],
        *,
        now_s: float,
        waveforms: Path,
        stations: Sequence[Station],
        settings: Settings,
        report: Report,
    ) -> list[DetectedEvent]:
        """Return events with their magnitudes.

        Parameters
        ----------
        events : sequence of DetectedEvent
            All there are, in order of time, without magnitudes.
        recordings, waveforms, stations, settings, report
            As of ``with_magnitudes``.
        now_s : float
            The time of the last sample: what is recorded of an event may end before it does.
        """
        keys = [(event, span_shown(event)[1] < now_s) for event in events]
        new = [event for event, is_over in keys if (event, is_over) not in self.known]
        if new:
            first_s, last_s = new[0].time_s - NEIGHBOURS_S, new[-1].time_s + NEIGHBOURS_S
            near = [event for event in events if first_s <= event.time_s <= last_s]
            found = with_magnitudes(
                near,
                recordings,
                waveforms=waveforms,
                stations=stations,
                settings=settings,
                report=report,
            )
            told = dict(zip(near, (event.magnitude for event in found), strict=True))
        self.known = {key: self.known[key] if key in self.known else told[key[0]] for key in keys}
        return [replace(event, magnitude=self.known[event, is_over]) for event, is_over in keys]
