"""Which format is written, and real catalogues there and back in each."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event, is_located, is_usable, wave_of
from deepquake.catalog.reader import read_files
from deepquake.core import configuration
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.tools.bridges.formats import WRITTEN_FORMATS, format_of_name, writer_of
from deepquake.tools.convert import conversion_of
from tests.tools.bridges.conversions import onsets, read_back

ONLY_P_AND_S = {"hypodd", "phasenet", "quakeflow", "gamma", "pyocto"}
WITH_ORIGINS = {"quakeml", "seiscomp", "nordic", "json", "hypodd", "quakeflow"}
OF_ITS_SET = {
    "iceland": ("sfiles_nordicformat", "stations.csv"),
    "hengill": ("pyocto_events.csv", "pyocto_assignments.csv", "stations.csv"),
    "ridgecrest": ("pyocto_events.csv", "pyocto_assignments.csv", "stations.csv"),
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.xml", "quakeml"), ("a.b.OBS", "nonlinloc"), ("a.csv", "phasenet"), ("a", ""), ("x.y", "")],
)
def test_the_ending_tells_the_format(name: str, expected: str) -> None:
    assert format_of_name(Path(name)) == expected


@pytest.mark.parametrize("name", WRITTEN_FORMATS)
@pytest.mark.parametrize("data_set", OF_ITS_SET)
def test_real_catalogues_come_back(
    tmp_path: Path, shared_data: Path, data_set: str, name: str
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for file in OF_ITS_SET[data_set]:
        (source / file).symlink_to(shared_data / data_set / file)
    path = tmp_path / "out" / "-".join(("a", *WRITTEN_FORMATS[name][:1]))
    given = conversion_of(source, path, configuration.load({}), report=Report())
    writer_of(name)(given)
    files = [file for file in files_below(source) if file.name != "stations.csv"]
    wanted = read_files(files, Report()).events
    back = read_back(path)
    assert onsets(back) == onsets(_as_held(wanted, name))
    if name in WITH_ORIGINS:
        assert sum(map(is_located, back)) == sum(map(is_located, wanted))
        assert [e.origin_time for e in back if is_located(e)] == pytest.approx(
            sorted(e.origin_time or 0 for e in wanted if is_located(e)), abs=1e-3
        )


def _as_held(events: list[Event], name: str) -> list[Event]:
    """Return the events with the picks that a format holds."""
    if name not in ONLY_P_AND_S:
        return events
    picks = [p for event in events for p in event.picks if wave_of(p.phase) and is_usable(p)]
    return [Event("", picks=picks)]
