"""The places of the stations that record, from a list that may change while they do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import edition_of
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.codes import Name, stations_as_recorded
from deepquake.earth.location.networks import tell_far_stations
from deepquake.earth.stations import Station, lists_in_use, station_of

STAY = "the places of stations that were read before stay"
IS_GONE = f"the list of stations that was there is not there any more: {STAY}"


@dataclass
class KnownPlaces:
    """The stations whose places are known, and the names of all that record."""

    waveforms: Path
    settings: ArrivalSettings
    stations: list[Station] = field(default_factory=list)
    recorded: set[Name] = field(default_factory=set)
    _lists: dict[Path, tuple[int, ...]] = field(default_factory=dict)

    def renew(self, recorded: Mapping[Name, object], report: Report) -> bool:
        """Read the list again where it has changed, or stations have come; tell if places have.

        Parameters
        ----------
        recorded : mapping of (str, str) to object
            The network and code of each station that records now.
        report : Report
            Is told what is odd in the list. One that cannot be read changes nothing.
        """
        lists = {path: _edition(path) for path in lists_in_use(self.waveforms, self.settings)}
        if recorded.keys() <= self.recorded and lists == self._lists:
            return False
        self.recorded |= recorded.keys()
        self._lists = lists
        try:
            stations = stations_as_recorded(
                self.waveforms, self.settings, {}, recorded=self.recorded, report=report
            )
        except DeepQuakeError as error:
            place = next(iter(lists), self.waveforms)
            what = str(error).removeprefix(str(place)).lstrip(":, ")
            report.note(place, f"{what} ({STAY})" if self.stations else what)
            return False
        if self.stations and not stations:
            report.note(self.waveforms, IS_GONE)
            return False
        tell_far_stations(stations, recorded, report, path=self.waveforms)
        before, self.stations = self.stations, stations
        return stations != before

    def network(self, time_s: float) -> list[Station]:
        """Return the stations that record, of those whose places are known, as they stand then."""
        placed = (station_of(self.stations, *name, time_s=time_s) for name in self.recorded)
        return sorted(
            {station for station in placed if station is not None},
            key=lambda s: (s.network, s.code, s.start_s),
        )


def _edition(path: Path) -> tuple[int, ...]:
    try:
        return edition_of(path.stat())
    except OSError:
        return ()
