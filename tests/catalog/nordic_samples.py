"""Events to write and read back in the tests of the Nordic reader."""

import random

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.core.times import compact, day_start

STATIONS = ("TURV", "BENV", "TACV", "BAUV", "MAN", "CRUV")


def network_events(count: int, seed: int = 1) -> list[Event]:
    """Return ``count`` located events 600 s apart, a P and an S at each of six stations."""
    draw = random.Random(seed)
    begin = day_start(2010, 1, 1)
    events = []
    for number in range(count):
        origin = begin + 600 * number + draw.randrange(600) / 10
        event = Event(
            compact(origin),
            origin,
            round(draw.uniform(9, 11), 3),
            round(draw.uniform(-69, -67), 3),
            round(draw.uniform(0, 30), 1),
            magnitudes=[Magnitude(round(draw.uniform(0.5, 4), 1), "L", "FUN")],
            agency="FUN",
            distance="L",
            waveforms=["2010-01-01-0000-00M.NET___018"],
        )
        for station in STATIONS:
            p = draw.randrange(200, 3000) / 100
            for phase, onset, channel, travel in (("P", "I", "HZ", p), ("S", "E", "HN", 1.7 * p)):
                time = round((origin + travel) * 100) / 100
                event.picks.append(Pick(station, phase, time, channel=channel, onset=onset))
        events.append(event)
    return events
