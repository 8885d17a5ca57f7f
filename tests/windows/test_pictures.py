"""Pictures of step 1: one of each stream, and one of each window where they are asked for."""

import pytest

from deepquake.core.settings import RecordSettings
from deepquake.windows import pictures
from tests.made_data import make_dataset
from tests.windows.made_windows import prepare


def test_streams_and_windows_are_drawn_in_their_folders(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    keys = {"plot": True, "plot_windows": True, "window_stride": 5.0}
    done = prepare(waveforms, catalog, tmp_path / "prep", **keys)
    prep = tmp_path / "prep"
    assert [path.name for path in (prep / "png").iterdir()] == ["event00.png"]
    drawn = [*(prep / "png_event_windows").iterdir(), *(prep / "png_noise").iterdir()]
    kept = (prep / "windows.csv").read_text().splitlines()[1:]
    assert len(drawn) == len(kept) < done.reasons.total()
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)


@pytest.mark.parametrize(
    ("corners", "text"),
    [((0, 0), ""), ((2, 0), "above 2 Hz"), ((0, 9.5), "below 9.5 Hz"), ((2, 9), "2 to 9 Hz")],
)
def test_a_title_tells_the_filter(corners, text):
    settings = RecordSettings(filter_highpass=corners[0], filter_lowpass=corners[1])
    assert pictures.filter_text(settings).strip() == text
