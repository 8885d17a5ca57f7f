"""Travel times through one velocity and through models, and what is not a model."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.travel_times import (
    MeanVelocity,
    Model,
    ModelTravelTime,
    choose_s_travel_time,
    choose_travel_time,
    first_arrivals,
    ray_through,
    read_model,
    thickness_km,
)


def test_one_velocity_is_a_straight_ray() -> None:
    assert MeanVelocity(18000.0)(24.0, 9.0, 1000.0) == pytest.approx(26.0 / 5)


def test_a_model_is_taken_where_one_is_given(tmp_path: Path) -> None:
    path = tmp_path / "model.csv"
    path.write_text("top,vp\n0,6.0\n")
    chosen = choose_travel_time(ArrivalSettings(velocity_model_path=str(path)))
    assert chosen == ModelTravelTime(Model((0.0,), (6.0,)))
    assert choose_travel_time(ArrivalSettings(mean_velocity=19000.0)) == MeanVelocity(19000.0)


def test_layers_between_two_depths_have_their_thickness() -> None:
    top_km = np.array([-1.0, 2.0, 10.0])
    assert thickness_km(top_km, -0.5, 12.0).tolist() == [2.5, 8.0, 2.0]
    assert thickness_km(top_km, 3.0, 4.0).tolist() == [0.0, 1.0, 0.0]


def test_a_ray_obeys_snell() -> None:
    height_km, velocity_km_s = np.array([3.0, 4.0]), np.array([4.0, 5.0])
    distance_km, time_s, path_km = ray_through(height_km, velocity_km_s, 0.12)
    sine = np.array([0.48, 0.6])
    assert path_km == pytest.approx(height_km / np.sqrt(1 - sine**2))
    assert distance_km == pytest.approx(path_km * sine)
    assert time_s == pytest.approx(path_km / velocity_km_s)


def test_times_in_one_layer_are_straight_lines(tmp_path: Path) -> None:
    path = tmp_path / "model.csv"
    path.write_text("top,vp\n0,6.0\n")
    travel_time = ModelTravelTime(read_model(path))
    distance, depth = np.meshgrid([0.0, 0.5, 3.3, 47.0, 333.0], [0.0, 0.1, 7.7, 33.3])
    expected = np.hypot(distance, depth + 0.5) / 6
    assert np.allclose(travel_time(distance, depth, 500.0), expected, atol=1e-3)


def test_times_over_two_layers_are_those_of_the_textbook(tmp_path: Path) -> None:
    path = tmp_path / "model.csv"
    path.write_text("top,vp,vs\n-1,5.0,3\n30,8.0,4.5\n")
    model = read_model(path)
    assert model == Model((-1.0, 30.0), (5.0, 8.0))
    distance = np.array([0.0, 50, 100, 150, 200, 400])
    sine = 5 / 8
    legs = (30 + 20) * np.sqrt(1 - sine**2) / 5  # source at 10 km, station at sea level
    expected = np.minimum(np.hypot(distance, 10) / 5, distance / 8 + legs)
    expected[distance < 50 * sine / np.sqrt(1 - sine**2)] = np.inf
    expected = np.minimum(expected, np.hypot(distance, 10) / 5)
    assert np.allclose(first_arrivals(model, distance, 10.0, 0.0), expected, atol=1e-4)
    # from below the interface to the surface, straight up
    assert first_arrivals(model, np.zeros(1), 38.0, 0.0) == pytest.approx(30 / 5 + 8 / 8)
    # the table in between
    table = ModelTravelTime(read_model(path))(distance, np.full(6, 10.0), 0.0)
    assert np.allclose(table, expected, atol=0.05)


def test_times_through_a_gradient_are_those_of_the_textbook(tmp_path: Path) -> None:
    path = tmp_path / "model.csv"
    path.write_text("depth,vp\n0,5.0\n40,9.0\n")
    gradient = 0.1  # per second
    distance = np.array([5.0, 20, 60, 120])
    # both ends at the surface: T = 2/g asinh(g X / 2 v0) (Lay and Wallace, section 3.2)
    expected = 2 / gradient * np.arcsinh(gradient * distance / 2 / 5.0)
    assert np.allclose(
        ModelTravelTime(read_model(path))(distance, np.zeros(4), 0.0), expected, atol=0.03
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1"),
        ("depth,vs\n0,3\n", "line 1"),
        ("depth,vp\n", "no velocities"),
        ("depth,vp\n0,x\n", "line 2"),
        ("depth,vp\n0,5\n10,6000\n", "line 3"),
        ("depth,vp\n10,5\n0,6\n", "line 3"),
    ],
)
def test_what_is_no_model_is_an_error_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "model.csv"
    path.write_text(text)
    with pytest.raises(DeepQuakeError, match=words):
        read_model(path)


def test_s_has_the_column_vs_or_the_ratio(tmp_path: Path) -> None:
    path = tmp_path / "model.csv"
    path.write_text("top,vp,vs\n0,5.0,2.8\n10,6.0,\n")
    assert read_model(path, s_ratio=1.5) == Model((0.0, 10.0), (2.8, 4.0))
    assert read_model(path) == Model((0.0, 10.0), (5.0, 6.0))
    settings = ArrivalSettings(velocity_model_path=str(path))
    assert choose_s_travel_time(settings, 1.5) == ModelTravelTime(read_model(path, s_ratio=1.5))
    assert choose_s_travel_time(ArrivalSettings(), 2.0) == MeanVelocity(9000.0)


@pytest.mark.parametrize("vs", ["fast", "0", "5.2", "nan"])
def test_a_velocity_of_s_is_less_than_that_of_p(tmp_path: Path, vs: str) -> None:
    path = tmp_path / "model.csv"
    path.write_text(f"top,vp,vs\n0,5.0,{vs}\n")
    with pytest.raises(DeepQuakeError, match=f"line 2: vs of {vs} is not a velocity of S"):
        read_model(path, s_ratio=1.73)
