"""The shape of the code: layers, cycles, the diet of the hot path, docstrings, a test per module.

The table of layers is the one of ARCHITECTURE.md, read from there.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "filterdns"
UNIT_TESTS = ROOT / "tests" / "unit"

# Rooms and modules that run for every query.
HOT = ("dns", "policy", "upstreams", "resolver", "listeners", "blocklists.index")
TOO_HEAVY = {
    "aiosqlite",
    "dateutil",
    "httpx2",
    "icalendar",
    "jinja2",
    "prometheus_client",
    "pydantic",
    "recurring_ical_events",
    "rich",
    "sqlite3",
    "starlette",
    "typer",
    "uvicorn",
    "yaml",
}

# What control loads once workers answer, or in processes of their own.
UNPLANNED = {
    "httpx2",
    "icalendar",
    "netaddr",
    "prometheus_client",
    "recurring_ical_events",
    "starlette",
    "uvicorn",
}

# Modules whose tests stand under another name than tests/unit/<room>/test_<module>.py.
TESTED_ELSEWHERE = {
    "app.__main__": "tests/unit/app/test_assembly.py",
    "worker.__main__": "tests/unit/worker/test_worker.py",
}


class Module(NamedTuple):
    """One module of the package: "policy.decide", with its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        """The name by which the table of layers knows it."""
        return self.name.partition(".")[0]


def read_modules() -> dict[str, Module]:
    modules = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        modules[name] = Module(name, path, ast.parse(path.read_text()))
    return modules


def imported_names(module: Module) -> Iterator[str]:
    """Every import, those in functions and under TYPE_CHECKING included, as a dotted name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(module: Module, modules: dict[str, Module]) -> set[str]:
    """The modules of the package that *module* imports."""
    found = set()
    for dotted in imported_names(module):
        head, _, name = dotted.partition(".")
        if head != "filterdns":
            continue
        while name and name not in modules:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {module.name, ""}


def foreign_imports(module: Module) -> set[str]:
    return {dotted.partition(".")[0] for dotted in imported_names(module)} - {"filterdns"}


def read_layers() -> list[list[str]]:
    """The lines of the block that follows "## Layers" in ARCHITECTURE.md."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    block = re.search(r"^## Layers$.*?^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert block, "ARCHITECTURE.md has no block of layers"
    return [line.split() for line in block[1].splitlines()]


MODULES = read_modules()
IMPORTS = {name: own_imports(module, MODULES) for name, module in MODULES.items()}
LEVEL_BY_ROOM = {room: level for level, rooms in enumerate(read_layers()) for room in rooms}
PACKAGES = sorted(name for name, module in MODULES.items() if module.path.stem == "__init__")
CODE = sorted(MODULES.keys() - set(PACKAGES))


def is_hot(name: str) -> bool:
    return any(name == hot or name.startswith(f"{hot}.") for hot in HOT)


def reachable(start: str) -> set[str]:
    """The modules that are loaded when *start* is imported, itself included."""
    seen, waiting = {start}, [start]
    while waiting:
        news = IMPORTS[waiting.pop()] - seen
        seen |= news
        waiting += news
    return seen


def test_the_table_names_what_there_is() -> None:
    assert set(LEVEL_BY_ROOM) == {module.room for module in MODULES.values()} - {""}


@pytest.mark.parametrize("name", CODE)
def test_a_module_imports_only_from_lines_above_its_own(name: str) -> None:
    room = MODULES[name].room
    too_high = {
        other
        for other in IMPORTS[name]
        if MODULES[other].room != room and LEVEL_BY_ROOM[MODULES[other].room] >= LEVEL_BY_ROOM[room]
    }
    assert not too_high, f"{name} may not import {', '.join(sorted(too_high))}"


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_loads_none_of_its_modules(name: str) -> None:
    assert not IMPORTS[name]


def test_no_modules_import_each_other() -> None:
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize("name", [name for name in CODE if is_hot(name)])
def test_a_hot_module_loads_nothing_heavy(name: str) -> None:
    heavy = {
        f"{other} imports {package}"
        for other in reachable(name)
        for package in foreign_imports(MODULES[other]) & TOO_HEAVY
    }
    assert not heavy


def loaded_with(modules: list[str]) -> set[str]:
    """All that a fresh Python has loaded after *modules* of the package."""
    program = f"import sys\nfor name in {modules}: __import__('filterdns.' + name)\n"
    program += "print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(loaded.stdout.split())


def test_a_worker_loads_nothing_heavy() -> None:
    modules = [name for name in CODE if MODULES[name].room == "worker"]
    assert modules
    assert not TOO_HEAVY & loaded_with(modules)


def test_control_loads_no_web_before_its_plan() -> None:
    assert not UNPLANNED & loaded_with(["app.__main__", "app.assembly"])


def test_control_reads_its_config_before_it_loads_what_puts_it_in_force() -> None:
    loaded = loaded_with(["app.__main__"])
    assert "filterdns.config.load" in loaded
    assert not (UNPLANNED | {"aiosqlite", "multiprocessing", "rich", "sqlite3", "typer"}) & loaded
    later = ("app.assembly", "control.running", "devices.neighbours", "history", "policy.decide")
    assert not {f"filterdns.{name}" for name in (*later, "web", "resolver.memo")} & loaded


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(MODULES[name].tree)


@pytest.mark.parametrize("name", CODE)
def test_what_is_public_says_what_it_is(name: str) -> None:
    silent = [
        node.name
        for node in MODULES[name].tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


@pytest.mark.parametrize("name", CODE)
def test_a_module_has_a_test_of_its_name(name: str) -> None:
    room, _, stem = name.rpartition(".")
    usual = UNIT_TESTS.joinpath(*room.split("."), f"test_{stem}.py")
    test = ROOT / TESTED_ELSEWHERE[name] if name in TESTED_ELSEWHERE else usual
    assert test.is_file(), f"{name} has no {test.relative_to(ROOT)}"


def test_no_exception_from_the_naming_of_tests_is_left_over() -> None:
    assert set(TESTED_ELSEWHERE) <= set(CODE)
