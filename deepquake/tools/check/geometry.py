"""The chapter on events, picks and stations held against each other: what was, and what failed."""

from deepquake.catalog.events import is_located
from deepquake.core.text import number_of, table
from deepquake.earth.checks.findings import summed_up
from deepquake.tools.check.comparison import Check

FIT_HEADER = "station", "picks", "median misfit s", "spread s"


def geometry_found(check: Check, most: int | None) -> str:
    """Return the chapter.

    Parameters
    ----------
    check : Check
        What was found out.
    most : int or None
        After how many rows the table of stations is cut; None is never.

    Returns
    -------
    str
        The chapter; empty where there are no events.
    """
    found = check.geometry
    if not check.events:
        return ""
    located = sum(is_located(event.event) for event in check.events)
    held = "nothing: no located event has a pick at a station with coordinates"
    if found.n_picks:
        held = (
            f"{number_of(found.n_picks, 'pick')} of {number_of(found.n_events, 'event')}, with "
            f"travel times as the picks tell them ({number_of(located, 'located event')})"
        )
    facts = [("held against places", held)]
    if found.n_picks and found.p_km_s > 0:
        mean_km_s = check.settings.arrivals.mean_velocity / 3600
        text = f"{found.p_km_s:.1f} km/s over {found.distance_km:.0f} km"
        facts.append(("P travel at", f"{text} (mean_velocity: {mean_km_s:.1f} km/s)"))
    if check.hours.n_events:
        facts.append(("held against records", check.hours.text()))
    if check.slip.n_events:
        facts.append(("held against onsets", check.slip.text()))
    compared = found.n_picks or check.hours.n_events or check.slip.n_events
    fits = "nothing: all fits" if compared else "nothing, but little could be compared"
    facts.append(("not believed", found.text() or fits))
    lines = [f"  {label:<24}{text}" for label, text in facts]
    findings = found.findings if most is None else summed_up(found.findings)
    lines += [f"    {finding.message}" for finding in findings]
    rows = [(f.name, f.n_picks, f"{f.median_s:.2f}", f"{f.spread_s:.2f}") for f in found.fits]
    if rows:
        shown = table(FIT_HEADER, rows, most=most, elsewhere="report.txt")
        lines += ["", *(f"  {line}" for line in shown)]
    return "\n".join(["GEOMETRY", *lines])
