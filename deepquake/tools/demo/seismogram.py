"""Ground velocity of one earthquake at one station, in counts: direct and head waves, and coda.

Aki & Richards below is Quantitative Seismology, 2nd edition (2002).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import fft

from deepquake.tools.demo.network import LAYERS, RATE_HZ, Site, Source, distance_azimuth, to_samples
from deepquake.tools.demo.rays import Ray, trace

N_SAMPLES = 16384
LEAD_S = 2.0  # silence kept before the origin time
LOG_MOMENT_AT_ML0 = 10.25
STRESS_DROP_PA = 3e6
HEAD_WAVE = 0.35  # of a direct wave's amplitude: gradients make head waves larger than theory
SURFACE_KM_S = (2.6, 1.3)  # Vp, Vs of the uppermost metres: waves arrive steeply
PATTERN_SCATTER = 0.12  # departure from the pure double couple, as short waves show it
UNSCATTERED = 0.55  # of a direct wave's amplitude; the rest has gone into its wave train and coda
ECHO_S = 15.0
SCATTERING_PER_KM = {"P": 0.05, "S": 0.04}  # g0: strong scattering, so that coda is as in records
CODA_Q = 140.0  # Qc = CODA_Q f^0.7, middle of what is published for crust with active faults
CODA_Q_POWER = 0.7
CODA_BANDS_HZ = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 45.0)
CODA_SHARES = {"P": (0.44, 0.28, 0.28), "S": (0.24, 0.38, 0.38)}  # of the power on Z, N, E
END_TAPER_S = 15.0
ONSET_SHARE = 0.03  # of a phase's peak in its first half second: seen in good records
ONSET_REACH_S = (-0.1, 0.5)  # around the ray's arrival
FREQUENCY_HZ = fft.rfftfreq(N_SAMPLES, 1 / RATE_HZ)


@dataclass(frozen=True)
class Signal:
    """An earthquake as one station records it without noise.

    data: float64 (3, n) counts, rows Z N E; start_s: time of the first sample, s since 1970 UTC;
    arrival_s: when the first ray of P and of S arrives, by phase; onset_s: when P (on the vertical)
    and S (on a horizontal) begin in the samples, which is what a perfect analyst would read: a
    hair before the ray, as of any pulse of limited bandwidth, and later where the first ray is too
    weak to be seen; up: the first motion of P is upwards.
    """

    data: np.ndarray
    start_s: float
    arrival_s: Mapping[str, float]
    onset_s: Mapping[str, float]
    up: bool


def seismic_moment(magnitude: float) -> float:
    """Return the seismic moment in N m of a local magnitude: log10 M0 = ML + 10.25.

    The slope is that of theory and observation below ML 4 (Deichmann, 2017, BSSA 107). The constant
    is such that Wood-Anderson amplitudes of these seismograms give back ML by the scale of
    Hutton & Boore (1987, BSSA 77).
    """
    return 10 ** (magnitude + LOG_MOMENT_AT_ML0)


def corner_hz(magnitude: float, phase: str, vs_km_s: float) -> float:
    """Return the corner frequency of a Brune (1970) source; that of P is 1.5 times S's.

    Parameters
    ----------
    magnitude : float
        Local magnitude.
    phase : str
        'P' or 'S'.
    vs_km_s : float
        Velocity of S at the source.

    Returns
    -------
    float
        Hz.
    """
    radius_m = (7 / 16 * seismic_moment(magnitude) / STRESS_DROP_PA) ** (1 / 3)
    corner = 2.34 * vs_km_s * 1000 / (2 * math.pi * radius_m)
    return corner * (1.5 if phase == "P" else 1.0)


def radiation(source: Source, azimuth: float, takeoff: float) -> np.ndarray:
    """Return the double couple's P, SV and SH factors (Aki & Richards, eq. 4.84 to 4.91).

    Parameters
    ----------
    source : Source
        Its mechanism.
    azimuth, takeoff : float
        Direction of the ray: degrees clockwise from north, and from straight down.

    Returns
    -------
    ndarray (3)
        The three factors, from -1 to 1.
    """
    dip, rake, i = (math.radians(angle) for angle in (source.dip, source.rake, takeoff))
    phi = math.radians(azimuth - source.strike)
    sin, cos = math.sin, math.cos
    # along the strike, to the right of it, down
    slip = np.array([cos(rake), -cos(dip) * sin(rake), -sin(dip) * sin(rake)])
    normal = np.array([0.0, sin(dip), -cos(dip)])
    p = np.array([sin(i) * cos(phi), sin(i) * sin(phi), cos(i)])
    sv = np.array([cos(i) * cos(phi), cos(i) * sin(phi), -sin(i)])
    sh = np.array([-sin(phi), cos(phi), 0.0])
    return np.array([(p @ normal) * (x @ slip) + (p @ slip) * (x @ normal) for x in (p, sv, sh)])


def free_surface(phase: str, slowness: float) -> tuple[float, float]:
    """Return vertical (up) and radial surface motion of a P or SV wave of amplitude 1 from below.

    Aki & Richards, section 5.2.5, for the weathered rock below a station. SV counts as positive
    when its radial motion points away from the source.

    Parameters
    ----------
    phase : str
        'P' or 'S'.
    slowness : float
        Horizontal slowness of the ray, s/km.

    Returns
    -------
    tuple of float
        Vertical and radial motion.
    """
    vp, vs = SURFACE_KM_S
    eta_p = math.sqrt(1 / vp**2 - slowness**2)
    eta_s = math.sqrt(1 / vs**2 - slowness**2)
    bend = 1 / vs**2 - 2 * slowness**2
    below = bend**2 + 4 * slowness**2 * eta_p * eta_s
    if phase == "P":
        scale = 2 * vp / vs**2 / below
        return scale * eta_p * bend, scale * 2 * slowness * eta_p * eta_s
    scale = 2 / vs / below
    return -scale * 2 * slowness * eta_p * eta_s, scale * eta_s * bend


def synthesize(source: Source, site: Site, rng: Generator) -> Signal:
    """Return what a station records of an earthquake, from LEAD_S before the origin on.

    Parameters
    ----------
    source : Source
        The earthquake.
    site : Site
        The station.
    rng : numpy.random.Generator
        Gives the pulses' echoes, the coda and the small departures from the double couple.

    Returns
    -------
    Signal
        The record without noise.
    """
    distance, azimuth = distance_azimuth(source, site)
    spectrum = np.zeros((3, FREQUENCY_HZ.size), complex)
    arrival_s, onset_s, power, up = {}, {}, [], True
    start_s = source.origin_s - LEAD_S
    for phase in "PS":
        arrivals = trace(phase, distance, depth_km=source.depth_km, elevation_m=site.elevation_m)
        arrival_s[phase] = source.origin_s + arrivals[0].time_s
        scatter = rng.normal(0, PATTERN_SCATTER, 3)
        before = spectrum.copy()
        for ray in arrivals:
            factors = radiation(source, azimuth, ray.takeoff) + scatter
            motion = _motion(ray, factors, azimuth)
            pulse = _pulse(ray, source, site)
            spectrum += pulse * _echoes(ray, motion, distance, rng=rng)
            if ray is arrivals[0] and phase == "P":
                up = bool(motion[0] > 0)
            if not ray.head:
                power.append((phase, ray, pulse))
        rows = slice(1) if phase == "P" else slice(1, 3)
        waves = fft.irfft((spectrum - before)[rows], N_SAMPLES, axis=1)
        onset_s[phase] = start_s + _wave_onset(waves, LEAD_S + arrivals[0].time_s)
    data = fft.irfft(spectrum, N_SAMPLES, axis=1) * RATE_HZ
    data += _coda(power, rng)
    n_taper = to_samples(END_TAPER_S)
    data[:, -n_taper:] *= np.cos(np.linspace(0, math.pi / 2, n_taper)) ** 2
    return Signal(data, start_s=start_s, arrival_s=arrival_s, onset_s=onset_s, up=up)


def _wave_onset(waves: np.ndarray, arrival_s: float) -> float:
    """Return when waves (k, n) begin: seconds after their first sample."""
    begin, end = (to_samples(arrival_s + reach_s) for reach_s in ONSET_REACH_S)
    size = np.abs(waves[:, begin:end]).max(axis=0)
    return (begin + int(np.argmax(size > ONSET_SHARE * size.max()))) / RATE_HZ


def _motion(ray: Ray, factors: np.ndarray, azimuth: float) -> np.ndarray:
    """Return the Z, N, E amplitudes at the surface of a source's P, SV and SH factors."""
    p, sv, sh = factors
    vertical, radial = free_surface(ray.phase, ray.slowness)
    if ray.phase == "P":
        z, r, t = p * vertical, p * radial, 0.0
    else:
        # upgoing SV of the radiation pattern points back to the source, downgoing away from it
        sense = -1.0 if ray.takeoff > 90 else 1.0
        z, r, t = sense * sv * vertical, sense * sv * radial, 2.0 * sh
    a = math.radians(azimuth)
    motion = np.array([z, r * math.cos(a) - t * math.sin(a), r * math.sin(a) + t * math.cos(a)])
    return motion * (HEAD_WAVE if ray.head else 1.0) * UNSCATTERED


def _pulse(ray: Ray, source: Source, site: Site) -> np.ndarray:
    """Return the velocity spectrum in counts/Hz of a ray for radiation and surface factors of 1.

    Far field in a layered medium (Aki & Richards, eq. 4.96, with the length of the path for the
    spreading), a Brune pulse, constant Q with the dispersion that keeps it causal (Azimi's law),
    the site and the instrument.
    """
    here = [layer for layer in LAYERS if layer.top_km <= source.depth_km][-1]
    top = LAYERS[0]
    v_here, v_top = (here.vp, top.vp) if ray.phase == "P" else (here.vs, top.vs)
    medium = 4 * math.pi * math.sqrt(here.density * top.density)
    medium = medium * (v_here * 1000) ** 2.5 * (v_top * 1000) ** 0.5
    scale = seismic_moment(source.magnitude) / (medium * ray.path_km * 1000)
    corner = corner_hz(source.magnitude, ray.phase, here.vs)
    attenuation = ray.attenuation_s + source.attenuation_s
    attenuation += site.kappa_s * (0.6 if ray.phase == "P" else 1.0)
    nyquist = RATE_HZ / 2
    positive = np.maximum(FREQUENCY_HZ, FREQUENCY_HZ[1])
    delay = 2 * positive * attenuation * np.log(positive / nyquist)
    amplitude = scale * site.amplification * site.gain * np.exp(-math.pi * positive * attenuation)
    brune = 1 / (1 + 1j * FREQUENCY_HZ / corner) ** 2
    velocity = 2j * math.pi * FREQUENCY_HZ
    return amplitude * np.exp(1j * delay) * brune * velocity * instrument(FREQUENCY_HZ, site)


def instrument(frequency: np.ndarray, site: Site) -> np.ndarray:
    """Return the complex response to ground velocity, 1 where flat.

    A short-period seismometer is a second-order high-pass of damping 0.7; the digitizer's
    anti-alias filter falls from 0.8 to 0.98 of the Nyquist frequency.

    Parameters
    ----------
    frequency : ndarray (n)
        Frequencies in Hz.
    site : Site
        The station, whose instrument it is.

    Returns
    -------
    ndarray of complex (n)
        The response.
    """
    edge = (frequency / (RATE_HZ / 2) - 0.8) / 0.18
    response = np.cos(np.clip(edge, 0, 1) * math.pi / 2) ** 2 + 0j
    if site.corner_hz:
        f, f0 = frequency, site.corner_hz
        response *= -(f**2) / (f0**2 - f**2 + 2j * 0.7 * f0 * f)
    return response


def _echoes(ray: Ray, motion: np.ndarray, distance_km: float, *, rng: Generator) -> np.ndarray:
    """Return the (3, n) transfer of an arrival and of the wave train that follows it closely.

    Layers under the station and heterogeneity on the way spread a pulse over a time that grows
    with distance (envelope broadening), while the polarization wanders.
    """
    size = np.abs(motion)
    mean = math.sqrt(np.sum(size**2) / 3)
    time = np.arange(to_samples(ECHO_S)) / RATE_HZ
    spread = 0.4 + 0.03 * distance_km
    envelope = np.exp(-time / spread)
    energy = 6.0 + distance_km / 6
    envelope = np.sqrt(energy * envelope / envelope.sum())
    common, apart = rng.standard_normal(time.size), rng.standard_normal((3, time.size))
    train = np.array(envelope * (0.6 * size[:, None] * common + 0.8 * mean * apart))
    train = fft.rfft(train, N_SAMPLES, axis=1) + motion[:, None]
    return train * np.exp(-2j * math.pi * FREQUENCY_HZ * (LEAD_S + ray.time_s))


def _coda(power: list[tuple[str, Ray, np.ndarray]], rng: Generator) -> np.ndarray:
    """Return (3, n) scattered waves: noise, band by band, under the envelope of radiative transfer.

    In each band the envelope of P and S coda together follows from the energy of the direct wave
    there (averaged over directions), g0 and Qc.
    """
    white = fft.rfft(rng.standard_normal((3, N_SAMPLES)), axis=1)
    time = np.arange(N_SAMPLES) / RATE_HZ - LEAD_S
    step = FREQUENCY_HZ[1]
    coda = np.zeros((3, N_SAMPLES))
    log_f = np.log2(np.maximum(FREQUENCY_HZ, step))
    edges = np.log2(CODA_BANDS_HZ)
    densities = [_scattered(time, ray, SCATTERING_PER_KM[phase]) for phase, ray, _ in power]
    for low, high in zip(edges, edges[1:], strict=False):
        # half-octave skirts; the shape inside the band is that of the pulse
        skirt = np.clip((log_f - low) / 0.5 + 0.5, 0, 1) * np.clip((high - log_f) / 0.5 + 0.5, 0, 1)
        centre = 2 ** ((low + high) / 2)
        decay = 2 * math.pi * centre / (CODA_Q * centre**CODA_Q_POWER)
        envelope = np.zeros((3, N_SAMPLES))
        shape = np.zeros(FREQUENCY_HZ.size)
        for (phase, ray, pulse), density in zip(power, densities, strict=True):
            shape = np.abs(pulse) * skirt  # S comes last and is the larger
            mean_square = 4 * (0.52**2 if phase == "P" else 0.63**2)  # surface x mean radiation
            energy = 2 * mean_square * np.sum(shape**2) * step
            flux = energy * density * np.exp(-decay * np.maximum(0, time - ray.time_s))
            envelope += np.array(CODA_SHARES[phase])[:, None] * flux
        rms = math.sqrt(2 * np.sum(shape**2) / N_SAMPLES)
        if rms > 0:
            coda += fft.irfft(white * (shape / rms), N_SAMPLES, axis=1) * np.sqrt(envelope)
    return coda


def _scattered(time: np.ndarray, ray: Ray, g0: float) -> np.ndarray:
    """Return the scattered energy per second as a share of the direct wave's energy.

    Isotropic scattering in three dimensions, approximate solution of the equation of radiative
    transfer (Paasschens, 1997, Phys. Rev. E 56, 1135).
    """
    velocity = ray.path_km / ray.time_s
    late = time > ray.time_s + 0.05
    t = np.where(late, time, ray.time_s + 0.05)
    inside = 1 - (ray.time_s / t) ** 2
    x = g0 * velocity * t
    y = x * inside**0.75
    diffusion = inside**0.125 * (4 * math.pi * velocity * t / (3 * g0)) ** -1.5
    density = diffusion * np.exp(y - x) * np.sqrt(1 + 2.026 / y)
    direct = 1 / (4 * math.pi * ray.path_km**2 * velocity)
    return np.where(late, density / direct, 0.0)
