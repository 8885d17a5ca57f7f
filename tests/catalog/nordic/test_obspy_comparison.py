"""Our Nordic reader against ObsPy's, file by file, over the odd files ObsPy tests itself with."""

import warnings
from pathlib import Path

import obspy
import pytest
from obspy.io.nordic.core import read_nordic as obspy_read

from deepquake.catalog.events import is_usable, latest_s
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report

FOLDER = Path(obspy.__file__).parent / "io" / "nordic" / "tests" / "data"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".png")

# Picks that lie before the origin of a located event: no wave arrives before it leaves, so ObsPy
# is wrong to hand them on as arrivals; ours reports each and takes it out of use.
BEFORE_ORIGIN = {"automag.out": 28, "bad_picks.sfile": 5, "sfile_bad_covariance": 5}
# Files ObsPy can't read, and the number of events and picks that ours finds in them.
OURS_ALONE = {"Sfile_no_header": (1, 118), "Sfile_extra_header": (1, 17)}


def theirs(name: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return obspy_read(str(FOLDER / name))


def pick_key(station: str, phase: str, time: float) -> tuple[str, str, int]:
    return station, phase, round(time * 1000)


@pytest.mark.parametrize("name", FILES)
def test_same_events_and_picks_as_obspy(name: str) -> None:
    try:
        catalog = theirs(name)
    except Exception:
        catalog = None
    report = Report()
    if not catalog:
        events, picks = OURS_ALONE[name]
        ours = read_file(FOLDER / name, report)[0]
        assert (len(ours), sum(len(event.picks) for event in ours)) == (events, picks)
        return
    ours = read_file(FOLDER / name, report)[0]
    assert len(ours) == len(catalog)
    before_origin = 0
    for event, given in zip(ours, catalog, strict=True):
        origin = given.preferred_origin() or given.origins[0]
        assert event.origin_time == pytest.approx(origin.time.timestamp, abs=1e-3)
        assert event.latitude == origin.latitude
        assert event.longitude == origin.longitude
        depth = None if origin.depth is None else origin.depth / 1000
        assert event.depth_km == (depth if depth is None else pytest.approx(depth))
        assert {m.value for m in event.magnitudes} == {m.mag for m in given.magnitudes}
        expected = []
        for pick in given.picks:
            time = pick.time.timestamp
            if event.latitude is not None and time < event.origin_time - 0.1:
                before_origin += 1
                continue
            assert time <= event.origin_time + latest_s(pick.phase_hint)
            expected.append(pick_key(pick.waveform_id.station_code, pick.phase_hint, time))
        got = [
            pick_key(pick.station, pick.phase, pick.time)
            for pick in event.picks
            if is_usable(pick) or event.latitude is None or pick.time >= event.origin_time - 0.1
        ]
        assert sorted(got) == sorted(expected)
    told = [
        problem.message for problem in report.problems if "before the origin of" in str(problem)
    ]
    assert before_origin == BEFORE_ORIGIN.get(name, 0) == len(told)
    assert report.of_kind("skipped") == []


def test_weights_onsets_channels_and_codes_as_obspy() -> None:
    for name in ("select.out", "03-0345-23L.S202101", "sfile_highaccuracy"):
        for event, given in zip(read_file(FOLDER / name, Report())[0], theirs(name), strict=True):
            for pick, other in zip(event.picks, given.picks, strict=True):
                codes = other.waveform_id
                assert pick.channel == codes.channel_code.replace(" ", "")
                assert (pick.network, pick.location) == (
                    codes.network_code or "",
                    codes.location_code or "",
                )
                extra = getattr(other, "extra", {}).get("nordic_pick_weight", {"value": 0})
                assert pick.weight == int(extra["value"])
                assert pick.automatic == (other.evaluation_mode == "automatic")
                onset = {"I": "impulsive", "E": "emergent", "": None}
                assert other.onset == onset[pick.onset]
                polarity = {"positive": "C", "negative": "D"}
                assert pick.polarity == polarity.get(other.polarity, "")
