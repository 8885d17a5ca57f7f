"""What went wrong or was assumed, file by file, and the summary at the end of a run."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from deepquake.core.errors import at
from deepquake.core.text import printable

SHOWN_PROBLEMS = 10


@dataclass(frozen=True)
class Problem:
    """One thing to tell the user: ``kind`` is 'skipped' (a file or part is left out) or 'note'."""

    kind: str
    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        return printable(f"{at(self.path, self.line)}: {self.message}")


@dataclass
class Report:
    """Collects the problems of a run; workers return theirs and ``merge`` puts them together."""

    problems: list[Problem] = field(default_factory=list)

    def skip(self, path: Path | str, message: str, line: int | None = None) -> None:
        """Record that a file, or a part of it, was left out.

        Parameters
        ----------
        path : Path or str
            The file.
        message : str
            Why it was left out.
        line : int, optional
            Where in the file.
        """
        self.problems.append(Problem(kind="skipped", path=str(path), line=line, message=message))

    def note(self, path: Path | str, message: str, line: int | None = None) -> None:
        """Record that something was odd.

        Parameters
        ----------
        path : Path or str
            The file.
        message : str
            What was odd, and what was assumed.
        line : int, optional
            Where in the file.
        """
        self.problems.append(Problem(kind="note", path=str(path), line=line, message=message))

    def merge(self, other: "Report") -> None:
        """Add the problems of another report after the ones here."""
        self.problems.extend(other.problems)

    def of_kind(self, kind: str) -> list[Problem]:
        """Return the problems of one kind, in the order they were met."""
        return [problem for problem in self.problems if problem.kind == kind]

    def print_summary(self, everything: bool = False) -> None:
        """Print to stderr what was skipped and noted: all of it, or the first ten of each kind.

        What is not shown line by line is counted by message, so nothing is left out silently.
        """
        for kind, title in (("skipped", "left out"), ("note", "noted")):
            problems = self.of_kind(kind)
            if not problems:
                continue
            print(f"{title}: {len(problems)}", file=sys.stderr)
            shown = problems if everything else problems[:SHOWN_PROBLEMS]
            for problem in shown:
                print(f"  {problem}", file=sys.stderr)
            rest = Counter(printable(problem.message) for problem in problems[len(shown) :])
            for message, count in rest.most_common(SHOWN_PROBLEMS):
                print(f"  ... and {count} x {message}", file=sys.stderr)
            if len(rest) > SHOWN_PROBLEMS:
                others = len(rest) - SHOWN_PROBLEMS
                print(f"  ... and {others} other messages (see --debug 1)", file=sys.stderr)


@dataclass(slots=True)
class Departures:
    """Reports each kind of departure of a file once, and everything left out."""

    name: str
    report: Report
    seen: set[str] = field(default_factory=set)

    def note(self, line: int, message: str) -> None:
        """Report a departure, the first time it is met.

        Parameters
        ----------
        line : int
            Where in the file.
        message : str
            What is unlike the format, and how it was read.
        """
        if message not in self.seen:
            self.seen.add(message)
            self.report.note(self.name, message, line)

    def skip(self, line: int, message: str) -> None:
        """Report something left out.

        Parameters
        ----------
        line : int
            Where in the file.
        message : str
            What was left out, and why.
        """
        self.report.skip(self.name, message, line)
