"""Folders of window files with no index, made by other software: the folder is the label."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.waveforms.scan import scan
from deepquake.windows import index
from deepquake.windows.index import Row


def loose_windows(
    prep_dir: Path, label: str, config: Config, left_out: Counter[str]
) -> Iterator[Row]:
    """Yield a row for each file that is a whole window; count the others in ``left_out``."""
    name = config.mseed_event_dir if label == "positive" else config.mseed_noise_dir
    folder = prep_dir / name
    if not folder.is_dir():
        raise DeepQuakeError(
            f"{prep_dir}: holds neither {index.INDEX_NAME} nor a folder {name}; "
            "run step1_windows.py first"
        )
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        recordings = scan(path, config, Report())
        if len(recordings) != 1:
            left_out["not one station's waveform"] += 1
            continue
        recording = recordings[0]
        stretch = recording.stretches[0]
        if len(recording.stretches) > 1 or stretch.n_samples < config.win_size:
            left_out[f"shorter than a window of {config.win_size} samples"] += 1
            continue
        yield Row(
            stream_file=str(path.relative_to(prep_dir)),
            window_file="",
            network=recording.network,
            station=recording.station,
            start_time=stretch.start_s,
            label=label,
            p_time=None,
            event_id="",
            lat=None,
            lon=None,
            depth=None,
            components="".join(recording.channels),
            discard_reason="",
        )
