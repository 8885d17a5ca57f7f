"""Damaged inputs: each kind of file that the steps read, and which steps read it."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import obspy

from deepquake.core.settings import DECLARED
from tests.docs.format_samples import SAMPLES
from tests.faults.bench import Bench, Trial
from tests.faults.checks import faults_of
from tests.faults.mutations import (
    BINARY,
    TEXT,
    Damage,
    arrays,
    headers,
    members,
    mutate,
    payloads,
)
from tests.faults.stages import BY_NAME, VARIANTS, new_case

OBSPY = Path(obspy.__file__).parent / "io"
LARGEST = 200_000  # bytes of ObsPy's samples that are taken
SAMPLE = Path("damaged")  # the name of a sample of ours, before its own
WAVEFORMS = (
    *("ah", "alsep", "ascii", "css", "dmx", "gcf", "gse2", "kinemetrics", "mseed", "nied", "pdas"),
    *("reftek", "rg16", "sac", "seg2", "segy", "seisan", "sh", "wav", "win", "y"),
)
CATALOGUES = (
    *("cmtsolution", "cnv", "focmec", "hypodd", "iaspei", "ndk", "nlloc", "nordic", "pde"),
    *("quakeml", "scardec", "seiscomp", "zmap"),
)
STATIONS = ("arclink", "css", "stationtxt", "stationxml", "xseed", "seiscomp")


@dataclass(frozen=True)
class Input:
    """A kind of input.

    ``files`` returns paths below the folder of the undisturbed results, or files of others, of
    which one is damaged; in a case it lies at ``place``, or where it was. ``commands`` are steps
    and what is added to their options. As one of ``many`` files it may stop no run.
    """

    what: str
    files: Callable[[Path], Sequence[Path]]
    damages: Sequence[Damage]
    commands: Sequence[tuple[str, str]]
    place: str = ""
    many: bool = False
    names: Sequence[str] = field(default=())  # which errors may name instead of the file


def damage(bench: Bench, draw: Random, folder: Path, kind: Input) -> Trial:
    """Damage a file of a kind and run a step that reads it.

    Parameters
    ----------
    bench : Bench
        Where the steps run.
    draw : Random
        Decides which file, how, and which step.
    folder : Path
        The folder of the case, to be made.
    kind : Input
        The kind.
    """
    files = sorted(kind.files(bench.reference))
    if not files:
        return Trial("", skipped="there is no such file")
    source = draw.choice(files)
    content, how = mutate(_content(source), draw, list(kind.damages))
    step_name, more = draw.choice(list(kind.commands))
    case = folder
    if step := BY_NAME.get(step_name):
        argv = step.argv(draw.choice(VARIANTS))
        new_case(bench.reference, case, step)
    else:
        argv = [step_name]
        case.mkdir(parents=True)
        (case / "input").symlink_to(bench.reference / "input")
        (case / "output").mkdir()
        (intact,) = bench.reference.glob("all/output/eval_*.json")
        shutil.copy(intact, case / "output" / "eval_intact.json")
    path = _place(bench.reference, case, source, kind.place)
    path.write_bytes(content)
    argv += more.format(path=path.relative_to(case)).split()
    done = bench.server.run(argv, case)
    names = (path.name, *kind.names)
    wrong = faults_of(done, (0,) if kind.many else (0, 1), names)
    return Trial(f"{done.command}; {path.relative_to(case)}: {how}", wrong)


def _content(source: Path) -> bytes:
    if source.parent == SAMPLE:
        return _samples()[source.name].encode()
    return source.read_bytes()


def _place(reference: Path, case: Path, source: Path, place: str) -> Path:
    """Return where the damaged file lies in a case; what is beside it is copied, not linked."""
    for root in (reference / "all", reference):
        if not place and source.is_relative_to(root):
            path = case / source.relative_to(root)
            break
    else:
        path = case / place / source.name if place else case / source.name
    top = case / path.relative_to(case).parts[0]
    if top.is_symlink():
        linked = top.resolve()
        top.unlink()
        if linked.is_dir():
            shutil.copytree(linked, top)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _samples() -> dict[str, str]:
    """Return our samples of catalogues by a name of a file each."""
    return {
        f"{number:02d}_{name}": text
        for number, files in enumerate(SAMPLES.values())
        for name, text in files.items()
    }


def _catalogues(reference: Path) -> list[Path]:
    ours = [SAMPLE / name for name in _samples()]
    return ours * 3 + _of_obspy(CATALOGUES) + [*(reference / "input").glob("sfiles*/*")] * 3


def _of_obspy(kinds: Sequence[str]) -> list[Path]:
    found = [path for kind in kinds for path in (OBSPY / kind / "tests" / "data").glob("*")]
    return [path for path in found if path.is_file() and path.stat().st_size < LARGEST]


def _below(pattern: str) -> Callable[[Path], list[Path]]:
    return lambda reference: [path for path in reference.glob(pattern) if path.is_file()]


CHECK = ("deepquake.tools.check_dataset", "--dataset_dir input")
ASSOCIATE = ("associate", "")
GOES_ON = ("step4", "--resume 1 --max_checkpoint_step 10")
NETWORK = [("step5", ""), ("step6", ""), GOES_ON]
DATASETS = [("step2", ""), ("step3", "")]
INPUTS = {
    "mseed": Input(
        "miniSEED files among others",
        _below("input/mseed/*"),
        [*BINARY, headers, headers, headers],
        [("step1", ""), ("step6", ""), ASSOCIATE, CHECK],
        many=True,
    ),
    "waveforms": Input(
        "waveform files of any format, ObsPy's samples, among others",
        lambda _: _of_obspy(WAVEFORMS),
        BINARY,
        [("step1", ""), ("step6", ""), CHECK],
        place="input/mseed",
        many=True,
    ),
    "catalogues": Input(
        "s-files, QuakeML, tables, files of locators, among others",
        _catalogues,
        [*BINARY, *TEXT, *TEXT],
        [("step0", ""), ("step0", ""), CHECK],
        place="input/sfiles_nordicformat",
        many=True,
    ),
    "catalog_json": Input(
        "catalog.json",
        _below("all/catalog.json"),
        [*BINARY, *TEXT, *TEXT],
        [
            *(("step1", ""), ("step6", "--catalog_path catalog.json")),
            ("step5", "--catalog_path catalog.json --clusters_file_path input/regions.json"),
        ],
    ),
    "stations": Input(
        "stations.csv",
        _below("input/stations.csv"),
        [*BINARY, *TEXT, *TEXT],
        [("step1", ""), ("step6", ""), ASSOCIATE, CHECK],
    ),
    "station_lists": Input(
        "lists of stations in other formats, ObsPy's samples",
        lambda _: _of_obspy(STATIONS),
        [*BINARY, *TEXT],
        [("step1", "--stations_path {path}")],
        place="input/lists",
    ),
    "velocity": Input(
        "velocity models",
        _below("input/velocity_model.csv"),
        [*BINARY, *TEXT, *TEXT],
        [(name, "--velocity_model_path {path}") for name in ("step1", "step6", "associate")],
    ),
    "picks": Input(
        "picks.csv of step 6",
        _below("all/detect/picks.csv"),
        [*BINARY, *TEXT, *TEXT],
        [ASSOCIATE],
    ),
    "regions": Input(
        "region files",
        _below("input/regions.json"),
        [*BINARY, *TEXT, *TEXT],
        [(name, "--clusters_file_path {path}") for name in ("step2", "step6", "associate")],
    ),
    "channel_map": Input(
        "channel maps",
        _below("input/lists/channel_map.csv"),
        [*BINARY, *TEXT, *TEXT],
        [("step1", "--channel_map {path}"), ("step6", "--channel_map {path}")],
    ),
    "ini": Input(
        "configuration files",
        _below("input/all.ini"),
        [*BINARY, *TEXT, *TEXT, *TEXT],
        [(name, "--config_file_path {path}") for name in ("step0", "step1", "step2", "step3")],
        names=list(DECLARED),
    ),
    "model_json": Input(
        "model.json", _below("all/net/model.json"), [*BINARY, *TEXT, *TEXT], NETWORK, names=["net"]
    ),
    "weights": Input(
        "weights of a network",
        lambda reference: sorted((reference / "all" / "net").glob("*.npz"))[-1:],
        [*BINARY, members, arrays, arrays, arrays],
        NETWORK,
        names=["net"],
    ),
    "results": Input(
        "results of step 5, among others",
        _below("all/output/eval_*.json"),
        [*BINARY, *TEXT, *TEXT],
        [("deepquake.tools.results", "--results_dir output --output_dir table")],
        many=True,
    ),
    "history": Input(
        "history.csv of a training",
        _below("all/net/history.csv"),
        [*BINARY, *TEXT, *TEXT],
        [GOES_ON],
    ),
    "tfrecords": Input(
        "TFRecords",
        _below("all/tf/*/*/*.tfrecords"),
        [*BINARY, payloads, payloads, payloads, payloads],
        [("step4", ""), ("step5", "")],
    ),
    "tfrecords_json": Input(
        "what lies beside TFRecords and says what they are made from",
        _below("all/tf/*/*/*.json"),
        [*BINARY, *TEXT],
        DATASETS,
    ),
    "index": Input(
        "windows.csv and events.csv of step 1",
        _below("all/prep/*.csv"),
        [*BINARY, *TEXT, *TEXT],
        DATASETS,
    ),
    "station_streams": Input(
        "station streams of step 1", _below("all/prep/mseed/*"), [*BINARY, headers], DATASETS
    ),
}
