"""Which sensor of a station serves when; which are told apart is in test_joining."""

from pathlib import Path

import numpy as np
from obspy import Trace

from deepquake.core.settings import RecordSettings
from deepquake.waveforms.reading import read
from tests.waveforms.waveform_files import START, messages, noise, same, scanned, trace, write

ALL = RecordSettings(component_N=True, component_E=True)


def minutes(channel: str, first: int, last: int, seed: int = 1, rate: float = 100.0) -> Trace:
    """Return some minutes of a channel."""
    samples = noise(round((last - first) * 60 * rate), seed)
    return trace(samples, channel, START + 60 * first, rate=rate)


def serving(path: Path, settings: RecordSettings) -> list[tuple[str, list[tuple[int, int]]]]:
    """Return sensors and the minutes at which they serve."""
    begin = START.timestamp
    return [
        (
            r.sensor,
            [
                (
                    round((s.start_s - begin) / 60),
                    round((s.start_s - begin + s.n_samples / 100) / 60),
                )
                for s in r.stretches
            ],
        )
        for r in scanned(path, settings)[0]
    ]


def test_a_gap_of_the_first_sensor_is_filled_by_another(tmp_path: Path) -> None:
    for component in "ZNE":
        hh = [minutes(f"HH{component}", *span) for span in ((0, 10), (20, 30))]
        write(tmp_path / f"hh{component}", *hh)
        write(tmp_path / f"bh{component}", minutes(f"BH{component}", -5, 35, seed=2))
    expected = [("BH", [(-5, 0), (10, 20), (30, 35)]), ("HH", [(0, 10), (20, 30)])]
    assert serving(tmp_path, RecordSettings()) == serving(tmp_path, ALL) == expected
    (bh, hh), report = scanned(tmp_path)
    own = read(bh, START.timestamp + 600, START.timestamp + 1199.99).data
    assert all(same(row, noise(240_000, 2)[90_000:150_000]) for row in own)
    assert np.isnan(read(hh, START.timestamp + 600, START.timestamp + 1199.99).data).all()
    assert "XX.ABC..BH is left out (1 recording) where XX.ABC..HH is there" in messages(report)
    assert "XX.ABC..HH is left out" not in messages(report)


def test_short_gaps_are_not_filled(tmp_path: Path) -> None:
    hh = trace(noise(10_000), "HHZ"), trace(noise(10_000), "HHZ", START + 104)
    write(tmp_path / "hh", *hh)
    write(tmp_path / "bh", trace(noise(20_000), "BHZ"))
    (recording,), _ = scanned(tmp_path)
    assert recording.sensor == "HH" and len(recording.stretches) == 2


def test_where_a_component_in_use_is_missing_a_whole_sensor_serves(tmp_path: Path) -> None:
    write(tmp_path / "hhz", minutes("HHZ", 0, 30), minutes("HHN", 0, 30))
    write(tmp_path / "hhe", minutes("HHE", 0, 10), minutes("HHE", 20, 30))
    write(tmp_path / "bh", *(minutes(f"BH{c}", 5, 25) for c in "ZNE"))
    assert serving(tmp_path, RecordSettings()) == [("HH", [(0, 30)])]
    assert serving(tmp_path, ALL) == [("HH", [(0, 10), (20, 30)]), ("BH", [(10, 20)])]


def test_a_sensor_that_is_never_whole_serves_where_none_is(tmp_path: Path) -> None:
    write(tmp_path / "hh", minutes("HHE", 0, 30))
    write(tmp_path / "bh", minutes("BHZ", 10, 20))
    assert serving(tmp_path, RecordSettings()) == [("HH", [(0, 10), (20, 30)]), ("BH", [(10, 20)])]


def test_three_sensors_serve_one_after_the_other(tmp_path: Path) -> None:
    write(tmp_path / "hh", minutes("HHZ", 0, 5), minutes("HHZ", 25, 30))
    write(tmp_path / "bh", minutes("BHZ", 0, 10), minutes("BHZ", 20, 30), minutes("BHZ", 40, 50))
    write(tmp_path / "hn", minutes("HNZ", 0, 45))
    assert dict(serving(tmp_path, RecordSettings())) == {
        "HH": [(0, 5), (25, 30)],
        "BH": [(5, 10), (20, 25), (40, 50)],
        "HN": [(10, 20), (30, 40)],
    }


def test_the_rate_that_is_wanted_comes_before_others_of_one_code(tmp_path: Path) -> None:
    for rate in (50.0, 100.0, 200.0):
        write(tmp_path / f"{rate}", minutes("HHZ", 0, 5, rate=rate))
    (recording,), report = scanned(tmp_path)
    assert {p.rate_hz for p in recording.pieces["Z"]} == {100.0}
    assert "at 50 Hz is left out" in messages(report)
    assert "at 200 Hz is left out" in messages(report)


def test_day_files_of_two_sensors_with_gaps_lose_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    recorded = np.zeros((2, 200), bool)
    for number, (sensor, there) in enumerate(zip(("HH", "BH"), recorded, strict=True)):
        there[:] = rng.random(200) < 0.7
        parts = [minutes(f"{sensor}Z", k, k + 1, number) for k in np.flatnonzero(there).tolist()]
        write(tmp_path / sensor, *parts)
    used = np.zeros(200, int)
    for _, spans in serving(tmp_path, RecordSettings()):
        for first, end in spans:
            used[first:end] += 1
    assert (used == recorded.any(axis=0)).all()
