"""The steps and ``tools.associate`` on a small demonstration set: two sets of options each."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deepquake.core.files import write_json
from deepquake.core.settings import DECLARED
from deepquake.tools.demo.archive import write_archive
from deepquake.tools.demo.network import SITES, write_network
from tests.faults.processes import Server

N_EVENTS, LENGTH_S, SEED = 7, 90.0, 1
VARIANTS = "AB"
SUBJECTS = ("records", "arrivals", "windows", "dataset")  # whose settings take no time
CHANNEL_MAP = """file,file_station,file_channel,network,station,component
2023-03-07*,FALC,HHZ,XX,FALC,Z
2023-03-0[89]*,LUPO,HHN,YY,OTHER,E
*,CERV,HHE,,,-
"""
REGIONS = {
    "clusters_type": "kmeans",
    "clusters": [
        {"id": 0, "label": "west", "lat": 42.5, "lon": 13.0, "depth": 8.0},
        {"id": 1, "label": "east", "lat": 42.7, "lon": 13.5, "depth": 8.0},
    ],
}


@dataclass(frozen=True)
class Step:
    """A step: its command, what it adds for each variant, what it reads, where its output is."""

    name: str
    command: str
    variants: tuple[str, str]
    needs: tuple[str, ...]
    outputs: tuple[str, ...]
    workers: bool = True

    def argv(self, variant: str, workers: int = 1) -> list[str]:
        """Return the command of a variant."""
        shared = f" --workers {workers}" if self.workers and workers > 1 else ""
        return f"{self.command} {self.variants[VARIANTS.index(variant)]}{shared}".split()


BY = "--clusters_file_path input/regions.json"
TF = "--prep_data_dir prep --tfrecords_dir tf"
STEPS = [
    Step(
        "step0",
        "step0_metadata.py --input_path input/sfiles_nordicformat --output_path catalog.json",
        ("", "--pattern 0[78]*"),
        needs=("input",),
        outputs=("catalog.json",),
    ),
    Step(
        "step1",
        "step1_windows.py --raw_data_dir input/mseed --catalog_path catalog.json "
        "--prep_data_dir prep --velocity_model_path input/velocity_model.csv",
        (
            "--plot 0 --window_stride 0.5",
            "--station FALC --save_windows 1 --window_stride 5",
        ),
        needs=("input", "catalog.json"),
        outputs=("prep",),
    ),
    Step(
        "step2",
        f"step2_tfrecords_pos.py {TF} {BY} --n_clusters 3",
        ("--test_fraction 0.3", "--test_fraction 0.6"),
        needs=("input", "prep"),
        outputs=("tf",),
    ),
    Step(
        "step3",
        f"step3_tfrecords_neg.py {TF}",
        ("--test_fraction 0.3 --balance 1", "--test_fraction 0.6"),
        needs=("input", "prep"),
        outputs=("tf",),
    ),
    Step(
        "step4",
        "step4_train.py --tfrecords_dir tf --checkpoint_dir net --batch_size 16 "
        "--n_clusters 3 --display_step 2 --checkpoint_step 2",
        ("--max_checkpoint_step 8 --plot 0", "--max_checkpoint_step 5 --learning_rate 0.01"),
        needs=("tf",),
        outputs=("net",),
        workers=False,
    ),
    Step(
        "step5",
        "step5_eval_tfrecords.py --tfrecords_dir tf/test --checkpoint_dir net --output_dir eval",
        ("--plot 0", f"--detection_threshold 0.3 --catalog_path catalog.json {BY}"),
        needs=("input", "catalog.json", "tf", "net"),
        outputs=("eval", "output"),
        workers=False,
    ),
    Step(
        "step6",
        "step6_detect_mseed.py --stream_path input/mseed --output_dir detect",
        (
            f"--checkpoint_dir pretrained --plot 0 --catalog_path catalog.json {BY}",
            "--checkpoint_dir net --pattern 2023-03-0[78]* --station FALC "
            "--detection_threshold 0.4 --plot 0",
        ),
        needs=("input", "catalog.json", "net"),
        outputs=("detect",),
    ),
    Step(
        "associate",
        "deepquake.tools.associate --picks_path detect/picks.csv --output_dir associated "
        "--stations_path input/stations.csv --velocity_model_path input/velocity_model.csv",
        ("--stream_path input/mseed --counts_per_mm 1000", "--min_picks 6 --plot 0"),
        needs=("input", "detect"),
        outputs=("associated",),
    ),
]
BY_NAME = {step.name: step for step in STEPS}


@dataclass(frozen=True)
class Usual:
    """An undisturbed run: what it makes, how long it takes, how often it changes the disk."""

    contents: dict[str, str]
    seconds: float
    changes: int


def make_reference(server: Server, folder: Path) -> dict[tuple[str, str], Usual]:
    """Write the demonstration set, and what an undisturbed run makes of it with each variant.

    ``folder/A`` and ``folder/B`` hold what each step makes with a variant; ``folder/all`` what
    variant A of all of them makes, which is what the next ones read.
    """
    usual = {}
    (folder / "all").mkdir()
    data = folder / "input"
    write_network(data, SITES)
    write_archive(data, N_EVENTS, SEED, length_s=LENGTH_S)
    write_json(data / "regions.json", REGIONS)
    (data / "all.ini").write_text(_all_keys())
    (data / "lists").mkdir()
    (data / "lists" / "channel_map.csv").write_text(CHANNEL_MAP)
    for step in STEPS:
        for variant in VARIANTS:
            case = new_case(folder, folder / variant / step.name, step)
            done = server.run(step.argv(variant), case)
            if done.status != 0:
                raise SystemExit(f"{done.command}\n{done.said}")
            changes = int((case / "log.changes").read_text())
            made = contents(case, step.outputs)
            usual[step.name, variant] = Usual(made, done.seconds, changes)
        for output in step.outputs:
            _copy(folder / "A" / step.name / output, folder / "all" / output)
    return usual


def new_case(reference: Path, folder: Path, step: Step, older: str = "") -> Path:
    """Make the folder of a case: what the step reads, and what an older run has left there."""
    folder.mkdir(parents=True)
    for need in step.needs:
        place = reference / need if need == "input" else reference / "all" / need
        (folder / need).symlink_to(place)
    for output in step.outputs if older else ():
        _copy(reference / older / step.name / output, folder / output)
    return folder


def contents(folder: Path, outputs: Sequence[str]) -> dict[str, str]:
    """Return a digest of every visible file of the outputs in a folder, by its path.

    The names of step 5's results tell the time, as does what TensorBoard reads.
    """
    found = {}
    for path in _files(folder, outputs):
        name = path.relative_to(folder).as_posix()
        if any(part[0] == "." for part in Path(name).parts) or "/logs/" in name:
            continue
        if name.startswith("output/eval_"):
            name = "output/eval"
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def of_one_result(found: dict[str, str]) -> dict[str, str]:
    """Return the files of an output that are never to be those of two results at once.

    The network is used with an older one's curves while it is trained anew; the table of all
    results holds those of many runs.
    """
    return {name: is_ for name, is_ in found.items() if name.split("/")[0] not in ("net", "output")}


def leftovers(folder: Path, outputs: Sequence[str]) -> list[str]:
    """Return the hidden files of the outputs in a folder, and beside them."""
    hidden = set(folder.glob(".*")) | {
        path
        for path in _files(folder, outputs)
        if any(part[0] == "." for part in path.relative_to(folder).parts)
    }
    return sorted(path.relative_to(folder).as_posix() for path in hidden)


def _all_keys() -> str:
    """Return a configuration file of all keys that take no time, with their defaults."""
    wanted = [key for key in DECLARED.values() if key.subject in SUBJECTS]
    lines = [f"{key.name} = {key.default}" for key in wanted if key.default != ""]
    return "\n".join(["[all]", *lines, ""])


def _files(folder: Path, outputs: Sequence[str]) -> list[Path]:
    roots = [folder / output for output in outputs]
    found = [root for root in roots if root.is_file()]
    return found + [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder into what is there of it already."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)
