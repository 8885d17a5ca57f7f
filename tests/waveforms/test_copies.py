"""Channels that are copies of others; what comes of it is in test_joining."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.waveforms import copies
from deepquake.waveforms.copies import Doubles
from deepquake.waveforms.pieces import find_pieces
from deepquake.waveforms.sensors import Channel, Sensor
from tests.waveforms.waveform_files import START, messages, noise, trace, write


def channel(path: Path) -> Channel:
    """Return the only channel of a file."""
    pieces = find_pieces(path, 100.0, Report())
    return Channel(Sensor("XX", "ABC", "", "HH", 100.0), component="Z", code="HHZ", pieces=pieces)


@pytest.mark.parametrize("at_once", [1 << 21, 777])
@pytest.mark.parametrize("kind", ["MSEED", "GSE2", "SAC"])
def test_samples_tell_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, at_once: int
) -> None:
    monkeypatch.setattr(copies, "COMPARED_AT_ONCE", at_once)
    samples = noise(5000)
    kinds = {"SAC": np.float32}.get(kind, np.int32)
    first = channel(write(tmp_path / "a", trace(samples)))
    part = trace(samples[1000:4000].astype(kinds), start=START + 10)
    copy = channel(write(tmp_path / "b", part, format=kind))
    part.data[2500] += 1
    other = channel(write(tmp_path / "c", part, format=kind))
    doubles = Doubles()
    assert doubles.has(copy, [first]) and not doubles.has(other, [first])
    report = Report()
    doubles.tell(report)
    assert "b: holds 1 channel with samples that a holds too" in messages(report)
    assert "c: holds 1 channel with other samples than a at the same times" in messages(report)


def test_two_files_may_hold_a_third(tmp_path: Path) -> None:
    samples = noise(5000)
    parts = (samples[:2500], START), (samples[2500:], START + 25)
    halves = [
        channel(write(tmp_path / f"{number}", trace(part, start=start)))
        for number, (part, start) in enumerate(parts)
    ]
    across = channel(write(tmp_path / "c", trace(samples[1000:4000], start=START + 10)))
    assert Doubles().has(across, halves)
    assert not Doubles().has(across, halves[:1])


def test_what_cannot_be_read_is_no_copy(tmp_path: Path) -> None:
    first = channel(write(tmp_path / "a", trace(noise(5000))))
    gone = channel(write(tmp_path / "b", trace(noise(5000)), encoding="INT32"))
    (tmp_path / "b").unlink()
    assert not Doubles().has(gone, [first])
