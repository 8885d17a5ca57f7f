"""A small data set with events of every sort, and what is found out about a data set."""

from pathlib import Path

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.core.configuration import UNET_SETTINGS, load
from deepquake.tools.check.comparison import Check, compare
from deepquake.tools.check.dataset import open_dataset
from tests.waveforms.waveform_files import START, three, write

T = START.timestamp
STATIONS = "code,latitude,longitude,elevation_m\nAAA,10.0,-67.0,100\nZZZ,10.1,-67.0,100\n"


def event(name: str, origin_s: float, *picks: Pick, located: bool = True) -> Event:
    """Return an event of magnitude 2 with those picks."""
    place = (10.2, -67.0, 5.0) if located else (None, None, None)
    return Event(name, origin_s, *place, magnitudes=[Magnitude(2.0, "L")], picks=list(picks))


def write_dataset(folder: Path) -> Path:
    """Write two minutes of two stations, five events, stations.csv and a file of no use."""
    write(folder / "mseed" / "a.mseed", *three(12000, station="AAA"))
    write(folder / "mseed" / "b.mseed", *three(12000, station="BBB"))
    events = [
        event("both", T + 20, Pick("AAA", "P", T + 25), Pick("BBB", "P", T + 26)),
        event("absent", T + 30, Pick("AAA", "P", T + 35), Pick("CCC", "P", T + 36)),
        event("early", T - 9000, Pick("AAA", "P", T - 8995)),
        event("silent", T + 60),
        event("far", T + 90000, located=False),
    ]
    (folder / "sfiles_nordicformat").mkdir()
    write_catalog_json(folder / "sfiles_nordicformat" / "catalog.json", events)
    (folder / "stations.csv").write_text(STATIONS)
    (folder / "notes.txt").write_text("nothing of use\n")
    return folder


def check_of(folder: Path, look_at: int = 100, unet: bool = False, **given: object) -> Check:
    """Return what is found out about a data set, with the settings given over those of a UNet."""
    settings = load(given, UNET_SETTINGS if unet else None)
    data = open_dataset(folder, settings.records, settings.arrivals)
    return compare(data, settings, look_at)
