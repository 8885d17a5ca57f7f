"""The account of a data set in words and tables."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepquake.catalog.events import is_located, is_s, p_picks
from deepquake.catalog.reader import describe_catalog
from deepquake.core.config import Config
from deepquake.core.report import Problem, Report
from deepquake.core.text import (
    counted,
    durations,
    listing,
    number_of,
    size_of,
    table,
    utc,
)
from deepquake.tools.check.advice import what_next
from deepquake.tools.check.comparison import (
    Check,
    EventCheck,
    magnitudes,
    near_names,
)
from deepquake.tools.check.waveforms import waveforms_found
from deepquake.windows.labels import (
    KINDS,
    NEGATIVE,
    POSITIVE,
    SKIPPED,
    count_kind,
    reasons_text,
)

LONG_LEAD_S = 3600.0  # beyond, records are continuous and were not cut around their events
SHOWN = 30  # rows of a table and kinds of problems on the screen; report.txt has all


def account(check: Check, config: Config, most: int | None = SHOWN) -> str:
    """Return the whole account; tables are cut after ``most`` rows (None: never)."""
    parts = [
        _folder(check),
        waveforms_found(check, config, most),
        _catalogue(check),
        _together(check, config),
        _events(check, most),
        _odd(check, most),
        what_next(check, config),
    ]
    return "\n\n".join(part for part in parts if part)


def _folder(check: Check) -> str:
    data = check.data
    lines = [f"DATA SET {data.root}"]
    if data.waveforms is None:
        lines.append("  waveforms       none")
    else:
        files = {path for recording in data.recordings for path in recording.paths()}
        size = sum(path.stat().st_size for path in files)
        kinds = {p.format for r in data.recordings for own in r.pieces.values() for p in own}
        lines.append(
            f"  waveforms       {data.waveforms}: {number_of(len(files), 'file')}, "
            f"{size_of(size)}, {', '.join(sorted(kinds))}"
        )
    if data.catalogue is None:
        lines.append("  catalogue       none")
    else:
        formats = data.catalogues.formats.items()
        what = ", ".join(f"{count} {name}" for name, count in sorted(formats))
        n_files = data.catalogues.files
        lines.append(f"  catalogue       {data.catalogue}: {number_of(n_files, 'file')} ({what})")
    where = f"{data.stations_path}: {number_of(len(data.stations), 'station')}"
    lines.append(f"  stations        {where if data.stations_path else 'no coordinates'}")
    if data.velocity_model:
        lines.append(f"  velocity model  {data.velocity_model}")
    if data.others:
        lines.append(f"  not looked at   {listing(data.others, 8)}")
    return "\n".join(lines)


def _catalogue(check: Check) -> str:
    found = check.data.catalogues
    events = found.events
    if not events:
        return ""
    lines = [line for line in describe_catalog(found).splitlines() if not line.startswith("files")]
    known = magnitudes(events)
    known = known[np.isfinite(known)]
    span = f"{known.min():g} to {known.max():g} ({len(known)} events)" if len(known) else "none"
    lines.append(f"magnitudes:              {span}")
    automatic = sum(pick.automatic for event in events for pick in event.picks)
    if automatic:
        lines.append(f"automatic picks:         {automatic}")
    located = [event for event in events if is_located(event)]
    if located:
        lat = [event.latitude for event in located]
        lon = [event.longitude for event in located]
        deep = [event.depth_km for event in located if event.depth_km is not None]
        lines.append(
            f"area:                    latitude {min(lat):g} to {max(lat):g}, "
            f"longitude {min(lon):g} to {max(lon):g}"
            + (f", depth {min(deep):g} to {max(deep):g} km" if deep else "")
        )
    picks = Counter(pick.station for event in events for pick in p_picks(event))
    if picks:
        lines.append(f"P picks by station:      {counted(picks, 12)}")
    if check.data.stations and not check.data.recordings:
        codes = {station.code for station in check.data.stations}
        absent = [code for code in picks if code.upper() not in codes]
        lines.append(_absent("without coordinates", absent))
    return "\n".join(["CATALOGUE", *(f"  {line}" for line in lines if line)])


def _absent(title: str, names: Sequence[str]) -> str:
    return f"{title + ':':<24} {listing(sorted(names), 12)}" if names else ""


def _together(check: Check, config: Config) -> str:
    if not check.data.recordings or not check.events:
        return ""
    picked = [own for own in check.events if own.n_p]
    unpicked = [own for own in check.events if not own.n_p]
    n_p = sum(own.n_p for own in picked)
    n_recorded = sum(own.n_recorded for own in picked)
    lost = {s.name: len(s.lost_s) for s in check.stations if len(s.lost_s)}
    lines = ["EVENTS AND WAVEFORMS", f"  events with P picks     {len(picked)}, of which"]
    whole = [own for own in picked if own.n_recorded == own.n_p]
    part = [own for own in picked if 0 < own.n_recorded < own.n_p]
    none = [own for own in picked if not own.n_recorded]
    lines += [
        f"    {len(whole):6} have waveforms at every station with a pick",
        f"    {len(part):6} at some of them",
        f"    {len(none):6} at none{_named(none)}",
        f"  events without P picks  {len(unpicked)}, of which",
    ]
    inside = [own for own in unpicked if own.n_stations]
    outside = [own for own in unpicked if not own.n_stations]
    lines += [
        f"    {len(inside):6} happened while stations recorded{_named(inside)}",
        f"    {len(outside):6} happened while none did{_named(outside)}",
        f"  P picks                 {n_p}, of which",
        f"    {n_recorded:6} are in a record of their station",
        f"    {sum(lost.values()):6} are not, though the station has records" + _by_station(lost),
    ]
    absent = {name: len(picks) for name, picks in check.unrecorded.items()}
    lines.append(
        f"    {sum(absent.values()):6} are of stations without waveforms" + _by_station(absent)
    )
    kinds = check.kinds
    lines += [
        f"  station streams         {sum(kinds.values())}, of which",
        f"    {kinds['picked']:6} hold a picked P",
        f"    {kinds['estimated']:6} hold no pick, but an arrival that can be estimated",
        f"    {kinds['unknown']:6} hold no pick, but an event whose arrival cannot be told",
        f"    {kinds['none']:6} hold no event of the catalogue",
    ]
    if len(check.lead_s) and np.median(check.lead_s) < LONG_LEAD_S:
        lines.append(f"  a P comes               {durations(check.lead_s)} into its record")
    lines += _stations_compared(check)
    model = check.data.velocity_model
    lines.append(
        f"  windows of {config.window_size:g} s".ljust(26)
        + "what step 1 would find by the headers"
        + (f" with --velocity_model_path {model}:" if model else ":")
    )
    for kind in (POSITIVE, NEGATIVE, SKIPPED):
        lines.append(f"    {count_kind(check.windows, kind):6} {KINDS[kind]}")
    lines += [f"           {text}" for text in reasons_text(check.windows, SKIPPED)]
    lines.append("           (of events and noise, what has a gap or is flat will be discarded)")
    return "\n".join(lines)


def _stations_compared(check: Check) -> list[str]:
    lines = []
    silent = [s.name for s in check.stations if not len(s.picked_s) and not len(s.lost_s)]
    if silent:
        lines.append(f"  never picked            {listing(silent, 12)}")
    if check.data.stations:
        lacking = [s.name for s in check.stations if s.place is None]
        codes = {s.code.upper() for s in check.stations}
        unused = [s.code for s in check.data.stations if s.code not in codes]
        name = check.data.stations_path.name if check.data.stations_path else ""
        if lacking:
            lines.append(f"  not in {name:<17}{listing(lacking, 12)}")
        if unused:
            lines.append(f"  only in {name:<16}{listing(unused, 12)}")
    return lines + [f"  {hint}" for hint in near_names(check.unrecorded, check.stations)]


def _events(check: Check, most: int | None) -> str:
    if not check.events:
        return ""
    header = "event", "origin time", "latitude", "longitude", "depth km", "magnitude"
    header += "P picks", "S picks"
    if check.data.recordings:
        header += "recorded P", "stations recording"
    rows = []
    for own in check.events:
        event = own.event
        row = (
            event.event_id,
            "" if event.origin_time is None else utc(event.origin_time),
            "" if event.latitude is None else f"{event.latitude:.3f}",
            "" if event.longitude is None else f"{event.longitude:.3f}",
            "" if event.depth_km is None else f"{event.depth_km:.1f}",
            f"{event.magnitudes[0].value:g}" if event.magnitudes else "",
            str(own.n_p),
            str(sum(is_s(pick.phase) for pick in event.picks)),
            str(own.n_recorded),
            str(own.n_stations),
        )
        rows.append(row[: len(header)])
    return "\n".join(
        [
            "EVENTS",
            *(f"  {line}" for line in table(header, rows, most=most, elsewhere="report.txt")),
        ]
    )


def _odd(check: Check, most: int | None) -> str:
    lines = []
    for title, report in (
        ("in the waveforms", check.data.waveform_report),
        ("in the catalogue and the stations", check.data.catalogue_report),
    ):
        if report.problems:
            lines.append(f"  {title}:")
            lines += [f"    {line}" for line in _problems(report, most)]
    return "\n".join(["ODD", *(lines or ["  nothing"])])


def _problems(report: Report, most: int | None) -> list[str]:
    """Return each kind of problem once, with its number and first place; or every problem."""
    if most is None:
        return [f"{'left out' * (p.kind == 'skipped')} {p}".strip() for p in report.problems]
    kinds: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in report.problems:
        kinds[problem.kind, re.sub(r"\d+", "0", problem.message)].append(problem)
    lines = []
    for (kind, _), own in list(kinds.items())[:most]:
        first = own[0]
        name = Path(first.path).name
        where = name if first.line is None else f"{name}, line {first.line}"
        more = f" (and {len(own) - 1} more like this)" if len(own) > 1 else ""
        lines.append(
            f"{'left out' if kind == 'skipped' else 'noted'}: {where}: {first.message}{more}"
        )
    if len(kinds) > most:
        lines.append(f"and {len(kinds) - most} other kinds")
    return lines


def _by_station(numbers: dict[str, int]) -> str:
    return f": {counted(numbers, 8)}" if numbers else ""


def _named(events: Sequence[EventCheck]) -> str:
    return f": {listing([own.event.event_id for own in events], 4)}" if events else ""
