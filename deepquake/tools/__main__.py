"""List the helper programs with a line each."""

import ast
from pathlib import Path

from deepquake.core import cli
from deepquake.core.text import table

FOLDER = Path(__file__).parent


def main() -> None:
    """Print the list."""
    cli.make_parser(__doc__).parse_args()
    print(*table(("program", "what it does"), sorted(programs().items())), sep="\n")
    print("\npython -m deepquake.tools.NAME --help says more")


def programs() -> dict[str, str]:
    """Return the first line of the docstring of each program, by its name."""
    files = [path for path in FOLDER.glob("*.py") if not path.name.startswith("_")]
    docs = {path.stem: ast.get_docstring(ast.parse(path.read_text("utf-8"))) for path in files}
    return {name: (doc or "").partition("\n")[0] for name, doc in docs.items()}


if __name__ == "__main__":
    cli.run(main)
