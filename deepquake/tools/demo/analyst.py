"""What an analyst reads off the records: picks with scatter where the signal can be seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.random import Generator, default_rng
from scipy.signal import butter, sosfilt

from deepquake.catalog.events import Event, Magnitude, Pick, is_usable
from deepquake.catalog.nordic.writer import PickFit, Solution, event_lines, sfile_name
from deepquake.core.files import write_text
from deepquake.core.times import compact
from deepquake.tools.demo.network import SITES, Source, degrees_of, distance_azimuth, to_samples
from deepquake.tools.demo.rays import trace
from deepquake.tools.demo.records import Gap, Seismograph
from deepquake.tools.demo.seismogram import Signal

READINGS = 11  # keeps the random numbers of the analyst apart from others
SEEN_P = 4.5  # peak of P over rms of the noise before it, both from 2 to 15 Hz
SEEN_S = 5.0
BAND_HZ = (2.0, 15.0)
NOISE_S = 10.0
FILTER = butter(2, BAND_HZ, "bandpass", fs=to_samples(1), output="sos")
LOCATION_ERROR_KM = (0.6, 0.6, 1.2)  # east, north, depth of a well-recorded event
AGENCY = "DQS"
COMMENT = "SYNTHETIC EVENT OF THE DEEPQUAKE DEMONSTRATION DATA, NO REAL EARTHQUAKE"


@dataclass(frozen=True)
class Excerpt:
    """The record of a station around an earthquake.

    signal: the earthquake without noise; counts: (3, n), noise and all earthquakes together;
    first: number of the first sample, counted from 1970.
    """

    signal: Signal
    counts: np.ndarray
    first: int


def signal_to_noise(excerpt: Excerpt, phase: str) -> float:
    """Return how well a phase stands out: its peak over the rms of what the record holds before.

    P is looked for on Z, S on the louder horizontal.

    Parameters
    ----------
    excerpt : Excerpt
        The record.
    phase : str
        'P' or 'S'.

    Returns
    -------
    float
        NaN where the record does not reach from 2 s before the phase to 1 s after it.
    """
    signal, record, first = excerpt.signal, excerpt.counts, excerpt.first
    at = to_samples(signal.arrival_s[phase])
    begin = max(first, at - to_samples(NOISE_S))
    end = at + to_samples(1.0)
    if at - begin < to_samples(2) or end > first + record.shape[1]:
        return math.nan
    shift = to_samples(signal.start_s)
    rows = [0] if phase == "P" else [1, 2]
    lead = min(begin - first, to_samples(2))
    before = record[rows, begin - lead - first : at - 20 - first]
    before = sosfilt(FILTER, before - before[:, :1], axis=1)[:, max(lead, 100) :]
    wave = signal.data[rows, max(0, at - 100 - shift) : end - shift]
    if phase == "S":  # only the S train counts, not the coda it rides on
        before = before[:, -to_samples(2) :]
    wave = sosfilt(FILTER, wave - wave[:, :1], axis=1)[:, -to_samples(1) :]
    ratio = np.abs(wave).max(axis=1) / np.maximum(before.std(axis=1), 1e-9)
    return float(ratio.max())


def read_station(
    seismograph: Seismograph, source: Source, excerpt: Excerpt, *, gaps: Sequence[Gap] = ()
) -> list[Pick]:
    """Return the analyst's P and S of an earthquake at a station, those that can be seen.

    A pick's error grows as the signal drowns. It is none on average: the few that are far off are
    late, the many that are near are a hair early. The weight (0 full to 3, 4 do not use) follows
    from how sure the analyst is.

    Parameters
    ----------
    seismograph : Seismograph
        The station.
    source : Source
        The earthquake.
    excerpt : Excerpt
        Its record.
    gaps : sequence of Gap, optional
        What the record lacks.

    Returns
    -------
    list of Pick
        None, one or two.
    """
    site, picks = seismograph.site, []
    rng = default_rng([seismograph.seed, READINGS, source.number, seismograph.station])
    for phase, needed, sigma, limits in (
        ("P", SEEN_P, 0.025, (0.06, 0.11, 0.18)),
        ("S", SEEN_S, 0.06, (0.11, 0.22, 0.35)),
    ):
        chance, error, late, guess = rng.random(), rng.normal(), rng.exponential(), rng.random()
        snr = signal_to_noise(excerpt, phase)
        at = to_samples(excerpt.signal.arrival_s[phase])
        lost = any(begin - 300 < at < end + 300 for begin, end in gaps)
        if lost or not snr > needed * (1 + 0.3 * chance):
            continue
        spread = sigma * (0.5 + 4 * needed / snr)
        time = excerpt.signal.onset_s[phase] + spread * (0.7 * error + 0.3 * (late - 1))
        weight = int(np.searchsorted(limits, spread))
        if phase == "P" and weight > 1 and guess > 0.97:
            time, weight = time + rng.uniform(0.4, 1.2), 4
        polarity = ""
        if phase == "P" and snr > 12 and guess < 0.9:
            polarity = "C" if excerpt.signal.up else "D"
        picks.append(
            Pick(
                station=site.code,
                phase=phase,
                time=round(time, 2),
                channel=site.band[0] + ("Z" if phase == "P" else "NE"[int(guess > 0.5)]),
                onset="I" if snr > 25 and weight == 0 else "E",
                polarity=polarity,
                weight=weight,
            )
        )
    return picks


def locate(source: Source, n_picks: int, rng: Generator) -> Source:
    """Return an earthquake as an analyst locates it: with errors.

    Parameters
    ----------
    source : Source
        The earthquake.
    n_picks : int
        Of how many picks it is.
    rng : numpy.random.Generator
        Gives the errors.

    Returns
    -------
    Source
        The located earthquake.
    """
    scale = math.sqrt(8 / max(2, n_picks))
    east, north, depth = rng.normal(0, 1, 3) * LOCATION_ERROR_KM * scale
    return replace(
        source,
        origin_s=round(source.origin_s + rng.normal(0, 0.05) * scale - 0.05 * depth, 2),
        east_km=source.east_km + east,
        north_km=source.north_km + north,
        depth_km=max(0.5, source.depth_km + depth),
        magnitude=round(source.magnitude, 1),
    )


def write_sfile(folder: Path, located: Source, picks: Sequence[Pick], waveform_file: str) -> None:
    """Write the s-file of an event, as SEISAN would name it.

    Parameters
    ----------
    folder : Path
        Where to.
    located : Source
        The earthquake as it was located.
    picks : sequence of Pick
        Its picks.
    waveform_file : str
        Name of the record they were read on.
    """
    origin_s = math.floor(round(located.origin_s * 1000) / 100) / 10  # as a line of type 1 has it
    latitude, longitude = degrees_of(located)
    event = Event(
        event_id=compact(origin_s),
        origin_time=origin_s,
        latitude=round(latitude, 3),
        longitude=round(longitude, 3),
        depth_km=round(located.depth_km, 1),
        magnitudes=[Magnitude(located.magnitude, "L", AGENCY)],
        picks=list(picks),
        agency=AGENCY,
        waveforms=[waveform_file],
    )
    fits = [_fit(located, pick) for pick in picks]
    used = [fit.residual_s for fit, pick in zip(fits, picks, strict=True) if is_usable(pick)]
    azimuths = sorted({fit.azimuth_deg for fit in fits}) or [0]
    further = [*azimuths[1:], azimuths[0] + 360]
    solution = Solution(
        rms_s=math.sqrt(sum(r * r for r in used) / max(1, len(used))),
        gap_deg=max(b - a for a, b in zip(azimuths, further, strict=True)),
        time_error_s=0.3,
        latitude_error_km=1.2,
        longitude_error_km=1.2,
        depth_error_km=2.4,
        fits=fits,
    )
    made_by = ("REG", "DEMO")
    lines = event_lines(event, solution=solution, comments=[COMMENT], made_by=made_by, decimals=2)
    write_text(folder / sfile_name(event), "\n".join([*lines, ""]))


def _fit(located: Source, pick: Pick) -> PickFit:
    [site] = (site for site in SITES if site.code == pick.station)
    distance_km, azimuth_deg = distance_azimuth(located, site)
    ray = trace(pick.phase, distance_km, depth_km=located.depth_km, elevation_m=site.elevation_m)[0]
    return PickFit(
        takeoff_deg=ray.takeoff,
        residual_s=pick.time - located.origin_s - ray.time_s,
        used=0 if pick.weight == 4 else round(10 - 2.5 * pick.weight),
        distance_km=distance_km,
        azimuth_deg=round(azimuth_deg) % 360,
    )
