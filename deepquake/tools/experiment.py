"""Print where the files of an experiment go, for the shell scripts that loop over .ini files.

One line of three words:
  PREP   folder of step 1: the window size, and every key of [records], [arrivals] and
         [windows] that is not as in config_default.ini
  DATA   below it, folder of steps 2 and 3: CL (number of classes) and CO (number of components),
         and the keys of [dataset] and the filter that are not as in config_default.ini
  MODEL  the network's name

Experiments that need the same windows so share them, and others never do.
"""

import argparse
import re

from deepquake.core import cli, config
from deepquake.core.settings import KEYS

PREP_SUBJECTS = ("records", "arrivals", "windows")
FILTER = ("filter_highpass", "filter_lowpass")
# they are in the name already, are applied later, or change no window
ELSEWHERE = ("window_size", "component_Z", "component_N", "component_E", "normalization", *FILTER)
ELSEWHERE += ("save_windows", "save_sac")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m deepquake.tools.experiment",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("experiment", help="configuration file (.ini)")
    args = parser.parse_args()
    print(*folders(config.load({}, args.experiment)))


def folders(chosen: config.Config) -> tuple[str, str, str]:
    """Return PREP, DATA and MODEL of a configuration; none holds a blank."""
    prep = _changed(chosen, [key for key in _keys(*PREP_SUBJECTS) if key not in ELSEWHERE])
    data = _changed(chosen, [*_keys("dataset"), *FILTER])
    return (
        "_".join([f"{chosen.window_size:g}", *prep]),
        "_".join([f"CL{chosen.n_clusters}/CO{len(chosen.components)}", *_unusual(chosen), *data]),
        chosen.model,
    )


def _keys(*subjects: str) -> list[str]:
    return [key.name for subject in subjects for key in KEYS.values() if key.subject == subject]


def _unusual(chosen: config.Config) -> list[str]:
    """One component is the vertical and three are all; any other choice is said."""
    return [] if chosen.components in ("Z", "ZNE") else [chosen.components]


def _changed(chosen: config.Config, keys: list[str]) -> list[str]:
    default = config.load({})
    return [
        re.sub(r"[^\w.,=-]+", "-", f"{key}={getattr(chosen, key)}")
        for key in keys
        if getattr(chosen, key) != getattr(default, key)
    ]


if __name__ == "__main__":
    cli.run(main)
