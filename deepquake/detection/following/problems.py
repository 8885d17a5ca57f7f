"""What is wrong with records and files, told while it goes on: each once a day, many alike in few
lines."""

from collections import defaultdict
from dataclasses import dataclass, field

from deepquake.core.report import Problem, Report
from deepquake.core.text import number_of

SHOWN_ALIKE = 5  # of a turn


@dataclass
class ProblemsTold:
    """What has been told of late."""

    said: set[tuple[str, str]] = field(default_factory=set)

    def lines(self, report: Report) -> list[str]:
        """Return what there is to say of a turn: of messages that are alike the first few."""
        alike: dict[tuple[str, str], list[Problem]] = defaultdict(list)
        for problem in report.problems:
            key = problem.path, problem.message
            if key not in self.said:
                self.said.add(key)
                alike[problem.kind, problem.common].append(problem)
        lines = []
        for (kind, _), problems in alike.items():
            what = "left out" if kind == "skipped" else "noted"
            n_more = len(problems) - SHOWN_ALIKE
            lines += [f"{what}: {problem}" for problem in problems[:SHOWN_ALIKE]]
            if n_more > 0:
                lines.append(f"{what}: {number_of(n_more, 'more of this kind', ending='')}")
        return lines
