"""The documents say everything there is, and nothing that there is not."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
from starlette.applications import Starlette
from starlette.routing import Route

from filterdns import __version__
from filterdns.blocklists.catalog import load_catalog
from filterdns.cli.main import make_application
from filterdns.config.model import key_paths
from filterdns.history.metric_table import METRICS
from filterdns.web.api import make_api
from filterdns.web.metrics import make_metrics_site

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *ROOT.glob("*.md")])


def sections(page: str) -> dict[str, str]:
    """The sections of a page of docs/ by their headings of the second level."""
    parts = re.split(r"^## ", (DOCS / page).read_text(), flags=re.MULTILINE)
    return {title.strip("` "): text for title, _, text in (p.partition("\n") for p in parts[1:])}


def commands(group: Any, above: str = "filterdns") -> Iterator[tuple[str, Any]]:
    if group.invoke_without_command:
        yield above, group
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{above} {name}")
        else:
            yield f"{above} {name}", command


COMMANDS = dict(commands(typer.main.get_command(make_application())))


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_is_documented_with_all_of_its_options(command: str) -> None:
    section = sections("commands.md")[command]
    options = [option for parameter in COMMANDS[command].params for option in parameter.opts]
    missing = [
        option
        for option in options
        if option.startswith("-") and not re.search(rf"`{option}[ `]", section)
    ]
    assert not missing


def test_no_command_is_documented_that_there_is_not() -> None:
    documented = {title for title in sections("commands.md") if title.startswith("filterdns")}
    assert documented == set(COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_no_option_is_documented_that_there_is_not(command: str) -> None:
    options = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    rows = re.findall(r"^\| (`-.*?) \|", sections("commands.md")[command], re.MULTILINE)
    documented = {word for row in rows for word in re.findall(r"`(-[\w-]+)", row)}
    assert documented <= options


def endpoints(application: Starlette) -> set[str]:
    return {
        f"{method} {route.path}"
        for route in application.routes
        if isinstance(route, Route) and route.methods
        for method in route.methods - {"HEAD"}
    }


def test_the_endpoints_are_those_that_are_documented() -> None:
    running: Any = None  # routes are made without it
    there_are = endpoints(make_api(running)) | endpoints(make_metrics_site(running))
    documented = re.findall(r"`((?:GET|POST|PUT|DELETE) /[\w/]+)", (DOCS / "api.md").read_text())
    assert set(documented) == there_are


def test_the_metrics_are_those_that_are_documented() -> None:
    rows = re.findall(r"^\| `(filterdns_\w+)`", (DOCS / "metrics.md").read_text(), re.MULTILINE)
    assert set(rows) == {metric.name for metric in METRICS}


def documented_keys() -> set[str]:
    """The keys in the first cells of the tables, written as `key_paths` does."""
    cells = re.findall(r"^\| (`.*?`) \|", (DOCS / "config.md").read_text(), re.MULTILINE)
    keys = [key for cell in cells for key in re.findall(r"`([^`]+)`", cell)]
    return {key.replace("NAME", "*").replace("[]", ".*") for key in keys}


@pytest.mark.parametrize("path", key_paths(), ids=".".join)
def test_a_key_of_the_config_is_documented(path: tuple[str, ...]) -> None:
    # What holds while a schedule is on has one table, for policies and groups.
    key = path[-1] if "during" in path[:-1] else ".".join(path)
    keys = documented_keys()
    assert key in keys or any(other.startswith(f"{key}.") for other in keys)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    local = [target for target in targets if "://" not in target]
    broken = [target for target in local if not leads_somewhere(page, target)]
    assert not broken


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    return file.exists() and (not anchor or anchor in anchors(file))


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_a_page_is_linked_from_another(page: Path) -> None:
    others = [other.read_text() for other in PAGES if other != page]
    assert any(re.search(rf"\((docs/)?{page.name}[)#]", text) for text in others)


def test_every_room_of_the_program_is_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {path.parent.relative_to(ROOT) for path in ROOT.glob("filterdns/*/**/__init__.py")}
    assert [room for room in sorted(rooms) if f"`{room}/`" not in text] == []


def test_every_file_that_ships_with_the_lists_is_documented() -> None:
    text = (DOCS / "starter-lists.md").read_text()
    starters = {each.starter for each in load_catalog().categories.values()}
    files = {path for path in (ROOT / "blocklists").iterdir() if path.is_file()} - starters
    assert [path.name for path in sorted(files) if f"`{path.name}`" not in text] == []


def test_the_changelog_has_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    titles = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert (titles[0], project["version"]) == (__version__, __version__)


def test_a_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    reasons = re.findall(r"^\| ([\w-]+) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    names = [re.split(r"[\[>=]", each)[0] for each in project["dependencies"]]
    assert set(names) <= set(reasons)


def test_every_test_that_a_page_names_exists() -> None:
    there = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    named = {name for page in PAGES for name in re.findall(r"\btest_\w+\.py\b", page.read_text())}
    assert named
    assert named <= there
