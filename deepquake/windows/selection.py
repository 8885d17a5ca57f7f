"""Which windows of a prepared folder are used, which of them train and which test.

Steps 2 and 3 run apart and must agree: the side of a window follows from the seed, the share and
the catalogue alone. It does not depend on which stations or files were prepared together, so that
data sets of several stations can be put into one folder.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from deepquake.catalog.kinds import EARTHQUAKE, EVENT_KINDS
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.progress import nothing_collected
from deepquake.core.report import Report
from deepquake.core.settings import UNET, Settings, window_samples
from deepquake.core.text import ESCAPED
from deepquake.core.times import iso
from deepquake.waveforms.scan import scan
from deepquake.windows import exchange, index, room
from deepquake.windows.grid import window_length_s
from deepquake.windows.index import WindowRow

PARTS = ("train", "test")
Selected = tuple[dict[str, list[WindowRow]], Counter[str]]
"""The windows of each part, and the number of those left out by reason."""


@dataclass(frozen=True, slots=True)
class ChosenWindow:
    """A window to write: its row of the index, its class and its part of the data set."""

    row: WindowRow
    cluster_id: int
    part: str
    placed: bool = False  # a further window, with the P at a random place


@nothing_collected()
def select_windows(prep_dir: Path, label: str, settings: Settings, pattern: str = "*") -> Selected:
    """Choose the windows of one label from a prepared folder and split them.

    Left out, and counted: windows in which a component in use is not complete and alive, windows
    whose file the user has deleted, and those that hold the P of an event whose kind is not among
    ``event_kinds``. With ``random_starts`` they are moved off the grid of step 1 (``move_starts``).
    A folder of window files with no index is taken as it is.

    Parameters
    ----------
    prep_dir : Path
        The folder of step 1.
    label : str
        'positive' or 'negative'.
    settings : Settings
        Those of the step.
    pattern : str
        Only station streams whose name matches.

    Returns
    -------
    Selected
        The windows.

    Raises
    ------
    DeepQuakeError
        Where there is neither an index nor a folder of window files, the pattern fits nothing, or
        a word in ``event_kinds`` is no kind of event.
    """
    left_out, used = Counter[str](), settings.records.components
    rows: dict[int, WindowRow] = {}  # by their number among all
    # Many rows share a stream and its components.
    matches = lru_cache(lambda stream_file: fnmatch(stream_file.rpartition("/")[2], pattern))
    dead_of = lru_cache(lambda alive: "".join(c for c in used if c not in alive))
    is_unet = settings.network.model == UNET  # which takes what there is
    room.finish_interrupted(prep_dir)
    has_index = (prep_dir / index.INDEX_NAME).is_file()
    if not prep_dir.is_dir():
        raise DeepQuakeError(f"{prep_dir}: no such folder; run step1_windows.py first")
    has_begun = (prep_dir / index.MARKER_NAME).exists() or exchange.is_begun(prep_dir)
    if not has_index and has_begun:
        raise DeepQuakeError(f"{prep_dir}: step 1 did not finish here; run step1_windows.py again")
    if has_index:
        index.check_windows(prep_dir, settings)
        every = index.read_index(prep_dir, label)
    else:
        every = loose_windows(prep_dir, label, settings, left_out=left_out)
    kind_of = index.read_event_kinds(prep_dir) if has_index else {}
    kinds, has_kinds = wanted_kinds(settings.dataset.event_kinds), label == "positive" and has_index
    n_other_names = 0
    for number, row in enumerate(every):
        if not matches(row.stream_file):
            n_other_names += 1
        elif (dead := dead_of(row.components)) and not (is_unet and dead != used):
            left_out[f"component {dead} missing, incomplete or flat"] += 1
        elif row.window_file and not (prep_dir / row.window_file).exists():
            left_out["window file deleted"] += 1
        elif has_kinds and (kind := kind_of.get(row.event_id, EARTHQUAKE)) not in kinds:
            left_out[f"P of an event of kind {kind}, not in event_kinds"] += 1
        else:
            rows[number] = row
    if n_other_names and not rows and not left_out:
        raise DeepQuakeError(
            f"{prep_dir}: no station stream with a {label} window has a name that matches "
            f"--pattern {pattern}"
        )
    some = [*rows.values()]
    told = index.read_event_parts(prep_dir) if has_index else {}
    are_tested = _tested_rows(some, [*kind_of], settings, parts=told)
    if settings.dataset.random_starts and not is_unet:  # which cuts its windows anew in each step
        move_starts(rows, settings)
    parts: dict[str, list[WindowRow]] = {part: [] for part in PARTS}
    for row, is_tested in zip(some, are_tested, strict=True):
        parts["test" if is_tested else "train"].append(row)
    return parts, left_out


def move_starts(rows: Mapping[int, WindowRow], settings: Settings) -> None:
    """Move each window a random share of the way to the next one, the last of a row to the one
    before.

    Windows on a grid show a network each P at few places, and it learns these. A window is moved
    only towards one that it overlaps, and that is as it is (both noise, or the same P inside):
    whatever is between them is so too.

    Parameters
    ----------
    rows : mapping of int to WindowRow
        The windows of one label by their number in the index; windows that are not there are not
        moved to. Their starts are changed.
    settings : Settings
        Length of the windows, sampling rate and seed.
    """
    rate_hz, seed = settings.records.sampling_rate, settings.run.random_seed
    length_s = window_length_s(settings.windows.window_size, rate_hz)
    steps_s = {}
    for number, row in rows.items():
        following = rows.get(number + 1)
        if following is None or row.p_time != following.p_time:
            continue
        step_s = following.start_time - row.start_time
        if row.stream_file == following.stream_file and 0 < step_s <= length_s:
            steps_s[number] = step_s
            steps_s[number + 1] = -step_s  # unless there is a further one
    for number, step_s in steps_s.items():
        share = random_share(seed, f"start {window_key(rows[number])}")
        rows[number].start_time += round(share * step_s * rate_hz) / rate_hz


def learnt_events(prep_dir: Path, settings: Settings, part: str) -> set[str]:
    """Return the events whose arrivals one part of a data set holds.

    Parameters
    ----------
    prep_dir : Path
        The folder of step 1.
    settings : Settings
        How events are split, and the kinds that are learnt.
    part : str
        'train' or 'test'.

    Returns
    -------
    set of str
        Their ids.
    """
    kind_of, kinds = index.read_event_kinds(prep_dir), wanted_kinds(settings.dataset.event_kinds)
    learnt = {event_id for event_id, kind in kind_of.items() if kind in kinds}
    if settings.dataset.split_by == "window":
        return learnt
    share, seed = settings.dataset.test_fraction, settings.run.random_seed
    for_testing = _events_for_testing(kind_of, share, seed, parts=index.read_event_parts(prep_dir))
    return learnt & for_testing if part == "test" else learnt - for_testing


def wanted_kinds(text: str) -> set[str]:
    """Return the kinds of events in a list separated by commas (``event_kinds``).

    Raises DeepQuakeError, naming them, where words are no kind of event.
    """
    words = {word.strip().lower() for word in text.split(",")} - {""}
    if wrong := sorted(words - set(EVENT_KINDS)):
        raise DeepQuakeError(
            f"event_kinds: {', '.join(wrong)}: no kind of event; there are {', '.join(EVENT_KINDS)}"
        )
    if not words:
        raise DeepQuakeError(f"event_kinds is empty; there are {', '.join(EVENT_KINDS)}")
    return words


def loose_windows(
    prep_dir: Path, label: str, settings: Settings, left_out: Counter[str]
) -> Iterator[WindowRow]:
    """Yield the windows of a folder of window files with no index: the folder is the label.

    Parameters
    ----------
    prep_dir : Path
        The folder that holds the folders of either label, made by other software.
    label : str
        'positive' or 'negative'.
    settings : Settings
        How records are read, and the length of a window.
    left_out : Counter
        Counts, by reason, the files that are not a whole window.

    Yields
    ------
    WindowRow
        In the order of the files' names.

    Raises
    ------
    DeepQuakeError
        Where there is no such folder.
    """
    folder = prep_dir / index.WINDOW_DIRS[label]
    if not folder.is_dir():
        raise DeepQuakeError(
            f"{prep_dir}: holds neither {index.INDEX_NAME} nor a folder {folder.name}; "
            "run step1_windows.py first"
        )
    win_size = window_samples(settings.windows.window_size, settings.records.sampling_rate)
    report = Report()
    files = files_below(folder, report=report)
    if unread := len(report.problems):
        left_out["folder that cannot be read"] += unread
    for path in files:
        recordings = scan(path, settings.records, Report())
        if len(recordings) != 1:
            left_out["not one station's waveform"] += 1
            continue
        recording = recordings[0]
        stretch = recording.stretches[0]
        if len(recording.stretches) > 1 or stretch.n_samples < win_size:
            left_out[f"shorter than a window of {win_size} samples"] += 1
            continue
        yield WindowRow(
            stream_file=path.relative_to(prep_dir).as_posix(),
            window_file="",
            network=recording.network,
            station=recording.station,
            start_time=stretch.start_s,
            label=label,
            components="".join(recording.channels),
        )


def draw_some(rows: Sequence[WindowRow], number: int, seed: int) -> list[WindowRow]:
    """Return some windows, drawn at random.

    Parameters
    ----------
    rows : sequence of WindowRow
        The windows.
    number : int
        How many to draw; all, where there are fewer.
    seed : int
        Of the draw.

    Returns
    -------
    list of WindowRow
        In their order.
    """
    if number >= len(rows):
        return list(rows)
    keys = [window_key(row) for row in rows]
    kept = chosen(keys, number / len(rows), seed)
    return [row for row, key in zip(rows, keys, strict=True) if key in kept]


def window_key(row: WindowRow) -> str:
    """Return what tells a window from every other: its stream and its start."""
    return f"{row.stream_file} {iso(row.start_time)}"


def random_share(seed: int, text: str) -> float:
    """Return a number that looks random but depends on a seed and a text only.

    Parameters
    ----------
    seed : int
        The seed.
    text : str
        What it is drawn for.

    Returns
    -------
    float
        From 0 to less than 1.
    """
    digest = hashlib.sha256(f"{seed}:{text}".encode(errors=ESCAPED)).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def chosen(names: Iterable[str], share: float, seed: int) -> set[str]:
    """Return a share of the different names, drawn at random.

    Parameters
    ----------
    names : iterable of str
        The names.
    share : float
        From 0 to 1; a larger share holds all names of a smaller one.
    seed : int
        Of the draw.

    Returns
    -------
    set of str
        ``round(share * n)`` of the n different names.
    """
    ranked = sorted(set(names), key=lambda name: (random_share(seed, name), name))
    return set(ranked[: round(share * len(ranked))])


def tested(
    groups: Sequence[str],
    event_ids: Iterable[str],
    share: float,
    seed: int,
    parts: Mapping[str, str] | None = None,
) -> list[bool]:
    """Return for each window whether it is for testing.

    Events of the catalogue are drawn by rank, to hit the share as nearly as can be; groups that
    are no event (hours far from any) each by a draw for itself.

    Parameters
    ----------
    groups : sequence of str
        What each window must stay together with (see ``group_of``).
    event_ids : iterable of str
        All events of the catalogue.
    share : float
        The share for testing, 0 to 1.
    seed : int
        Of the draw.
    parts : mapping of str to str, optional
        'train' or 'test' of those events that are not drawn.

    Returns
    -------
    list of bool
        In the order of the windows.
    """
    events = set(event_ids)
    for_testing = _events_for_testing(events, share, seed, parts=parts or {})
    side = {
        group: group in for_testing if group in events else random_share(seed, group) < share
        for group in set(groups)
    }
    return [side[group] for group in groups]


def group_of(event_id: str, start_s: float) -> str:
    """Return what a window must stay together with: its event, or else its hour.

    Parameters
    ----------
    event_id : str
        Its event, empty where there is none.
    start_s : float
        When it starts (seconds since 1970 UTC).

    Returns
    -------
    str
        The name of the group.
    """
    return event_id or "hour " + iso(start_s)[:13]


def _events_for_testing(
    event_ids: Iterable[str], share: float, seed: int, parts: Mapping[str, str]
) -> set[str]:
    """Return the events for testing: those told so, and a share of those of which nothing is."""
    told = {event_id for event_id, part in parts.items() if part == "test"}
    return told | chosen((name for name in event_ids if name not in parts), share, seed)


def _tested_rows(
    rows: Sequence[WindowRow],
    event_ids: Sequence[str],
    settings: Settings,
    parts: Mapping[str, str],
) -> list[bool]:
    share, seed = settings.dataset.test_fraction, settings.run.random_seed
    if settings.dataset.split_by == "window":
        groups = event_ids = [window_key(row) for row in rows]
    else:
        groups = [group_of(row.event_id, row.start_time) for row in rows]
    return tested(groups, event_ids, share, seed, parts=parts)
