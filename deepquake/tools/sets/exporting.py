"""Writing what steps 1 to 3 hold as a data set of SeisBench's format.

Each trace is an excerpt as step 2 or 3 cuts it for a UNet, but as it was recorded, with nothing
filtered: around an event, or of noise. Traces of one shape are together in arrays ("buckets").
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.kinds import EARTHQUAKE
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import whole_file
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, UNET, Settings
from deepquake.core.times import iso, parse_iso
from deepquake.earth.stations import Station, find_stations_file, load_stations, station_of
from deepquake.tools.sets.metadata import CHUNKS_NAME, METADATA_NAME, SAMPLES_NAME, STATION_PLACE
from deepquake.tools.sets.waveforms import waveforms_path
from deepquake.waveforms.scan import scan
from deepquake.windows import excerpts, index, room, selection
from deepquake.windows.excerpts import RecordExcerpt
from deepquake.windows.selection import ChosenWindow
from deepquake.windows.tfrecords import NOISE

WRITTEN_BY, OURS = "written_by", "DeepQuake"  # in the file of samples
BUCKET_TRACES = 256  # of an array
WRITTEN_PHASES = ("P", "S")
SET_COLUMNS = (
    *("trace_name", "trace_category", "split", "trace_start_time", "trace_sampling_rate_hz"),
    *("trace_npts", "trace_channel", "station_network_code", "station_code"),
    *("station_location_code", *(f"station_{name}" for name in STATION_PLACE)),
    *("trace_P_arrival_sample", "trace_S_arrival_sample", "trace_P_weight", "trace_S_weight"),
    *("source_id", "source_origin_time", "source_latitude_deg", "source_longitude_deg"),
    *("source_depth_km", "source_type"),
)
DEV, TRAIN = "dev", "train"


@dataclass
class Exported:
    """What was written: traces by category and by split, and what was left out."""

    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    report: Report = field(default_factory=Report)


@dataclass
class _Buckets:
    """The arrays of a file of samples that is being written."""

    data: Any  # a group of HDF5
    waiting: list[NDArray[np.float32]] = field(default_factory=list)
    number: int = 0

    def add(self, samples: NDArray[np.float32]) -> str:
        """Take the samples of a trace, and return its name."""
        if len(self.waiting) == BUCKET_TRACES:
            self.write()
        self.waiting.append(samples)
        place = ",".join(f":{length}" for length in samples.shape)
        return f"bucket{self.number}${len(self.waiting) - 1},{place}"

    def write(self) -> None:
        """Write the array of the traces that wait; shorter ones end in zeros."""
        if not self.waiting:
            return
        longest = max(samples.shape[1] for samples in self.waiting)
        array = np.zeros((len(self.waiting), len(COMPONENTS), longest), np.float32)
        for row, samples in zip(array, self.waiting, strict=True):
            row[:, : samples.shape[1]] = samples
        self.data.create_dataset(f"bucket{self.number}", data=array)
        self.waiting, self.number = [], self.number + 1


def export_set(prep_dir: Path, output_dir: Path, settings: Settings) -> Exported:
    """Write the excerpts around events and of noise of a folder of step 1.

    Parameters
    ----------
    prep_dir : Path
        The folder of step 1.
    output_dir : Path
        The data set to write: metadata.csv and waveforms.hdf5.
    settings : Settings
        Which excerpts there are, and which are for testing, as of steps 2 and 3.

    Returns
    -------
    Exported
        What was written.

    Raises
    ------
    DeepQuakeError
        Where the folder is not step 1's, there is nothing to write, or it would be written over a
        data set of others.
    """
    import h5py

    _check_set_is_ours(output_dir)
    settings = _unfiltered(settings)
    done, edition = Exported(), room.edition(prep_dir)
    chosen = _chosen_windows(prep_dir, settings, done)
    sources, stations = _event_sources(prep_dir), _listed_stations(prep_dir, settings, done.report)
    held_out = _held_out(chosen, settings)
    known = excerpts.known_arrivals(prep_dir, settings)
    rate_hz = settings.records.sampling_rate
    output_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        # the table appears last, an earlier one goes first: where it is, its samples are
        table = output_dir / f"{METADATA_NAME}.csv"
        table_path = stack.enter_context(whole_file(table))
        samples_path = stack.enter_context(whole_file(waveforms_path(output_dir, "")))
        stack.enter_context(_gone_after(table))
        stack.enter_context(room.of_one_edition(prep_dir, edition))
        file = stack.enter_context(h5py.File(samples_path, "w"))
        file.attrs[WRITTEN_BY] = OURS
        rows = stack.enter_context(table_path.open("w", newline="", encoding="utf-8"))
        write_row = csv.writer(rows, lineterminator="\n").writerow
        write_row(SET_COLUMNS)
        buckets = _Buckets(file.create_group("data"))
        for stream, windows in progress(chosen.items(), len(chosen), "station streams"):
            found = scan(prep_dir / stream, settings.records, Report())
            if len(found) != 1:
                done.report.skip(prep_dir / stream, "is missing or is not one station's stream")
                continue
            arrivals = {part: of_part.get(stream, ()) for part, of_part in known.items()}
            cuts = excerpts.cut_excerpts(
                found[0], windows, arrivals, settings, done.report, reading=done.report
            )
            for window, excerpt in cuts:
                if excerpt is None:
                    done.left_out["no sample is left of it"] += 1
                    continue
                name = buckets.add(excerpt.data[:, slice(*excerpt.recorded)])
                split = window.part
                if split == TRAIN and _split_group(window) in held_out:
                    split = DEV
                category = "noise" if window.cluster_id == NOISE else "earthquake"
                done.counts.update((category, split))
                told = name, category, split, iso(excerpt.start_s), f"{rate_hz:g}"
                place = _station_cells(window, stations)
                cells = _trace_cells(window, excerpt, rate_hz, place=place, sources=sources)
                write_row((*told, *cells))
        buckets.write()
        told = file.create_group("data_format")
        told["dimension_order"], told["component_order"] = "CW", COMPONENTS
        told["measurement"] = told["unit"] = "as recorded"
        told["instrument_response"] = "not restituted"
        told["sampling_rate"] = rate_hz
        if not done.counts:
            raise DeepQuakeError(f"{prep_dir}: there is no excerpt to write")
    return done


@contextmanager
def _gone_after(path: Path) -> Iterator[None]:
    """Remove a file, if there is one, when the block has ended well."""
    yield
    path.unlink(missing_ok=True)


def _check_set_is_ours(folder: Path) -> None:
    """Raise an error where a folder holds a data set that was not written by ``export_set``."""
    import h5py

    endings = {METADATA_NAME: ".csv", SAMPLES_NAME: ".hdf5", CHUNKS_NAME: ""}
    found = sorted(
        path.name
        for name, ending in endings.items()
        for path in folder.glob(f"{name}*{ending}")
        if path.name != f"{METADATA_NAME}.csv" or not waveforms_path(folder, "").exists()
    )
    if found == [waveforms_path(folder, "").name]:
        try:
            with h5py.File(waveforms_path(folder, ""), "r") as file:
                if file.attrs.get(WRITTEN_BY) == OURS:
                    return
        except OSError:
            pass  # no HDF5, or half of it
    if found:
        raise DeepQuakeError(
            f"{folder}: holds a data set that export did not write ({found[0]}); give --output_dir "
            "another folder"
        )


def _unfiltered(settings: Settings) -> Settings:
    """Return the settings of excerpts of all components, with nothing filtered."""
    records = replace(
        settings.records,
        component_Z=True,
        component_N=True,
        component_E=True,
        filter_highpass=0.0,
        filter_lowpass=0.0,
    )
    return replace(settings, records=records, network=replace(settings.network, model=UNET))


def _chosen_windows(
    prep_dir: Path, settings: Settings, done: Exported
) -> dict[str, list[ChosenWindow]]:
    """Return the windows of events and of noise, by station stream."""
    windows = []
    for label, cluster_id in (("positive", 0), ("negative", NOISE)):
        rows, left_out = selection.select_windows(prep_dir, label, settings)
        done.left_out += left_out
        windows += [
            ChosenWindow(row, cluster_id, part) for part in selection.PARTS for row in rows[part]
        ]
    chosen: dict[str, list[ChosenWindow]] = {}
    for window in sorted(windows, key=lambda w: (w.row.stream_file, w.row.start_time)):
        chosen.setdefault(window.row.stream_file, []).append(window)
    return chosen


def _split_group(window: ChosenWindow) -> str:
    return selection.group_of(window.row.event_id, window.row.start_time)


def _held_out(chosen: Mapping[str, Sequence[ChosenWindow]], settings: Settings) -> set[str]:
    """Return the events, and hours of noise, of those to train that watch the training."""
    groups = {
        _split_group(window)
        for windows in chosen.values()
        for window in windows
        if window.part == TRAIN
    }
    share, seed = settings.training.validation_fraction, settings.run.random_seed
    return selection.chosen(groups, share, seed)


def _event_sources(prep_dir: Path) -> dict[str, tuple[str, ...]]:
    """Return time, place, depth and kind of each event, as the list of step 1 has them."""
    with (prep_dir / index.EVENT_LIST_NAME).open(newline="", encoding="utf-8") as file:
        columns = index.EVENT_LIST_HEADER[1:]
        return {
            row["event_id"]: tuple(row.get(column) or "" for column in columns)
            for row in csv.DictReader(file)
        }


def _listed_stations(prep_dir: Path, settings: Settings, report: Report) -> list[Station]:
    """Return the stations of ``stations_path``, or of the list in the folder, or none."""
    streams = prep_dir / index.STREAM_DIR
    if settings.arrivals.stations_path or find_stations_file(streams):
        return load_stations(streams, settings.arrivals, report)
    return []


def _station_cells(window: ChosenWindow, stations: Sequence[Station]) -> Sequence[str]:
    row = window.row
    station = station_of(stations, row.network, row.station, time_s=row.start_time)
    if station is None:
        return [""] * len(STATION_PLACE)
    degrees = f"{station.latitude:.6f}", f"{station.longitude:.6f}"
    return [*degrees, f"{station.elevation_m:.1f}"]


def _trace_cells(
    window: ChosenWindow,
    excerpt: RecordExcerpt,
    rate_hz: float,
    place: Sequence[str],
    sources: Mapping[str, tuple[str, ...]],
) -> Iterator[object]:
    """Yield the cells of a trace from ``trace_npts`` on."""
    row, first, end = window.row, *excerpt.recorded
    location, _, sensor = row.sensor.rpartition(".")
    yield from (end - first, sensor, row.network, row.station, location, *place)
    of_phase = [_nearest(excerpt, phase, row.p_time, rate_hz) for phase in WRITTEN_PHASES]
    yield from (sample for sample, _ in of_phase)
    yield from (weight for _, weight in of_phase)
    if window.cluster_id == NOISE:
        yield from [""] * 6
    else:
        nothing = ("", "", "", "", EARTHQUAKE)
        yield from (row.event_id, *sources.get(row.event_id, nothing))


def _nearest(
    excerpt: RecordExcerpt, phase: str, p_time: float | None, rate_hz: float
) -> tuple[str, str]:
    """Return sample and weight of an arrival: the P of the window, the first S after it."""
    arrivals = excerpt.arrivals
    is_read = np.array([letter == phase for letter in arrivals.phases], bool)
    is_read &= arrivals.weights > 0
    offsets_s, weights = arrivals.offsets_s[is_read], arrivals.weights[is_read]
    p_s = -1.0 if p_time is None else p_time - excerpt.start_s
    if p_time is None or not len(offsets_s):
        return "", ""
    if phase == "P":
        number = int(np.abs(offsets_s - p_s).argmin())
    elif (offsets_s > p_s).any():
        number = int(np.flatnonzero(offsets_s > p_s)[0])
    else:
        return "", ""
    return f"{offsets_s[number] * rate_hz:.2f}".rstrip("0").rstrip("."), f"{weights[number]:.4g}"


def write_set_picks(picks_path: Path, output_path: Path) -> int:
    """Write picks.csv of step 6 as SeisBench writes the picks of its networks.

    Its columns are those of ``PickList.to_dataframe``. Begin and end of a pick, which SeisBench
    takes from its curve, are a deviation before and after it.

    Parameters
    ----------
    picks_path : Path
        picks.csv.
    output_path : Path
        The table to write.

    Returns
    -------
    int
        How many there are.

    Raises
    ------
    DeepQuakeError
        Where the first is no table of picks.
    """
    n_picks = 0
    with (
        picks_path.open(newline="", encoding="utf-8") as source,
        whole_file(output_path) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as target,
    ):
        write_row = csv.writer(target, lineterminator="\n").writerow
        write_row(("station", "time", "start_time", "end_time", "probability", "phase"))
        rows = csv.DictReader(source)
        try:
            for row in rows:
                station = row["station_id"].rpartition(".")[0]
                time_s = parse_iso(row["phase_time"])
                half_s = float(row["phase_uncertainty_s"] or 0)
                span = iso(time_s - half_s), iso(time_s + half_s)
                write_row((station, iso(time_s), *span, row["phase_score"], row["phase_type"]))
                n_picks += 1
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            raise DeepQuakeError(
                f"{picks_path}, line {rows.line_num}: is no row of picks.csv of step 6 ({error})"
            ) from None
    return n_picks
