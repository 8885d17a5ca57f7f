"""Writing events as Nordic (SEISAN) files, in the old format or in that of 2020.

The columns are those of ``deepquake.catalog.nordic.lines``; each event ends with a blank line.
"""

from collections.abc import Iterable
from math import floor

from deepquake.catalog.events import Event, Magnitude, Pick, event_time
from deepquake.catalog.nordic.lines import NEW_HEADER, OLD_HEADER
from deepquake.core.errors import DeepQuakeError
from deepquake.core.times import DAY_S, compact, iso

DISTANCES = ("L", "R", "D")
HIGH_ACCURACY = 1e-3  # what a line of type 1 can't hold goes to one of type H as well


def write_nordic(events: Iterable[Event], new_format: bool = False) -> str:
    """Return the text of a Nordic file of ``events``.

    ``new_format`` is that of 2020, which holds network, location and three-letter channels;
    the old one holds stations of 5 letters, channels of 2 and phases of 4 (8 without polarity).
    Raises DeepQuakeError where an event has no time or a name is too long for its columns.
    """
    return "".join(line + "\n" for event in events for line in event_lines(event, new_format))


def event_lines(event: Event, new_format: bool = False) -> list[str]:
    """Return the lines of one event, 80 columns each, the last one blank."""
    time = event_time(event)
    if time is None:
        raise DeepQuakeError(f"event {event.event_id}: has no time, so it has no place in Nordic")
    tenths = floor(time * 10 + 1e-3) / 10  # rounded up it might be of the next day
    lines = [_type_1(event, tenths)]
    if event.origin_time is not None and _needs_type_h(event, tenths):
        lines.append(_type_h(event))
    if len(event.event_id) == 14 and event.event_id.isdecimal():
        stamp = iso(time)[2:16].replace("T", " ")
        text = f" ACTION:NEW {stamp} OP:DQ   STATUS:               ID:{event.event_id}"
        lines.append(_typed(text, "I"))
    lines.extend(_typed(f" {name}", "6") for name in event.waveforms)
    if event.picks:
        lines.append(NEW_HEADER if new_format else OLD_HEADER)
        day = tenths // DAY_S * DAY_S
        line = _new_pick if new_format else _old_pick
        lines.extend(line(pick, day) for pick in event.picks)
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
    kind = event.distance if event.distance in DISTANCES else "L"
    return f"{stamp[6:8]}-{stamp[8:12]}-{stamp[12:14]}{kind}.S{stamp[:6]}"


def _typed(text: str, kind: str) -> str:
    if len(text) > 79:
        raise DeepQuakeError(f"'{text.strip()}' is too long for a line of a Nordic file")
    return f"{text:<79}{kind}"


def _date(time: float) -> tuple[str, int, float]:
    """Return `` YYYY MMDD``, and the minute of the day and the second within it."""
    day, second = divmod(time, DAY_S)
    year, month, date = iso(day * DAY_S)[:10].split("-")
    minute, second = divmod(round(second, 3), 60)
    return f" {year} {int(month):2d}{int(date):2d}", int(minute), second


def _type_1(event: Event, time: float) -> str:
    date, minute, second = _date(time)
    fixed = "F" if event.time_fixed else " "
    distance = event.distance if event.distance in DISTANCES else "L"
    place = " " * 15
    if event.latitude is not None and event.longitude is not None:
        place = f"{event.latitude:7.3f}{event.longitude:8.3f}"
    depth = " " * 5 if event.depth_km is None else f"{event.depth_km:5.1f}"
    stations = len({pick.station for pick in event.picks})
    magnitudes = "".join(_magnitude(magnitude) for magnitude in event.magnitudes[:3])
    return _typed(
        f"{date}{fixed}{minute // 60:2d}{minute % 60:2d} {second:4.1f} {distance}"
        f"{event.kind[:1]:<1}{place}{depth}{'F' if event.depth_fixed else ' '} "
        f"{event.agency[:3]:<3}{min(stations, 999):3d}    {magnitudes}",
        "1",
    )


def _magnitude(magnitude: Magnitude) -> str:
    return f"{magnitude.value:4.1f}{magnitude.kind[:1]:<1}{magnitude.agency[:3]:<3}"


def _needs_type_h(event: Event, tenths: float) -> bool:
    def coarse(value: float | None, decimals: int) -> bool:
        return value is not None and abs(value - round(value, decimals)) > 1e-9

    return (
        abs(event.origin_time - tenths) > HIGH_ACCURACY / 2
        or coarse(event.latitude, 3)
        or coarse(event.longitude, 3)
        or coarse(event.depth_km, 1)
    )


def _type_h(event: Event) -> str:
    date, minute, second = _date(event.origin_time)
    place = " " * 20
    if event.latitude is not None and event.longitude is not None:
        place = f"{event.latitude:9.5f} {event.longitude:10.5f}"
    depth = " " * 8 if event.depth_km is None else f"{event.depth_km:8.3f}"
    text = f"{date} {minute // 60:2d}{minute % 60:2d} {second:6.3f} {place} {depth}"
    return _typed(f"{text:<60}{event.agency[:3]:<3}", "H")


def _old_pick(pick: Pick, day: float) -> str:
    _check(pick, pick.station, 5)
    _check(pick, pick.channel[-2:], 2)
    channel = pick.channel if len(pick.channel) < 3 else pick.channel[0] + pick.channel[-1]
    weight = str(pick.weight) if pick.weight else " "
    automatic = "A" if pick.automatic else " "
    if len(pick.phase) <= 4:
        middle = f" {pick.onset:1}{pick.phase:<4}{weight}{automatic}{pick.polarity:1} "
    else:
        _check(pick, pick.phase, 8)
        middle = f"{weight}{pick.onset:1}{pick.phase:<8}"
    hour, minute, second = _clock(pick.time - day)
    return f" {pick.station:<5}{channel:>2}{middle}{hour:2d}{minute:2d}{second:6.3f}".ljust(80)


def _new_pick(pick: Pick, day: float) -> str:
    for text, length in (
        (pick.station, 5),
        (pick.channel, 3),
        (pick.network, 2),
        (pick.location, 2),
        (pick.phase, 8),
    ):
        _check(pick, text, length)
    weight = str(pick.weight) if pick.weight else " "
    hour, minute, second = _clock(pick.time - day)
    text = (
        f" {pick.station:<5}{pick.channel:<3} {pick.network:<2}{pick.location:<2} {pick.onset:1}"
        f"{pick.phase:<8}{weight}{'A' if pick.automatic else ' '}{hour:2d}{minute:2d} {second:6.3f}"
    )
    return f"{text:<43}{pick.polarity:1}".ljust(80)


def _clock(offset: float) -> tuple[int, int, float]:
    """Return hour (24 and more: the next day), minute and second of seconds after midnight."""
    minutes, milliseconds = divmod(round(offset * 1000), 60_000)
    if minutes < 0 or minutes >= 48 * 60:
        raise DeepQuakeError("a pick must be of the day of its event or the next")
    return minutes // 60, minutes % 60, milliseconds / 1000


def _check(pick: Pick, text: str, length: int) -> None:
    if len(text) > length:
        raise DeepQuakeError(
            f"pick at {pick.station}: '{text}' does not fit the {length} columns it has"
        )
