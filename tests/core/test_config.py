"""The configuration: defaults, precedence, and errors that name file, line and key."""

from dataclasses import fields

import pytest

from deepquake.core import config as configuration
from deepquake.core.config import Config, load
from deepquake.core.errors import DeepQuakeError


def ini(tmp_path, text):
    path = tmp_path / "mine.ini"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_has_a_default_and_a_comment():
    keys = {f.name for f in fields(Config)} - {"sources"}
    assert set(configuration.read_ini(configuration.DEFAULT_PATH)) == keys
    comments = configuration.comments()
    assert set(comments) == keys
    assert all(len(comment) > 10 for comment in comments.values())


def test_a_window_has_both_ends():
    assert load({"window_size": 10.0}).win_size == 1001
    assert load({"window_size": 50.0}).win_size == 5001


def test_components_are_in_the_order_z_n_e():
    assert load({}).components == "Z"
    assert load({"component_E": True, "component_N": True}).components == "ZNE"
    with pytest.raises(DeepQuakeError, match="no component"):
        load({"component_Z": False})


def test_command_line_wins_over_file_wins_over_default(tmp_path):
    path = ini(tmp_path, "[main]\nwindow_size = 20\nksize = 7\n")
    config = load({"window_size": 30.0}, path)
    assert (config.window_size, config.ksize, config.conv_stride) == (30.0, 7, 2)
    assert config.sources == {"window_size": "command line", "ksize": str(path)}
    text = configuration.describe(config, ["window_size", "ksize", "pooling"])
    assert "(command line)" in text.splitlines()[0]
    assert str(path) in text.splitlines()[1]
    assert text.splitlines()[2].endswith("pooling     = true")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("window_sise = 3", r"line 2: unknown key 'window_sise'; did you mean 'window_size'"),
        ("window_size = ten", r"line 2: window_size takes a number, not 'ten'"),
        ("ksize = 3.5", r"line 2: ksize takes a whole number"),
        ("pooling = maybe", r"line 2: pooling takes true or false"),
        ("window_size = nan", r"window_size takes a finite number"),
        ("window_size = -1", r"window_size takes a number above 0"),
        ("test_fraction = 1.5", r"test_fraction takes a number from 0 to 1"),
        ("model = ResNet", r"model takes one of ConvNetQuake, ConvNetQuake2"),
        ("batch_size = 1", r"batch_size takes 2 or more"),
        ("n_clusters = 1", r"n_clusters takes 2 or more"),
        ("window_size = 3\nwindow_size = 4", r"is not a configuration file"),
        ("nonsense", r"is not a configuration file"),
        ("filter_highpass = 60", r"filter_highpass = 60.0 Hz must be below half"),
        ("filter_lowpass = 1", r"filter_lowpass = 1.0 Hz must be above"),
        ("mseed_dir = a/b", r"mseed_dir = 'a/b' must be a plain name"),
        ("png_dir = ..", r"png_dir = '..' must be a plain name"),
        ("png_dir =", r"png_dir = '' must be a plain name"),
        ("png_dir = mseed", r"mseed_dir = 'mseed' must be a plain name, and another one"),
        ("window_size = 1", r"pwave_window = 2.0 s leaves no place"),
    ],
)
def test_errors_say_where_and_what(tmp_path, line, message):
    path = ini(tmp_path, "[main]\n" + line + "\n")
    with pytest.raises(DeepQuakeError, match=message):
        load({}, path)


def test_a_key_in_two_sections_is_an_error(tmp_path):
    path = ini(tmp_path, "[a]\nksize = 3\n[b]\nksize = 4\n")
    with pytest.raises(DeepQuakeError, match="'ksize' is given twice"):
        load({}, path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DeepQuakeError, match=r"none\.ini: no such configuration file"):
        load({}, tmp_path / "none.ini")


def test_a_file_with_the_mark_of_windows_editors_is_read(tmp_path):
    assert load({}, ini(tmp_path, "\ufeff[main]\nksize = 7\n")).ksize == 7
