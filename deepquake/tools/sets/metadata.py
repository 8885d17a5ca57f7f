"""What a data set of SeisBench's format says of its traces: metadata.csv, or that of each chunk.

Format: seisbench.readthedocs.io, "Data format". A row is a trace of one to three components;
trace_name tells where its samples are, ``bucket0$12,:3,:6000``, and each column
trace_PHASE_arrival_sample where a phase arrives, counted in samples from its start.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from deepquake.catalog.events import Event, Magnitude, keep_possible
from deepquake.catalog.kinds import kind_from
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import iso, parse_iso
from deepquake.waveforms.mseed import FIRST_NS, LAST_NS
from deepquake.waveforms.scan import HIGHEST_RATE_HZ

METADATA_NAME, SAMPLES_NAME, CHUNKS_NAME = "metadata", "waveforms", "chunks"
ARRIVAL = re.compile(r"trace_(.+)_arrival_sample")
NOTHING_TOLD = {"", "nan", "none", "null", "nat", "--"}
# Where nothing tells when a trace begins, its place in the list gives it a time of its own.
UNDATED_S, UNDATED_STEP_S = parse_iso("2000-01-01"), 3600.0
PART_OF = {"train": "train", "dev": "train", "test": "test"}  # step 4 holds out its own
DEFAULT_SENSOR = "HH"
STATION_PLACE = "latitude_deg", "longitude_deg", "elevation_m"


@dataclass(frozen=True, slots=True)
class SetReading:
    """An arrival in a trace: its phase as written, and its sample, counted from 0."""

    phase: str
    sample: float
    automatic: bool


@dataclass(slots=True)  # a million are in memory
class SetTrace:
    """One trace of a data set. ``sensor`` is network, station, location, band and instrument.

    Its samples are at ``place`` of the array ``block`` in the waveforms of ``chunk``; ``n_samples``
    is 0 where the table does not tell it. ``components`` are those that turn out to be alive.
    """

    chunk: str
    block: str
    place: str
    sensor: tuple[str, str, str, str]
    order: str
    start_s: float  # first sample, seconds since 1970 UTC
    rate_hz: float
    n_samples: int
    readings: tuple[SetReading, ...]
    event: Event | None
    components: str = ""

    @property
    def end_s(self) -> float:
        """The time at which the sample after the last one is due, seconds since 1970 UTC."""
        return self.start_s + self.n_samples / self.rate_hz


@dataclass
class SetContent:
    """The traces of a data set, its events without their picks, and the part each is for.

    ``places`` are latitude, longitude (degrees) and elevation (m) of the stations, by network and
    code.
    """

    traces: list[SetTrace] = field(default_factory=list)
    events: dict[str, Event] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)  # of events that the set splits
    places: dict[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class DataFormat:
    """What the waveforms say of all their traces; empty or 0 where they do not."""

    dimension_order: str = "CW"
    component_order: str = ""
    rate_hz: float = 0.0


def chunks_of(folder: Path) -> list[str]:
    """Return the chunks of a data set, by the endings of their names: [""] where there is one.

    Raises DeepQuakeError where the folder is no data set of SeisBench's format.
    """
    if not folder.is_dir():
        is_file = "is a file; give the folder of the data set"
        raise DeepQuakeError(f"{folder}: {is_file if folder.exists() else 'no such folder'}")
    names = {path.name for path in folder.iterdir()}
    listed: list[str] = []
    if CHUNKS_NAME in names:
        listed = (folder / CHUNKS_NAME).read_text(encoding="utf-8").split()
    elif f"{SAMPLES_NAME}.hdf5" in names:
        listed = [""]
    chunks = listed or sorted(
        ending
        for name in names
        if name.startswith(METADATA_NAME) and name.endswith(".csv")
        if f"{SAMPLES_NAME}{(ending := name[len(METADATA_NAME) : -len('.csv')])}.hdf5" in names
    )
    missing = [
        name
        for chunk in chunks
        for name in (f"{METADATA_NAME}{chunk}.csv", f"{SAMPLES_NAME}{chunk}.hdf5")
        if name not in names
    ]
    if missing or not chunks:
        whole = f"{METADATA_NAME}.csv", f"{SAMPLES_NAME}.hdf5"
        what = " and ".join(missing[:1] or [name for name in whole if name not in names])
        raise DeepQuakeError(f"{folder}: lacks {what}: no whole data set of SeisBench's format")
    return sorted(chunks)


def read_metadata(
    folder: Path, chunk: str, data_format: DataFormat, content: SetContent, report: Report
) -> None:
    """Read the table of one chunk.

    Parameters
    ----------
    folder : Path
        The data set.
    chunk : str
        The ending of the names of its files.
    data_format : DataFormat
        What its waveforms say of all traces.
    content : SetContent
        Is given the traces and events.
    report : Report
        Is told which traces are left out.

    Raises
    ------
    DeepQuakeError
        Where the table is none, or lacks the names of the traces.
    """
    path = folder / f"{METADATA_NAME}{chunk}.csv"
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        try:
            header = next(rows, [])
            if "trace_name" not in header:
                raise DeepQuakeError(f"{path}, line 1: lacks the column 'trace_name'")
            reader = _RowReader(header, chunk, data_format, content)
            for cells in rows:
                try:
                    content.traces.append(reader.trace(cells))
                except (ValueError, IndexError) as error:
                    short_row = "its row is shorter than the header"
                    why = short_row if isinstance(error, IndexError) else error
                    report.skip(path, f"a trace is left out: {why}", rows.line_num)
        except csv.Error as error:
            raise DeepQuakeError(f"{path}, line {rows.line_num}: is no table ({error})") from None


class _RowReader:
    """Makes traces of the rows of a table; raises ValueError or IndexError where it cannot."""

    def __init__(
        self, header: list[str], chunk: str, data_format: DataFormat, content: SetContent
    ) -> None:
        self.header, self.chunk, self.data_format = header, chunk, data_format
        self.content = content
        self.columns = {name: number for number, name in enumerate(header)}
        self.of_phases = [
            (match[1], number, self.columns.get(f"trace_{match[1]}_status"))
            for name, number in self.columns.items()
            if (match := ARRIVAL.fullmatch(name))
        ]
        self.sensors: dict[tuple[str, str, str, str], tuple[str, str, str, str]] = {}

    def text(self, cells: list[str], name: str) -> str:
        """Return a cell, empty where nothing is told."""
        number = self.columns.get(name)
        text = "" if number is None else cells[number].strip()
        return "" if text.lower() in NOTHING_TOLD else text

    def value(self, cells: list[str], name: str) -> float | None:
        """Return the number of a cell, None where nothing is told."""
        text = self.text(cells, name)
        value = _number_of(text, name) if text else None
        return value if value is not None and isfinite(value) else None

    def readings(self, cells: list[str]) -> Iterator[SetReading]:
        """Yield the arrivals in a trace."""
        for phase, number, status in self.of_phases:
            text = cells[number].strip()
            if text.lower() in NOTHING_TOLD:
                continue
            if isfinite(sample := _number_of(text, self.header[number])):
                is_automatic = status is not None and cells[status].strip().lower()[:4] == "auto"
                yield SetReading(phase, sample, is_automatic)

    def trace(self, cells: list[str]) -> SetTrace:
        """Return the trace of a row; its place and event are added to the content."""
        name = self.text(cells, "trace_name")
        block, _, place = name.partition("$")
        period_s, rate_hz = (
            self.value(cells, "trace_dt_s"),
            self.value(cells, "trace_sampling_rate_hz"),
        )
        rate_hz = rate_hz or (1 / period_s if period_s else self.data_format.rate_hz)
        if not block or rate_hz <= 0:
            raise ValueError("it has no name" if not block else "no sampling rate is told")
        if rate_hz > HIGHEST_RATE_HZ:
            raise ValueError(f"{rate_hz:g} samples per second cannot be")
        codes = (
            self.text(cells, "station_network_code"),
            self.text(cells, "station_code") or "UNKN",
            self.text(cells, "station_location_code"),
            _sensor(self.text(cells, "trace_channel")),
        )
        if codes[:2] not in self.content.places:
            place_of = [self.value(cells, f"station_{name}") for name in STATION_PLACE]
            if None not in place_of[:2]:
                self.content.places[codes[:2]] = tuple(value or 0.0 for value in place_of)
        started = self.text(cells, "trace_start_time")
        undated_s = UNDATED_S + UNDATED_STEP_S * len(self.content.traces)
        start_s = _time(started, "trace_start_time") if started else undated_s
        if not FIRST_NS <= start_s * 1e9 < LAST_NS:
            raise ValueError(f"a record of {iso(start_s)[:10]} cannot be")
        readings = tuple(self.readings(cells))
        event = self.event_of(cells, name if readings else "")
        part = PART_OF.get(self.text(cells, "split").lower())
        if event and part:
            self.content.parts.setdefault(event.event_id, part)
        return SetTrace(
            chunk=self.chunk,
            block=block,
            place=place,
            sensor=self.sensors.setdefault(codes, codes),
            order=self.text(cells, "trace_component_order")
            or self.data_format.component_order
            or "ZNE",
            # samples of all traces are on one grid, so that none is moved against its readings
            start_s=round(start_s * rate_hz) / rate_hz,
            rate_hz=rate_hz,
            n_samples=int(self.value(cells, "trace_npts") or _told_length(place, self.data_format)),
            readings=readings,
            event=event,
        )

    def event_of(self, cells: list[str], otherwise: str) -> Event | None:
        """Return the event of a trace, None of noise; without a name it is called otherwise."""
        origin, event_id = self.text(cells, "source_origin_time"), self.text(cells, "source_id")
        origin_s = _time(origin, "source_origin_time") if origin else None
        event_id = event_id or (iso(origin_s) if origin_s is not None else otherwise)
        source_type, category = self.text(cells, "source_type"), self.text(cells, "trace_category")
        if not event_id or "noise" in (source_type.lower(), category.lower()):
            return None
        event = self.content.events.get(event_id)
        if event is None:
            magnitude = self.value(cells, "source_magnitude")
            scale = self.text(cells, "source_magnitude_type")
            kind = kind_from(source_type)
            event = self.content.events[event_id] = Event(
                event_id,
                origin_s,
                latitude=self.value(cells, "source_latitude_deg"),
                longitude=self.value(cells, "source_longitude_deg"),
                depth_km=self.value(cells, "source_depth_km"),
                magnitudes=[] if magnitude is None else [Magnitude(magnitude, scale)],
                kind="other" if kind is None else kind,
            )
            keep_possible(event)
        return event


def _sensor(channel: str) -> str:
    """Return band and instrument code: HH of 'HH', 'HHZ' and 'HH?'."""
    code = re.sub("[^A-Za-z]", "", channel).upper()[:2]
    return code if len(code) == 2 else DEFAULT_SENSOR


def _told_length(place: str, data_format: DataFormat) -> int:
    """Return how many samples a place such as ``12,:3,:6000`` has; 0 where it does not tell."""
    axis = data_format.dimension_order.find("W") - len(data_format.dimension_order)
    parts = place.split(",")
    match = re.fullmatch(r"\s*(\d*):(\d+)\s*", parts[axis]) if len(parts) >= -axis else None
    return int(match[2]) - int(match[1] or 0) if match else 0


def _number_of(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} is '{text}', which is no number") from None


def _time(text: str, name: str) -> float:
    try:
        return parse_iso(text.replace("/", "-"))
    except ValueError:
        raise ValueError(f"{name} is '{text}', which is no time") from None
