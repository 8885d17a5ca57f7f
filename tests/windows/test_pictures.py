"""Pictures of step 1: one of each stream, and one of each window where they are asked for."""

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
