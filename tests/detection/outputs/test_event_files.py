"""The files that other programs read events from are written together."""

from dataclasses import replace
from pathlib import Path

from deepquake.catalog.reader import read_catalog
from deepquake.core import configuration
from deepquake.core.report import Report
from deepquake.detection.outputs.event_files import velocity_model_name, write_event_files
from tests.detection.test_events import located


def write(folder: Path) -> dict[str, bytes]:
    """Write an event that nobody has the records of; return what is in the folder then."""
    event = replace(located(1.4e9, 10.0), event_id="20140513165320")
    write_event_files(
        [event],
        folder,
        folder / "seisan",
        recordings=[],
        settings=configuration.load({}),
        class_names=(),
        picker="UNet",
        report=Report(),
    )
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_each_holds_the_event_and_its_picks(tmp_path: Path) -> None:
    found = write(tmp_path / "a")
    sfile = "seisan/REA/DEEPQ/2014/05/13-1653-20L.S201405"
    assert found.keys() == {"events.xml", sfile}
    for name in found:
        (event,) = read_catalog(tmp_path / "a" / name, Report())
        assert [(pick.station, pick.phase) for pick in event.picks] == [("A", "P")]
        assert event.latitude == 10.0
    assert write(tmp_path / "b") == found


def test_what_events_are_located_with_has_a_name() -> None:
    arrivals = configuration.load({}).arrivals
    assert velocity_model_name(arrivals) == "mean_velocity_18000_km_h"
    of_file = replace(arrivals, velocity_model_path="my/model.csv")
    assert velocity_model_name(of_file) == "model"
