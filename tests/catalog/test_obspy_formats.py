"""To ObsPy's catalogues and back, through every format that it writes."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Pick
from deepquake.catalog.obspy_formats import to_obspy
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from tests.made_data import network_events


@pytest.mark.parametrize("format_name", ["QUAKEML", "SCML", "NORDIC", "ZMAP"])
def test_what_obspy_writes(tmp_path: Path, format_name: str) -> None:
    events = network_events(2)
    catalog = to_obspy(events)
    for event in catalog:
        event.magnitudes[0].magnitude_type = "ML"
    path = tmp_path / "catalog"
    catalog.write(str(path), format=format_name)
    got, _ = read_file(path, Report())
    assert len(got) == 2
    for event, wanted in zip(got, events, strict=True):
        assert event.origin_time == pytest.approx(wanted.origin_time, abs=1e-3)
        assert event.latitude == pytest.approx(wanted.latitude, abs=1e-3)
        assert event.depth_km == pytest.approx(wanted.depth_km, abs=1e-3)
        if format_name != "ZMAP":
            assert [(p.station, p.phase) for p in event.picks] == [
                (p.station, p.phase) for p in wanted.picks
            ]


def test_quakeml_keeps_codes_weights_and_ids(tmp_path: Path) -> None:
    event = network_events(1)[0]
    event.picks = [
        Pick(
            "BER", "Pn", event.origin_time + 9, "NS", "00", "HHZ", "I", "C", 0, True, in_origin=True
        ),
        Pick("BER", "S", event.origin_time + 15, "NS", "00", "HHN", "E", "", 4),
        Pick(
            "ASK",
            "P",
            event.origin_time + 11,
            "NS",
            "",
            "HHZ",
            weight=3,
            in_origin=True,
            residual_s=-0.25,
        ),
        Pick("BLS", "P", event.origin_time + 12, "NS", "", "HHZ", weight=9, in_origin=True),
    ]
    event.kind, event.depth_fixed = "probable explosion", True
    path = tmp_path / "q.xml"
    to_obspy([event]).write(str(path), format="QUAKEML")
    first = path.read_bytes()
    to_obspy([event]).write(str(path), format="QUAKEML")
    assert path.read_bytes() == first
    (got,), _ = read_file(path, Report())
    assert got.picks == event.picks
    assert (got.event_id, got.kind, got.depth_fixed) == (event.event_id, "probable explosion", True)
