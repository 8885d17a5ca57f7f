"""Long work: how far it is, on a terminal or in a batch log, and no search for garbage within."""

import gc
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from deepquake.core.text import duration

Element = TypeVar("Element")

LINE_EVERY_S = 60.0


def progress(items: Iterable[Element], total: int, label: str) -> Iterator[Element]:
    """Yield items, showing on stdout how many of them are done.

    On a terminal the bar is there from the start, and gone at the end. Where stdout is a file, a
    plain line is written each minute.

    Parameters
    ----------
    items : iterable
        What is worked on; an item is done when the next one is asked for.
    total : int
        How many there are.
    label : str
        What they are: 'station streams'.

    Yields
    ------
    object
        The items.
    """
    if sys.stdout.isatty():
        from tqdm import tqdm

        yield from tqdm(items, label, total, leave=False, file=sys.stdout, dynamic_ncols=True)
        return
    begin_s = told_s = time.monotonic()
    for done, item in enumerate(items):
        now_s = time.monotonic()
        if now_s - told_s >= LINE_EVERY_S:
            told_s, spent_s = now_s, now_s - begin_s
            left = f", {duration(spent_s / done * (total - done))} to go" if done else ""
            print(f"{label}: {done} of {total}, {duration(spent_s)}{left}", flush=True)
        yield item


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Collect no garbage, where millions of objects without cycles would be searched in vain."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
