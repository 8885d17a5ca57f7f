"""Which server, and which of its stations and channels, as users of SeedLink write it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from deepquake.core.errors import DeepQuakeError

DEFAULT_PORT = 18000
LAST_PORT = 65535
PREFIX = "seedlink://"
EVERY_CHANNEL = "???.D"  # all that is waveforms, no log
HOST_AND_PORT = re.compile(r"([A-Za-z0-9._\-]+)(?::(\d{1,5}))?")
STATION_ASKED = re.compile(r"([A-Z0-9*?]{1,8})[_.]([A-Z0-9*?]{1,8})")
SELECTOR = re.compile(r"!?[A-Z0-9?\-]{0,5}(\.[DECOTL])?")
EXAMPLE_STATIONS = "such as 'CH_DAVOX,CH_S*:HH? BHZ'"


@dataclass(frozen=True)
class StationRequest:
    """Stations that are wanted, and which of their channels; of codes with * and ? every match."""

    network: str
    station: str
    selectors: tuple[str, ...] = ()  # none: every channel

    @property
    def name(self) -> str:
        """The station's name, as SeedLink has it."""
        return f"{self.network}_{self.station}"

    @property
    def is_pattern(self) -> bool:
        """Whether more than one station may be meant."""
        return any(letter in self.name for letter in "*?")


def parse_server(text: str) -> tuple[str, int]:
    """Return host and port of a server, written HOST:PORT; ValueError where it is none."""
    match = HOST_AND_PORT.fullmatch(text.strip().removeprefix(PREFIX).rstrip("/"))
    if match is None or int(match[2] or DEFAULT_PORT) not in range(1, LAST_PORT + 1):
        raise ValueError(f"takes HOST:PORT, such as geofon.gfz.de:{DEFAULT_PORT}, not '{text}'")
    return match[1], int(match[2] or DEFAULT_PORT)


def parse_stations(text: str) -> tuple[StationRequest, ...]:
    """Return the stations of a list NET_STA:SELECTORS,... (also NET.STA); ValueError if it is none.

    Without selectors every channel is meant. An empty list is the one station of a server that has
    no more, whatever its name.
    """
    found: dict[str, StationRequest] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, told = part.partition(":")
        match = STATION_ASKED.fullmatch(name.strip().upper())
        if match is None:
            raise ValueError(f"takes stations {EXAMPLE_STATIONS}, not '{part}'")
        selectors = told.upper().split()
        wrong = next((word for word in selectors if not SELECTOR.fullmatch(word)), None)
        if wrong is not None:
            raise ValueError(
                f"takes selectors such as HH?, 00BHZ or HHZ.D behind a station, not '{wrong}'"
            )
        station = StationRequest(match[1], match[2], tuple(selectors))
        before = found.get(station.name, StationRequest(match[1], match[2]))
        chosen = tuple(dict.fromkeys((*before.selectors, *selectors)))
        if station.name in found and not (before.selectors and selectors):
            chosen = ()
        found[station.name] = StationRequest(match[1], match[2], chosen)
    return tuple(found.values())


def resolve(
    wanted: Iterable[StationRequest], has: Iterable[tuple[str, str]], server: str
) -> list[StationRequest]:
    """Return the stations of a server that are wanted, each once, without any pattern.

    Parameters
    ----------
    wanted : iterable of StationRequest
        What is asked for; of several that fit a station the first holds, one that names it before
        all patterns.
    has : iterable of (str, str)
        Network and station codes of what the server has; is read only where there are patterns.
    server : str
        Its name, for messages.

    Raises
    ------
    DeepQuakeError
        Where nothing of the server fits a pattern.
    """
    wanted = list(wanted)
    found = {station.name: station for station in wanted if not station.is_pattern}
    patterns = [station for station in wanted if station.is_pattern]
    has = sorted(set(has)) if patterns else []
    for pattern in patterns:
        fitting = [
            StationRequest(network, station, pattern.selectors)
            for network, station in has
            if fnmatchcase(network, pattern.network) and fnmatchcase(station, pattern.station)
        ]
        if not fitting:
            some = ", ".join(f"{network}_{station}" for network, station in has[:5])
            raise DeepQuakeError(
                f"{server}: has no station {pattern.name}; it has {some or 'none at all'}"
                f"{f' and {len(has) - 5} more' if len(has) > 5 else ''}"
            )
        for station in fitting:
            found.setdefault(station.name, station)
    return list(found.values())
