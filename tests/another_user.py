"""Being another user than root for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def another_user(*folders: Path) -> Iterator[None]:
    """Be a user without rights, who may come to ``folders``; for tests that run as root."""
    way = {place for folder in folders for place in (folder, *folder.parents)}
    above = [place for place in way if place.stat().st_mode & 0o055 != 0o055]
    modes = {parent: parent.stat().st_mode for parent in above}
    for parent in above:
        parent.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        for parent, mode in modes.items():
            parent.chmod(mode)
