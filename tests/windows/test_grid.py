"""Window geometry and labels, by the definitions of the design."""

import numpy as np
import pytest

from deepquake.core.config import load
from deepquake.core.report import Report
from deepquake.earth.arrivals import Arrivals
from deepquake.waveforms.filtering import read_filtered
from deepquake.waveforms.scan import scan
from deepquake.windows import grid as windows
from deepquake.windows.grid import NEGATIVE, POSITIVE, SKIPPED, label_windows, window_starts
from tests.waveforms.waveform_files import three, write

T0 = 1_400_000_000.0


def arrivals(picked=(), estimated=(), unknown=()):
    return Arrivals(
        np.array(sorted(picked), float),
        np.arange(len(picked)),
        np.array(sorted(estimated), float),
        np.arange(len(estimated)) + 100,
        list(unknown),
    )


def config(**keys):
    return load({"window_avoid_negatives_before": 2.0, "pwave_window": 2.0} | keys)


def kinds(starts, found, settings):
    return label_windows(T0 + np.asarray(starts, float), found, settings).kind.tolist()


@pytest.mark.parametrize(
    ("n_samples", "expected"),
    [
        (1000, []),
        (1001, [0]),
        (1101, [0, 100]),
        (1150, [0, 100, 149]),  # the last one ends on the last sample
    ],
)
def test_windows_reach_the_last_sample(n_samples, expected):
    assert window_starts(n_samples, 1001, 100).tolist() == expected


def test_a_record_of_90_s_has_81_windows_9_positive_18_noise():
    starts = window_starts(9001, 1001, 100) / 100
    labels = kinds(starts, arrivals([T0 + 30.0]), config())
    assert len(labels) == 81
    assert labels[:18] == [NEGATIVE] * 18
    assert labels[21:30] == [POSITIVE] * 9
    assert labels.count(SKIPPED) == 81 - 18 - 9


def test_half_a_p_window_on_either_side():
    settings = config()
    p = arrivals([T0 + 30.0])
    assert kinds([20.99, 21.0, 29.0, 29.01], p, settings) == [SKIPPED, POSITIVE, POSITIVE, SKIPPED]


def test_noise_ends_before_and_starts_after_by_more_than_asked():
    settings = config(window_avoid_negatives_after=60.0)
    p = arrivals([T0 + 30.0])
    assert kinds([17.99, 18.0, 90.0, 90.01], p, settings) == [NEGATIVE, SKIPPED, SKIPPED, NEGATIVE]


def test_an_estimate_forbids_noise_and_counts_as_positive_only_when_asked():
    p = arrivals(estimated=[T0 + 30.0])
    assert kinds([0, 25], p, config()) == [NEGATIVE, SKIPPED]
    labels = label_windows(T0 + np.array([0.0, 25.0]), p, config(use_estimated_p=True))
    assert labels.kind.tolist() == [NEGATIVE, POSITIVE]
    assert labels.event.tolist() == [-1, 100]
    assert labels.p_s[1] == T0 + 30.0


def test_nothing_near_an_event_that_cannot_be_timed_is_noise():
    p = arrivals(unknown=[(T0 + 30.0, T0 + 150.0)])
    found = kinds([17.9, 18.0, 100.0, 150.0, 150.1], p, config())
    assert found == [NEGATIVE, SKIPPED, SKIPPED, SKIPPED, NEGATIVE]


def test_records_without_any_event_give_noise_only_when_asked():
    assert kinds([0], arrivals(), config()) == [SKIPPED]
    assert kinds([0], arrivals(), config(noise_without_event=True)) == [NEGATIVE]


def test_the_second_of_two_events_makes_its_windows_positive_too():
    p = arrivals([T0 + 30.0, T0 + 45.0])
    labels = label_windows(T0 + np.array([25.0, 40.0]), p, config())
    assert labels.kind.tolist() == [POSITIVE, POSITIVE]
    assert labels.event.tolist() == [0, 1]


def test_cut_gives_the_samples_of_each_window():
    data = np.arange(30, dtype=np.float32).reshape(3, 10)
    cut = windows.cut(data, np.array([2, 5]), 4)
    assert cut.shape == (2, 3, 4)
    assert cut[1, 2].tolist() == [25, 26, 27, 28]


@pytest.mark.parametrize(("components", "rows"), [("Z", [0]), ("ZE", [0, 2]), ("ZNE", [0, 1, 2])])
def test_components_asked_for_are_the_same_as_among_all(tmp_path, components, rows):
    settings = config()
    (recording,) = scan(write(tmp_path / "a.mseed", *three(3000)), settings, Report())
    starts = windows.recording_starts(recording, settings, 1.0)
    (every,) = windows.window_blocks(recording, starts, settings, 2.0, 0.0)
    (some,) = windows.window_blocks(recording, starts, settings, 2.0, 0.0, components=components)
    assert some.data.tobytes() == every.data[:, rows].tobytes()
    assert (some.alive == every.alive[:, rows]).all() and some.alive.all()


def test_a_picture_shows_padding_only_where_nothing_is_filtered(tmp_path):
    """A jump into zeros, filtered across, looks like an onset; windows never hold one."""
    traces, settings = three(6000), config()
    for trace in traces:
        trace.data[2000:3000] = 0
    (recording,) = scan(write(tmp_path / "padded.mseed", *traces), settings, Report())
    begin = recording.start_s
    plain = read_filtered(recording, begin, begin + 59, 0.0, 0.0)
    assert np.isfinite(plain.data).all() and plain.data.shape == (3, 5901)
    filtered = read_filtered(recording, begin + 10, begin + 50, 2.0, 0.0)
    assert filtered.start_s == begin + 10 and filtered.data.shape == (3, 4001)
    assert np.isnan(filtered.data[:, 1000:2000]).all()
    assert np.isfinite(filtered.data[:, :1000]).all() and np.isfinite(filtered.data[:, 2000:]).all()
