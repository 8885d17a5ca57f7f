"""The rooms of the library: what each may import, how large it may be, and where TensorFlow is."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

LIBRARY = ROOT / "deepquake"
# what a room may import of the others, besides itself
BELOW_LEARNING = {"core", "catalog", "waveforms", "earth", "windows"}
MAY_IMPORT = {
    "core": set(),
    "catalog": {"core"},
    "waveforms": {"core"},
    "earth": {"core", "catalog"},
    "plots": {"core", "earth", "waveforms.envelope"},
    "windows": {"core", "catalog", "waveforms", "earth"},
    "learning": BELOW_LEARNING | {"plots"},
    "detection": BELOW_LEARNING | {"plots", "learning"},
    "tools": BELOW_LEARNING | {"plots", "learning", "detection"},
}
# single modules that may import more than their room
MODULES_MAY_IMPORT = {"windows.pictures": {"plots"}}
MOST_FILES, MOST_LINES = 14, 400


def modules() -> list[Path]:
    """Return the library's files."""
    return sorted(LIBRARY.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return a module's name below deepquake, such as 'windows.labels'."""
    parts = path.relative_to(LIBRARY).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported(path: Path) -> Iterator[str]:
    """Yield the modules of the library that a file imports, wherever in it, by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (n.removeprefix("deepquake.") for n in names if n.startswith("deepquake."))


def may_import(module: str, other: str) -> bool:
    """Tell whether the table of rooms lets a module import another."""
    room = module.partition(".")[0]
    if other == "__version__" or other.partition(".")[0] == room:
        return True
    allowed = MAY_IMPORT[room] | MODULES_MAY_IMPORT.get(module, set())
    return any(other == name or other.startswith(f"{name}.") for name in allowed)


def test_the_library_is_its_nine_rooms() -> None:
    found = {path.name for path in LIBRARY.iterdir() if path.name != "__pycache__"}
    assert found == {"__init__.py", "pretrained", *MAY_IMPORT}  # a network, no code


def test_a_room_imports_only_the_rooms_its_row_names() -> None:
    wrong = [
        f"{name_of(path)} imports {other}"
        for path in modules()
        if path != LIBRARY / "__init__.py"
        for other in imported(path)
        if not may_import(name_of(path), other)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_imports_another_in_a_circle() -> None:
    names = {name_of(path) for path in modules()}
    edges = {
        name_of(path): {
            next(n for n in (other, other.rpartition(".")[0]) if n in names)
            for other in imported(path)
            if {other, other.rpartition(".")[0]} & names
        }
        for path in modules()
        if path != LIBRARY / "__init__.py"
    }
    done: set[str] = set()

    def walk(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join((*above, module))
        if module not in done:
            for other in sorted(edges.get(module, ())):
                walk(other, (*above, module))
            done.add(module)

    for module in sorted(edges):
        walk(module, ())


def test_no_file_and_no_room_is_too_large() -> None:
    long = [p for p in modules() if len(p.read_text(encoding="utf-8").splitlines()) > MOST_LINES]
    assert not long
    in_folder = defaultdict(list)
    for path in modules():
        if path.name != "__init__.py" and path.parent != LIBRARY / "tools":  # those are programs
            in_folder[path.parent].append(path.name)
    assert {folder for folder, names in in_folder.items() if len(names) > MOST_FILES} == set()


def test_no_two_modules_give_one_name_to_two_things() -> None:
    places = defaultdict(set)
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                places[node.name].add(name_of(path))
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            for target in targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        places[part.id].add(name_of(path))
    fine = {"main", "KEYS", "__all__"}  # of each program: its start, the settings it takes
    twice = {name: where for name, where in places.items() if len(where) > 1 and name not in fine}
    assert not twice


def test_importing_a_room_does_not_load_tensorflow() -> None:
    names = [name_of(path) for path in modules() if path.name != "__main__.py"]
    names = [name for name in names if name and name.partition(".")[0] != "learning"]
    loads = "assert 'tensorflow' not in sys.modules"
    _check_no_tensorflow("".join(f"import deepquake.{n}\n{loads}, {n!r}\n" for n in names))


def test_results_of_stations_and_drawing_a_picture_do_not_load_tensorflow(tmp_path: Path) -> None:
    _check_no_tensorflow(
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from types import SimpleNamespace\n"
        "from deepquake.detection.stations import ScoredRecording, by_station\n"
        "from deepquake.plots.streams import plot_stream\n"
        "from deepquake.waveforms.envelope import envelope_of\n"
        "record = SimpleNamespace(network='XX', station='AAA')\n"
        "says = np.tile(np.float32([0.1, 0.9]), (5, 1))\n"
        "scored = ScoredRecording(record, 10.0, starts_s=np.arange(5.0), probabilities=says)\n"
        "assert len(by_station([scored], 1.0, 1.0)) == 1\n"
        "outline = envelope_of(0.0, 100.0, np.zeros((1, 1001)))\n"
        f"plot_stream(Path({str(tmp_path / 'a.png')!r}), 'a', outline, components='Z')\n"
    )
    assert (tmp_path / "a.png").stat().st_size > 0


def test_every_module_has_tests_where_a_reader_looks_for_them() -> None:
    missing = []
    for path in modules():
        if path.name in ("__init__.py", "__main__.py"):
            continue
        tests = ROOT / "tests" / path.relative_to(LIBRARY).parent / f"test_{path.name}"
        if not tests.is_file():
            missing.append(str(tests.relative_to(ROOT)))
    assert not missing


def _check_no_tensorflow(program: str) -> None:
    """Run a program in a fresh process and look at what it has imported."""
    program = f"import sys\n{program}\nassert 'tensorflow' not in sys.modules\n"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
