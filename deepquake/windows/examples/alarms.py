"""False alarms of a search: what matches.csv, or detections.csv, says of its rows.

The column ``verdict``, which anyone can fill, says whether a row is false; without it the column
``outcome`` does, of a search that was held against a complete catalogue.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deepquake.catalog.picks.verdicts import FALSE, NOT_UNDERSTOOD, TRUE, UNSURE, verdict_of
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import decode_text, read_bytes, table_rows
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.core.times import parse_iso

NOBODY_LOOKED = "not looked at"
TIMES_OF_ALARM = ("p_time", "phase_time", "time", "arrival_time")
STATION_OF_ALARM = ("station_id", "station")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A row of the table: something from ``start_s`` to ``end_s`` (seconds since 1970 UTC).

    Where the time of an arrival is known, both are that. Codes that are empty may be any.
    ``said`` is FALSE, TRUE or UNSURE.
    """

    network: str
    station: str
    location: str
    channel: str
    start_s: float
    end_s: float
    said: str

    @property
    def is_time(self) -> bool:
        """Whether it tells a time, and not only a span."""
        return self.start_s == self.end_s


@dataclass(frozen=True)
class Alarms:
    """What a table says of all that was found and missed; ``counts`` of rows, by what they say."""

    rows: list[Alarm]
    counts: Counter[str]
    by_person: bool


def read_alarms(path: Path, report: Report) -> Alarms:
    """Return the false alarms of a table, and what else it knows of.

    Where any row has a verdict, only a verdict makes a row false: nobody has looked at the others.

    Parameters
    ----------
    path : Path
        matches.csv or detections.csv of step 6, with or without the column ``verdict``.
    report : Report
        Is told of rows and verdicts that are not understood; these are neither false nor noise.

    Returns
    -------
    Alarms
        The rows.

    Raises
    ------
    DeepQuakeError
        Where it is no such table, or nothing in it says what is false.
    """
    if not path.is_file():
        raise DeepQuakeError(f"{path}: no such file; give matches.csv or detections.csv of step 6")
    names, lines = table_rows(decode_text(read_bytes(path)))
    _check_columns(path, names)
    rows = [(line, _named_cells(names, cells)) for line, cells in lines]
    by_person = any(cells.get("verdict") for _, cells in rows)
    if not by_person and "outcome" not in names:
        raise DeepQuakeError(
            f"{path}: nothing says which rows are false: add a column 'verdict' and write false "
            "there, or true, or give matches.csv of a search with a complete catalogue"
        )
    counts: Counter[str] = Counter()
    alarms = []
    for line, cells in rows:
        said = _said_of(cells, by_person)
        if said == NOT_UNDERSTOOD:
            why = f"verdict '{cells['verdict']}' is not understood (true, false or ?): left out"
            report.skip(path, why, line)
        try:
            alarms.append(_alarm_of(cells, said))
        except ValueError as error:
            report.skip(path, f"is not a row of step 6 ({error}): left out", line)
            said = NOT_UNDERSTOOD
        counts[said] += 1
    return Alarms(alarms, counts, by_person)


def _check_columns(path: Path, names: list[str]) -> None:
    timed = any(name in names for name in TIMES_OF_ALARM) or {"start_time", "end_time"} <= {*names}
    if not timed or not any(name in names for name in STATION_OF_ALARM):
        raise DeepQuakeError(
            f"{path}: is not matches.csv or detections.csv of step 6: it has no column station, or "
            f"neither p_time nor start_time and end_time ({number_of(len(names), 'column')})"
        )


def _named_cells(names: list[str], cells: list[str]) -> dict[str, str]:
    return {name: cell.strip() for name, cell in zip(names, cells, strict=False)}


def _said_of(cells: Mapping[str, str], by_person: bool) -> str:
    """Return what a row says of what is in it."""
    if said := verdict_of(cells.get("verdict", "")):
        return said
    said = verdict_of(cells.get("outcome", "")) or UNSURE
    return NOBODY_LOOKED if by_person and said == FALSE else said


def _time_told(text: str) -> float:
    try:
        return parse_iso(text)
    except ValueError:  # a spreadsheet may have put a country's own way of writing a date
        raise ValueError(f"'{text}' is no time such as 2014-08-24T00:10:04Z") from None


def _alarm_of(cells: Mapping[str, str], said: str) -> Alarm:
    station = next((cells[name] for name in STATION_OF_ALARM if cells.get(name)), "")
    codes = station.split(".")
    if len(codes) == 1:
        codes = [cells.get("network", ""), station, cells.get("location", "")]
        codes.append(cells.get("channel", ""))
    network, station, location, channel = [*codes, "", ""][:4]
    if not station:
        raise ValueError("no station")
    texts = [cells[name] for name in TIMES_OF_ALARM if cells.get(name)][:1]
    if not texts:
        texts = [cells.get("start_time", ""), cells.get("end_time", "")]
    times_s = [_time_told(text) for text in texts]
    if times_s[0] > times_s[-1]:
        raise ValueError("it ends before it starts")
    said = said if said in (FALSE, TRUE) else UNSURE
    return Alarm(
        network, station, location, channel, start_s=times_s[0], end_s=times_s[-1], said=said
    )
