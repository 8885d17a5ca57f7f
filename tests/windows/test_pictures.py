"""Pictures of step 1: one of each stream, and one of each window where they are asked for."""

import obspy

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


def test_a_window_that_is_discarded_is_drawn_as_such(tmp_path, monkeypatch):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    (path,) = waveforms.iterdir()
    stream = obspy.read(path)
    for trace in stream:
        trace.data[500:1000] = 0  # flat, as a dropout
    stream.write(path, "MSEED")
    drawn = {}
    monkeypatch.setattr(pictures, "plot_stream", lambda *_, windows, **__: drawn.update(windows))
    done = prepare(waveforms, catalog, tmp_path / "prep", plot=True)
    rows = [row.split(",") for row in (tmp_path / "prep/windows.csv").read_text().splitlines()]
    label = rows[0].index("label")
    for kind in ("positive", "negative", "discarded"):
        assert len(drawn[kind]) == sum(row[label] == kind for row in rows) > 0
    assert sum(map(len, drawn.values())) == done.reasons.total()
