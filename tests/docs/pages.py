"""The pages taken apart: README.md and docs/, their blocks, commands, links and headings."""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = next(p for p in Path(__file__).resolve().parents if (p / "config_default.ini").is_file())
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"[A-Z_]+=.*", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command of a page: the variables before it, and its words."""

    page: str
    words: tuple[str, ...]
    variables: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"


def name_of(page: Path) -> str:
    """Return the name of a page as its links have it."""
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """Return the text of a page without its blocks."""
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a page in one language."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [text for kind, text in found if kind == language]


def commands(page: Path) -> list[Command]:
    """Return the commands of the shell blocks of a page; lines that only set variables are none."""
    found = []
    for block in blocks(page, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removesuffix("&"), comments=True)
            variables = []
            while words and (words[0] == "export" or VARIABLE.fullmatch(words[0])):
                variables.append(words.pop(0))
            if words:
                found.append(Command(name_of(page), tuple(words), tuple(variables)))
    return found


def links(page: Path) -> list[str]:
    """Return the targets of the links and pictures of a page."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def files_named(page: Path) -> list[str]:
    """Return the files and folders of the project that the prose of a page names."""
    spans = re.findall(r"`([^`]+)`", prose(page))
    names = [span for span in spans if re.fullmatch(r"[\w./]+", span)]
    return [name for name in names if name.startswith(("deepquake/", "tests/", "experiments/"))]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page: its headings, in small letters, with hyphens for blanks."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def table_rows(page: Path) -> list[list[str]]:
    """Return the cells of all rows of the tables of a page."""
    lines = [line for line in prose(page).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def repository_paths(command: Command) -> list[str]:
    """Return the words of a command that name something of the project.

    What is in input/ and output/ is the user's, and $PWD is theirs; - begins an option.
    """
    theirs = ("input/", "output/", ".venv/", "-", "/", "$")
    return [
        word
        for word in command.words
        if (os.sep in word or word.endswith((".py", ".sh", ".ini"))) and not word.startswith(theirs)
    ]
