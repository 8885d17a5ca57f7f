"""A located event of a few stations, with a magnitude, as an association makes it."""

from dataclasses import replace

from deepquake.detection.association.event import DetectedEvent, LocalMagnitude, StationMagnitude
from deepquake.detection.stations import Detection
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre

ORIGIN_S = 1546138870.25  # 2018-12-30 03:01:10.25
EVENT_ID = "20181230030110"


def arrival(station: str, phase: str, time_s: float, **changes: object) -> Detection:
    """Return an arrival with a score of 0.875 and a region, at a station of the network 2C."""
    made = Detection(
        network="2C",
        station=station,
        start_s=time_s,
        end_s=time_s + 2.0,
        probability=0.875,
        cluster_id=1,
        n_windows=0,
        region_probabilities=(0.25, 0.75),
        time_s=time_s,
        phase=phase,
        uncertainty_s=0.04,
        location="00",
        channel="HH",
    )
    return replace(made, **changes)


def located_event() -> DetectedEvent:
    """Return an event of three stations with P and S, located and measured."""
    arrivals, fits, measured = [], [], []
    for number, station in enumerate(("LSKA", "MEDO", "SVIN")):
        distance_km = 4.0 + 5 * number
        for phase, speed_km_s in (("P", 5.0), ("S", 2.9)):
            time_s = ORIGIN_S + distance_km / speed_km_s
            arrivals.append(arrival(station, phase, time_s))
            fits.append(
                ArrivalFit(
                    residual_s=0.01 * number,
                    distance_km=distance_km,
                    azimuth_deg=120.0 * number,
                    takeoff_deg=100.0,
                    weight=1.0,
                )
            )
        measured.append(
            StationMagnitude(
                network="2C",
                station=station,
                value=0.8 + 0.1 * number,
                amplitude_nm=150.0,
                period_s=0.25,
                time_s=ORIGIN_S + distance_km / 2.9 + 0.3,
                distance_km=distance_km,
                location="00",
                channel="HHE",
            )
        )
    order = sorted(range(len(arrivals)), key=lambda k: arrivals[k].time_s)
    return DetectedEvent(
        arrivals=tuple(arrivals[k] for k in order),
        event_id=EVENT_ID,
        origin=Hypocentre(
            time_s=ORIGIN_S,
            latitude=64.05,
            longitude=-21.35,
            depth_km=4.2,
            time_error_s=0.05,
            horizontal_error_km=0.4,
            depth_error_km=0.7,
            rms_s=0.06,
            gap_deg=150.0,
            n_picks=6,
            n_stations=3,
        ),
        fits=tuple(fits[k] for k in order),
        magnitude=LocalMagnitude(value=0.9, spread=0.1, stations=tuple(measured)),
        place_region=1,
    )
