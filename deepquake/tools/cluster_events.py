"""Divide the events of a catalogue into source regions.

Writes to --output_dir:
  clusters.json           the regions, for --clusters_file_path of step 2
  catalog.json            all events of the catalogue, with the region (cluster_id) of those used
  events_per_region.csv   how many events each region has, and where their mean is
  map.png                 the events by region, the borders of the regions, the stations
  n_components.csv, .png  with --n_components auto: how well 2 to 12 regions fit

Only events that pass the filters, and are located, shape the regions. The others stay in
catalog.json without a region, for their waves are no noise.
"""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deepquake.catalog.events import Event, is_located
from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_csv
from deepquake.core.report import Report
from deepquake.core.text import table

if TYPE_CHECKING:
    import numpy as np

    from deepquake.earth.clustering import Numbers
    from deepquake.earth.regions import Regions


def main() -> None:
    """Divide the events that the command line names."""
    args = _command_line().parse_args()

    import numpy as np

    from deepquake.catalog.catalog_json import write_catalog_json
    from deepquake.catalog.reader import read_catalog
    from deepquake.earth import region_files, regions
    from deepquake.earth.stations import read_stations
    from deepquake.plots.maps import plot_regions

    report, output = Report(), args.output_dir
    events = read_catalog(args.catalog_path, report)
    stations = []
    if args.stations_path:  # a map has no use for elevations
        stations = read_stations(args.stations_path, report=report, elevation_unit="m")
    reasons = [_why_left_out(event, args) for event in events]
    used = [event for event, reason in zip(events, reasons, strict=True) if not reason]
    print(f"events: {len(events)} in the catalogue, {len(used)} used")
    for reason, n in Counter(filter(None, reasons)).items():
        print(f"  left out: {n} {reason}")
    if not used:
        raise DeepQuakeError(f"{args.catalog_path}: no event is left to divide into regions")

    places = np.array([(e.latitude, e.longitude, e.depth_km) for e in used], dtype=float)
    shaping, with_depth = _which_shape(places[:, 2], args, report)
    found, labels = _divide(places[shaping], args, with_depth=with_depth)
    path = output / "clusters.json"
    region_files.save_regions(path, found)
    # from here on the file's own rule decides, as it will in step 2
    found = region_files.load_regions(path)
    assigned = regions.assign_events(found, used)
    by_rule = np.array([-1 if k is None else k for k in assigned])
    if moved := (by_rule[shaping] != labels).sum():
        print(f"{moved} events lie in another region of the file than {args.model} had them in")
    for event in events:
        event.cluster_id = None
    for event, index in zip(used, assigned, strict=True):
        event.cluster_id = index
    counts = regions.count_events(found, assigned, report)
    _tell_counts(output / "events_per_region.csv", found.labels, used, counts=counts)
    write_catalog_json(output / "catalog.json", events)
    plot_regions(
        output / "map.png",
        f"{args.model}: {len(used)} events, regions: {len(found)}",
        lat=places[:, 0],
        lon=places[:, 1],
        assigned=assigned,
        regions=found,
        stations=stations,
        depth_km=float(np.median(places[shaping, 2])) if with_depth else None,
    )
    report.print_summary()
    print(f"regions: {len(found)}; train with --n_clusters {len(found) + 1} (noise is a class too)")
    cli.say(f"written: {path}, catalog.json, events_per_region.csv and map.png beside it")


def _command_line() -> ArgumentParser:
    parser = cli.make_parser(__doc__)
    add = parser.add_argument
    what = "catalogue: catalog.json, CSV, or what step 0 reads"
    add("--catalog_path", required=True, type=Path, help=what)
    add("--output_dir", required=True, type=Path, help="folder to write to")
    number = "number of regions; auto (the default) takes the best silhouette of 2 to 12"
    add("--n_components", type=_k_or_auto, default="auto", metavar="K|auto", help=number)
    models = ("KMeans", "GMM", "DBSCAN")
    add("--model", choices=models, default="KMeans", help="default: KMeans; DBSCAN needs no K")
    add("--stations_path", help="list of stations to draw on the map (CSV, StationXML ...)")
    add("--use_depth", type=int, choices=(0, 1), default=1, help="0 clusters epicentres only")
    radius = "DBSCAN: radius of a neighbourhood; default: from the data"
    add("--eps_km", type=cli.in_range(float, above=0), help=radius)
    dense = "DBSCAN: events that make it dense"
    add("--min_samples", type=cli.in_range(int, 1), default=5, help=dense)
    for limit, what in (("lat", "latitude"), ("lon", "longitude"), ("depth", "depth in km")):
        add(f"--min_{limit}", type=float, help=f"minimum {what} of the events used")
        add(f"--max_{limit}", type=float, help=f"maximum {what}")
    add("--min_mag", type=float, help="minimum magnitude (the first an event has)")
    add("--starttime", type=cli.utc_time, metavar="ISO", help="origin time of the first event, UTC")
    add("--endtime", type=cli.utc_time, metavar="ISO", help="origin times are before this, UTC")
    add("--seed", type=cli.in_range(int), default=1, help="the same seed gives the same regions")
    return parser


def _k_or_auto(text: str) -> int | str:
    return text if text == "auto" else cli.in_range(int, 1)(text)


def _why_left_out(event: Event, args: Namespace) -> str:
    """Say why an event is not used, '' if it is."""
    if not is_located(event):
        return "without location"
    longitude, west, east = event.longitude, args.min_lon, args.max_lon
    if None not in (longitude, west, east):
        # eastward from west, which is the greater number across the antimeridian
        width = (east - west) % 360 if abs(east - west) < 360 else 360.0
        longitude, west, east = (longitude - west) % 360, 0.0, width
    before = None if args.endtime is None else math.nextafter(args.endtime, -math.inf)
    magnitude = event.magnitudes[0].value if event.magnitudes else None
    time = event.origin_time
    for value, least, most, name, outside in (
        (event.latitude, args.min_lat, args.max_lat, "location", "out of the latitudes"),
        (longitude, west, east, "location", "out of the longitudes"),
        (event.depth_km, args.min_depth, args.max_depth, "depth", "out of the depths"),
        (magnitude, args.min_mag, None, "magnitude", "too small"),
        (time, args.starttime, None, "origin time", "before --starttime"),
        (time, None, before, "origin time", "from --endtime on"),
    ):
        if least is None and most is None:
            continue
        if value is None:
            return f"without {name}"
        if (least is not None and value < least) or (most is not None and value > most):
            return outside
    return ""


def _which_shape(depth_km: np.ndarray, args: Namespace, report: Report) -> tuple[np.ndarray, bool]:
    """Return which events shape the regions, and whether their depths count."""
    known = depth_km == depth_km  # not NaN
    with_depth = bool(args.use_depth) and args.model != "DBSCAN"
    if with_depth and not known.any():
        report.note(args.catalog_path, "no event has a depth: the regions are of epicentres")
    elif with_depth and not known.all():
        n = (~known).sum()
        message = f"{n} events without depth do not shape the regions; each goes to the nearest"
        report.note(args.catalog_path, message)
    with_depth = with_depth and bool(known.any())
    return known | (not with_depth), with_depth


def _divide(places: np.ndarray, args: Namespace, *, with_depth: bool) -> tuple[Regions, Numbers]:
    """Return the regions of events (n, 3: latitude, longitude, depth), and the region of each."""
    from deepquake.earth import clustering

    lat, lon, depth_km = places.T
    if args.model == "DBSCAN":
        found, labels, eps_km = clustering.cluster_dense(
            lat, lon, eps_km=args.eps_km, min_samples=args.min_samples
        )
        print(f"DBSCAN: dense is {args.min_samples} events within {eps_km:.3g} km")
        return found, labels
    how = {"depth_km": depth_km if with_depth else None, "model": args.model, "seed": args.seed}
    k = args.n_components
    if k == "auto":
        k = _best_number(clustering.compare_numbers(lat, lon, **how), args)
    return clustering.cluster(lat, lon, **how, k=k)


def _best_number(scores: Sequence, args: Namespace) -> int:
    """Print, write and draw how well each number of regions fits; return the one to take."""
    from deepquake.earth import clustering
    from deepquake.plots.curves import plot_scores

    elbow, best = clustering.best_by_elbow(scores), clustering.best_by_silhouette(scores)
    shown = [(s.k, f"{s.inertia_km2:.1f}", f"{s.silhouette:.3f}") for s in scores]
    print(*table(("regions", "inertia (km^2)", "silhouette"), shown), sep="\n")
    print(f"elbow: {elbow} regions; silhouette: {best} regions, which is taken")
    path = args.output_dir / "n_components.csv"
    rows = ((s.k, f"{s.inertia_km2:.6g}", f"{s.silhouette:.6f}") for s in scores)
    write_csv(path, ("n_components", "inertia_km2", "silhouette"), rows)
    plot_scores(
        path.with_suffix(".png"),
        f"How many regions? ({args.model})",
        [s.k for s in scores],
        inertia_km2=[s.inertia_km2 for s in scores],
        silhouette=[s.silhouette for s in scores],
        elbow=elbow,
        best=best,
    )
    return best


def _tell_counts(
    path: Path, labels: Sequence[str], events: Sequence[Event], *, counts: Sequence[int]
) -> None:
    """Print and write how many events each region has, and where their mean is."""
    import numpy as np

    from deepquake.earth.geo import middle

    rows: list[tuple] = []
    for index, (label, n) in enumerate(zip(labels, counts, strict=True)):
        inside = [event for event in events if event.cluster_id == index]
        depths = [event.depth_km for event in inside if event.depth_km is not None]
        lat, lon, depth = "", "", f"{np.mean(depths):.2f}" if depths else ""
        if inside:
            epicentres = np.array([(e.latitude, e.longitude) for e in inside], dtype=float)
            lat, lon = (f"{degrees:.4f}" for degrees in middle(*epicentres.T))
        rows.append((index, label, n, lat, lon, depth))
    header = ("cluster_id", "label", "n_events", "latitude", "longitude", "depth_km")
    write_csv(path, header, rows)
    outside = sum(event.cluster_id is None for event in events)
    rows += [("none", "", outside, "", "", "")] * bool(outside)
    print(*table(("region", "label", "events", *header[3:5], "depth (km)"), rows), sep="\n")


if __name__ == "__main__":
    cli.run(main)
