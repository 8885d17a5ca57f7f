"""Made excerpts as TFRecords, and settings of a small UNet."""

from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core import configuration
from deepquake.core.settings import Settings
from deepquake.learning.store import Store, open_part
from deepquake.windows.tfrecords import ArrivalsInside, Example, write_examples

RATE, SAMPLES, P_AT_S, S_AFTER_S = 50.0, 1001, 8.0, 2.0
SMALL = {"model": "UNet", "sampling_rate": RATE, "training_window": 20.0, "window_size": 5.0}
SMALL |= {"component_N": True, "component_E": True, "unet_levels": 3, "unet_channels": 4}
SMALL |= {"batch_size": 8, "max_checkpoint_step": 6, "checkpoint_step": 3, "display_step": 2}
SMALL |= {"plot": False, "validation_fraction": 0.25, "learning_rate": 0.01, "weight_decay": 0.0}


def unet_settings(**given: Any) -> Settings:
    return configuration.load(SMALL | given)


def arrivals(*rows: tuple[str, float, float, float, float]) -> ArrivalsInside:
    """Return arrivals by phase, time, earliest, latest (s) and weight."""
    phases, *numbers = zip(*rows, strict=True) if rows else ("", *[()] * 4)
    return ArrivalsInside("".join(phases), *(np.array(some, np.float32) for some in numbers))


def event_example(
    rng: np.random.Generator, number: int, p_at_s: float = P_AT_S, with_s: bool = True
) -> Example:
    """Return an excerpt with a P and an S."""
    data = rng.standard_normal((3, SAMPLES), np.float32)
    p, s = round(p_at_s * RATE), round((p_at_s + S_AFTER_S) * RATE)
    fall = np.exp(-np.arange(SAMPLES) / (2 * RATE)).astype(np.float32)
    data[0, p:] *= 1 + 15 * fall[: SAMPLES - p]
    data[1:, s:] *= 1 + 30 * fall[: SAMPLES - s]
    rows = [("P", p_at_s, p_at_s, p_at_s, 1.0)]
    s_s = p_at_s + S_AFTER_S
    rows.append(("S", s_s, s_s, s_s, 1.0) if with_s else ("S", s_s, s_s - 1, s_s + 3, 0.0))
    return Example(
        data,
        0,
        1e9 + number * 3600,
        f"event {number}",
        "XX",
        "AAA",
        p_offset_s=p_at_s,
        components="ZNE",
        sampling_rate=RATE,
        filter_highpass=2.0,
        filter_lowpass=0.0,
        arrivals=arrivals(*rows),
        recorded=(0, SAMPLES),
    )


def noise_example(rng: np.random.Generator, number: int, samples: int = 400) -> Example:
    """Return a stretch of noise, which is shorter than an excerpt."""
    example = event_example(rng, number)
    data = np.zeros((3, SAMPLES), np.float32)
    data[:, :samples] = rng.standard_normal((3, samples), np.float32)
    example.data, example.cluster_id, example.p_offset_s = data, -1, -1.0
    example.arrivals, example.recorded = arrivals(), (0, samples)
    return example


def make_excerpts(folder: Path, n_events: int = 12, n_noise: int = 8) -> Store:
    """Write excerpts for training and return them; the P is never in the same place."""
    rng = np.random.default_rng(0)
    events = [event_example(rng, n, p_at_s=P_AT_S + 0.25 * (n % 8)) for n in range(n_events)]
    noise = [noise_example(rng, 100 + n) for n in range(n_noise)]
    for name, made in (("positive", events), ("negative", noise)):
        write_examples(folder / "train" / name / "set.tfrecords", made)
    return open_part(folder, "train")
