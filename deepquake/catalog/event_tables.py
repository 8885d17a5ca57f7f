"""The events of a table: an event a row."""

from deepquake.catalog.cells import Note, cell_number, time_in
from deepquake.catalog.columns import Cells
from deepquake.catalog.events import Event, Magnitude, keep_possible


def event_of_row(cells: Cells, note: Note) -> Event:
    """Return the event of a row; ValueError where a value is not what its column says."""
    origin = time_in(cells, ("origin_time", "utc_timestamp", "time"), note)
    depth = cells.get("depth", "")
    event = Event(cells.get("event_id", ""), origin, depth_fixed=depth.endswith("F"))
    event.latitude = cell_number(cells.get("latitude"))
    event.longitude = cell_number(cells.get("longitude"))
    event.depth_km = cell_number(depth.rstrip("FSA"))
    if event.depth_km is None and (depth_m := cell_number(cells.get("depth_m"))) is not None:
        event.depth_km = depth_m / 1000
    event.agency = cells.get("agency", "")
    if cells.get("distance", "") in ("L", "R", "D"):
        event.distance = cells["distance"]
    magnitude = cell_number(cells.get("magnitude"))
    if magnitude is not None:
        kind = cells.get("magnitude_kind", "")
        if event.agency and kind.endswith(event.agency) and kind != event.agency:
            kind = kind[: -len(event.agency)]  # SEISAN's table: WFUN is type W of agency FUN
        event.magnitudes.append(Magnitude(magnitude, kind, event.agency))
    cluster = cell_number(cells.get("cluster_id"))
    event.cluster_id = None if cluster is None else int(cluster)
    for message in keep_possible(event):
        note(message)
    return event
