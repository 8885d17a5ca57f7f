"""What went wrong or was assumed, file by file, and the summary at the end of a run."""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from deepquake.core.errors import at
from deepquake.core.text import duration, listing, number_of, printable, with_short_words
from deepquake.core.times import iso

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHOWN_PROBLEMS = 10
SHOWN_CHANNELS = 3
WITH_NUMBER = re.compile(r"(?<!\S)[^\s\d]*\d\S*")  # a word
SAME_PLACE_S = 0.1  # spans no farther apart are in one place


@dataclass(frozen=True)
class Problem:
    """One thing to tell the user: ``kind`` is 'skipped' (a file or part is left out) or 'note'.

    ``spans`` are the times that it is about, where it is about times: of each channel, start and
    end (seconds since 1970 UTC). ``others`` are further files that it is about.
    """

    kind: str
    path: str
    line: int | None
    message: str
    spans: dict[str, set[tuple[float, float]]] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        return printable(f"{at(self.path, self.line)}: {self.told}")

    @property
    def told(self) -> str:
        """The message, with the times that it is about."""
        if not self.spans:
            return self.message
        places = self._places(SAME_PLACE_S)
        n_places, first_s = sum(map(len, places)), min(found[0, 0] for found in places)
        first = f"{'the first ' * (n_places > 1)}from {iso(first_s)} on"
        channels = listing(sorted(self.spans), SHOWN_CHANNELS)
        amount = f"{duration(self.seconds)} in {number_of(n_places, 'place')}"
        return f"{self.message} ({channels}: {amount}, {first})"

    def of_each_file(self) -> list[str]:
        """Return what is told, once for each file that it is about."""
        return [str(replace(self, path=path)) for path in (self.path, *self.others)]

    @property
    def common(self) -> str:
        """What messages have in common that differ in numbers or in names that hold one."""
        return WITH_NUMBER.sub("0", self.message)

    @property
    def seconds(self) -> float:
        """How long the times are that it is about, all channels together."""
        return float(sum((spans[:, 1] - spans[:, 0]).sum() for spans in self._places()))

    def _places(self, apart_s: float = 0.0) -> list["NDArray[np.float64]"]:
        """Return the union of the spans of each channel."""
        import numpy as np  # here: help and options need no NumPy, which a shell may lack

        from deepquake.core.intervals import union

        found = (np.array(sorted(spans)) for spans in self.spans.values())
        return [union(spans[:, 0], spans[:, 1], apart_s) for spans in found]


@dataclass
class Report:
    """Collects the problems of a run; workers return theirs and ``merge`` puts them together."""

    problems: list[Problem] = field(default_factory=list)
    _by_span: dict[tuple[str, str, str], Problem] = field(default_factory=dict, repr=False)

    def skip(
        self,
        path: Path | str,
        message: str,
        line: int | None = None,
        others: Iterable[Path] = (),
    ) -> None:
        """Record that a file, or a part of it, was left out.

        Parameters
        ----------
        path : Path or str
            The file.
        message : str
            Why it was left out.
        line : int, optional
            Where in the file.
        others : iterable of Path, optional
            Further files that it is about.
        """
        self._tell("skipped", path, message, line=line, others=others)

    def note(
        self,
        path: Path | str,
        message: str,
        line: int | None = None,
        others: Iterable[Path] = (),
    ) -> None:
        """Record that something was odd.

        Parameters
        ----------
        path : Path or str
            The file.
        message : str
            What was odd, and what was assumed.
        line : int, optional
            Where in the file.
        others : iterable of Path, optional
            Further files that it is about.
        """
        self._tell("note", path, message, line=line, others=others)

    def _tell(
        self, kind: str, path: Path | str, message: str, line: int | None, others: Iterable[Path]
    ) -> None:
        names = tuple(map(str, others))
        self.problems.append(Problem(kind, str(path), line=line, message=message, others=names))

    def lose(
        self,
        path: Path | str,
        message: str,
        channel: object,
        spans: Iterable[tuple[float, float]],
        kind: str = "skipped",
    ) -> None:
        """Record that something is wrong at some times of a channel; told again, it counts once.

        Parameters
        ----------
        path : Path or str
            The file.
        message : str
            What is wrong, the same for all files.
        channel : object
            Its codes.
        spans : iterable of (float, float)
            Start and end of each, seconds since 1970 UTC.
        kind : str, optional
            'skipped' where the samples are left out, 'note' where they are used.
        """
        key = kind, str(path), message
        if key not in self._by_span:
            self._by_span[key] = Problem(kind, str(path), line=None, message=message)
            self.problems.append(self._by_span[key])
        self._by_span[key].spans.setdefault(str(channel), set()).update(spans)

    def merge(self, other: "Report", again: bool = True) -> None:
        """Add the problems of another report after the ones here.

        Parameters
        ----------
        other : Report
            Such as that of a worker.
        again : bool
            Whether what is here already is added once more.
        """
        for problem in other.problems:
            if not problem.spans and (again or problem not in self.problems):
                self.problems.append(problem)
            for channel, spans in problem.spans.items():
                self.lose(problem.path, problem.message, channel, spans=spans, kind=problem.kind)

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
            rest: dict[str, Counter[str]] = defaultdict(Counter)
            for problem in problems[len(shown) :]:
                rest[problem.common][printable(problem.message)] += 1
            by_count = sorted(rest.values(), key=Counter.total, reverse=True)
            for messages in by_count[:SHOWN_PROBLEMS]:
                count = f"{messages.total()} {'x' if len(messages) == 1 else 'such as:'}"
                print(f"  ... and {count} {next(iter(messages))}", file=sys.stderr)
            if len(rest) > SHOWN_PROBLEMS:
                others = len(rest) - SHOWN_PROBLEMS
                print(f"  ... and {others} other messages (see --debug 1)", file=sys.stderr)
            for text in _totals(problems, shown):
                print(f"  in all: {text}", file=sys.stderr)


def _totals(problems: Sequence[Problem], shown: Sequence[Problem]) -> list[str]:
    """Return how long the times are that problems are about, by message, where not all shown."""
    by_message: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.spans:
            by_message.setdefault(problem.message, []).append(problem)
    return [
        f"{message}: {duration(sum(problem.seconds for problem in alike))} "
        f"of {number_of(len({problem.path for problem in alike}), 'file')}"
        for message, alike in by_message.items()
        if len(alike) > 1 or alike[0] not in shown
    ]


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
            self.report.note(self.name, with_short_words(message), line)

    def skip(self, line: int, message: str) -> None:
        """Report something left out.

        Parameters
        ----------
        line : int
            Where in the file.
        message : str
            What was left out, and why.
        """
        self.report.skip(self.name, with_short_words(message), line)
