"""Events as s-files in a data base of SEISAN: REA/DEEPQ/YYYY/MM/DD-HHMM-SSL.SYYYYMM.

Picks that nobody read have the flag A. Channels have the two letters that the format has room for,
networks and locations none. The amplitudes behind a local magnitude are lines of their own (IAML),
as SEISAN computes it anew from them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, isnan, log, nan, sqrt
from pathlib import Path

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.catalog.nordic.review import AUTOMATIC_OPERATOR
from deepquake.catalog.nordic.writer import (
    AmplitudeReading,
    PickFit,
    Solution,
    event_lines,
    sfile_name,
)
from deepquake.core.files import whole_file
from deepquake.core.report import Report
from deepquake.core.times import DAY_S, compact
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs.channels import SensorChannels, channel_read_on, first_code
from deepquake.detection.stations import Detection
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre
from deepquake.windows.exchange import place_of

REA_DIR, DATABASE = "REA", "DEEPQ"  # five letters, as SEISAN has it
AUTOMATIC_AGENCY = "DEQ"
AUTOMATIC_REGISTRATION = "ARG"  # SEISAN's name of the action
LONGEST_STATION = 5  # letters that the format has for it
LONGEST_COMMENT = 78
LEAST_IN_USE = 3  # the weight below full of a pick that counts least; 4 is not used
LARGEST_ERROR = 999.9  # that the columns hold: s or km
# The radius that holds 68 % of the epicentres, for a deviation of 1 in latitude and longitude.
RADIUS_OF_68 = sqrt(-2 * log(1 - 0.68))


def write_sfiles(
    events: Iterable[DetectedEvent],
    seisan_dir: Path,
    report: Report,
    channels: SensorChannels | None = None,
    waveforms: Mapping[str, str] | None = None,
) -> int:
    """Write an s-file for each event, in folders as a SEISAN data base has them.

    Parameters
    ----------
    events : iterable of DetectedEvent
        The events, each with an id of its own.
    seisan_dir : Path
        The folder that is to hold REA.
    report : Report
        Is told of names that are cut.
    channels : mapping, optional
        The codes of the records, by ``channels_by_sensor``.
    waveforms : mapping of str to str, optional
        The name of the waveform file of each event, by its id.

    Returns
    -------
    int
        How many files there are.
    """
    n_files, networks = 0, defaultdict(set)
    for detected in events:
        for arrival in detected.arrivals:
            networks[arrival.station].add(arrival.network)
        name = (waveforms or {}).get(detected.event_id)
        event = _event_for_sfile(detected, channels or {}, [name] if name else [])
        path = seisan_dir / REA_DIR / DATABASE / event.event_id[:4] / event.event_id[4:6]
        with whole_file(path / sfile_name(event), lasting=False) as temporary:
            text = "\n".join([*_sfile_lines(event, detected, channels or {}), ""])
            temporary.write_text(text, encoding="ascii", errors="replace")
        n_files += 1
    cut = sorted(code for code in networks if len(code) > LONGEST_STATION)
    shared = sorted(code for code, of in networks.items() if len(of) > 1)
    if cut:
        told = f"station codes of more than 5 letters are cut in s-files: {', '.join(cut)}"
        report.note(place_of(seisan_dir / REA_DIR), told)
    if shared:
        told = f"s-files tell no network, and station codes are of several: {', '.join(shared)}"
        report.note(place_of(seisan_dir / REA_DIR), told)
    return n_files


def weight_by_score(score: float) -> int:
    """Return the weight, 0 to 3, whose share (1, 3/4, 1/2 or 1/4) is nearest to a score."""
    return min(LEAST_IN_USE, max(0, ceil(4 * (1 - score) - 0.5)))


def _event_for_sfile(
    detected: DetectedEvent, channels: SensorChannels, waveforms: Sequence[str]
) -> Event:
    origin, magnitude = detected.origin, detected.magnitude
    time_s, first_s = detected.time_s, detected.arrivals[0].time_s
    if first_s < time_s // DAY_S * DAY_S:  # hours of picks count from the day of the origin
        time_s = first_s
    return Event(
        event_id=detected.event_id or compact(detected.time_s),
        origin_time=None if origin is None else time_s,
        latitude=None if origin is None else origin.latitude,
        longitude=None if origin is None else origin.longitude,
        depth_km=None if origin is None else origin.depth_km,
        magnitudes=[] if magnitude is None else [Magnitude(magnitude.value, "L", AUTOMATIC_AGENCY)],
        picks=[_pick_for_sfile(arrival, channels) for arrival in detected.arrivals],
        agency="" if origin is None else AUTOMATIC_AGENCY,
        distance="L",
        waveforms=list(waveforms),
    )


def _pick_for_sfile(arrival: Detection, channels: SensorChannels) -> Pick:
    return Pick(
        arrival.station[:LONGEST_STATION],
        arrival.phase,
        arrival.time_s,
        channel=channel_read_on(arrival, channels),
        weight=weight_by_score(arrival.probability),
        automatic=arrival.automatic,
        score=arrival.probability,
    )


def _sfile_lines(event: Event, detected: DetectedEvent, channels: SensorChannels) -> list[str]:
    comment = detected.why_not_located[:LONGEST_COMMENT]
    return event_lines(
        event,
        solution=None if detected.origin is None else _solution_of(detected, detected.origin),
        amplitudes=_amplitudes_read(detected, channels),
        comments=[comment] if comment else [],
        made_by=(AUTOMATIC_REGISTRATION, AUTOMATIC_OPERATOR),
        id_moved=event.event_id != compact(detected.time_s),
        decimals=2,
    )


def _solution_of(detected: DetectedEvent, origin: Hypocentre) -> Solution:
    deviation_km = _within_columns(origin.horizontal_error_km / RADIUS_OF_68)
    return Solution(
        rms_s=min(_within_columns(origin.rms_s), 99.9),
        gap_deg=round(min(_within_columns(origin.gap_deg), 360.0)),
        time_error_s=_within_columns(origin.time_error_s),
        latitude_error_km=deviation_km,
        longitude_error_km=deviation_km,
        depth_error_km=_within_columns(origin.depth_error_km),
        fits=[_fit_for_sfile(fit) if fit.is_known else None for fit in detected.fits]
        or [None] * len(detected.arrivals),
    )


def _within_columns(value: float) -> float:
    """Return a value as far as its columns hold it, which have the largest for one not known."""
    return LARGEST_ERROR if isnan(value) else min(value, LARGEST_ERROR)


def _fit_for_sfile(fit: ArrivalFit) -> PickFit:
    return PickFit(
        takeoff_deg=fit.takeoff_deg,
        residual_s=min(max(fit.residual_s, -9.99), 99.99),
        used=round(10 * fit.weight),
        distance_km=fit.distance_km,
        azimuth_deg=round(fit.azimuth_deg) % 360,
    )


def _amplitudes_read(detected: DetectedEvent, channels: SensorChannels) -> list[AmplitudeReading]:
    if detected.magnitude is None:
        return []
    fits = {
        (arrival.network, arrival.station): fit
        for arrival, fit in zip(detected.arrivals, detected.fits, strict=True)
        if fit.is_known
    }
    sensors = {(a.network, a.station): (a.location, a.channel) for a in detected.arrivals}
    amplitudes = []
    for measured in detected.magnitude.stations:
        place = measured.network, measured.station
        sensor = *place, *sensors.get(place, ("", ""))
        fit = fits.get(place)
        amplitudes.append(
            AmplitudeReading(
                station=measured.station[:LONGEST_STATION],
                channel=measured.channel or first_code(channels.get(sensor, {}), "S"),
                time=measured.time_s,
                amplitude_nm=measured.amplitude_nm,
                period_s=measured.period_s,
                distance_km=nan if fit is None else fit.distance_km,
                azimuth_deg=0 if fit is None else round(fit.azimuth_deg) % 360,
            )
        )
    return amplitudes
