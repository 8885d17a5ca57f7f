"""The demonstration data set, when P truly arrives in it, and what step 1 makes of it."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, is_p
from deepquake.catalog.reader import read_catalog
from deepquake.core.configuration import load
from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.core.times import iso
from deepquake.tools.demo.archive import draw_archive, write_archive
from deepquake.tools.demo.network import SITES, distance_azimuth, write_network
from deepquake.tools.demo.rays import trace
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings
from deepquake.windows import labels, preparation

N_EVENTS, SEED, LENGTH_S = 60, 1, 120.0  # those of make_demo_dataset
READING_ERROR_S = 0.7  # an analyst's, at the most

Times = Mapping[str, np.ndarray]  # by station, seconds since 1970 UTC


@dataclass(frozen=True)
class Demonstration:
    """The data set: its folder, what step 0 makes of it, and the P of every station."""

    folder: Path
    catalog: Path
    events: list[Event]
    true_p: Times
    recordings: Sequence[Recording]

    @property
    def stations(self) -> Path:
        """The station file."""
        return self.folder / "stations.csv"

    @property
    def read_p(self) -> Times:
        """The P that the analyst read."""
        times = defaultdict(list)
        for pick in (pick for event in self.events for pick in event.picks):
            if is_p(pick.phase):
                times[pick.station].append(pick.time)
        return {station: np.sort(some) for station, some in times.items()}


@dataclass
class Step1:
    """What step 1 made of the set: noise windows, and positives by the P they are named for."""

    window_size: float
    report: Report
    noise: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    positive: dict[str, set[float]] = field(default_factory=lambda: defaultdict(set))

    @property
    def n_noise(self) -> int:
        """How many noise windows there are."""
        return sum(len(starts) for some in self.noise.values() for starts in some)

    @property
    def said(self) -> str:
        """All that was reported."""
        return "\n".join(map(str, self.report.problems))

    def noise_that_holds(self, times: Times) -> list[tuple[str, float]]:
        """Return the P that lie in a noise window: station and time."""
        found = []
        for station, some in self.noise.items():
            starts = np.concatenate(some)
            found += [
                (station, time)
                for time in np.asarray(times.get(station, ())).tolist()
                if ((starts <= time) & (time <= starts + self.window_size)).any()
            ]
        return found

    def positives_without(
        self, times: Times, within_s: float = READING_ERROR_S
    ) -> list[tuple[str, float]]:
        """Return the P of positives that are near none of those given: station and time."""
        return [
            (station, p)
            for station, some in self.positive.items()
            for p in sorted(some)
            if np.abs(np.asarray(times.get(station, [np.inf])) - p).min() > within_s
        ]


def true_arrivals(n_events: int, seed: int) -> Times:
    """Return when P arrives at the stations of an archive, seen by the analyst or not."""
    return {
        site.code: np.array(
            [
                source.origin_s
                + trace(
                    "P",
                    distance_azimuth(source, site)[0],
                    depth_km=source.depth_km,
                    elevation_m=site.elevation_m,
                )[0].time_s
                for source in draw_archive(n_events, seed)
            ]
        )
        for site in SITES
    }


def make_demonstration(folder: Path) -> Demonstration:
    """Write the records and s-files of the default set, and its catalog.json."""
    write_network(folder, SITES)
    write_archive(folder, N_EVENTS, SEED, length_s=LENGTH_S)
    events = read_catalog(folder / "sfiles_nordicformat", Report())
    write_catalog_json(folder / "catalog.json", events)
    true_p = true_arrivals(N_EVENTS, SEED)
    recordings = find_recordings(folder / "mseed", RecordSettings(), Report())
    return Demonstration(folder, folder / "catalog.json", events, true_p, recordings)


def made_again(variant: Path, demonstration: Demonstration) -> Path:
    """Return a variant of the set's catalogue with the readings where they stand in the set today.

    The variants were made of earlier readings of the same events, all of which ``s11_dup`` holds
    unchanged. What a variant changed stays as it is.
    """
    today = {
        (event.event_id, pick.station, pick.phase): iso(pick.time)
        for event in demonstration.events
        for pick in event.picks
    }
    moved = {
        (event["event_id"], pick["station"], pick["time"]): today[key]
        for event in json.loads((variant.parent / "s11_dup.json").read_text())["events"]
        for pick in event["picks"]
        if (key := (event["event_id"], pick["station"], pick["phase"])) in today
    }
    catalog = json.loads(variant.read_text())
    for event in catalog["events"]:
        event_id = event["event_id"].removesuffix("-2")  # told twice
        for reading, key in [
            *((pick, "time") for pick in event["picks"]),
            *((p, "ptime") for p in event["detections"]),
        ]:
            was = event_id, reading["station"], reading[key]
            reading[key] = moved.get(was, reading[key])
    path = demonstration.folder.parent / "made_again" / variant.name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(catalog))
    return path


def label_demonstration(
    demonstration: Demonstration,
    catalog: Path,
    monkeypatch: pytest.MonkeyPatch,
    **keys: object,
) -> Step1:
    """Return what step 1 says of the records, which are neither looked for nor cut anew."""
    given = {"plot": False, "workers": 1, "stations_path": demonstration.stations} | keys
    settings = load({key: str(v) if isinstance(v, Path) else v for key, v in given.items()})
    done = Step1(settings.windows.window_size, Report())

    def label_only(task: preparation.PreparationTask) -> preparation.Prepared:
        rules = task.settings.windows, task.settings.arrivals
        found = labels.label_recording(task.recording, task.around, *rules)
        kind, station = found.labels.kind, task.recording.station
        done.noise[station].append(found.starts_s[kind == labels.NEGATIVE])
        done.positive[station] |= set(found.labels.p_s[kind == labels.POSITIVE].tolist())
        return preparation.Prepared(n_recordings=1)

    with monkeypatch.context() as patch:
        patch.setattr(preparation, "prepare_recording", label_only)
        patch.setattr(preparation, "find_recordings", lambda *_, **__: demonstration.recordings)
        prep = demonstration.folder.parent / "prep"
        raw = demonstration.folder / "mseed"
        done.report = preparation.prepare(settings, raw, catalog, prep).report
    return done
