"""DeepQuake from Python: a detector for files and streams, a catalogue, and light imports."""

import csv
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from obspy import Stream, Trace, UTCDateTime, read

import deepquake
from deepquake import Detector
from deepquake.core.errors import DeepQuakeError
from deepquake.core.times import iso
from deepquake.detection.detector import Findings
from tests.conftest import ROOT
from tests.steps.loudness import RATE, START, WINDOW_S, run_step, write_events, write_record

BURSTS = [100.0, 250.5, 596.5]


def as_written(findings: Findings) -> list[list[str]]:
    """Return the detections as the rows of detections.csv."""
    return [
        [
            *(d.station, iso(d.start_s), iso(d.end_s), f"{d.probability:.6f}", "0"),
            *(str(d.n_windows), d.network, d.location, d.channel, iso(d.time_s)),
            *(f"{d.uncertainty_s:.3f}", "[1.000000]"),
        ]
        for d in findings.detections
    ]


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))[1:]


def test_import_is_light_and_names_what_there_is() -> None:
    code = (
        "import sys, deepquake; deepquake.__version__\n"
        "heavy = {'numpy', 'obspy', 'tensorflow', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from deepquake import Detector, read_catalog\n"
        "import deepquake.detection.run, deepquake.detection.obspy_streams\n"
        "assert not {'tensorflow', 'matplotlib', 'obspy'} & set(sys.modules)\n"
        "import deepquake.detection.pictures\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
    with pytest.raises(AttributeError, match="no attribute 'Detectr'"):
        _ = deepquake.Detectr


def test_files_and_streams_give_what_step_6_writes(
    tmp_path, capsys, monkeypatch, loudness_detector
):
    write_record(tmp_path / "in" / "a.mseed", BURSTS)
    write_record(tmp_path / "in" / "b.mseed", [104.0], station="BBB", gap=(200.0, 230.5))
    given = {"stream_path": tmp_path / "in", "checkpoint_dir": loudness_detector, "plot": 0}
    options = {"window_step_predict": 2.5, "detection_threshold": 0.6}
    status, _, errors = run_step(
        *("step6_detect_mseed", capsys, monkeypatch),
        output_dir=tmp_path / "out",
        **given,
        **options,
    )
    assert status == 0, errors
    detector = Detector.load(loudness_detector, **options)
    found = detector.detect(tmp_path / "in")
    assert as_written(found) == rows(tmp_path / "out" / "detections.csv")
    assert [" ".join(e.stations) for e in found.events] == ["AAA BBB"]
    assert [[e.event_id, iso(e.time_s)] for e in found.events] == [
        row[:2] for row in rows(tmp_path / "out" / "events.csv")
    ]
    assert found.problems == []
    stream = read(str(tmp_path / "in" / "*.mseed"))
    in_memory = detector.detect(stream)
    assert (in_memory.detections, in_memory.events) == (found.detections, found.events)
    assert detector.detect(stream.merge()) == in_memory  # gaps as masks


@pytest.mark.parametrize("kind", ["int64", "int16", "float32", "float64"])
def test_numbers_of_any_kind_are_taken(tmp_path, loudness_detector, kind):
    stream = read(str(write_record(tmp_path / "day.mseed", BURSTS)))
    detector = Detector.load(loudness_detector)
    whole = detector.detect(stream)
    for trace in stream:
        trace.data = trace.data.astype(kind)
    assert detector.detect(stream) == whole
    assert stream[0].data.dtype == kind, "the user's stream stays as it is"


def test_other_rates_are_resampled_as_in_files(tmp_path, loudness_detector):
    time_s = np.arange(30000) / 50
    data = np.sin(4 * np.pi * time_s) * np.where((time_s > 100) & (time_s < 110), 200, 1)
    header = {"station": "AAA", "channel": "HHZ", "sampling_rate": 50.0}
    stream = Stream([Trace(data, header | {"starttime": UTCDateTime(START)})])
    stream.write(str(tmp_path / "fast.mseed"), format="MSEED")
    detector = Detector.load(loudness_detector)
    found = detector.detect(stream)
    assert found.detections and found == detector.detect(tmp_path / "fast.mseed")


def test_probabilities_stand_at_the_middle_of_their_windows(tmp_path, loudness_detector):
    path = write_record(tmp_path / "day.mseed", BURSTS, duration_s=601.0, gap=(200.0, 230.5))
    detector = Detector.load(loudness_detector, window_step_predict=2)
    annotated = detector.annotate(read(str(path)))
    assert [trace.id for trace in annotated] == ["XX.AAA..EVT"] * 2
    middle = WINDOW_S / 2
    assert [trace.stats.starttime for trace in annotated] == [
        UTCDateTime(START + middle),
        UTCDateTime(START + 230.5 + middle),
    ]
    # windows start every 2 s; the last of the second part, on the last sample, is off that step
    assert [trace.stats.npts for trace in annotated] == [96, 181]
    assert {trace.stats.sampling_rate for trace in annotated} == {0.5}
    loud = [
        (trace.times("timestamp")[trace.data >= 0.5] - START - middle).round(6).tolist()
        for trace in annotated
    ]
    starts = np.concatenate(loud) + START
    found = detector.detect(path).detections
    assert all(any(s <= d.time_s <= s + WINDOW_S for s in starts) for d in found)
    assert loud[0] == [92.0, 94.0, 96.0, 98.0, 100.0]


def test_windows_that_cannot_be_read_are_gaps_of_the_probabilities(tmp_path, loudness_detector):
    stream = read(str(write_record(tmp_path / "day.mseed", BURSTS)))
    stream[0].data[round(300 * RATE) : round(350 * RATE)] = 0
    first, second = Detector.load(loudness_detector).annotate(stream)
    assert first.stats.endtime + WINDOW_S / 2 <= UTCDateTime(START + 301)
    assert second.stats.starttime - WINDOW_S / 2 >= UTCDateTime(START + 349)


def test_traces_that_contradict_each_other_are_told_where_nothing_else_is_there(
    tmp_path, loudness_detector
):
    stream = read(str(write_record(tmp_path / "day.mseed", BURSTS)))
    for amplitude in (2, 3):
        stream += Trace(stream[0].data * amplitude, stream[0].stats)
    for trace in stream:
        trace.stats.channel = ""
    with pytest.raises(DeepQuakeError, match="no usable window.*a channel without a code"):
        Detector.load(loudness_detector).annotate(stream)


def test_regions_have_traces_of_their_own(tmp_path):
    from deepquake.core import configuration
    from deepquake.learning.checkpoints import save_checkpoint
    from deepquake.learning.networks import build
    from deepquake.learning.spec import INFERENCE, spec_of
    from tests.steps.loudness import SETTINGS

    spec = spec_of(configuration.load(SETTINGS | {"n_clusters": 3}))
    spec = replace(spec, class_names=("noise", "north", "south"))
    weights = [weight.numpy() for weight in build(spec).weights]
    save_checkpoint(tmp_path / "checkpoint", spec, step=1, groups={INFERENCE: weights})
    detector = Detector.load(tmp_path / "checkpoint")
    annotated = detector.annotate(write_record(tmp_path / "day.mseed", BURSTS))
    assert [trace.stats.channel for trace in annotated] == ["EVT", "R1", "R2"]
    event, north, south = (trace.data for trace in annotated)
    assert np.allclose(event, north + south, atol=1e-6)


def test_a_detector_sees_that_its_checkpoint_was_written_anew(tmp_path, loudness_detector):
    from deepquake.learning.checkpoints import save_checkpoint
    from deepquake.learning.spec import INFERENCE, read_checkpoint

    folder = tmp_path / "checkpoint"
    shutil.copytree(loudness_detector, folder)
    path = write_record(tmp_path / "day.mseed", BURSTS)
    assert len(Detector.load(folder).detect(path).detections) == 3
    spec, step, groups = read_checkpoint(folder)
    deaf = [np.zeros_like(array) for array in groups[INFERENCE]]
    deaf[-1][0] = 10.0
    save_checkpoint(folder, spec, step=step, groups={INFERENCE: deaf})
    os.utime(folder / "model.json", ns=(0, 1))
    assert Detector.load(folder).detect(path).detections == []


def test_what_cannot_be_used_is_told_in_a_line(tmp_path, loudness_detector):
    detector = Detector.load(loudness_detector)
    for settings, message in (
        ({"threshold": 0.5}, "no setting 'threshold'"),
        ({"detection_threshold": 2}, "detection_threshold takes a number from 0 to 1"),
        ({"window_size": 20.0}, "trained with window_size = 10.0"),
    ):
        with pytest.raises(DeepQuakeError, match=message):
            Detector.load(loudness_detector, **settings)
    with pytest.raises(DeepQuakeError, match="holds no checkpoint"):
        Detector.load(tmp_path)
    with pytest.raises(DeepQuakeError, match="no such file or folder"):
        detector.detect(tmp_path / "nowhere")
    with pytest.raises(DeepQuakeError, match="the stream holds no samples"):
        detector.detect(Stream())
    short = Stream(
        [Trace(np.arange(50, dtype=np.int32), {"channel": "HHZ", "sampling_rate": RATE})]
    )
    with pytest.raises(DeepQuakeError, match="no usable waveform.*shorter than a window of 10 s"):
        detector.annotate(short)


def test_read_catalog(tmp_path):
    path = write_events(tmp_path / "catalog.json", [100.0, 200.0])
    assert [event.event_id for event in deepquake.read_catalog(path)] == ["e0", "e1"]


def test_what_pip_installs_works_from_any_folder(tmp_path, loudness_detector):
    pytest.importorskip("setuptools")
    source, target = tmp_path / "source", tmp_path / "target"
    shutil.copytree(ROOT / "deepquake", source / "deepquake")
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--target", target)
    command = [sys.executable, "-m", "pip", "install", "--quiet", *options, source]
    subprocess.run(command, check=True, timeout=120)
    write_record(tmp_path / "day.mseed", BURSTS)
    write_events(tmp_path / "catalog.json", [100.0])
    code = (
        "from deepquake import Detector, __file__, read_catalog\n"
        "from importlib.resources import files\n"
        "assert (files('deepquake.tools.demo') / 'readme.txt').is_file()\n"
        f"assert __file__.startswith({str(target)!r}), __file__\n"
        "assert len(read_catalog('catalog.json')) == 1\n"
        f"assert len(Detector.load({str(loudness_detector)!r}).detect('day.mseed').events) == 3\n"
    )
    environment = os.environ | {"PYTHONPATH": str(target)}
    run = [sys.executable, "-c", code]
    subprocess.run(run, cwd=tmp_path, env=environment, check=True, timeout=120)
