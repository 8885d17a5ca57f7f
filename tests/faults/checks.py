"""What may be asked of every run, whatever was done to it."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from tests.faults.processes import Done

MOST_MEMORY_MB = 1500  # some 450 are what the libraries take
DEFECT = re.compile(r"Traceback|\w+Warning: |^\w*Error\b|Fatal Python", re.MULTILINE)
SHOWN = 3  # names of files, of many
PLAIN = "\n\t\r"  # a bar of progress uses the last


def faults_of(done: Done, statuses: Sequence[int] = (0, 1), names: Sequence[str] = ()) -> list[str]:
    """Return what is wrong with the end of a run.

    Parameters
    ----------
    done : Done
        The run.
    statuses : sequence of int
        How it may end.
    names : sequence of str
        One of them is to be in what it says where it fails.
    """
    if done.status is None:
        return [f"hangs: not ended after {done.seconds:.0f} s"]
    wrong = []
    if done.status not in statuses:
        wrong.append(f"ends with status {done.status}")
    if found := DEFECT.search(done.stderr):
        wrong.append(f"says '{_line_of(done.stderr, found.start())}'")
    if done.status == 1 and 1 in statuses:
        lines = done.stderr.strip().splitlines() or [""]
        if not lines[-1].startswith("error: "):
            wrong.append(f"does not say what is wrong: '{lines[-1]}'")
        elif names and not any(name in done.stderr for name in names):
            wrong.append(f"does not name {' or '.join(names)}: '{lines[-1]}'")
    if odd := {mark for mark in done.said if _is_odd(mark)}:
        wrong.append(f"prints {', '.join(sorted(map(ascii, odd)))}")
    if done.memory_mb > MOST_MEMORY_MB:
        wrong.append(f"takes {done.memory_mb} MB")
    return wrong


def lost(found: Mapping[str, str], older: Mapping[str, str], newer: Mapping[str, str]) -> list[str]:
    """Return what is neither the older result nor the newer, file by file.

    Parameters
    ----------
    found, older, newer : mapping of str to str
        Digests of files by their paths: there now, there before, and to be made.
    """
    neither = [n for n in found if found[n] not in (older.get(n), newer.get(n))]
    gone = [n for n in older if n in newer and n not in found]
    texts = (("is neither the older nor the newer file", neither), ("is gone", gone))
    return [f"{_some(names)} {what}" for what, names in texts if names]


def mixed(
    found: Mapping[str, str], older: Mapping[str, str], newer: Mapping[str, str]
) -> list[str]:
    """Return what is wrong with files of which some are of the older result, some of the newer.

    Parameters
    ----------
    found, older, newer : mapping of str to str
        As of ``lost``.
    """
    only = {name for name in found if older.get(name) != newer.get(name)}
    sides = [{n for n in only if found[n] == some.get(n)} for some in (older, newer)]
    if not all(sides):
        return []
    return [f"{_some(sides[0])} of the older result stands beside {_some(sides[1])} of the newer"]


def unlike(found: Mapping[str, str], expected: Mapping[str, str]) -> list[str]:
    """Return how a result differs from that of an undisturbed run.

    Parameters
    ----------
    found, expected : mapping of str to str
        Digests of files by their paths.
    """
    missing, surplus = expected.keys() - found.keys(), found.keys() - expected.keys()
    other = [name for name in expected.keys() & found.keys() if found[name] != expected[name]]
    texts = (("lacks", missing), ("has", surplus), ("has another", other))
    return [f"the result {how} {_some(some)}" for how, some in texts if some]


def _some(names: Collection[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(sorted(names)[:SHOWN]) + more


def _is_odd(mark: str) -> bool:
    return mark not in PLAIN and unicodedata.category(mark) in ("Cc", "Cf", "Cs")


def _line_of(text: str, at: int) -> str:
    """Return the last line of an error that begins there, which says what it is."""
    lines = text[at:].splitlines()
    if lines[0].startswith("Traceback"):
        return next((line for line in lines[1:] if line[:1].strip()), lines[0])[:200]
    return lines[0][:200]
