"""Codes of picks, of listed stations and of waveforms: which are of one station, and who says so.

Networks are left out, or written differently by another agency; Nordic files cut codes after four
letters. What has waveforms settles it, where only one station can be meant.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event, Pick, is_at, is_p
from deepquake.core.intervals import touches, union
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.core.text import counted, listing, number_of, utc
from deepquake.earth.station_tables import split_code
from deepquake.earth.stations import Station, find_stations_file, load_stations

Name = tuple[str, str]  # network and station code
CUT_LETTERS, WHOLE_LETTERS = 4, 5  # of a code in a Nordic file, and elsewhere
SHOWN_NAMES = 6


def stations_as_recorded(
    waveforms: Path,
    settings: ArrivalSettings,
    catalogues: Mapping[Path, Sequence[Event]],
    recorded: Collection[Name],
    report: Report,
) -> list[Station]:
    """Return the stations listed, after codes of lists and picks are those of the waveforms.

    Parameters
    ----------
    waveforms : Path
        Folder or file of waveforms.
    settings : ArrivalSettings
        Where the list of stations is, if not beside them.
    catalogues : mapping of Path to sequence of Event
        Catalogues by their path; their picks are changed.
    recorded : collection of tuple of str
        Network and code of each station with waveforms.
    report : Report
        Is told what was unlike, and what is odd in the list.

    Returns
    -------
    list of Station
        Those listed, none where there is no list.
    """
    needed = {code for _, code in recorded}
    for events in catalogues.values():
        picked = {pick.station for event in events for pick in event.picks}
        needed |= {split_code(code)[1] for code in picked}
    path = settings.stations_path or str(find_stations_file(waveforms) or "")
    placed = replace(settings, stations_path=path)
    found = load_stations(waveforms, placed, report, needed=needed)
    stations = match_stations(found, recorded, report, path=path)
    for catalogue, events in catalogues.items():
        match_codes(events, recorded, report, path=catalogue, stations=stations)
    return stations


def match_codes(
    events: Iterable[Event],
    recorded: Iterable[Name],
    report: Report,
    path: Path | str = "catalogue",
    stations: Sequence[Station] = (),
    having: str = "waveforms",
) -> None:
    """Give picks the codes of the waveforms of their station, in place; say what was unlike.

    Codes are trimmed and written in capitals. A pick without a network, or with that of another
    agency, is of the only station of its code that has waveforms; so is one whose code was cut
    after four letters, or was not where that of the waveforms is, if nothing else can be meant, and
    one that is network and station in one word.

    Parameters
    ----------
    events : iterable of Event
        Their picks are changed.
    recorded : iterable of tuple of str
        Network and code of each station with waveforms.
    report : Report
        Gets a note for each pair of codes.
    path : Path or str
        The catalogue, for the notes.
    stations : sequence of Station
        Where stations are: one whose network has an entry of its own there is another station.
    having : str
        What the recorded have, for the notes, where that is not waveforms.
    """
    events, recorded = list(events), list(recorded)
    counts = Counter((p.network, p.station) for event in events for p in event.picks)
    listed = {(s.network, s.code) for s in stations}
    found = _matches(counts, recorded, listed, having=having)
    for event in events:
        for pick in event.picks:
            pick.network, pick.station = found[pick.network, pick.station][0]
    for name, (_, why) in sorted(found.items()):
        if why:
            report.note(path, f"{_text_of(name)}: {why} ({number_of(counts[name], 'pick')})")
    if text := _without_network(counts, found, having):
        report.note(path, text)
    if text := _without_any(events, {code.upper() for _, code in recorded}, having):
        report.note(path, text)


def match_stations(
    stations: Sequence[Station], recorded: Iterable[Name], report: Report, path: Path | str
) -> list[Station]:
    """Return listed stations with the codes of their waveforms, by the rules for picks.

    Parameters
    ----------
    stations : sequence of Station
        Those listed.
    recorded : iterable of tuple of str
        Network and code of each station with waveforms.
    report : Report
        Gets a note for each pair of codes.
    path : Path or str
        The list, for the notes.

    Returns
    -------
    list of Station
        In the same order.
    """
    listed = {(s.network, s.code) for s in stations}
    found = _matches(listed, recorded)
    taken = Counter(home for home, _ in found.values())
    renamed: dict[Name, Name] = {}
    for name, (home, why) in sorted(found.items()):
        # where several places would be of one station, only names that are equal fit
        if why and home != name and taken[home] == 1:
            renamed[name] = home[0], home[1].upper()
            report.note(path, f"{_text_of(name)}: {why}")
    names = [renamed.get((s.network, s.code), (s.network, s.code)) for s in stations]
    pairs = zip(stations, names, strict=True)
    return [replace(s, network=network, code=code) for s, (network, code) in pairs]


def match_to_list(
    events: Iterable[Event], stations: Sequence[Station], report: Report, path: Path | str
) -> list[Station]:
    """Give picks the codes that their stations have in a list, in place; say what was unlike.

    A station that is listed without a network has that of its picks, where they tell only one.

    Parameters
    ----------
    events : iterable of Event
        Their picks are changed, as ``match_codes`` does.
    stations : sequence of Station
        Those listed.
    report : Report
        Gets a note for each pair of codes.
    path : Path or str
        What the picks are from, for the notes.

    Returns
    -------
    list of Station
        In the same order, with their networks.
    """
    events = list(events)
    told: dict[str, set[str]] = defaultdict(set)
    for pick in (pick for event in events for pick in event.picks):
        network, code = split_code(pick.station, pick.network)
        told[code].update({network} - {""})
    only = {code: min(networks) for code, networks in told.items() if len(networks) == 1}
    stations = [
        s if s.network else replace(s, network=only.get(s.code.upper(), "")) for s in stations
    ]
    names = {(station.network, station.code) for station in stations}
    match_codes(events, names, report, path=path, stations=stations, having="coordinates")
    return stations


def why_no_pick(
    events: Iterable[Event], spans: Mapping[Name, Sequence[tuple[float, float]]]
) -> str:
    """Return why no P pick lies in a record of its station, '' where any does.

    Parameters
    ----------
    events : iterable of Event
        The catalogue, its codes those of the waveforms.
    spans : mapping of tuple of str to sequence of tuple of float
        First and last time of each record (seconds since 1970 UTC) by network and code.
    """
    by_code: dict[str, list[Name]] = {}
    for name in spans:
        by_code.setdefault(name[1].upper(), []).append(name)
    read: dict[Name, list[Pick]] = {}
    for event in events:
        for pick in event.picks:
            if is_p(pick.phase):
                read.setdefault((pick.network, pick.station), []).append(pick)
    if not read:
        return "the catalogue holds no P pick"
    times: list[float] = []
    for (_, code), picks in read.items():
        for name in by_code.get(code.upper(), []):
            if is_at(picks[0], *name):
                of_code = np.array([pick.time for pick in picks])
                recorded = union(*np.array(spans[name]).T)
                if touches(recorded, of_code, np.nextafter(of_code, np.inf)).any():
                    return ""
                times += of_code.tolist()
    if not times:
        names = {_text_of(name) for name in read}
        return (
            f"no P pick is of a station with waveforms: codes differ. Picked are "
            f"{listing(sorted(names), SHOWN_NAMES)}; waveforms are of "
            f"{listing(sorted(map(_text_of, spans)), SHOWN_NAMES)}"
        )
    starts, ends = zip(*(span for of in spans.values() for span in of), strict=True)
    overlap = min(times) <= max(ends) and max(times) >= min(starts)
    reason = "their stations have no records then" if overlap else "times do not overlap"
    return (
        f"no P pick lies in a record of its station: {reason}. The picks span {utc(min(times))} to "
        f"{utc(max(times))}, the records {utc(min(starts))} to {utc(max(ends))}"
    )


def _matches(
    names: Collection[Name],
    recorded: Iterable[Name],
    listed: Collection[Name] = (),
    having: str = "waveforms",
) -> dict[Name, tuple[Name, str]]:
    """Return the codes that each pair of codes stands for, and what to say of it."""
    by_code: dict[str, list[Name]] = {}
    by_cut: dict[str, list[Name]] = {}
    by_both: dict[str, list[Name]] = {}  # HypoDD's codes are of seven letters, NCMDC
    for home in dict.fromkeys(recorded):
        by_code.setdefault(home[1].upper(), []).append(home)
        by_both.setdefault("".join(home).upper(), []).append(home)
        by_cut.setdefault(home[1].upper()[:CUT_LETTERS], []).append(home)
    plain = {name: split_code(name[1], name[0]) for name in names}
    codes = Counter(code[:CUT_LETTERS] for code in {code for _, code in plain.values()})
    found: dict[Name, tuple[Name, str]] = {}
    for name, (network, code) in plain.items():
        named = by_code.get(code, [])
        alike = by_cut.get(code[:CUT_LETTERS], [])
        joined = by_both.get(code, [])
        same = [home for home in named if home[0].upper() == network]
        whole = [
            home
            for home in alike
            if _is_cut(home[1].upper(), code) and (not network or home[0] in ("", network))
        ]
        found[name] = (network, code), ""
        if same:
            found[name] = same[0], ""
        elif len(named) == 1:
            found[name] = _of_only_home(named[0], network, code, listed=listed, having=having)
        elif named:
            whose = "none of them" if network and all(n for n, _ in named) else "each of them"
            several = listing(sorted(map(_text_of, named)), SHOWN_NAMES)
            why = f"several stations of that code have {having}, {several}: taken for {whose}"
            found[name] = (network, code), why
        elif len(joined) == 1 and not whole:
            text = f"taken for {_text_of(joined[0])}, network and station in one word"
            found[name] = joined[0], text
        elif not joined and len(whole) == 1 and codes[code[:CUT_LETTERS]] == 1:
            text = f"taken for {_text_of(whole[0])}, the only station whose code is like it"
            found[name] = whole[0], text
    return found


def _without_network(
    counts: Mapping[Name, int], found: Mapping[Name, tuple[Name, str]], having: str
) -> str:
    """Return which picks lack the network that others of their catalogue have, "" for none.

    Where a catalogue has no networks at all, as Nordic files, there is nothing to say.
    """
    some = any(network or split_code(code)[0] for network, code in counts)
    lacking = {
        code: n
        for (network, code), n in counts.items()
        if not network and not split_code(code)[0] and found[network, code][0][0]
    }
    if not some or not lacking:
        return ""
    return (
        f"{number_of(sum(lacking.values()), 'pick')} without a network code, as others have: taken "
        f"for the stations of their codes that have {having}: {counted(lacking, SHOWN_NAMES)}"
    )


def _without_any(events: Sequence[Event], recorded: Collection[str], having: str) -> str:
    """Return which codes of stations not recorded more than half of all P have, "" if less."""
    counts = Counter(p.station.upper() for event in events for p in event.picks if is_p(p.phase))
    absent = {code: count for code, count in counts.items() if code not in recorded}
    n_absent = sum(absent.values())
    if 2 * n_absent <= counts.total() or n_absent == counts.total():  # of the latter all is told
        return ""
    return (
        f"{n_absent} of {counts.total()} P picks are of stations without {having}: "
        f"{counted(absent, SHOWN_NAMES)}"
    )


def _of_only_home(
    home: Name, network: str, code: str, listed: Collection[Name], having: str
) -> tuple[Name, str]:
    """Return whose codes are those of the only station of that code that is recorded."""
    if not (network and home[0]):
        return home, ""
    if {(network, code), (home[0], code)} <= {*listed}:
        return (network, code), f"by the list of stations another station than {_text_of(home)}"
    return home, f"taken for {_text_of(home)}, the only station of that code that has {having}"


def _is_cut(one: str, other: str) -> bool:
    """Return whether one of two codes is the other without its fifth letter."""
    short, whole = sorted((one, other), key=len)
    return (len(short), len(whole)) == (CUT_LETTERS, WHOLE_LETTERS) and whole.startswith(short)


def _text_of(name: Name) -> str:
    return ".".join(part for part in name if part)
