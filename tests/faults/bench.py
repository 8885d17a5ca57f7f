"""What the kinds of cases share: servers, undisturbed results, and what became of a case."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import Server, serving
from tests.faults.stages import Usual, make_reference


@dataclass(frozen=True)
class Bench:
    """Servers that run steps, and a folder with the undisturbed results (see ``stages``)."""

    server: Server
    other_server: Server  # for a second run at the same time
    reference: Path
    usual: dict[tuple[str, str], Usual]  # by step and variant


@dataclass(frozen=True)
class Trial:
    """What was tried in a case, and what was wrong; or why it could not be tried."""

    tried: str
    wrong: Sequence[str] = ()
    skipped: str = ""


@contextmanager
def set_up(folder: Path) -> Iterator[Bench]:
    """Start servers and make the undisturbed results in a folder, which others may read."""
    folder.chmod(0o755)
    with serving() as server, serving() as other_server:
        reference = folder / "reference"
        reference.mkdir()
        yield Bench(server, other_server, reference, make_reference(server, reference))


def temporary_folder() -> Path:
    """Return a new folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="deepquake_faults_"))
    os.chmod(folder, 0o755)
    return folder
