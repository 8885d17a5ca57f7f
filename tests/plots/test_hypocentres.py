"""Maps with depth sections: true to scale, and where nothing but one event is."""

import numpy as np
import pytest

from deepquake.earth import geo
from deepquake.earth.stations import Station
from deepquake.plots.hypocentres import Hypocentres, draw_hypocentres
from deepquake.plots.map_drawing import Places

STATIONS = [Station("VE", "BENV", 9.96, -67.6, 666.0), Station("VE", "TURV", 10.45, -67.84, 58.0)]


def hypocentres(lat: list[float], lon: list[float], depth_km: list[float]) -> Hypocentres:
    """Return events with errors of a km."""
    one_km = np.ones(len(lat))
    places = Places("events", np.array(lat), np.array(lon))
    return Hypocentres(places, np.array(depth_km), one_km, one_km)


def test_a_kilometre_of_depth_is_as_long_as_one_of_the_map() -> None:
    group = hypocentres([10.0, 10.3], [-67.9, -67.5], [5.0, 30.0])
    figure = draw_hypocentres("deep", [group], stations=STATIONS)
    top, below, beside = figure.axes
    wide, high = figure.get_size_inches()

    def inches_per(axes: object, km: float, along: str) -> float:
        box = axes.get_position()
        return (box.width * wide if along == "x" else box.height * high) / km

    south, north = top.get_ylim()
    per_km = inches_per(top, (north - south) * geo.KM_PER_DEGREE, "y")
    assert inches_per(below, abs(np.diff(below.get_ylim())[0]), "y") == pytest.approx(per_km)
    assert inches_per(beside, np.diff(beside.get_xlim())[0], "x") == pytest.approx(per_km)
    assert below.get_xlim() == top.get_xlim() and beside.get_ylim() == top.get_ylim()
    assert below.get_ylim()[0] > below.get_ylim()[1]  # downwards


def test_events_that_the_map_does_not_reach_to_are_counted() -> None:
    near = hypocentres([10.0, 10.3], [-67.9, -67.5], [5.0, 30.0])
    far = Hypocentres(Places("poor", np.array([10.1, 14.0]), np.array([-67.7, -60.0])),
                      np.array([5.0, 5.0]), trusted=False)  # fmt: skip

    def legend(groups: list[Hypocentres]) -> list[str]:
        figure = draw_hypocentres("", groups, stations=STATIONS)
        return [text.get_text() for text in figure.legends[0].get_texts()]

    assert "1 event outside the map" in legend([near, far])
    assert not any("outside" in text for text in legend([near]))


@pytest.mark.parametrize("depth_km", [0.2, 650.0, np.nan])
def test_one_event_without_stations_can_be_drawn(depth_km: float) -> None:
    figure = draw_hypocentres("one", [hypocentres([64.0], [-179.99], [depth_km])])
    assert len(figure.axes) == 3


def test_stations_of_a_country_do_not_make_events_of_a_village_a_dot() -> None:
    far = [Station("VE", "FAR", 14.0, -60.0, 0.0), *STATIONS]
    figure = draw_hypocentres("near", [hypocentres([10.0, 10.1], [-67.6, -67.5], [1, 2])],
                              stations=far)  # fmt: skip
    assert np.diff(figure.axes[0].get_ylim())[0] < 1
