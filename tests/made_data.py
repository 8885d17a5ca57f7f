"""Made-up data sets, and running the steps on them."""

import importlib
import io
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.core import cli
from deepquake.core.times import compact, day_start
from deepquake.earth.arrivals import Arrivals
from deepquake.waveforms.recording import Codes, Piece, Recording, Stretch

ROOT = Path(__file__).resolve().parent.parent
T0 = 1_400_000_000.0
RECORD_S = 90
P_AT_S = 30.0
RATE = 100.0


def run_step(script: str, *arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a step script (or ``-m module``) in this process and check its exit status.

    A process of its own takes a second to load what it needs, and four with TensorFlow.
    """
    module = script.removeprefix("-m ").removesuffix(".py")
    argv, stdout, stderr = [script, *map(str, arguments)], io.StringIO(), io.StringIO()
    ended: Any = 0
    with (
        patch.object(sys, "argv", argv),
        chdir(ROOT),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
    ):
        try:
            cli.run(importlib.import_module(module).main)
        except SystemExit as stop:
            ended = stop.code or 0
    done = subprocess.CompletedProcess(argv, ended, stdout.getvalue(), stderr.getvalue())
    assert done.returncode == status, f"{done.args}\n{done.stdout}\n{done.stderr}"
    return done


def run_process(
    script: str, *arguments: object, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a step script (or ``-m module``) as a user does and check its exit status."""
    command = [sys.executable, *script.split(), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == status, f"{done.args}\n{done.stdout}\n{done.stderr}"
    return done


def make_arrivals(
    picked: Sequence[float] = (), estimated: Sequence[float] = (), **others: Any
) -> Arrivals:
    """Return P of events 0, 1 ... and, estimated without uncertainty, of 100, 101 ..."""
    estimated_s = np.array(sorted(estimated), float)
    values = {
        "picked_s": np.array(sorted(picked), float),
        "picked_events": np.arange(len(picked)),
        "estimated_s": estimated_s,
        "estimated_events": np.arange(len(estimated)) + 100,
        "earliest_s": estimated_s,
        "latest_s": estimated_s,
        "rough": np.zeros(len(estimated), bool),
    }
    return Arrivals(**values | others)


def seismogram(rng: np.random.Generator, p_at_s: float | None, seconds: float) -> np.ndarray:
    """Return noise in counts (3, samples) with an earthquake that begins at ``p_at_s``."""
    n = round(seconds * RATE) + 1
    data = rng.normal(scale=50, size=(3, n))
    if p_at_s is not None:
        t = np.arange(n) / RATE - p_at_s
        for onset, scale, component in ((0.0, 1500, 0), (4.0, 3000, 1), (4.0, 3000, 2)):
            after = t > onset
            envelope = np.exp(-(t[after] - onset) / 3.0)
            data[component, after] += scale * envelope * rng.normal(size=after.sum())
            data[0, after] += 300 * envelope * rng.normal(size=after.sum())
    return data.round().astype(np.int32)


def traces(
    data: np.ndarray, start: float, station: str = "AAA", channels: str = "HHZ HHN HHE"
) -> Stream:
    """Return ``data`` (components, samples) as traces of one station of network XX."""
    header = {"network": "XX", "station": station, "sampling_rate": RATE}
    made = [
        Trace(row, header | {"channel": channel, "starttime": UTCDateTime(start)})
        for row, channel in zip(data, channels.split(), strict=False)
    ]
    return Stream(made)


def make_dataset(folder: Path, n_events: int = 8, stations: tuple[str, ...] = ("AAA", "BBB")):
    """Write ``n_events`` multi-station records of 90 s, an hour apart, and their catalogue.

    The P is 30 s into each record, a second later at each further station. Returns the folder
    of waveforms and the path of the catalogue.
    """
    rng = np.random.default_rng(0)
    waveforms, events = folder / "mseed", []
    waveforms.mkdir(parents=True)
    for number in range(n_events):
        start, stream, detections = T0 + 3600 * number, Stream(), []
        for delay, station in enumerate(stations):
            p_at_s = P_AT_S + delay
            stream += traces(seismogram(rng, p_at_s, RECORD_S), start, station)
            time = str(UTCDateTime(start + p_at_s))
            detections.append({"station": station, "ptime": time})
        stream.write(str(waveforms / f"event{number:02d}.mseed"), format="MSEED")
        events.append(
            {
                "eventOriginTime": str(UTCDateTime(start + P_AT_S - 5)),
                "lat": 10.0 + number % 2,
                "lon": -67.0,
                "depth": 5.0,
                "detections": detections,
            }
        )
    catalog = folder / "catalog.json"
    catalog.write_text(json.dumps({"events": events}))
    return waveforms, catalog


def made_recording(
    station: str, start_s: float = 0.0, n_samples: int = 2001, name: str = "day"
) -> Recording:
    """Return a recording of one vertical component at 20 Hz, of which there is no file."""
    piece = Piece(
        path=Path(f"{name}.mseed"),
        format="MSEED",
        codes=Codes("XX", station, "", "HHZ"),
        start_s=start_s,
        n_samples=n_samples,
        rate_hz=20.0,
    )
    return Recording(
        name=name,
        network="XX",
        station=station,
        location="",
        sensor="HH",
        channels={"Z": "HHZ"},
        pieces={"Z": (piece,)},
        sampling_rate_hz=20.0,
        start_s=start_s,
        stretches=(Stretch(start_s, n_samples),),
    )


def network_events(count: int, seed: int = 1) -> list[Event]:
    """Return ``count`` located events 600 s apart, a P and an S at each of six stations."""
    draw = random.Random(seed)
    begin = day_start(2010, 1, 1)
    events = []
    for number in range(count):
        origin = begin + 600 * number + draw.randrange(600) / 10
        event = Event(
            compact(origin),
            origin,
            round(draw.uniform(9, 11), 3),
            round(draw.uniform(-69, -67), 3),
            round(draw.uniform(0, 30), 1),
            magnitudes=[Magnitude(round(draw.uniform(0.5, 4), 1), "L", "FUN")],
            agency="FUN",
            distance="L",
            waveforms=["2010-01-01-0000-00M.NET___018"],
        )
        for station in ("TURV", "BENV", "TACV", "BAUV", "MAN", "CRUV"):
            p = draw.randrange(200, 3000) / 100
            for phase, onset, channel, travel in (("P", "I", "HZ", p), ("S", "E", "HN", 1.7 * p)):
                time = round((origin + travel) * 100) / 100
                event.picks.append(Pick(station, phase, time, channel=channel, onset=onset))
        events.append(event)
    return events
