"""Events of stations whose places nobody knows: arrivals that are near in time."""

from collections.abc import Sequence

from deepquake.core import intervals
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import Detection


def coincident_events(detections: Sequence[Detection], within_s: float) -> list[DetectedEvent]:
    """Return the events that P of all stations amount to.

    Parameters
    ----------
    detections : sequence of Detection
        Those of P.
    within_s : float
        One that comes so long after another, or less, is of the same event.

    Returns
    -------
    list of DetectedEvent
        In order of time.
    """
    detections = sorted(detections, key=lambda d: (d.time_s, d.network, d.station))
    times_s = [d.time_s for d in detections]
    return [
        DetectedEvent(tuple(detections[first:end]))
        for first, end in intervals.groups(times_s, times_s, within_s)
    ]
