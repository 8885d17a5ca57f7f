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

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event, is_located
from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.earth.clustering import MODELS


def main() -> None:
    args = parser().parse_args()
    from deepquake.catalog.catalog_json import write_catalog_json
    from deepquake.earth import clustering, region_files, regions
    from deepquake.earth.stations import read_stations
    from deepquake.plots import maps

    report = Report()
    events = read_events(Path(args.catalog_path), report)
    stations = read_stations(args.stations_path, report=report) if args.stations_path else []
    used, left_out = select(events, args)
    print(f"events: {len(events)} in the catalogue, {len(used)} used")
    for reason, n in left_out.items():
        print(f"  left out: {n} {reason}")
    if not used:
        raise DeepQuakeError(f"{args.catalog_path}: no event is left to divide into regions")

    lat, lon, depth = np.array([(e.latitude, e.longitude, e.depth_km) for e in used], dtype=float).T
    shaping, depth_used = _with_depth(depth, args, report)
    place = {"lat": lat[shaping], "lon": lon[shaping], "depth_km": depth_used}
    output = Path(args.output_dir)
    if args.model == "DBSCAN":
        found, labels, eps_km = clustering.cluster_dense(
            lat[shaping], lon[shaping], eps_km=args.eps_km, min_samples=args.min_samples
        )
        print(f"DBSCAN: dense is {args.min_samples} events within {eps_km:.3g} km")
    else:
        k = args.n_components
        if k == "auto":
            scores = clustering.compare_numbers(**place, model=args.model, seed=args.seed)
            k = _compare(scores, args.model, output)
        found, labels = clustering.cluster(**place, model=args.model, k=k, seed=args.seed)
    path = output / "clusters.json"
    region_files.save_regions(path, found)
    # from here on the file's own rule decides, as it will in step 2
    found = region_files.load_regions(path)
    assigned = regions.assign_events(found, used)
    own = [-1 if k is None else k for k in assigned]
    if moved := int(np.count_nonzero(np.array(own)[shaping] != labels)):
        print(f"{moved} events lie in another region of the file than {args.model} had them in")
    for event in events:
        event.cluster_id = None
    for event, index in zip(used, assigned, strict=True):
        event.cluster_id = index
    counts = regions.count_events(found, assigned, report)
    _write_counts(output / "events_per_region.csv", found.labels, used, counts)
    write_catalog_json(output / "catalog.json", events)
    maps.plot_regions(
        output / "map.png",
        f"{args.model}: {len(used)} events, regions: {len(found)}",
        lat,
        lon,
        assigned=assigned,
        regions=found,
        stations=stations,
        depth_km=float(np.median(depth_used)) if depth_used is not None else None,
    )
    report.print_summary()
    print(f"regions: {len(found)}; train with --n_clusters {len(found) + 1} (noise is a class too)")
    print(f"written: {path}, catalog.json, events_per_region.csv and map.png beside it")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = cli.make_parser(__doc__)
    add = options.add_argument
    add("--catalog_path", required=True, help="catalogue: catalog.json, CSV, or what step 0 reads")
    add("--output_dir", required=True, help="folder to write to")
    add(
        "--n_components",
        type=_n_components,
        default="auto",
        metavar="K|auto",
        help="number of regions; auto (the default) takes the best silhouette of 2 to 12",
    )
    add("--model", choices=MODELS, default="KMeans", help="default: KMeans; DBSCAN needs no K")
    add("--stations_path", help="stations to draw on the map (stations.csv or StationXML)")
    add("--use_depth", type=int, choices=(0, 1), default=1, help="0 clusters epicentres only")
    add(
        "--eps_km", type=_positive, help="DBSCAN: radius of a neighbourhood; default: from the data"
    )
    add("--min_samples", type=_whole_from(1), default=5, help="DBSCAN: events that make it dense")
    for limit, what in (("lat", "latitude"), ("lon", "longitude"), ("depth", "depth in km")):
        add(f"--min_{limit}", type=float, help=f"least {what} of the events used")
        add(f"--max_{limit}", type=float, help=f"greatest {what}")
    add("--min_mag", type=float, help="least magnitude (the first an event has)")
    add("--starttime", type=cli.utc_time, metavar="ISO", help="origin time of the first event, UTC")
    add("--endtime", type=cli.utc_time, metavar="ISO", help="origin times are before this, UTC")
    add("--seed", type=_whole_from(0), default=1, help="the same seed gives the same regions")
    return options


def read_events(path: Path, report: Report) -> list[Event]:
    """Return the events of a catalogue file, or folder, of any form that step 0 reads."""
    from deepquake.catalog import reader as catalog_formats
    from deepquake.core.files import files_below

    files = files_below(path)
    if len(files) == 1:
        return catalog_formats.read_any(files[0], report)[0]
    return catalog_formats.read_catalogues(files, report).events


def select(events: Sequence[Event], args: argparse.Namespace) -> tuple[list[Event], Counter[str]]:
    """Return the located events that pass the filters, and the others counted by reason."""
    used, left_out = [], Counter()
    for event in events:
        reason = _reason(event, args)
        if reason:
            left_out[reason] += 1
        else:
            used.append(event)
    return used, left_out


def _reason(event: Event, args: argparse.Namespace) -> str:
    """Say why an event is not used, '' if it is."""
    if not is_located(event):
        return "without location"
    if not _within(event.latitude, args.min_lat, args.max_lat):
        return "out of the latitudes"
    if not _within_longitudes(event.longitude, args.min_lon, args.max_lon):
        return "out of the longitudes"
    if not _within(event.depth_km, args.min_depth, args.max_depth):
        return "out of the depths" if event.depth_km is not None else "without depth"
    magnitude = event.magnitudes[0].value if event.magnitudes else None
    if not _within(magnitude, args.min_mag, None):
        return "too small" if event.magnitudes else "without magnitude"
    time = event.origin_time
    if not _within(time, args.starttime, None):
        return "before --starttime" if time is not None else "without origin time"
    if args.endtime is not None and (time is None or time >= args.endtime):
        return "from --endtime on" if time is not None else "without origin time"
    return ""


def _within(value: float | None, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return (
        value is not None and (least is None or value >= least) and (most is None or value <= most)
    )


def _within_longitudes(lon: float, west: float | None, east: float | None) -> bool:
    """Whether ``lon`` is between; across the antimeridian where west is the greater number."""
    if west is None or east is None:
        return _within(lon, west, east)
    return (lon - west) % 360 <= (east - west) % 360 or abs(east - west) >= 360


def _with_depth(
    depth: np.ndarray, args: argparse.Namespace, report: Report
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return which events shape the regions, and their depths, None where depth does not count."""
    known = ~np.isnan(depth)
    everything = np.ones(len(depth), dtype=bool)
    if args.model == "DBSCAN" or not args.use_depth:
        return everything, None
    if not known.any():
        report.note(args.catalog_path, "no event has a depth: the regions are of epicentres")
        return everything, None
    if not known.all():
        n = int(np.count_nonzero(~known))
        message = f"{n} events without depth do not shape the regions; each goes to the nearest"
        report.note(args.catalog_path, message)
    return known, depth[known]


def _compare(scores: Sequence, model: str, output: Path) -> int:
    """Print, write and draw how well each number of regions fits; return the one to take."""
    from deepquake.core.files import write_csv
    from deepquake.earth import clustering
    from deepquake.plots.curves import plot_scores

    elbow, best = clustering.best_by_elbow(scores), clustering.best_by_silhouette(scores)
    print(f"{'regions':>9} {'inertia (km^2)':>16} {'silhouette':>11}")
    for s in scores:
        print(f"{s.k:>9} {s.inertia_km2:>16.1f} {s.silhouette:>11.3f}")
    print(f"elbow: {elbow} regions; silhouette: {best} regions, which is taken")
    rows = ((s.k, f"{s.inertia_km2:.6g}", f"{s.silhouette:.6f}") for s in scores)
    write_csv(output / "n_components.csv", ("n_components", "inertia_km2", "silhouette"), rows)
    plot_scores(
        output / "n_components.png",
        f"How many regions? ({model})",
        [s.k for s in scores],
        inertia_km2=[s.inertia_km2 for s in scores],
        silhouette=[s.silhouette for s in scores],
        elbow=elbow,
        best=best,
    )
    return best


def _write_counts(
    path: Path, labels: Sequence[str], events: Sequence[Event], counts: Sequence[int]
) -> None:
    from deepquake.core.files import write_csv
    from deepquake.earth.geo import middle

    rows = []
    print(f"{'region':>8} {'events':>8} {'latitude':>10} {'longitude':>10} {'depth (km)':>11}")
    for index, n in enumerate(counts):
        own = [event for event in events if event.cluster_id == index]
        lat, lon = (
            middle([e.latitude for e in own], [e.longitude for e in own]) if own else ("", "")
        )
        depths = [e.depth_km for e in own if e.depth_km is not None]
        where = [*(f"{x:.4f}" if own else "" for x in (lat, lon))]
        where.append(f"{np.mean(depths):.2f}" if depths else "")
        rows.append((index, labels[index], n, *where))
        print(f"{index:>8} {n:>8} {where[0]:>10} {where[1]:>10} {where[2]:>11}")
    outside = sum(event.cluster_id is None for event in events)
    if outside:
        print(f"{'none':>8} {outside:>8}")
    header = ("cluster_id", "label", "n_events", "latitude", "longitude", "depth_km")
    write_csv(path, header, rows)


def _n_components(text: str) -> int | str:
    if text == "auto":
        return text
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"takes a whole number above 0 or auto, not '{text}'")
    return int(text)


def _whole_from(least: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) < 2**32:
            raise argparse.ArgumentTypeError(
                f"takes a whole number, {least} or more and below 2^32, not '{text}'"
            )
        return int(text)

    return convert


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"takes a number above 0, not '{text}'")
    return value


if __name__ == "__main__":
    cli.run(main)
