"""Writing events as Nordic (SEISAN) files.

The columns are the old ones of ``deepquake.catalog.nordic.lines``, which every version of SEISAN
reads; each event ends with a blank line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, isnan

from deepquake.catalog.events import Event, Pick, event_time
from deepquake.catalog.nordic.lines import OLD_HEADER
from deepquake.core.errors import DeepQuakeError
from deepquake.core.times import DAY_S, compact, iso

DISTANCE_LETTERS = ("L", "R", "D")
# Kinds of events; SEISAN has no letter for a blast but that of explosions.
KIND_LETTERS = {
    **{"earthquake": "Q", "induced": "I", "volcanic": "V", "explosion": "E"},
    **{"probable explosion": "P", "blast": "E", "ice": "C", "thunder": "S", "landslide": "L"},
    **{"rockburst": "R", "other": "O"},
}
HIGH_ACCURACY = 1e-3  # what a line of type 1 can't hold goes to one of type H as well


@dataclass(frozen=True)
class PickFit:
    """How a pick fits the location of its event."""

    takeoff_deg: float  # at the source, from the vertical: 0 down, 180 up; NaN not known
    residual_s: float  # observed minus computed
    used: int  # the weight it had, 0 to 10
    distance_km: float  # from the epicentre
    azimuth_deg: int  # from the epicentre to the station


@dataclass(frozen=True)
class AmplitudeReading:
    """The amplitude that the local magnitude of a station is computed from."""

    station: str
    channel: str
    time: float  # seconds since 1970 UTC
    amplitude_nm: float  # of the ground, zero to peak, as a Wood-Anderson seismograph has it
    period_s: float
    distance_km: float  # from the epicentre; NaN not known
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
    fits: Sequence[PickFit | None]  # of the picks of the event, in their order


def write_nordic(events: Iterable[Event]) -> str:
    """Return the text of a Nordic file; raises DeepQuakeError as ``event_lines`` does."""
    return "".join(line + "\n" for event in events for line in event_lines(event))


def event_lines(
    event: Event,
    *,
    solution: Solution | None = None,
    amplitudes: Sequence[AmplitudeReading] = (),
    comments: Sequence[str] = (),
    made_by: tuple[str, str] = ("NEW", "DQ"),
    id_moved: bool = False,
    decimals: int = 3,
) -> list[str]:
    """Return the lines of an event, 80 columns each, the last of them blank.

    Parameters
    ----------
    event : Event
        It must have an origin time or a pick. The format holds stations of 5 letters, channels
        of 2 and phases of 4 (8 without polarity).
    solution : Solution, optional
        What the location adds: the rms, a line of errors, and columns of each pick.
    amplitudes : sequence of AmplitudeReading
        Lines below those of the picks, of the phase IAML.
    comments : sequence of str
        Lines of type 3.
    made_by : tuple of str
        Action (three letters) and operator (four at most), as the line with the ID tells them.
    id_moved : bool
        Whether the ID is seconds later than it would be, as another event has that one.
    decimals : int
        Of the seconds of picks, 2 or 3.

    Raises
    ------
    DeepQuakeError
        Where the event has no time or a name is too long for its columns.
    """
    time = event_time(event)
    if time is None:
        raise DeepQuakeError(f"event {event.event_id}: has no time, so it has no place in Nordic")
    time = round(time, 3)  # as a line of type H has it
    tenths = floor(time * 10 + 1e-3) / 10
    lines = [_type_1(event, tenths, None if solution is None else solution.rms_s)]
    if event.origin_time is not None and _needs_type_h(event, time - tenths):
        lines.append(_type_h(event, time))
    if solution is not None:
        lines.append(_type_e(solution))
    if len(event.event_id) == 14 and event.event_id.isdecimal():
        action, operator = made_by
        stamp = iso(time)[2:16].replace("T", " ")
        text = f" ACTION:{action:<3} {stamp} OP:{operator:<4} STATUS:"
        lines.append(_typed(f"{text:<57}ID:{event.event_id}{'d' if id_moved else ''}", "I"))
    lines += [_typed(f" {comment}", "3") for comment in comments]
    lines += [_typed(f" {name}", "6") for name in event.waveforms]
    if event.picks:
        day = tenths // DAY_S * DAY_S
        fits = [None] * len(event.picks) if solution is None else solution.fits
        fitted = zip(event.picks, fits, strict=True)
        lines.append(OLD_HEADER)
        lines += [_pick_line(pick, day, fit, decimals=decimals) for pick, fit in fitted]
        lines += [_amplitude_line(amplitude, day, decimals) for amplitude in amplitudes]
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


def _time_columns(time: float, seconds: str, fixed: str = " ") -> str:
    """Return `` YYYY MMDD``, whether the time is fixed, hour, minute and second.

    ``seconds`` is their format.
    """
    day, second = divmod(time, DAY_S)
    year, month, date = iso(day * DAY_S)[:10].split("-")
    minute, second = divmod(round(second, 3), 60)
    hour, minute = divmod(int(minute), 60)
    return f" {year} {int(month):2d}{int(date):2d}{fixed}{hour:2d}{minute:2d} {second:{seconds}}"


def _number_columns(value: float | None, form: str) -> str:
    """Return a number in a format such as "7.3f", as many blanks where it is unknown."""
    return " " * int(form.partition(".")[0]) if value is None else f"{value:{form}}"


def _type_1(event: Event, time: float, rms_s: float | None) -> str:
    distance = event.distance if event.distance in DISTANCE_LETTERS else "L"
    stations = len({pick.station for pick in event.picks})
    magnitudes = (f"{m.value:4.1f}{m.kind[:1]:<1}{m.agency[:3]:<3}" for m in event.magnitudes[:3])
    return _typed(
        f"{_time_columns(time, '4.1f', 'F' if event.time_fixed else ' ')} {distance}"
        f"{KIND_LETTERS.get(event.kind, ' ')}{_number_columns(event.latitude, '7.3f')}"
        f"{_number_columns(event.longitude, '8.3f')}{_number_columns(event.depth_km, '5.1f')}"
        f"{'F' if event.depth_fixed else ' '} {event.agency[:3]:<3}{min(stations, 999):3d}"
        f"{_number_columns(rms_s, '4.1f')}{''.join(magnitudes)}",
        "1",
    )


def _needs_type_h(event: Event, beyond_tenths_s: float) -> bool:
    values = ((event.latitude, 3), (event.longitude, 3), (event.depth_km, 1))
    finer = (v is not None and abs(v - round(v, decimals)) > 1e-9 for v, decimals in values)
    return abs(beyond_tenths_s) > HIGH_ACCURACY / 2 or any(finer)


def _type_h(event: Event, origin_time: float) -> str:
    place = f"{_number_columns(event.latitude, '9.5f')} {_number_columns(event.longitude, '10.5f')}"
    depth = _number_columns(event.depth_km, "8.3f")
    text = f"{_time_columns(origin_time, '6.3f')} {place} {depth}"
    return _typed(f"{text:<60}{event.agency[:3]:<3}", "H")


def _type_e(solution: Solution) -> str:
    return _typed(
        f" GAP={solution.gap_deg:3d}{solution.time_error_s:12.2f}{solution.latitude_error_km:10.1f}"
        f"{solution.longitude_error_km:8.1f}{solution.depth_error_km:5.1f}",
        "E",
    )


def _pick_line(pick: Pick, day: float, fit: PickFit | None, decimals: int) -> str:
    for text, length in ((pick.station, 5), (pick.phase, 8)):
        if len(text) > length:
            raise DeepQuakeError(
                f"pick at {pick.station}: '{text}' does not fit the {length} columns it has"
            )
    weight = str(pick.weight) if pick.weight else " "
    if len(pick.phase) <= 4:
        automatic = "A" if pick.automatic else " "
        middle = f" {pick.onset:1}{pick.phase:<4}{weight}{automatic}{pick.polarity:1} "
    else:
        middle = f"{weight}{pick.onset:1}{pick.phase:<8}"
    clock = _clock_columns(pick.time - day, decimals)
    line = f" {pick.station:<5}{_two_letters(pick.channel):>2}{middle}{clock}"
    return (line if fit is None else f"{line:<56}{_fit_columns(fit)}").ljust(80)


def _amplitude_line(amplitude: AmplitudeReading, day: float, decimals: int) -> str:
    channel = _two_letters(amplitude.channel)
    clock = _clock_columns(amplitude.time - day, decimals)
    line = f" {amplitude.station:<5}{channel:>2}  IAML A  {clock} "
    line = (
        f"{line:<33}{_in_columns(amplitude.amplitude_nm, 7)} {_in_columns(amplitude.period_s, 4)}"
    )
    return f"{line:<70}{_place_columns(amplitude.distance_km, amplitude.azimuth_deg)}".ljust(80)


def _two_letters(channel: str) -> str:
    """Return a channel code as the format has it: without the letter of the instrument."""
    return channel if len(channel) < 3 else channel[0] + channel[-1]


def _clock_columns(since_s: float, decimals: int) -> str:
    """Return hour, minute and second of a time after midnight."""
    minutes, milliseconds = divmod(round(since_s * 1000), 60_000)
    if not 0 <= minutes < 48 * 60:  # hours of 24 and more are of the next day
        raise DeepQuakeError("a pick must be of the day of its event or the next")
    return f"{minutes // 60:2d}{minutes % 60:2d}{milliseconds / 1000:6.{decimals}f}"


def _in_columns(value: float, width: int) -> str:
    """Return a positive number with a decimal point and as many decimals as some columns hold."""
    texts = (f"{value:{width}.{decimals}f}" for decimals in range(min(width - 2, 3), 0, -1))
    return next((text for text in texts if len(text) == width), f"{value:.{max(0, width - 6)}E}")


def _fit_columns(fit: PickFit) -> str:
    """Return columns 57 to 79."""
    takeoff = _number_columns(None if isnan(fit.takeoff_deg) else fit.takeoff_deg, "4.0f")
    place = _place_columns(fit.distance_km, fit.azimuth_deg)
    return f"{takeoff}{'':3}{fit.residual_s:5.2f}{fit.used:2d}{place}"


def _place_columns(distance_km: float, azimuth_deg: int) -> str:
    """Return columns 71 to 79; distances have three figures, as SEISAN writes them."""
    if isnan(distance_km):
        return ""
    distance = f"{distance_km:5.1f}" if distance_km < 100 else f"{distance_km:5.0f}"
    return f"{distance} {azimuth_deg:3d}"
