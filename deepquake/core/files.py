"""Writing files so that they appear whole or not at all."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deepquake.core.errors import DeepQuakeError

TEMPORARY_PREFIX = ".part-"


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that becomes ``path`` when the block ends well.

    The temporary name keeps the suffix, for libraries that choose a format by it. On an error
    or Ctrl-C nothing is left behind; what a killed run leaves starts with ``.part-`` and is
    overwritten by the next one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(TEMPORARY_PREFIX + path.name)
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path | str, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path``, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path | str, value: Any) -> None:
    """Write ``value`` as indented JSON to ``path``, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path | str) -> Any:
    """Return the content of a JSON file.

    Raises DeepQuakeError, naming the line, where the file is missing or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DeepQuakeError(f"{path}: no such file") from None
    except OSError as error:
        raise DeepQuakeError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DeepQuakeError(f"{path}: is not a JSON file (not UTF-8 text)") from None
    except RecursionError:
        raise DeepQuakeError(f"{path}: is not JSON of ours: nested too deep") from None
    except json.JSONDecodeError as error:
        raise DeepQuakeError(f"{path}, line {error.lineno}: is not JSON: {error.msg}") from None


def write_csv(path: Path | str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write ``rows`` under ``header`` as CSV to ``path``, whole or not at all."""
    with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
