"""README.md and docs/: commands that work word for word, links that lead somewhere, true tables."""

import csv
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from deepquake.core import configuration
from deepquake.core.settings import DECLARED, Declaration
from tests.docs.pages import (
    PAGES,
    ROOT,
    Command,
    anchors,
    blocks,
    commands,
    files_named,
    links,
    name_of,
    repository_paths,
    table_rows,
)
from tests.docs.programs import (
    TOOLS,
    imported_by,
    options_in_help,
    parser_of,
    places_of,
    program_of,
)

README, DOCS = ROOT / "README.md", ROOT / "docs"
# what the pages may start besides steps, tools and the scripts of the project
OTHERS = ("source", "python3", "tensorboard", "pip", "apptainer", "docker")
# makes the run of a page small; the last of two values of an option holds
SMALLER = {
    f"{TOOLS}.make_demo_dataset": "--events 4 --continuous_hours 0.1",
    f"{TOOLS}.plot_mseed": "--pattern '2017*'",
    "step1_windows.py": "--plot 0 --workers 1",
    "step4_train.py": "--plot 0 --max_checkpoint_step 40",
    "step5_eval_tfrecords.py": "--plot 0",
    "step6_detect_mseed.py": "--plot 0",
}
# a network of arrivals starts as the one that comes with DeepQuake: a few steps are enough then
FROM_PRETRAINED = "--initial_checkpoint_dir pretrained --max_checkpoint_step 4"
# lines of output that the small run doesn't have
NOT_IN_THE_SMALL_RUN = (
    "...",
    "validation",
    "P: best",
    "S: best",
    "note: ",
    "picture",
    "locationAccuracy",
    "origins against",
    "of the catalogue's",
    "region:",
)
# the programs that are run, after those of docs/cycle.md, with the arguments of the other pages
QUICK = (
    *("inspect_sfile", "join_components", "add_mseed_extension", "mseed_name2sfile_name"),
    *("cluster_events", "augment_tfrecords", "results", "associate", "convert", TOOLS),
    "seisbench",
)
# docs/regions.md makes a set of its own: with these programs, in these folders
MAKE_REGIONS = ("make_demo_dataset", "step0_metadata.py")
OF_REGIONS = ("input/regions", "output/regions")
# where a folder that docs/files.md names is in the run of docs/cycle.md, by who writes it
FOLDERS = {
    "step 1": "output/demo/prep",
    "step 4": "output/demo/checkpoints",
    "step 6": "output/demo/detect",
    "step 6, with a network of windows": "output/demo/windows/detect",
    "`results`": "output/results",
    "`cluster_events`": "output/regions/*",
}

every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file) if file else page
        assert target.is_file(), f"{name_of(page)}: {link}"
        assert not anchor or anchor in anchors(target), f"{name_of(page)}: {link}"


@every_page
def test_files_named_in_the_text_are_there(page: Path) -> None:
    examples = {"experiments/mine.ini"}
    names = set(files_named(page)) - examples
    assert [name for name in names if not (ROOT / name).exists()] == []


@every_page
def test_steps_and_tools_take_the_arguments_given(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in commands(page):
        if found := program_of(command):
            try:
                parser_of(found[0]).parse_args(found[1])
            except SystemExit as ended:  # --help ends with 0
                assert ended.code == 0, f"{command}\n{capsys.readouterr().err}"


@every_page
def test_commands_read_what_others_before_them_wrote(page: Path) -> None:
    before = [] if page == DOCS / "cycle.md" else commands(DOCS / "cycle.md")
    written: list[Path] = []
    for command in [*before, *commands(page)]:
        if program_of(command) and "--help" not in command.words:
            writes, reads = places_of(command)
            for path in reads:
                there = any(path.is_relative_to(w) or w.is_relative_to(path) for w in written)
                assert there or path.parts[0] != "output", f"{command}: {path}"
            written += [writes] if writes else []


@every_page
def test_commands_name_what_there_is(page: Path) -> None:
    for command in commands(page):
        for path in repository_paths(command):
            assert any(ROOT.glob(path)), f"{command}: {path}"
        first, *further = command.words
        if first == "bash":
            options = {word for word in further if word.startswith("--")}
            assert options <= options_in_help(further[0]), str(command)
        elif first.startswith(".venv/bin/"):
            assert Path(sys.executable).with_name(Path(first).name).exists(), str(command)
        elif first == "python" and further[0] == "-m" and not program_of(command):
            assert further[1] == "dask", str(command)
        elif first not in OTHERS:
            assert program_of(command) or (ROOT / further[0]).is_file(), str(command)


def test_variables_before_commands_are_known_to_the_scripts() -> None:
    scripts = (ROOT / "experiments").rglob("*.sh")
    known = " ".join(path.read_text(encoding="utf-8") for path in scripts)
    for page in PAGES:
        for command in commands(page):
            names = [text.partition("=")[0] for text in command.variables]
            if command.words[0] == "bash":
                assert [name for name in names if name not in known] == [], str(command)


def test_two_hops_lead_from_a_step_to_its_work() -> None:
    """The modules of the table in docs/development.md import each other as it says."""
    rows = [row for row in table_rows(DOCS / "development.md") if row[0].startswith("`step")]
    assert len(rows) == 7
    for step, module, further in rows:
        path = ROOT / module.strip("`")
        assert path in imported_by(ROOT / step.strip("`")), step
        named = re.findall(r"`([^`]+)`", further)
        assert [name for name in named if ROOT / name not in imported_by(path)] == [], module


def test_readme_is_short_and_names_every_page_step_and_tool() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    assert [page.name for page in PAGES[1:] if f"(docs/{page.name})" not in text] == []
    first_cells = [row[0] for row in table_rows(README)]
    steps = [path.name for path in sorted(ROOT.glob("step*.py"))]
    assert [cell for cell in first_cells if cell.startswith("`step")] == [f"`{s}`" for s in steps]
    tools = [path.stem for path in sorted((ROOT / "deepquake/tools").glob("[a-z]*.py"))]
    told = {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}
    assert [tool for tool in tools if tool not in told] == []


def takes(key: Declaration) -> str:
    """Return what a setting takes, in words."""
    if key.kind is bool or key.choices:
        return ", ".join(key.choices or ("true", "false"))
    if key.kind is str:
        return "text"
    number = "a whole number" if key.kind is int else "a number"
    if key.above is not None:
        return f"{number} above {key.above:g}"
    if key.most is not None:
        return f"{number} from {key.least:g} to {key.most:g}"
    return f"{number} of {key.least:g} or more"


def test_every_setting_is_in_the_tables_as_it_is_declared() -> None:
    declared = []
    for key in DECLARED.values():
        default = str(key.default).lower() if key.kind is bool else str(key.default)
        cells = [f"`{key.name}`", default and f"`{default}`", takes(key), key.meaning]
        declared.append(cells)
    rows = [row for row in table_rows(DOCS / "configuration.md") if row[0].startswith("`")]
    assert rows == declared


@every_page
def test_settings_files_are_read(page: Path, tmp_path: Path) -> None:
    for text in blocks(page, "ini"):
        (tmp_path / "mine.ini").write_text(text, encoding="utf-8")
        configuration.load({}, tmp_path / "mine.ini")


def small(command: Command) -> str:
    """Return a step or tool of a page and its arguments, made small."""
    program, arguments = program_of(command) or ("", ())
    line = shlex.join([program, *arguments])
    # the small set has other events, the last of them at this time
    line = line.replace("06-0718-39L.S202303", "10-1840-55L.S202303")
    started = FROM_PRETRAINED if program == "step4_train.py" and "unet" in line else ""
    return f"{line} {SMALLER.get(program, '')} {started}"


def is_quick(command: Command) -> bool:
    """Return whether to run a command, and whether docs/cycle.md made what it reads."""
    found = program_of(command)
    named = [word for word in command.words if word.startswith(("input/", "output/"))]
    if found is None:
        return False
    program = found[0].removeprefix(f"{TOOLS}.")
    if named and all(word.startswith(OF_REGIONS) for word in named):
        return program in (*QUICK, *MAKE_REGIONS)
    there = ("input/demo/", "output/demo/", "output/results")
    return program in QUICK and all(word.startswith(there) for word in named)


def run(lines: list[str], folder: Path) -> str:
    """Run steps, tools and pages in a folder, in one process, and return what they print."""
    (folder / "experiments").symlink_to(ROOT / "experiments")
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.programs"],
        input="\n".join(lines),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run docs/cycle.md, the quick commands and Python; return the folder and the output."""
    folder, cycle = tmp_path_factory.mktemp("project"), DOCS / "cycle.md"
    lines = [small(command) for command in commands(cycle) if program_of(command)]
    others = [command for page in PAGES if page != cycle for command in commands(page)]
    lines += [small(command) for command in others if is_quick(command)]
    lines += [name_of(page) for page in PAGES if blocks(page, "python")]
    return folder, run(lines, folder)


def test_the_ten_commands_take_a_real_archive_to_detections(
    tmp_path: Path, shared_data: Path
) -> None:
    data = tmp_path / "input/mynet"
    (data / "continuous").mkdir(parents=True)
    for name in ("mseed", "sfiles_nordicformat"):
        (data / name).symlink_to(shared_data / "ncal" / name)
    (data / "continuous/mseed").symlink_to(shared_data / "iceland/mseed")
    ten = [command for command in commands(README) if "mynet" in str(command)]
    printed = run([small(command) for command in ten], tmp_path)
    text = " ".join(README.read_text(encoding="utf-8").split())
    said = re.findall(r"`(\d+ to train, \d+ to test)`", text)
    assert len(ten) == 9  # and the environment
    assert len(said) == 2
    assert [counts for counts in said if counts not in printed] == []
    assert (tmp_path / "output/mynet/detect/events.csv").is_file()


def test_the_demonstration_set_has_what_the_pages_name(
    project: tuple[Path, str],
) -> None:
    folder, _ = project
    for page in PAGES:
        for command in commands(page):
            for word in command.words:
                if word.startswith("input/demo/") and not re.search(r"\.S\d{6}$", word):
                    assert (folder / word).exists(), str(command)


def without_numbers(line: str) -> str:
    """Return a line of output without its numbers, and with its columns not aligned."""
    line = " ".join(line.split()).replace("1 false alarm ", "1 false alarms ")
    return re.sub(r"[+\d.:T-]*\d[\d.:T-]*", "#", line)


@pytest.mark.parametrize("name", ["cycle.md", "experiments.md", "python.md", "regions.md"])
def test_output_is_shown_as_it_is(name: str, project: tuple[Path, str]) -> None:
    printed = {without_numbers(line) for line in project[1].splitlines()}
    shown = [line for block in blocks(DOCS / name, "text") for line in block.splitlines()]
    wrong = [line for line in shown if line and without_numbers(line) not in printed]
    assert [line for line in wrong if not line.strip().startswith(NOT_IN_THE_SMALL_RUN)] == []


def test_tables_have_the_columns_that_the_page_says(project: tuple[Path, str]) -> None:
    folder, _ = project
    tables = [row for row in table_rows(DOCS / "files.md") if row[0][0] == "`" and len(row) == 4]
    assert len(tables) == 12
    for file, writer, _, columns in tables:
        name = file.split("`")[1].partition("/")[2].replace("STEM", "2023*")
        place = FOLDERS.get(writer) or FOLDERS[writer.split(",")[0]]
        path = next(folder.glob(f"{place}/{name}"))
        with path.open(encoding="utf-8", newline="") as table:
            assert next(csv.reader(table)) == re.findall(r"`(\w+)`", columns), str(path)
