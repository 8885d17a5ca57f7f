"""Instruments made for tests: their poles and zeros, their StationXML, their records."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from obspy import UTCDateTime
from obspy.core.inventory import Channel, Inventory, Network, Response, Station
from scipy.signal import bilinear, lfilter

# a geophone of 4.5 Hz, 0.6 of the critical damping; counts for a metre per second
CORNER = 2 * np.pi * 4.5
DAMPING = 0.6
POLES = CORNER * np.array([-DAMPING + 0.8j, -DAMPING - 0.8j])
COUNTS_PER_M_PER_S = 4e8  # at 20 Hz
AT_20_HZ = float(np.abs((40j * np.pi) ** 2 / np.prod(40j * np.pi - POLES)))


def geophone_counts(displacement_m: NDArray, rate_hz: float) -> NDArray:
    """Return what the geophone makes of displacement, computed in time."""
    velocity = np.gradient(displacement_m, 1 / rate_hz)
    system = [COUNTS_PER_M_PER_S / AT_20_HZ, 0, 0], [1, 2 * DAMPING * CORNER, CORNER**2]
    return lfilter(*bilinear(*system, fs=rate_hz), velocity)


def wood_anderson_mm(displacement_m: NDArray, rate_hz: float) -> NDArray:
    """Return a Wood-Anderson seismogram of displacement (2080 times, 0.8 s), computed in time."""
    corner = 2 * np.pi / 0.8
    system = [2080.0, 0, 0], [1, 1.4 * corner, corner**2]
    return lfilter(*bilinear(*system, fs=rate_hz), displacement_m) * 1000


def geophone_response() -> Response:
    """Return the geophone's response as ObsPy has it."""
    return Response.from_paz(
        zeros=[0, 0],
        poles=list(POLES),
        stage_gain=COUNTS_PER_M_PER_S,
        stage_gain_frequency=20.0,
        input_units="M/S",
        output_units="COUNTS",
        normalization_frequency=20.0,
        normalization_factor=1 / AT_20_HZ,
    )


def write_station_xml(
    path: Path,
    codes: list[str],
    channels: tuple[str, ...] = ("EHZ", "EHN", "EHE"),
    response: Response | None = None,
    until: str | None = None,
) -> Path:
    """Write StationXML of stations of the network XX, all with one response."""
    response = response or geophone_response()
    stations = [
        Station(
            code,
            latitude=64.0,
            longitude=-21.0,
            elevation=100.0,
            channels=[
                Channel(
                    channel,
                    "",
                    latitude=64.0,
                    longitude=-21.0,
                    elevation=100.0,
                    depth=0.0,
                    sample_rate=100.0,
                    start_date=UTCDateTime(2000, 1, 1),
                    end_date=UTCDateTime(until) if until else None,
                    response=response,
                )
                for channel in channels
            ],
        )
        for code in codes
    ]
    inventory = Inventory(networks=[Network("XX", stations=stations)], source="made")
    path.parent.mkdir(parents=True, exist_ok=True)
    inventory.write(str(path), format="STATIONXML")
    return path
