"""Writing events as Nordic (SEISAN) files, in the old format or in that of 2020.

The columns are those of ``deepquake.catalog.nordic.lines``; each event ends with a blank line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor

from deepquake.catalog.events import Event, Magnitude, Pick, event_time
from deepquake.catalog.nordic.lines import NEW_HEADER, OLD_HEADER
from deepquake.core.errors import DeepQuakeError
from deepquake.core.times import DAY_S, compact, iso

DISTANCE_LETTERS = ("L", "R", "D")
HIGH_ACCURACY = 1e-3  # what a line of type 1 can't hold goes to one of type H as well


@dataclass(frozen=True)
class PickFit:
    """How a pick fits the location of its event."""

    takeoff_deg: float  # at the source, from the vertical: 0 down, 180 up
    residual_s: float  # observed minus computed
    used: int  # the weight it had, 0 to 10
    distance_km: float  # from the epicentre
    azimuth_deg: int  # from the epicentre to the station


@dataclass(frozen=True)
class Solution:
    """What a location program says of an event, beside where and when it was."""

    rms_s: float  # of the residuals
    gap_deg: int  # the largest angle without a station
    time_error_s: float
    latitude_error_km: float
    longitude_error_km: float
    depth_error_km: float
    fits: Sequence[PickFit]  # of the picks of the event, in their order


def write_nordic(events: Iterable[Event], new_format: bool = False) -> str:
    """Return the text of a Nordic file.

    Parameters
    ----------
    events : iterable of Event
        Each must have an origin time or a pick.
    new_format : bool
        Write that of 2020, which holds network, location and three-letter channels. The old one
        holds stations of 5 letters, channels of 2 and phases of 4 (8 without polarity).

    Raises
    ------
    DeepQuakeError
        Where an event has no time or a name is too long for its columns.
    """
    lines = (line for event in events for line in event_lines(event, new_format=new_format))
    return "".join(line + "\n" for line in lines)


def event_lines(
    event: Event,
    *,
    new_format: bool = False,
    solution: Solution | None = None,
    comments: Sequence[str] = (),
    made_by: tuple[str, str] = ("NEW", "DQ"),
    decimals: int = 3,
) -> list[str]:
    """Return the lines of an event, 80 columns each, the last of them blank.

    Parameters
    ----------
    event : Event
        It must have an origin time or a pick.
    new_format : bool
        As for ``write_nordic``.
    solution : Solution, optional
        What the location adds: the rms, a line of errors, and columns of each pick (old format).
    comments : sequence of str
        Lines of type 3.
    made_by : tuple of str
        Action (three letters) and operator (four at most), as the line with the ID tells them.
    decimals : int
        Of the seconds of picks in the old format, 2 or 3.

    Raises
    ------
    DeepQuakeError
        Where the event has no time or a name is too long for its columns.
    """
    time = event_time(event)
    if time is None:
        raise DeepQuakeError(f"event {event.event_id}: has no time, so it has no place in Nordic")
    tenths = floor(time * 10 + 1e-3) / 10  # rounded up it might be of the next day
    lines = [_type_1(event, tenths, None if solution is None else solution.rms_s)]
    if event.origin_time is not None and _needs_type_h(event, event.origin_time - tenths):
        lines.append(_type_h(event, event.origin_time))
    if solution is not None:
        lines.append(_type_e(solution))
    if len(event.event_id) == 14 and event.event_id.isdecimal():
        action, operator = made_by
        stamp = iso(time)[2:16].replace("T", " ")
        text = f" ACTION:{action:<3} {stamp} OP:{operator:<4} STATUS:"
        lines.append(_typed(f"{text:<57}ID:{event.event_id}", "I"))
    lines.extend(_typed(f" {comment}", "3") for comment in comments)
    lines.extend(_typed(f" {name}", "6") for name in event.waveforms)
    if event.picks:
        day = tenths // DAY_S * DAY_S
        fits = [None] * len(event.picks) if solution is None else solution.fits
        lines.append(NEW_HEADER if new_format else OLD_HEADER)
        for pick, fit in zip(event.picks, fits, strict=True):
            lines.append(
                _new_pick(pick, day) if new_format else _old_pick(pick, day, fit, decimals=decimals)
            )
    lines.append(" " * 80)
    return lines


def sfile_name(event: Event) -> str:
    """Return the name SEISAN gives the file of an event, such as ``24-0001-08L.S201408``."""
    stamp = event.event_id[:14]
    if len(stamp) != 14 or not stamp.isdecimal():
        time = event_time(event)
        if time is None:
            raise DeepQuakeError(f"event {event.event_id}: has no time to name a file after")
        stamp = compact(time)
    kind = event.distance if event.distance in DISTANCE_LETTERS else "L"
    return f"{stamp[6:8]}-{stamp[8:12]}-{stamp[12:14]}{kind}.S{stamp[:6]}"


def _typed(text: str, kind: str) -> str:
    if len(text) > 79:
        raise DeepQuakeError(f"'{text.strip()}' is too long for a line of a Nordic file")
    return f"{text:<79}{kind}"


def _date_columns(time: float) -> tuple[str, int, float]:
    """Return `` YYYY MMDD``, and the minute of the day and the second within it."""
    day, second = divmod(time, DAY_S)
    year, month, date = iso(day * DAY_S)[:10].split("-")
    minute, second = divmod(round(second, 3), 60)
    return f" {year} {int(month):2d}{int(date):2d}", int(minute), second


def _type_1(event: Event, time: float, rms_s: float | None) -> str:
    date, minute, second = _date_columns(time)
    fixed = "F" if event.time_fixed else " "
    distance = event.distance if event.distance in DISTANCE_LETTERS else "L"
    place = " " * 15
    if event.latitude is not None and event.longitude is not None:
        place = f"{event.latitude:7.3f}{event.longitude:8.3f}"
    depth = " " * 5 if event.depth_km is None else f"{event.depth_km:5.1f}"
    stations = len({pick.station for pick in event.picks})
    rms = " " * 4 if rms_s is None else f"{rms_s:4.1f}"
    magnitudes = "".join(_magnitude(magnitude) for magnitude in event.magnitudes[:3])
    return _typed(
        f"{date}{fixed}{minute // 60:2d}{minute % 60:2d} {second:4.1f} {distance}"
        f"{event.kind[:1]:<1}{place}{depth}{'F' if event.depth_fixed else ' '} "
        f"{event.agency[:3]:<3}{min(stations, 999):3d}{rms}{magnitudes}",
        "1",
    )


def _magnitude(magnitude: Magnitude) -> str:
    return f"{magnitude.value:4.1f}{magnitude.kind[:1]:<1}{magnitude.agency[:3]:<3}"


def _needs_type_h(event: Event, beyond_tenths_s: float) -> bool:
    values = ((event.latitude, 3), (event.longitude, 3), (event.depth_km, 1))
    finer = (v is not None and abs(v - round(v, decimals)) > 1e-9 for v, decimals in values)
    return abs(beyond_tenths_s) > HIGH_ACCURACY / 2 or any(finer)


def _type_h(event: Event, origin_time: float) -> str:
    date, minute, second = _date_columns(origin_time)
    place = " " * 20
    if event.latitude is not None and event.longitude is not None:
        place = f"{event.latitude:9.5f} {event.longitude:10.5f}"
    depth = " " * 8 if event.depth_km is None else f"{event.depth_km:8.3f}"
    text = f"{date} {minute // 60:2d}{minute % 60:2d} {second:6.3f} {place} {depth}"
    return _typed(f"{text:<60}{event.agency[:3]:<3}", "H")


def _type_e(solution: Solution) -> str:
    return _typed(
        f" GAP={solution.gap_deg:3d}{solution.time_error_s:12.2f}{solution.latitude_error_km:10.1f}"
        f"{solution.longitude_error_km:8.1f}{solution.depth_error_km:5.1f}",
        "E",
    )


def _old_pick(pick: Pick, day: float, fit: PickFit | None, decimals: int) -> str:
    _check_length(pick, pick.station, 5)
    channel = pick.channel if len(pick.channel) < 3 else pick.channel[0] + pick.channel[-1]
    weight = str(pick.weight) if pick.weight else " "
    automatic = "A" if pick.automatic else " "
    if len(pick.phase) <= 4:
        middle = f" {pick.onset:1}{pick.phase:<4}{weight}{automatic}{pick.polarity:1} "
    else:
        _check_length(pick, pick.phase, 8)
        middle = f"{weight}{pick.onset:1}{pick.phase:<8}"
    hour, minute, second = _hour_minute_second(pick.time - day)
    clock = f"{hour:2d}{minute:2d}{second:6.{decimals}f}"
    line = f" {pick.station:<5}{channel:>2}{middle}{clock}"
    return (line if fit is None else f"{line:<56}{_fit_columns(fit)}").ljust(80)


def _fit_columns(fit: PickFit) -> str:
    """Return columns 57 to 79; distances have three figures, as SEISAN writes them."""
    distance = f"{fit.distance_km:5.1f}" if fit.distance_km < 100 else f"{fit.distance_km:5.0f}"
    return (
        f"{fit.takeoff_deg:4.0f}{'':3}{fit.residual_s:5.2f}{fit.used:2d}{distance} "
        f"{fit.azimuth_deg:3d}"
    )


def _new_pick(pick: Pick, day: float) -> str:
    names = (pick.station, pick.channel, pick.network, pick.location, pick.phase)
    for text, length in zip(names, (5, 3, 2, 2, 8), strict=True):
        _check_length(pick, text, length)
    weight = str(pick.weight) if pick.weight else " "
    hour, minute, second = _hour_minute_second(pick.time - day)
    text = (
        f" {pick.station:<5}{pick.channel:<3} {pick.network:<2}{pick.location:<2} {pick.onset:1}"
        f"{pick.phase:<8}{weight}{'A' if pick.automatic else ' '}{hour:2d}{minute:2d} {second:6.3f}"
    )
    return f"{text:<43}{pick.polarity:1}".ljust(80)


def _hour_minute_second(offset: float) -> tuple[int, int, float]:
    """Return hour (24 and more: the next day), minute and second of seconds after midnight."""
    minutes, milliseconds = divmod(round(offset * 1000), 60_000)
    if minutes < 0 or minutes >= 48 * 60:
        raise DeepQuakeError("a pick must be of the day of its event or the next")
    return minutes // 60, minutes % 60, milliseconds / 1000


def _check_length(pick: Pick, text: str, length: int) -> None:
    if len(text) > length:
        raise DeepQuakeError(
            f"pick at {pick.station}: '{text}' does not fit the {length} columns it has"
        )
