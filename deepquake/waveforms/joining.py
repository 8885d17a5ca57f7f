"""Putting together what belongs together: components, and files that follow upon each other.

- Files of one channel that follow upon each other are one: no more than 5 s apart, and no more
  than 5 s or a hundredth of the shorter in common. A file that lies wholly within such a row, and
  is at most half as long as the longest in it, is an event cut out of it, and stays by itself.
  Where files overlap otherwise, all are cut around events: each stays by itself.
- Components of one sensor are one recording where they overlap in time; of several that do, those
  in the same file, then those that overlap most.
- A file that is there twice counts once.
- Where a station has several sensors (HH and HN, two location codes) at one time, one is taken:
  first those that have all the components in use, then by ``sensor_order``, then by location code.
  The others serve before and after it, where they do so for more than 5 s.
- Where a sensor has two channels for a component (HHN and HH1), the first of N 1 Y is taken.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import file_digest
from math import inf
from pathlib import Path
from typing import NamedTuple

from deepquake.core.intervals import union
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, RecordSettings
from deepquake.core.text import number_of
from deepquake.waveforms.filtering import output_range, ratio
from deepquake.waveforms.recording import (
    Piece,
    Recording,
    Stretch,
    channel_code,
    outside,
    recording_name,
    tables_of,
)

TOUCHING_S = 5.0
TOUCHING_SHARE = 0.01  # of the shorter file
CODE_PREFERENCE = "ZNE123XY"

Key = tuple[str, str, str, str]  # network, station, location, sensor


class Run(NamedTuple):
    """A piece, the component it holds, and of which sensor."""

    key: Key
    component: str
    piece: Piece


@dataclass(frozen=True)
class _Channel:
    """The pieces of a channel in one file, or in several that have been joined."""

    key: Key
    component: str
    pieces: list[Piece]

    @property
    def code(self) -> str:
        return self.pieces[0].codes.channel

    @property
    def path(self) -> Path:
        return self.pieces[0].path

    @cached_property
    def start_s(self) -> float:
        return min(piece.start_s for piece in self.pieces)

    @cached_property
    def end_s(self) -> float:
        return max(piece.end_s for piece in self.pieces)

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@dataclass
class _Group:
    """Channels of one sensor that make up a recording."""

    key: Key
    channels: list[_Channel] = field(default_factory=list)
    elsewhere: list[tuple[float, float]] = field(default_factory=list)
    """The spans of better sensors, sorted and apart (seconds since 1970)."""

    def channels_of(self, component: str) -> list[_Channel]:
        return [c for c in self.channels if c.component == component]

    @property
    def start_s(self) -> float:
        return min(c.start_s for c in self.channels)

    @property
    def end_s(self) -> float:
        return max(c.end_s for c in self.channels)

    @property
    def paths(self) -> set[Path]:
        return {piece.path for channel in self.channels for piece in channel.pieces}


def _shared_s(a: "_Channel | _Group", b: "_Channel | _Group") -> float:
    """Return the seconds that both cover (negative: the seconds between them)."""
    return min(a.end_s, b.end_s) - max(a.start_s, b.start_s)


def join(runs: Iterable[Run], settings: RecordSettings, report: Report) -> list[Recording]:
    """Return the recordings that the pieces of all files make up, by station and time.

    Parameters
    ----------
    runs : Iterable[Run]
        The pieces.
    settings : RecordSettings
        The rate that is wanted, and which sensors.
    report : Report
        Is told what is left out: duplicates, further sensors, further channels of a component.
    """
    sensors: dict[Key, list[_Channel]] = defaultdict(list)
    for channel in _drop_duplicates(_per_file(runs), report):
        sensors[channel.key].append(channel)
    stations: dict[tuple[str, str], list[_Group]] = defaultdict(list)
    for key, channels in sorted(sensors.items()):
        chains = _one_code_each(_chains(channels), report)
        stations[key[:2]] += _groups(key, chains)
    met: Counter[Path] = Counter()  # in how many stations
    for groups in stations.values():
        met.update(set().union(*(group.paths for group in groups)))
    shared = {path for path, n_stations in met.items() if n_stations > 1}
    taken: set[str] = set()
    recordings = (
        _recording(group, settings, shared=shared, taken=taken)
        for _, groups in sorted(stations.items())
        for group in _choose_sensors(groups, settings, report)
    )
    return [recording for recording in recordings if recording is not None]


def stretches_of(
    pieces: Mapping[str, Sequence[Piece]], start_s: float, sampling_rate_hz: float
) -> tuple[Stretch, ...]:
    """Return the gap-free runs of the union of the components.

    Parameters
    ----------
    pieces : mapping of str to Piece
        The pieces of each component.
    start_s : float
        Where the grid of sample times begins, seconds since 1970 UTC.
    sampling_rate_hz : float
        The rate of the grid.

    Returns
    -------
    tuple[Stretch, ...]
        By time.
    """
    firsts, ends = [], []
    for same_component in pieces.values():
        for table in tables_of(same_component, start_s):
            factors = ratio(table.rate_hz, sampling_rate_hz)
            # a hole of one sample between two pieces is a clock's drift, and is filled
            for first, end in union(table.first, table.end, gap=1).tolist():
                low, high = output_range(first, end - 1, factors)
                if high >= low:
                    firsts.append(low)
                    ends.append(high + 1)
    return tuple(
        Stretch(start_s + first / sampling_rate_hz, end - first)
        for first, end in union(firsts, ends).tolist()
    )


def _per_file(runs: Iterable[Run]) -> list[_Channel]:
    """Join the pieces of each channel within each file."""
    found: dict[tuple, list[Piece]] = defaultdict(list)
    for key, component, piece in runs:
        found[key, component, piece.path, piece.codes.channel or piece.trace].append(piece)
    return [_Channel(key, component, pieces) for (key, component, *_), pieces in found.items()]


def _drop_duplicates(channels: list[_Channel], report: Report) -> list[_Channel]:
    """Leave out channels that another file holds with the same times and number of samples."""
    seen: dict[tuple, _Channel] = {}
    twins: Counter[tuple[Path, Path]] = Counter()
    kept = []
    for channel in channels:
        times = (channel.start_s, channel.end_s, len(channel.pieces))
        first = seen.setdefault((channel.key, channel.component, channel.code, times), channel)
        if first.path == channel.path or _content(first) != _content(channel):
            kept.append(channel)
        else:
            twins[channel.path, first.path] += 1
    for (path, first_path), count in twins.items():
        is_copy = _digest(path) == _digest(first_path)
        same = f"holds {number_of(count, 'channel')} over the same time as"
        same = "is the same file as" if is_copy else same
        report.note(path, f"{same} {first_path.name}; the first is used")
    return kept


def _content(channel: _Channel) -> list[tuple[float, int, float]]:
    return [(piece.start_s, piece.n_samples, piece.rate_hz) for piece in channel.pieces]


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return file_digest(file, "blake2b").digest()


def _chains(channels: list[_Channel]) -> list[_Channel]:
    """Join files of a channel that follow upon each other; those that overlap stay as they are."""
    codes: dict[tuple[str, str], list[_Channel]] = defaultdict(list)
    for channel in sorted(channels, key=lambda c: (c.start_s, c.end_s, c.path)):
        codes[channel.component, channel.code].append(channel)
    chains = []
    for same_code in codes.values():
        cluster: list[_Channel] = []
        reach = -inf
        for channel in same_code:
            if cluster and channel.start_s > reach + TOUCHING_S:
                chains += _joined(cluster)
                cluster = []
            cluster.append(channel)
            reach = max(reach, channel.end_s)
        chains += _joined(cluster)
    return chains


def _joined(cluster: list[_Channel]) -> list[_Channel]:
    """Join the files that follow upon each other, where all others are cut out of these."""
    first, *others = sorted(cluster, key=lambda c: (c.start_s, -c.end_s))
    chain, apart = [first], []
    reach, length_s = first.end_s, first.length_s
    for channel in others:
        shorter = min(length_s, channel.length_s)
        shared = reach - channel.start_s
        if -TOUCHING_S <= shared <= max(TOUCHING_S, TOUCHING_SHARE * shorter):
            chain.append(channel)
            reach, length_s = max(reach, channel.end_s), shorter
        else:
            apart.append(channel)
    longest = max(channel.length_s for channel in chain)
    if any(c.end_s > reach or c.length_s > longest / 2 for c in apart):
        return cluster
    pieces = [piece for channel in chain for piece in channel.pieces]
    return [replace(first, pieces=pieces), *apart]


def _one_code_each(chains: list[_Channel], report: Report) -> list[_Channel]:
    """Leave out channels of a component that another channel of the sensor covers (HH1 and HHN)."""
    kept: dict[str, dict[str, list[_Channel]]] = defaultdict(lambda: defaultdict(list))
    for chain in sorted(chains, key=_code_rank):
        by_code = kept[chain.component]
        rivals = (
            code
            for code, others in by_code.items()
            if code != chain.code and any(_shared_s(other, chain) > TOUCHING_S for other in others)
        )
        rival = next(rivals, None)
        if rival is None:
            by_code[chain.code].append(chain)
        else:
            name = ".".join([*chain.key[:3], chain.code])
            report.note(chain.path, f"channel {name} is left out: {rival} is the same component")
    return [chain for codes in kept.values() for others in codes.values() for chain in others]


def _code_rank(chain: _Channel) -> tuple[int, float, str]:
    letter = chain.code[-1:].upper()
    return CODE_PREFERENCE.find(letter) % 99, chain.start_s, chain.code  # -1 comes last


def _groups(key: Key, chains: list[_Channel]) -> list[_Group]:
    """Put the components of a sensor together where they overlap in time."""
    groups: list[_Group] = []
    open_groups: list[_Group] = []
    for chain in sorted(chains, key=lambda c: (c.start_s, c.path, COMPONENTS.find(c.component))):
        open_groups = [g for g in open_groups if g.end_s > chain.start_s]
        fitting = [g for g in open_groups if _may_hold(g, chain)]
        if fitting:
            max(fitting, key=lambda g: _closeness(g, chain)).channels.append(chain)
        else:
            groups.append(_Group(key, [chain]))
            open_groups.append(groups[-1])
    return groups


def _may_hold(group: _Group, chain: _Channel) -> bool:
    """Tell whether a channel overlaps others of a group, and none of its own component."""
    rivals = group.channels_of(chain.component)
    shared_s = max(_shared_s(other, chain) for other in group.channels)
    shorter_s = min(chain.length_s, group.end_s - group.start_s)
    is_free = all(_shared_s(other, chain) <= TOUCHING_S for other in rivals)
    return is_free and shared_s > shorter_s / 2


def _closeness(group: _Group, chain: _Channel) -> tuple[bool, float]:
    is_same_file = any(channel.path == chain.path for channel in group.channels)
    whole = max(group.end_s, chain.end_s) - min(group.start_s, chain.start_s)
    return is_same_file, _shared_s(chain, group) / whole if whole else 1.0


def _choose_sensors(groups: list[_Group], settings: RecordSettings, report: Report) -> list[_Group]:
    """Return the recordings of a station, by time, without those of sensors that are not used."""
    order = [code.strip().upper() for code in settings.sensor_order.split(",")]

    def rank(group: _Group) -> tuple[bool, int, str, str]:
        lacks = not set(settings.components) <= {c.component for c in group.channels}
        sensor = group.key[3]
        place = order.index(sensor) if sensor in order else len(order)
        return lacks, place, sensor, group.key[2]

    chosen: list[_Group] = []
    left_out: dict[tuple[Key, Key], list[Path]] = defaultdict(list)
    for group in sorted(groups, key=lambda g: (rank(g), g.start_s)):
        better = [g for g in chosen if g.key != group.key and _shared_s(g, group) > 0]
        for key in {other.key for other in better}:
            left_out[group.key, key].append(min(group.paths))
        rest = _outside(group, better) if better else group
        chosen += [rest] if rest.channels else []
    for (key, better_key), paths in sorted(left_out.items()):
        name, other_name = ".".join(key), ".".join(better_key)
        number = number_of(len(paths), "recording")
        what = f"sensor {name} is left out ({number}) where {other_name} is there"
        report.note(paths[0], f"{what} (sensor_order)")
    return sorted(chosen, key=lambda g: (g.start_s, g.end_s, min(g.paths)))


def _outside(group: _Group, better: Sequence[_Group]) -> _Group:
    """Return a group without the times during which better ones are there."""
    covered = union([other.start_s for other in better], [other.end_s for other in better])
    spans = [(start, end) for start, end in covered.tolist()]
    rest = _Group(group.key, elsewhere=spans)
    for channel in group.channels:
        pieces = [
            piece
            for piece in channel.pieces
            if not any(start <= piece.start_s and piece.end_s <= end for start, end in spans)
        ]
        if pieces:
            rest.channels.append(replace(channel, pieces=pieces))
    return rest


def _recording(
    group: _Group, settings: RecordSettings, shared: set[Path], taken: set[str]
) -> Recording | None:
    """Return the recording of a group, None where better sensors leave nothing of it."""
    network, station, location, sensor = group.key
    pieces = {}
    for component in COMPONENTS:
        found = [piece for channel in group.channels_of(component) for piece in channel.pieces]
        if found:
            pieces[component] = tuple(sorted(found, key=lambda piece: piece.start_s))
    start_s = group.start_s
    paths = group.paths
    stretches = whole = stretches_of(pieces, start_s, settings.sampling_rate)
    if group.elsewhere:
        uncut, least = set(whole), TOUCHING_S * settings.sampling_rate
        parts = outside(whole, group.elsewhere, settings.sampling_rate)
        stretches = tuple(part for part in parts if part in uncut or part.n_samples > least)
    if not stretches:
        return None
    return Recording(
        name=recording_name(
            key=group.key, paths=paths, start_s=start_s, is_shared=bool(paths & shared), taken=taken
        ),
        network=network,
        station=station,
        location=location,
        sensor=sensor,
        channels={c: channel_code(group.channels_of(c)[0].code, sensor, c) for c in pieces},
        pieces=pieces,
        sampling_rate_hz=settings.sampling_rate,
        start_s=start_s,
        stretches=stretches,
        elsewhere=tuple(group.elsewhere),
    )
