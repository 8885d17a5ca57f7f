"""Where the values of the settings come from: precedence, and errors that name file, line, key."""

from pathlib import Path

import pytest

from deepquake.core import configuration
from deepquake.core.configuration import describe_settings, load
from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import DECLARED, Settings


def ini(folder: Path, text: str) -> Path:
    path = folder / "mine.ini"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def default_ini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config_default.ini to be edited, which is not there yet."""
    path = tmp_path / "config_default.ini"
    monkeypatch.setattr(configuration, "DEFAULT_PATH", path)
    return path


def test_config_default_ini_says_what_is_declared() -> None:
    lines: list[str] = []
    subject = ""
    for key in DECLARED.values():
        if key.subject != subject:
            lines += ["", f"[{key.subject}]"]
        subject = key.subject
        default = str(key.default).lower() if key.kind is bool else key.default
        lines += [f"# {key.meaning}", f"{key.name} = {default}".rstrip()]
    text = configuration.DEFAULT_PATH.read_text(encoding="utf-8")
    assert [line for line in text.splitlines()[3:] if "of your own" not in line] == lines


def test_command_line_wins_over_file_wins_over_default(tmp_path: Path) -> None:
    path = ini(tmp_path, "[main]\nwindow_size = 20\nksize = 7\n")
    settings = load({"window_size": 30.0}, path)
    network = settings.network
    assert (settings.windows.window_size, network.ksize, network.conv_stride) == (30.0, 7, 2)
    assert settings.sources == {"window_size": "command line", "ksize": str(path)}


def test_settings_are_shown_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    path = ini(tmp_path, "[main]\nstations_path = a\0\x1b[2J.csv\n")
    shown = describe_settings(load({}, path), ["stations_path"])
    assert f"stations_path = a\\x00\\x1b[2J.csv   ({path})" in shown


def test_what_differs_from_the_defaults_is_described(tmp_path: Path) -> None:
    path = ini(tmp_path, "[main]\nksize = 7\nfc_size = 10\n")
    keys = ["window_size", "ksize", "fc_size", "pooling"]
    assert describe_settings(load({"window_size": 30.0}, path), keys).splitlines() == [
        "settings that differ from the defaults:",
        "  window_size = 30.0   (command line)",
        f"  ksize       = 7   ({path})",
    ]
    assert describe_settings(load({}, path), ["window_size", "fc_size"]) == "settings: the defaults"
    assert describe_settings(load({"debug": True}, path), keys).splitlines() == [
        "settings:",
        "  window_size = 10.0",
        f"  ksize       = 7   ({path})",
        f"  fc_size     = 10   ({path})",
        "  pooling     = true",
    ]


def test_an_edited_config_default_ini_counts_and_need_not_be_there(default_ini: Path) -> None:
    assert load({}) == Settings()
    default_ini.write_text("[windows]\nwindow_size = 20\nwindow_stride = 1\n", encoding="utf-8")
    settings = load({"window_stride": 2.0})
    assert (settings.windows.window_size, settings.windows.window_stride) == (20.0, 2.0)
    assert settings.sources["window_size"] == "config_default.ini"
    assert settings.given == {"window_stride": "command line"}
    default_ini.write_text("[windows]\nwindow_sise = 20\n", encoding="utf-8")
    with pytest.raises(DeepQuakeError, match=r"config_default.ini, line 2: unknown key"):
        load({})


def test_keys_of_old_files_are_noted_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ini(tmp_path, "[main]\nmseed_dir = a/b\nmixed_precision = true\nksize = 3\n")
    assert load({}, path).network.ksize == load({}, path).network.ksize == 3
    said = f"{path}: no longer has any effect: mseed_dir, mixed_precision\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("window_sise = 3", r"line 2: unknown key 'window_sise'; did you mean 'window_size'"),
        ("window_size = ten", r"line 2: window_size takes a number, not 'ten'"),
        ("ksize = 3.5", r"line 2: ksize takes a whole number"),
        ("pooling = maybe", r"line 2: pooling takes true or false"),
        ("window_size = nan", r"window_size takes a finite number"),
        ("window_size = -1", r"window_size takes a number above 0"),
        ("weight_decay = -1", r"weight_decay takes a number of 0 or more"),
        ("test_fraction = 1.5", r"test_fraction takes a number from 0 to 1"),
        ("model = ResNet", r"model takes one of ConvNetQuake, ConvNetQuake2"),
        (
            "batch_size = 1",
            r"batch_size takes 2 or more: windows in a training step, half of them noise",
        ),
        (
            "n_clusters = 1",
            r"n_clusters takes 2 or more: number of classes: noise and each source region",
        ),
        ("window_size = 3\nwindow_size = 4", r"is not a configuration file"),
        ("nonsense", r"is not a configuration file"),
        ("filter_highpass = 60", r"filter_highpass = 60.0 Hz must be below half"),
        ("filter_lowpass = 1", r"filter_lowpass = 1.0 Hz must be above"),
        ("window_size = 1", r"pwave_window = 2.0 s leaves no place"),
    ],
)
def test_errors_say_where_and_what(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(DeepQuakeError, match=message):
        load({}, ini(tmp_path, "[main]\n" + line + "\n"))


def test_a_key_in_two_sections_is_an_error(tmp_path: Path) -> None:
    path = ini(tmp_path, "[a]\nksize = 3\n[b]\nksize = 4\n")
    with pytest.raises(DeepQuakeError, match="'ksize' is given twice"):
        load({}, path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match=r"none\.ini: no such configuration file"):
        load({}, tmp_path / "none.ini")


def test_a_file_with_the_mark_of_windows_editors_is_read(tmp_path: Path) -> None:
    assert load({}, ini(tmp_path, "\ufeff[main]\nksize = 7\n")).network.ksize == 7
