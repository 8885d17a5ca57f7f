"""The programs that the pages name: the parsers of their options, and running many of them.

As a program of its own (``python -m tests.docs.programs``) it runs the commands given on stdin, one
a line, in one process: to start Python and load TensorFlow for each would take a minute. A page
instead of a command stands for its Python blocks.
"""

import argparse
import ast
import importlib
import re
import runpy
import shlex
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT, Command, blocks

TOOLS = "deepquake.tools"
# the option that names what a program writes, where it is not output_dir
WRITES = {
    "step0_metadata.py": "output_path",
    "step1_windows.py": "prep_data_dir",
    "step2_tfrecords_pos.py": "tfrecords_dir",
    "step3_tfrecords_neg.py": "tfrecords_dir",
    "step4_train.py": "checkpoint_dir",
    f"{TOOLS}.convert": "output_path",
}


class Parsed(Exception):
    """Raised in place of parsing: the program has built its parser."""


@cache
def parser_of(program: str) -> argparse.ArgumentParser:
    """Return the parser that a step or a tool builds.

    Parameters
    ----------
    program : str
        The file of a step, or the name of a module.

    Returns
    -------
    argparse.ArgumentParser
        The parser; the program goes no further.
    """
    found: list[argparse.ArgumentParser] = []

    def remember(self: argparse.ArgumentParser, *_: object, **__: object) -> None:
        found.append(self)
        raise Parsed

    parse_args, argv = argparse.ArgumentParser.parse_args, sys.argv
    argparse.ArgumentParser.parse_args = remember  # type: ignore[method-assign,assignment]
    sys.argv = [program]
    try:
        main_of(program)()
    except Parsed:
        pass
    finally:
        argparse.ArgumentParser.parse_args = parse_args  # type: ignore[method-assign]
        sys.argv = argv
    return found[0]


def main_of(program: str) -> Callable[[], None]:
    """Return the function ``main`` of a step or a tool."""
    if program.endswith(".py"):
        return runpy.run_path(str(ROOT / program), run_name="step")["main"]
    return importlib.import_module(f"{TOOLS}.__main__" if program == TOOLS else program).main


def program_of(command: Command) -> tuple[str, tuple[str, ...]] | None:
    """Return the step or tool that a command runs, and its arguments; None if it runs neither.

    It may be started by another program: srun, docker.
    """
    words = command.words
    for number, word in enumerate(words):
        if re.fullmatch(r"step\w+\.py", word):
            return word, words[number + 1 :]
        if word == TOOLS or word.startswith(f"{TOOLS}."):
            return word, words[number + 1 :]
    return None


def places_of(command: Command) -> tuple[Path | None, list[Path]]:
    """Return the file or folder that a step or tool writes, and the others that it is given."""
    program, arguments = program_of(command) or ("", ())
    given = vars(parser_of(program).parse_args(arguments))
    writes = given.get(WRITES.get(program, "output_dir"))
    paths = [Path(value) for value in given.values() if isinstance(value, (Path, str)) and value]
    written = Path(writes) if writes else None
    return written, [path for path in paths if path != written]


def imported_by(path: Path) -> set[Path]:
    """Return the files of the project's modules that a Python file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    files = {ROOT / f"{name.replace('.', '/')}.py" for name in names}
    return {file for file in files if file.is_file()}


def options_in_help(program: str) -> set[str]:
    """Return the options that a shell script's comment at the top names."""
    text = (ROOT / program).read_text(encoding="utf-8").partition("set -euo")[0]
    return {word for word in text.replace("[", " ").split() if word.startswith("--")} | {"--help"}


def run_all(lines: Iterable[str]) -> None:
    """Run steps and tools, each given with its arguments as on a command line, and pages."""
    for line in lines:
        print(line.strip(), flush=True)
        sys.argv = shlex.split(line)
        if sys.argv[0].endswith(".md"):
            exec("\n".join(blocks(ROOT / sys.argv[0], "python")), {})
        else:
            main_of(sys.argv[0])()


if __name__ == "__main__":
    run_all(sys.stdin)
