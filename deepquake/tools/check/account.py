"""The account of a data set in words and tables."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from deepquake.catalog.events import is_located, is_s, p_picks
from deepquake.catalog.reader import describe_catalog
from deepquake.core.report import Problem, Report
from deepquake.core.text import (
    counted,
    duration,
    durations,
    listing,
    number_of,
    printable,
    size_of,
    table,
    utc,
)
from deepquake.tools.check.advice import what_next
from deepquake.tools.check.comparison import Check, EventCheck, magnitudes
from deepquake.tools.check.dataset import DataSet
from deepquake.tools.check.geometry import geometry_found
from deepquake.tools.check.waveforms import pieces_of, waveforms_found
from deepquake.windows import labels

WINDOW_KINDS = (labels.POSITIVE, labels.NEGATIVE, labels.SKIPPED)
LONG_LEAD_S = 3600.0  # beyond, records are continuous and were not cut around their events
EVENT_HEADER = (
    *("event", "origin time", "latitude", "longitude", "depth km", "magnitude"),
    *("P picks", "S picks", "recorded P", "stations recording"),
)


def account(check: Check, most: int | None = None) -> str:
    """Return the whole account.

    Parameters
    ----------
    check : Check
        What was found out.
    most : int, optional
        After how many rows tables are cut (default: never).

    Returns
    -------
    str
        The chapters that have something to say.
    """
    parts = [_folder(check), waveforms_found(check, most), _catalogue(check), _together(check)]
    parts += [geometry_found(check, most), _event_table(check, most), odd(check.data, most)]
    parts.append(what_next(check))
    return "\n\n".join(part for part in parts if part)


def _folder(check: Check) -> str:
    data = check.data
    waveforms = catalogue = "none"
    stations = "no coordinates"
    if data.waveforms is not None:
        files = {path for recording in data.recordings for path in recording.paths()}
        size = size_of(sum(path.stat().st_size for path in files))
        formats = ", ".join(sorted({p.format for r in data.recordings for p in pieces_of(r)}))
        waveforms = f"{data.waveforms}: {number_of(len(files), 'file')}, {size}, {formats}"
    if data.catalogue is not None:
        found = data.catalogues
        formats = ", ".join(f"{count} {name}" for name, count in sorted(found.formats.items()))
        catalogue = f"{data.catalogue}: {number_of(found.files, 'file')} ({formats})"
    if data.stations_path:
        stations = f"{data.stations_path}: {number_of(len(data.stations), 'station')}"
    facts = (
        ("waveforms", waveforms),
        ("catalogue", catalogue),
        ("stations", stations),
        ("velocity model", data.velocity_model),
        ("channel map", data.channel_map),
        ("not used", listing(data.others, 8)),
    )
    lines = [f"  {label:<16}{printable(value)}" for label, value in facts if value]
    return "\n".join([f"DATA SET {printable(data.root)}", *lines])


def _catalogue(check: Check) -> str:
    found = check.data.catalogues
    events = [event.event for event in check.events]
    if not events:
        return ""
    lines = [line for line in describe_catalog(found).splitlines() if not line.startswith("files")]
    known = magnitudes(check.events)
    known = known[np.isfinite(known)]
    span = f"{_range(known)} ({len(known)} events)" if len(known) else "none"
    facts = [("magnitudes", span)]
    automatic = sum(pick.automatic for event in events for pick in event.picks)
    facts += [("automatic picks", str(automatic))] * bool(automatic)
    located = [(e.latitude, e.longitude, e.depth_km) for e in events if is_located(e)]
    if located:
        lat, lon, depth = np.array(located, float).T
        depth = depth[np.isfinite(depth)]
        deep = f", depth {_range(depth)} km" if len(depth) else ""
        facts.append(("area", f"latitude {_range(lat)}, longitude {_range(lon)}{deep}"))
    min_score = check.settings.arrivals.min_pick_score
    picks = Counter(pick.station for event in events for pick in p_picks(event, min_score))
    if picks:
        facts.append(("P picks by station", counted(picks, 12)))
    if check.data.stations and not check.data.recordings:
        codes = {station.code for station in check.data.stations}
        absent = sorted(code for code in picks if code.upper() not in codes)
        facts += [("without coordinates", listing(absent, 12))] * bool(absent)
    lines += [f"{label + ':':<24} {value}" for label, value in facts]
    return "\n".join(["CATALOGUE", *(f"  {line}" for line in lines)])


def _range(values: np.ndarray) -> str:
    return f"{values.min():g} to {values.max():g}"


def _together(check: Check) -> str:
    if not check.data.recordings or not check.events:
        return ""
    picked = [event for event in check.events if event.n_p]
    unpicked = [event for event in check.events if not event.n_p]
    whole = [event for event in picked if event.n_recorded == event.n_p]
    nowhere = [event for event in picked if not event.n_recorded]
    inside = [event for event in unpicked if event.n_stations]
    outside = [event for event in unpicked if not event.n_stations]
    n_recorded = sum(event.n_recorded for event in picked)
    lost = {s.name: len(s.lost_s) for s in check.stations if len(s.lost_s)}
    absent = {name: len(picks) for name, picks in check.unrecorded.items()}
    streams = check.kinds
    counts = f"""EVENTS AND WAVEFORMS
  events with P picks     {len(picked)}, of which
    {len(whole):6} have waveforms at every station with a pick
    {len(picked) - len(whole) - len(nowhere):6} at some of them
    {len(nowhere):6} at none{_ids(nowhere)}
  events without P picks  {len(unpicked)}, of which
    {len(inside):6} happened while stations recorded{_ids(inside)}
    {len(outside):6} happened while none did{_ids(outside)}
  P picks                 {sum(event.n_p for event in picked)}, of which
    {n_recorded:6} are in a record of their station
    {sum(lost.values()):6} are not, though the station has records{_by_station(lost)}
    {sum(absent.values()):6} are of stations without waveforms{_by_station(absent)}
  station streams         {sum(streams.values())}, of which
    {streams["picked"]:6} hold a picked P
    {streams["estimated"]:6} hold no pick, but an arrival that can be estimated
    {streams["unknown"]:6} hold no pick, but an event whose arrival cannot be told
    {streams["none"]:6} hold no event of the catalogue"""
    return "\n".join([counts, *_compared(check), *_windows(check)])


def _windows(check: Check) -> list[str]:
    model, found = check.data.velocity_model, check.windows
    windows = f"windows of {check.settings.windows.window_size:g} s"
    with_model = f" with {model.name}:" if model else ":"
    return [
        f"  {windows:<24}what step 1 would find by the headers{with_model}",
        *(f"    {labels.count_kind(found, k):6} {labels.KIND_NAMES[k]}" for k in WINDOW_KINDS),
        *(f"           {text}" for text in labels.reasons_text(found, labels.SKIPPED)),
        "           (of events and noise, what has a gap or is flat will be discarded)",
    ]


def _compared(check: Check) -> list[str]:
    """Return the lines on what lies where in records, and which stations fit those listed."""
    facts = []
    if len(check.lead_s) and np.median(check.lead_s) < LONG_LEAD_S:
        facts.append(("a P comes", f"{durations(check.lead_s)} into its record"))
    silent = [s.name for s in check.stations if not len(s.picked_s) and not len(s.lost_s)]
    facts.append(("never picked", listing(silent, 12)))
    if check.data.stations_path and check.data.stations:
        name = check.data.stations_path.name
        codes = {station.code.upper() for station in check.stations}
        lacking = [station.name for station in check.stations if station.place is None]
        unused = [station.code for station in check.data.stations if station.code not in codes]
        facts.append((f"not in {name}", listing(lacking, 12)))
        facts.append((f"only in {name}", listing(unused, 12)))
    return [f"  {label:<24}{text}" for label, text in facts if text]


def _event_table(check: Check, most: int | None) -> str:
    if not check.events:
        return ""
    n_columns = len(EVENT_HEADER) if check.data.recordings else -2
    rows = [_event_row(event)[:n_columns] for event in check.events]
    lines = table(EVENT_HEADER[:n_columns], rows, most=most, elsewhere="report.txt")
    return "\n".join(["EVENTS", *(f"  {line}" for line in lines)])


def _event_row(found: EventCheck) -> tuple[object, ...]:
    event = found.event
    return (
        event.event_id,
        "" if event.origin_time is None else utc(event.origin_time),
        "" if event.latitude is None else f"{event.latitude:.3f}",
        "" if event.longitude is None else f"{event.longitude:.3f}",
        "" if event.depth_km is None else f"{event.depth_km:.1f}",
        f"{event.magnitudes[0].value:g}" if event.magnitudes else "",
        found.n_p,
        sum(is_s(pick.phase) for pick in event.picks),
        found.n_recorded,
        found.n_stations,
    )


def odd(data: DataSet, most: int | None = None) -> str:
    """Return the chapter on what was left out or assumed, and why.

    Parameters
    ----------
    data : DataSet
        What was found.
    most : int, optional
        After how many kinds of problems it is cut; without it every problem is told.
    """
    lines = []
    for title, report in (
        ("in the waveforms", data.waveform_report),
        ("in the catalogue and the stations", data.catalogue_report),
        ("of no use", data.unused_report),
    ):
        if report.problems:
            lines += [f"  {title}:", *(f"    {line}" for line in _problems(report, most))]
    return "\n".join(["ODD", *(lines or ["  nothing"])])


def _problems(report: Report, most: int | None) -> list[str]:
    """Return each kind of problem once, with its number and first place; or every problem."""
    if most is None:
        return [
            f"{'left out' if problem.kind == 'skipped' else 'noted'}: {told}"
            for problem in report.problems
            for told in problem.of_each_file()
        ]
    kinds: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in report.problems:
        kinds[problem.kind, problem.common].append(problem)
    lines = []
    for (kind, _), alike in list(kinds.items())[:most]:
        first = alike[0]
        where = Path(first.path).name + ("" if first.line is None else f", line {first.line}")
        seconds = sum(problem.seconds for problem in alike)
        in_all = f", {duration(seconds)} in all" if first.spans else ""
        more = f" (and {len(alike) - 1} more like this{in_all})" if len(alike) > 1 else ""
        what = "left out" if kind == "skipped" else "noted"
        lines.append(printable(f"{what}: {where}: {first.told}{more}"))
    if len(kinds) > most:
        lines.append(f"and {len(kinds) - most} other kinds")
    return lines


def _by_station(numbers: Mapping[str, int]) -> str:
    return f": {counted(numbers, 8)}" if numbers else ""


def _ids(events: Sequence[EventCheck]) -> str:
    return f": {listing([event.event.event_id for event in events], 4)}" if events else ""
