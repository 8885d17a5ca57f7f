"""Putting together what belongs together: components, and files that follow upon each other.

- Files of one channel that follow upon each other are one: no more than 5 s apart, and no more
  than 5 s or a hundredth of the shorter in common. A file that lies wholly within such a row, and
  is at most half as long as the longest in it, is an event cut out of it, and stays by itself.
  Where files overlap otherwise, all are cut around events: each stays by itself.
- What is there twice counts once: files and channels with the same samples at the same times, and
  those whose samples are all in such a row, as those of the halves of an hour are in the hour.
- Components of one sensor are one recording where they overlap in time; of several that do, those
  in the same file, then those that overlap most.
- Records of one code at two rates are of two sensors. Which of several sensors of a station serves
  when is told in ``waveforms.sensors``.
- Where a sensor has two channels for a component (HHN and HH1), the first of N 1 Y is taken.
"""

from bisect import bisect, bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import inf
from pathlib import Path
from typing import NamedTuple

import numpy as np

from deepquake.core.intervals import groups as groups_of_intervals
from deepquake.core.intervals import in_common, touches, union
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, RecordSettings
from deepquake.waveforms.copies import Doubles
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
from deepquake.waveforms.records import eras
from deepquake.waveforms.sensors import TOUCHING_S, Channel, Group, Sensor, choose_sensors, union_of

TOUCHING_SHARE = 0.01  # of the shorter file
RATES_APART = 1.01  # two rates of a sensor differ by less than this factor
SHORT_S = 60.0  # records of another rate in a file that are shorter in all have a damaged header
CODE_PREFERENCE = "ZNE123XY"

Key = tuple[str, str, str, str]  # network, station, location, sensor


class Run(NamedTuple):
    """A piece, the component it holds, of which sensor, and the code that tells the component."""

    key: Key
    component: str
    piece: Piece
    code: str


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
    sensors: dict[Sensor, list[Channel]] = defaultdict(list)
    for channel in _per_file(runs, report):
        sensors[channel.sensor].append(channel)
    stations: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for sensor, channels in sorted(sensors.items()):
        chains = _one_code_each(_chains(channels, report), report)
        stations[sensor.network, sensor.station] += _groups(sensor, chains)
    met: Counter[Path] = Counter()  # in how many stations
    for groups in stations.values():
        met.update(set().union(*(group.paths for group in groups)))
    shared = {path for path, n_stations in met.items() if n_stations > 1}
    taken: set[str] = set()
    recordings = (
        _recording(group, settings, shared=shared, taken=taken)
        for _, groups in sorted(stations.items())
        for group in choose_sensors(groups, settings, report)
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


def _per_file(runs: Iterable[Run], report: Report) -> list[Channel]:
    """Join the pieces of each channel within each file, apart where years are between them."""
    by_key: dict[Key, list[Run]] = defaultdict(list)
    for run in runs:
        by_key[run.key].append(run)
    channels = []
    for key, own in by_key.items():
        rates = _rates_of_sensors(own)
        own = _without_damaged_rates(own, rates, report)
        found: dict[tuple, list[Piece]] = defaultdict(list)
        for _, component, piece, code in own:
            part = piece.codes.channel or piece.trace
            found[rates[piece.rate_hz], component, code, piece.path, part].append(piece)
        channels += [
            Channel(Sensor(*key, rate_hz), component=component, code=code, pieces=era)
            for (rate_hz, component, code, *_), pieces in found.items()
            for era in eras(pieces)
        ]
    return channels


def _rates_of_sensors(runs: Sequence[Run]) -> dict[float, float]:
    """Return for each rate met under one code that of its sensor: the one with most samples.

    Rates are of one sensor where they are nearly the same, where they follow upon each other, and
    where they are of different components.
    """
    seconds: dict[float, float] = defaultdict(float)
    spans: dict[str, dict[float, list[tuple[float, float]]]]
    spans = defaultdict(lambda: defaultdict(list))
    for run in runs:
        rate_hz, span = run.piece.rate_hz, (run.piece.start_s, run.piece.end_s)
        seconds[rate_hz] += span[1] - span[0]
        spans[run.component][rate_hz].append(span)
    alike: list[list[float]] = []
    for rate_hz in sorted(seconds):
        if alike and rate_hz < alike[-1][-1] * RATES_APART:
            alike[-1].append(rate_hz)
        else:
            alike.append([rate_hz])
    if len(alike) > 1 and not any(_run_together(alike, by_rate) for by_rate in spans.values()):
        alike = [sorted(seconds)]
    main = {max(rates, key=lambda rate_hz: seconds[rate_hz]): rates for rates in alike}
    return {rate_hz: of_sensor for of_sensor, rates in main.items() for rate_hz in rates}


def _run_together(
    alike: Iterable[Sequence[float]], spans: Mapping[float, Sequence[tuple[float, float]]]
) -> bool:
    """Return whether records of one component, but of different rates, cover the same time."""
    covered = [
        union_of(np.array(spans[rate_hz]) for rate_hz in rates if rate_hz in spans)
        for rates in alike
    ]
    shared = (in_common(one, other) for one, other in combinations(covered, 2))
    return any(np.diff(common).sum() > TOUCHING_S for common in shared)


def _without_damaged_rates(
    runs: list[Run], rates: Mapping[float, float], report: Report
) -> list[Run]:
    """Leave out a few records of another rate among those of a file: their headers are damaged."""
    seconds: dict[float, float] = defaultdict(float)
    paths: dict[float, set[Path]] = defaultdict(set)
    for run in runs:
        rate_hz = rates[run.piece.rate_hz]
        seconds[rate_hz] += run.piece.n_samples / rate_hz
        paths[rate_hz].add(run.piece.path)
    main_hz = max(seconds, key=lambda rate_hz: seconds[rate_hz])
    damaged = {
        rate_hz
        for rate_hz, length_s in seconds.items()
        if length_s < min(SHORT_S, seconds[main_hz] / 2) and paths[rate_hz] <= paths[main_hz]
    }
    for rate_hz in sorted(damaged):
        what = f"{seconds[rate_hz]:.1f} s at {rate_hz:g} Hz among records at {main_hz:g} Hz"
        report.skip(
            min(paths[rate_hz]), f"{'.'.join(runs[0].key)}: {what}: taken for damaged headers"
        )
    return [run for run in runs if rates[run.piece.rate_hz] not in damaged]


def _chains(channels: list[Channel], report: Report) -> list[Channel]:
    """Join files of a channel that follow upon each other; those that overlap stay as they are."""
    codes: dict[tuple[str, str], list[Channel]] = defaultdict(list)
    for channel in sorted(channels, key=lambda c: (c.start_s, -c.end_s, c.path)):
        codes[channel.component, channel.code].append(channel)
    chains, doubles = [], Doubles()
    for same_code in codes.values():
        starts, ends = zip(*((c.start_s, c.end_s) for c in same_code), strict=True)
        for first, end in groups_of_intervals(starts, ends, TOUCHING_S).tolist():
            chains += _joined(_once(same_code[first:end], doubles), doubles)
    doubles.tell(report)
    return chains


def _once(cluster: Iterable[Channel], doubles: Doubles) -> list[Channel]:
    """Leave out what is all in one other file; of two that hold the same the first is kept."""
    kept: list[Channel] = []
    same_times: dict[tuple[float, float], list[Channel]] = defaultdict(list)
    longest: Channel | None = None  # of those so far, the one that ends last
    for channel in cluster:
        others = same_times[channel.start_s, channel.end_s]
        holders = list(others)
        if not others and longest is not None and longest.end_s >= channel.end_s:
            holders = [longest]
        if any(doubles.has(channel, [holder]) for holder in holders):
            continue
        if longest is None or channel.end_s > longest.end_s:
            longest = channel
        kept.append(channel)
        others.append(channel)
    return kept


def _joined(cluster: Sequence[Channel], doubles: Doubles) -> list[Channel]:
    """Join the files that follow upon each other, where all others are cut out of these."""
    first, *others = cluster
    chain, apart = [first], []
    reach, length_s = first.end_s, first.length_s
    for channel in others:
        shorter = min(length_s, channel.length_s)
        shared = reach - channel.start_s
        is_next = -TOUCHING_S <= shared <= max(TOUCHING_S, TOUCHING_SHARE * shorter)
        if is_next and channel.end_s > reach:
            chain.append(channel)
            reach, length_s = channel.end_s, shorter
        else:
            apart.append(channel)
    longest = max(channel.length_s for channel in chain)
    if any(c.end_s > reach or c.length_s > longest / 2 for c in apart):
        return [*cluster]
    starts, ends = [channel.start_s for channel in chain], [channel.end_s for channel in chain]
    pieces = [piece for channel in chain for piece in channel.pieces]
    whole = replace(first, pieces=pieces)
    cut_out = []
    for channel in apart:
        holders = chain[bisect(ends, channel.start_s) : bisect_left(starts, channel.end_s)]
        if len(holders) < 2 or not doubles.has(channel, holders):
            cut_out.append(channel)
    return [whole, *cut_out]


def _one_code_each(chains: Iterable[Channel], report: Report) -> list[Channel]:
    """Leave out channels of a component that another channel of the sensor covers (HH1 and HHN)."""
    by_code: dict[tuple[str, int, str], list[Channel]] = defaultdict(list)
    for chain in chains:
        rank = CODE_PREFERENCE.find(chain.code[-1:].upper()) % 99  # -1 comes last
        by_code[chain.component, rank, chain.code].append(chain)
    kept: dict[str, list[Channel]] = defaultdict(list)
    for (component, _, code), same_code in sorted(by_code.items()):
        better = kept[component]
        if not better:
            kept[component] = same_code
            continue
        covered = union([c.start_s for c in better], [c.end_s for c in better])
        covered = covered[covered[:, 1] - covered[:, 0] > TOUCHING_S] - [0.0, TOUCHING_S]
        starts = np.array([c.start_s for c in same_code])
        ends = np.array([c.end_s for c in same_code]) - TOUCHING_S
        is_rival = touches(covered, starts, ends) & (ends > starts)
        for chain, is_left_out in zip(same_code, is_rival.tolist(), strict=True):
            if is_left_out:
                name = ".".join([*chain.sensor.codes[:3], code])
                what = f"{better[0].code} is the same component"
                report.note(chain.path, f"channel {name} is left out: {what}")
        kept[component] = better + [
            chain for chain, out in zip(same_code, is_rival.tolist(), strict=True) if not out
        ]
    return [chain for same_component in kept.values() for chain in same_component]


def _groups(sensor: Sensor, chains: Iterable[Channel]) -> list[Group]:
    """Put the components of a sensor together where they overlap in time."""
    groups: list[Group] = []
    open_groups: list[Group] = []
    for chain in sorted(chains, key=lambda c: (c.start_s, c.path, COMPONENTS.find(c.component))):
        open_groups = [g for g in open_groups if g.end_s > chain.start_s]
        fitting = [g for g in open_groups if _may_hold(g, chain)]
        if not fitting:
            fitting = [Group(sensor)]
            groups += fitting
            open_groups += fitting
        best = fitting[0] if len(fitting) == 1 else max(fitting, key=lambda g: _closeness(g, chain))
        best.add(chain)
    return groups


def _may_hold(group: Group, chain: Channel) -> bool:
    """Tell whether a channel overlaps others of a group, and none of its own component.

    It starts after all of them.
    """
    shared_s = min(group.end_s, chain.end_s) - chain.start_s
    shorter_s = min(chain.length_s, group.end_s - group.start_s)
    rivals_end_s = group.reach_s.get(chain.component, -inf)
    is_free = min(rivals_end_s, chain.end_s) - chain.start_s <= TOUCHING_S
    return is_free and shared_s > shorter_s / 2


def _closeness(group: Group, chain: Channel) -> tuple[bool, float]:
    is_same_file = any(channel.path == chain.path for channel in group.channels)
    shared_s = min(group.end_s, chain.end_s) - max(group.start_s, chain.start_s)
    whole_s = max(group.end_s, chain.end_s) - min(group.start_s, chain.start_s)
    return is_same_file, shared_s / whole_s if whole_s else 1.0


def _recording(
    group: Group, settings: RecordSettings, shared: set[Path], taken: set[str]
) -> Recording | None:
    """Return the recording of a group, None where better sensors leave nothing of it."""
    network, station, location, sensor = group.sensor.codes
    pieces, channels = {}, {}
    for component in COMPONENTS:
        found = group.pieces(component)
        if found:
            pieces[component] = tuple(sorted(found, key=lambda piece: piece.start_s))
            code = next(c.code for c in group.channels if c.component == component)
            channels[component] = channel_code(code, sensor, component)
    start_s, paths = group.start_s, group.paths
    elsewhere = tuple((start, end) for start, end in group.elsewhere.tolist())
    stretches = whole = stretches_of(pieces, start_s, settings.sampling_rate)
    if elsewhere:
        uncut, least = set(whole), TOUCHING_S * settings.sampling_rate
        parts = outside(whole, elsewhere, settings.sampling_rate)
        stretches = tuple(part for part in parts if part in uncut or part.n_samples > least)
    if not stretches:
        return None
    is_shared = bool(paths & shared)
    name = recording_name(
        key=group.sensor.codes, paths=paths, start_s=start_s, is_shared=is_shared, taken=taken
    )
    return Recording(
        name=name,
        network=network,
        station=station,
        location=location,
        sensor=sensor,
        channels=channels,
        pieces=pieces,
        sampling_rate_hz=settings.sampling_rate,
        start_s=start_s,
        stretches=stretches,
        elsewhere=elsewhere,
    )
