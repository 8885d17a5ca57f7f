"""Print where the files of a run go, for the shell scripts that loop over experiments.

A run is an experiment's .ini and what the command line says in its place. One line of four words:
  PREP   folder of step 1: the window size, and every key of [records], [arrivals] and
         [windows] that is not as in config_default.ini
  DATA   below it, folder of steps 2 and 3: CL (number of classes) and CO (number of components),
         and random_seed, the filter and the keys of [dataset] that are not as in
         config_default.ini
  CLASSES, MODEL  the number of classes and the network's name

Experiments that need the same windows so share them, and others never do.
"""

import re

from deepquake.core import cli, configuration
from deepquake.core.settings import COMPONENTS, DECLARED, Settings

TAKEN = ("component_Z", "component_N", "component_E", "n_clusters", "model")
PREP_SUBJECTS = ("records", "arrivals", "windows")
FILTER_KEYS = ("filter_highpass", "filter_lowpass")
# they are in the name already, are applied later, or change no window
ELSEWHERE = {
    *("window_size", "component_Z", "component_N", "component_E", *FILTER_KEYS),
    *("normalization", "save_windows", "save_sac"),
}


def main() -> None:
    """Print the folders of the run that the command line names."""
    parser = cli.make_parser(__doc__, TAKEN)
    args = parser.parse_args()
    given = {key: getattr(args, key) for key in TAKEN if getattr(args, key) is not None}
    print(*folders_of_run(configuration.load(given, args.config_file_path)))


def folders_of_run(chosen: Settings) -> tuple[str, str, int, str]:
    """Return PREP, DATA, CLASSES and MODEL of the settings of a run; none holds a blank."""
    components, network = chosen.records.components, chosen.network
    prep = _changed(chosen, [key for key in _keys(*PREP_SUBJECTS) if key not in ELSEWHERE])
    data = _changed(chosen, [*_keys("dataset"), *FILTER_KEYS, "random_seed"])
    # one component is the vertical and three are all; any other choice is said
    unusual = [] if components in ("Z", COMPONENTS) else [components]
    return (
        "_".join([f"{chosen.windows.window_size:g}", *prep]),
        "_".join([f"CL{network.n_clusters}/CO{len(components)}", *unusual, *data]),
        network.n_clusters,
        network.model,
    )


def _keys(*subjects: str) -> list[str]:
    return [key.name for subject in subjects for key in DECLARED.values() if key.subject == subject]


def _changed(chosen: Settings, keys: list[str]) -> list[str]:
    return [
        re.sub(r"[^\w.,=-]+", "-", f"{key}={chosen.value(key)}")
        for key in keys
        if chosen.value(key) != DECLARED[key].default
    ]


if __name__ == "__main__":
    cli.run(main)
