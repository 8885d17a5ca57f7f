"""The settings as they are declared, and copies with other values."""

from typing import get_type_hints

import pytest

from deepquake.core import configuration
from deepquake.core.configuration import load
from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import DECLARED, Settings, window_samples


def test_every_default_is_a_value_of_its_setting() -> None:
    for key in DECLARED.values():
        assert get_type_hints(type(getattr(Settings(), key.subject)))[key.name] is key.kind
        assert configuration.parse_value(key.name, str(key.default)) == key.default
        assert len(key.meaning) > 10
    configuration.check_settings(Settings())


def test_blanks_in_a_choice_do_not_count() -> None:
    assert configuration.parse_value("phases", "P, S") == "P,S"


def test_a_window_has_both_ends() -> None:
    assert window_samples(window_size_s=10.0, sampling_rate_hz=100.0) == 1001
    assert window_samples(window_size_s=50.0, sampling_rate_hz=100.0) == 5001


def test_components_are_in_the_order_z_n_e() -> None:
    assert Settings().records.components == "Z"
    assert load({"component_E": True, "component_N": True}).records.components == "ZNE"
    with pytest.raises(DeepQuakeError, match="no component"):
        load({"component_Z": False})


def test_some_settings_can_be_changed_in_a_copy() -> None:
    settings = load({"ksize": 7})
    changed = settings.changed(window_size=50.0, save_sac=True, n_clusters=4)
    assert (changed.windows.window_size, changed.windows.save_sac) == (50.0, True)
    assert (changed.network.n_clusters, changed.network.ksize) == (4, 7)
    assert changed.sources == settings.sources
    assert settings == Settings().changed(ksize=7) != changed
    with pytest.raises(KeyError):
        settings.changed(window_sise=3.0)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(2.0, 15.0, "2 to 15 Hz"), (2.0, 0.0, "above 2 Hz"), (0.0, 20.0, "below 20 Hz"), (0, 0, "")],
)
def test_the_filter_in_words(low: float, high: float, text: str) -> None:
    settings = Settings().changed(filter_highpass=low, filter_lowpass=high)
    assert settings.records.filter_text == text
