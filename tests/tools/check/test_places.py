"""Where to look for onsets: at the largest events of parts of a catalogue, where P comes first."""

from pathlib import Path

import numpy as np

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Magnitude, Pick
from deepquake.earth.checks.readings import Mask
from deepquake.earth.geo import Floats
from deepquake.tools.check.comparison import Check
from deepquake.tools.check.places import OnsetRange, choose_places, vertical_of
from tests.tools.check.made_checks import T, check_of, event
from tests.waveforms.waveform_files import START, three, write

N_EVENTS = 30


def anywhere(spans_s: Floats, times_s: Floats) -> Mask:
    return np.isfinite(times_s) & bool(len(spans_s))


def checked(folder: Path) -> Check:
    """Return what is found of thirty events at three stations, each third event the largest."""
    for code in ("AAA", "BBB", "CCC"):
        write(folder / f"{code}.mseed", *three(6000, station=code, start=START))
    events = []
    for number in range(N_EVENTS):
        origin_s = T + 1000.0 * number
        picks = [
            Pick(code, "P", origin_s + 4 + late_s, network="XX")
            for late_s, code in enumerate(("CCC", "AAA", "BBB"))
        ]
        events.append(event(f"e{number}", origin_s, *picks, located=False))
        events[-1].magnitudes = [Magnitude(3.0 if number % 3 == 1 else 1.0)]
    write_catalog_json(folder / "catalog.json", events)
    return check_of(folder, look_at=0)


def times_of(places: list[OnsetRange]) -> list[float]:
    return [(place.earliest_s + place.latest_s) / 2 - T for place in places]


def test_places_are_few_large_and_near(tmp_path: Path) -> None:
    check = checked(tmp_path)
    places = choose_places(check, 10, anywhere)
    assert {place.station.name for place in places} == {"XX.CCC"}
    assert np.allclose(times_of(places), [1004.0 + 3000 * k for k in range(10)])
    every = choose_places(check, 1000, anywhere)
    assert len(every) == 2 * N_EVENTS
    assert [place.station.name for place in every[:2]] == ["XX.CCC", "XX.AAA"]
    assert choose_places(check, 5, anywhere) == []


def test_nothing_is_chosen_where_nothing_was_recorded(tmp_path: Path) -> None:
    def nowhere(spans_s: Floats, times_s: Floats) -> Mask:
        return ~anywhere(spans_s, times_s)

    assert choose_places(checked(tmp_path), 1000, nowhere) == []


def test_the_vertical_is_taken_alone(tmp_path: Path) -> None:
    write(tmp_path / "a.mseed", *three(6000, station="AAA"))
    vertical, row = vertical_of(check_of(tmp_path, look_at=0).data.recordings[0])
    assert list(vertical.pieces) == ["Z"] and row == 0
