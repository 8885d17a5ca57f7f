"""Which sensor of a station serves when.

A sensor is what channels of one network, station, location, band and instrument code share, and
one rate: two rates under one code are two sensors. Where a station has several at one time, one
serves:

- first one that has all the components in use at that time, then one that has any;
- of several, by ``sensor_order``, then by location code, then the one at the rate wanted or nearest
  above it.

Another one serves before, after and in the gaps of the first, where it does so for more than 5 s.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepquake.core.intervals import in_common, minus, touches, union
from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.core.text import number_of
from deepquake.waveforms.recording import Piece

TOUCHING_S = 5.0  # a shorter gap or overlap is none

Covered = NDArray[np.float64]
"""Spans (k, 2), sorted and apart: the first time, and that after the last; s since 1970 UTC."""


class Sensor(NamedTuple):
    """What the channels of one sensor share; ``code`` is that of band and instrument ('HH')."""

    network: str
    station: str
    location: str
    code: str
    rate_hz: float

    @property
    def codes(self) -> tuple[str, str, str, str]:
        """Network, station, location and code."""
        return self[:4]

    def __str__(self) -> str:
        return f"{'.'.join(self.codes)} at {self.rate_hz:g} Hz"


@dataclass(frozen=True)
class Channel:
    """The pieces of a channel in one file, or in several that have been joined."""

    sensor: Sensor
    component: str
    code: str
    pieces: list[Piece]

    @property
    def path(self) -> Path:
        """The first file."""
        return self.pieces[0].path

    @cached_property
    def start_s(self) -> float:
        """The first sample, seconds since 1970 UTC."""
        return min(piece.start_s for piece in self.pieces)

    @cached_property
    def end_s(self) -> float:
        """The time after the last sample, seconds since 1970 UTC."""
        return max(piece.end_s for piece in self.pieces)

    @property
    def length_s(self) -> float:
        """From the first sample to the last."""
        return self.end_s - self.start_s


@dataclass
class Group:
    """Channels of one sensor that make up a recording.

    ``reach_s`` is where those of each component end. ``elsewhere`` are the spans for which other
    sensors serve.
    """

    sensor: Sensor
    channels: list[Channel] = field(default_factory=list)
    reach_s: dict[str, float] = field(default_factory=dict)
    start_s: float = np.inf
    elsewhere: Covered = field(default_factory=lambda: np.empty((0, 2)))

    def add(self, channel: Channel) -> None:
        """Take a channel in."""
        self.channels.append(channel)
        self.start_s = min(self.start_s, channel.start_s)
        reach_s = self.reach_s.get(channel.component, -np.inf)
        self.reach_s[channel.component] = max(reach_s, channel.end_s)

    @property
    def end_s(self) -> float:
        """The time after the last sample, seconds since 1970 UTC."""
        return max(self.reach_s.values())

    @property
    def paths(self) -> set[Path]:
        """The files it is in."""
        return {piece.path for channel in self.channels for piece in channel.pieces}

    def pieces(self, component: str) -> list[Piece]:
        """Return the pieces of a component."""
        return [p for c in self.channels if c.component == component for p in c.pieces]


def choose_sensors(
    groups: Iterable[Group], settings: RecordSettings, report: Report
) -> list[Group]:
    """Return the recordings of a station, by time, cut to when their sensors serve.

    Parameters
    ----------
    groups : iterable of Group
        Those of one station.
    settings : RecordSettings
        The components in use, the order of sensors and the rate that is wanted.
    report : Report
        Is told which sensors are left out where others are there.

    Returns
    -------
    list of Group
        Of those of several sensors that overlap, ``elsewhere`` is set, and the pieces that lie
        wholly therein are gone.
    """
    by_sensor: dict[Sensor, list[Group]] = defaultdict(list)
    for group in groups:
        by_sensor[group.sensor].append(group)
    if len(by_sensor) > 1:
        recorded = {sensor: _recorded(own) for sensor, own in by_sensor.items()}
        serving = _serving(recorded, settings)
        for sensor, own in sorted(by_sensor.items()):
            _tell(own, union_of(recorded[sensor].values()), serving, report=report)
        for sensor, own in by_sensor.items():
            others = union_of(serving[other] for other in by_sensor if other != sensor)
            rest = [_without(group, others) for group in own]
            by_sensor[sensor] = [group for group in rest if group.channels]
    chosen = (group for own in by_sensor.values() for group in own)
    return sorted(chosen, key=lambda g: (g.start_s, g.end_s, min(g.paths)))


def _serving(
    recorded: Mapping[Sensor, Mapping[str, Covered]], settings: RecordSettings
) -> dict[Sensor, Covered]:
    """Return when each sensor serves; ``recorded`` is when there are samples of its components."""
    codes = settings.sensors
    wanted_hz = settings.sampling_rate

    def rank(sensor: Sensor) -> tuple:
        code, rate_hz = sensor.code, sensor.rate_hz
        place = codes.index(code) if code in codes else len(codes)
        return place, code, sensor.location, rate_hz < wanted_hz, abs(rate_hz - wanted_hz)

    in_order = sorted(recorded, key=rank)
    nothing = np.empty((0, 2))
    serving, taken = dict.fromkeys(recorded, nothing), nothing
    for is_whole in (True, False):
        for sensor in in_order:
            spans = recorded[sensor]
            if is_whole:
                in_use = [spans.get(component, nothing) for component in settings.components]
                there = reduce(in_common, in_use)
            else:
                there = union_of(spans.values())
            own = minus(there, taken)
            uncut = np.isin(own[:, 0], there[:, 0]) & np.isin(own[:, 1], there[:, 1])
            own = own[uncut | (own[:, 1] - own[:, 0] > TOUCHING_S)]
            serving[sensor] = union_of([serving[sensor], own])
            taken = union_of([taken, own])
    return serving


def _recorded(groups: Iterable[Group]) -> dict[str, Covered]:
    """Return when there are samples of each component, but for gaps too short to be filled."""
    pieces: dict[str, list[Piece]] = defaultdict(list)
    for group in groups:
        for channel in group.channels:
            pieces[channel.component] += channel.pieces
    return {
        component: union([p.start_s for p in own], [p.end_s for p in own], TOUCHING_S)
        for component, own in pieces.items()
    }


def _tell(
    groups: Sequence[Group],
    recorded: Covered,
    serving: Mapping[Sensor, Covered],
    report: Report,
) -> None:
    """Note where the recordings of a sensor, ``groups``, are left out because others serve."""
    sensor = groups[0].sensor
    starts = np.array([group.start_s for group in groups])
    ends = np.array([group.end_s for group in groups])
    for other in sorted(serving.keys() - {sensor}):
        left_out = in_common(recorded, serving[other])
        reached = np.flatnonzero(touches(left_out, starts, ends)).tolist()
        if not reached:
            continue
        is_same_code = sensor.codes == other.codes
        name, other_name = (str(s) if is_same_code else ".".join(s.codes) for s in (sensor, other))
        why = "two rates under one code are two sensors" if is_same_code else "sensor_order"
        number = number_of(len(reached), "recording")
        what = f"sensor {name} is left out ({number}) where {other_name} is there ({why})"
        first, *others = sorted(set.union(*(groups[k].paths for k in reached)))
        report.note(first, what, others=others)


def union_of(sets: Iterable[Covered]) -> Covered:
    """Return the union of sets of spans."""
    return union(*np.concatenate([np.empty((0, 2)), *sets]).T)


def _without(group: Group, others: Covered) -> Group:
    """Return a group cut to the times at which no other sensor serves."""
    near = others[(others[:, 0] < group.end_s) & (others[:, 1] > group.start_s)]
    if not len(near):
        return group
    rest = Group(group.sensor, elsewhere=near)
    for channel in group.channels:
        starts = np.array([piece.start_s for piece in channel.pieces])
        ends = np.array([piece.end_s for piece in channel.pieces])
        number = np.searchsorted(near[:, 0], starts, side="right") - 1
        is_outside = (number < 0) | (near[number, 1] < ends)
        if is_outside.any():
            kept = [channel.pieces[k] for k in np.flatnonzero(is_outside).tolist()]
            rest.add(replace(channel, pieces=kept))
    return rest
