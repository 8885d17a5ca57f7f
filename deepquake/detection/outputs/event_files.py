"""The files by which other programs get the events: QuakeML, and a data base of SEISAN."""

from collections.abc import Sequence
from pathlib import Path

from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings, Settings
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs.channels import channels_by_sensor
from deepquake.detection.outputs.event_waveforms import write_event_waveforms
from deepquake.detection.outputs.quakeml import QUAKEML_NAME, write_quakeml
from deepquake.detection.outputs.seisan import AUTOMATIC_AGENCY, write_sfiles
from deepquake.waveforms.recording import Recording


def write_event_files(
    detected: Sequence[DetectedEvent],
    folder: Path,
    seisan_dir: Path,
    *,
    recordings: Sequence[Recording],
    settings: Settings,
    class_names: Sequence[str],
    picker: str,
    report: Report,
) -> None:
    """Write events.xml, an s-file for each event and, where asked for, the records around it.

    Parameters
    ----------
    detected : sequence of DetectedEvent
        The events, each with an id of its own.
    folder : Path
        That of events.xml.
    seisan_dir : Path
        The folder that is to hold REA and WAV.
    recordings : sequence of Recording
        The records, if there are any.
    settings : Settings
        Those of the run.
    class_names : sequence of str
        Noise and the regions by name; none where nobody named them.
    picker : str
        What found the arrivals.
    report : Report
        Is told what cannot be read, and of names that are cut.
    """
    channels, waveforms = channels_by_sensor(recordings), {}
    if settings.events.event_waveforms:
        waveforms = write_event_waveforms(
            detected, recordings, seisan_dir, run=settings.run, report=report
        )
    write_sfiles(detected, seisan_dir, report, channels=channels, waveforms=waveforms)
    write_quakeml(
        folder / QUAKEML_NAME,
        detected,
        created_s=_searched_until_s(detected, recordings),
        agency=AUTOMATIC_AGENCY,
        picker=picker,
        velocity_model=velocity_model_name(settings.arrivals),
        channels=channels,
        class_names=class_names,
    )


def velocity_model_name(settings: ArrivalSettings) -> str:
    """Return what events are located with, as a word or two."""
    if settings.velocity_model_path:
        return Path(settings.velocity_model_path).stem
    return f"mean_velocity_{settings.mean_velocity:g}_km_h"


def _searched_until_s(detected: Sequence[DetectedEvent], recordings: Sequence[Recording]) -> float:
    """Return the last time that was looked at (s): what was made of it is not older."""
    ends = [recording.span()[1] for recording in recordings]
    return max([*ends, *(event.end_s for event in detected)], default=0.0)
