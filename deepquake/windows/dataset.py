"""Steps 2 and 3: the windows of an index that are written as TFRecords."""

from collections.abc import Iterable

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import Settings
from deepquake.earth.region_files import load_regions
from deepquake.windows import excerpts, exchange, origins, room, selection
from deepquake.windows.examples.writing import (
    DatasetRequest,
    StreamTask,
    WrittenDataset,
    write_tasks,
)
from deepquake.windows.selection import ChosenWindow
from deepquake.windows.tfrecords import NOISE


def write_positives(request: DatasetRequest, settings: Settings) -> WrittenDataset:
    """Write the event windows of a prepared folder, each with its source region.

    Parameters
    ----------
    request : DatasetRequest
        What is asked for; without a region file there is one region.
    settings : Settings
        Those of the step.

    Returns
    -------
    WrittenDataset
        What was written.

    Raises
    ------
    DeepQuakeError
        Where there is no window, or the region file and n_clusters disagree.
    """
    path, n_clusters = request.clusters_path, settings.network.n_clusters
    regions = load_regions(path, n_clusters) if path else None
    if regions is None and n_clusters > 2:
        raise DeepQuakeError(
            f"n_clusters = {n_clusters} is noise and {n_clusters - 1} regions, but "
            "nothing says which region an event is of: give --clusters_file_path a region file "
            "(python -m deepquake.tools.cluster_events makes one), or set n_clusters = 2"
        )
    edition = room.edition(request.prep_dir)
    rows, left_out = _select(request, "positive", settings)
    written, chosen = WrittenDataset(request, left_out), []
    for row, part in ((row, name) for name in selection.PARTS for row in rows[name]):
        cluster_id = 0 if regions is None else regions.assign(row.lat, row.lon, row.depth)
        if cluster_id is None:
            unknown = row.lat is None or row.lon is None
            left_out["event without location" if unknown else "in no region"] += 1
            continue
        chosen.append(ChosenWindow(row, cluster_id, part))
        if regions:
            written.regions[f"{cluster_id} ({regions.labels[cluster_id]})"] += 1
    if not chosen:
        raise _nothing(written, "event", "no stream has a P with a whole window around it")
    _write_windows(written, "positive", chosen, settings=settings, edition=edition)
    return written


def write_negatives(request: DatasetRequest, settings: Settings) -> WrittenDataset:
    """Write the noise windows of a prepared folder; with ``balance`` as many as positives.

    Parameters
    ----------
    request : DatasetRequest
        What is asked for.
    settings : Settings
        Those of the step.

    Returns
    -------
    WrittenDataset
        What was written.

    Raises
    ------
    DeepQuakeError
        Where there is no window.
    """
    edition = room.edition(request.prep_dir)
    rows, left_out = _select(request, "negative", settings)
    if settings.dataset.balance:
        events, _ = _select(request, "positive", settings)
        for part in selection.PARTS:
            n_noise = len(rows[part])
            n_events, seed = len(events[part]), settings.run.random_seed
            rows[part] = selection.draw_some(rows[part], n_events, seed)
            left_out["not drawn: more noise than events"] += n_noise - len(rows[part])
    written = WrittenDataset(request, +left_out)
    chosen = [ChosenWindow(row, NOISE, part) for part in selection.PARTS for row in rows[part]]
    if not chosen:
        why = (
            f"no stream has {settings.windows.window_size:g} s clear of every P and its coda "
            "(window_avoid_negatives_before, _after): take longer records or shorter windows"
        )
        raise _nothing(written, "noise", why)
    _write_windows(written, "negative", chosen, settings=settings, edition=edition)
    return written


def _write_windows(
    written: WrittenDataset,
    label: str,
    chosen: Iterable[ChosenWindow],
    settings: Settings,
    edition: tuple[int, ...],
) -> None:
    """Write windows of a prepared folder; each station stream is read once."""
    request = written.request
    sources = origins.read_sources(request.prep_dir, label, pattern=request.pattern)
    if exchange.is_begun(request.prep_dir):
        later = "a later run of step 1 has not finished here; the result before it is taken"
        written.report.note(request.prep_dir, later)
    by_stream: dict[str, list[ChosenWindow]] = {}
    for window in sorted(chosen, key=lambda w: (w.row.stream_file, w.row.start_time)):
        by_stream.setdefault(window.row.stream_file, []).append(window)
    known = excerpts.known_arrivals(request.prep_dir, settings)
    tasks = [
        StreamTask(
            request.prep_dir / stream,
            windows,
            settings=settings,
            known={part: of_part.get(stream, ()) for part, of_part in known.items()},
        )
        for stream, windows in by_stream.items()
    ]
    write_tasks(
        written,
        label,
        tasks,
        sources=sources,
        reading=room.of_one_edition(request.prep_dir, edition),
        lost="are not whole in the station streams any more (run step1_windows.py again), or have "
        "a gap at the P, or amplitudes of no instrument",
    )


def _select(request: DatasetRequest, label: str, settings: Settings) -> selection.Selected:
    return selection.select_windows(request.prep_dir, label, settings, pattern=request.pattern)


def _nothing(written: WrittenDataset, what: str, why: str) -> DeepQuakeError:
    """Return the error of a folder with nothing to write; ``why`` where nothing was left out."""
    reasons = ", ".join(f"{n} {reason}" for reason, n in written.left_out.most_common())
    why = f"left out: {reasons}" if reasons else why
    return DeepQuakeError(f"{written.request.prep_dir}: no {what} window to write; {why}")
