"""The channels that arrivals are read on, by the sensors that recorded."""

from collections.abc import Iterable, Mapping

from deepquake.detection.stations import Detection
from deepquake.waveforms.recording import Recording

READ_ON = {"P": "ZNE", "S": "NEZ"}  # components, the one on which a phase is seen best first

# by network, station, location, band and instrument code: the channel of each component
SensorChannels = Mapping[tuple[str, str, str, str], Mapping[str, str]]


def channels_by_sensor(recordings: Iterable[Recording]) -> SensorChannels:
    """Return the channel codes by component of each network, station, location and sensor.

    Where a pick tells neither location nor sensor, they are those of the station's first record.
    """
    channels: dict[tuple[str, str, str, str], Mapping[str, str]] = {}
    for recording in recordings:
        place = recording.network, recording.station
        channels[*place, recording.location, recording.sensor] = recording.channels
        channels.setdefault((*place, "", ""), recording.channels)
    return channels


def channel_read_on(arrival: Detection, channels: SensorChannels) -> str:
    """Return the channel that an analyst reads the phase on: P the vertical, S a horizontal.

    Parameters
    ----------
    arrival : Detection
        Its ``channel`` is the code of a sensor, or of a channel.
    channels : mapping
        The codes of the records, by ``channels_by_sensor``.
    """
    sensor = arrival.network, arrival.station, arrival.location, arrival.channel
    told = first_code(channels.get(sensor, {}), arrival.phase)
    is_sensor = 0 < len(arrival.channel) < 3  # of those who tell it, the components are not known
    return told or arrival.channel + READ_ON[arrival.phase][0] * is_sensor


def first_code(codes: Mapping[str, str], phase: str) -> str:
    """Return the code of the component that shows a phase best; empty without any.

    Parameters
    ----------
    codes : mapping
        The channels by component.
    phase : str
        P or S.
    """
    return next((codes[component] for component in READ_ON[phase] if component in codes), "")
