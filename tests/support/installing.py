"""What the tests of the installation start from: two versions of the sources, and roots with one.

The fixtures are for all of tests/e2e (its conftest.py names them). Each version is built once.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.support.peers import need
from tests.support.root import MEMORY, Root, Said, open_root

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = "/usr/bin/python3"
UNIT: Final = "/usr/lib/systemd/system/filterdns.service"
CONFIG: Final = "/etc/filterdns/config.yaml"
CURRENT: Final = "/usr/lib/filterdns/current"
VERSIONS: Final = "/usr/lib/filterdns/versions"

USERS: Final = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")

# Files that the system's own programs keep when they change its list of users or of packages.
OTHERS_FILES: Final = ("/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-")
DPKGS_FILES: Final = ("/var/lib/dpkg/", "/var/log/dpkg.log", "/var/log/alternatives.log")

NEW_VERSION: Final = "99.0.0"
BUILD_SECONDS: Final = 900  # for a test that is the first to need several builds


class Shelf(NamedTuple):
    """What the tests install from: two versions of the sources, and the locked packages.

    *folder* lies in memory, and is at the same place in every root.
    """

    folder: Path
    old: Path
    new: Path
    wheels: Path


@pytest.fixture(scope="session")
def shelf() -> Iterator[Shelf]:
    with tempfile.TemporaryDirectory(prefix="filterdns-shelf-", dir=MEMORY) as folder:
        shelf = Shelf(*(Path(folder, name) for name in (".", "old", "new", "wheels")))
        copy_sources(shelf.new)
        copy_previous(shelf.old)
        name_version(shelf.new, NEW_VERSION)
        fetch = ["wheels", f"VENV={folder}/venv", f"PYTHON={PYTHON}", f"WHEELS={shelf.wheels}"]
        subprocess.run([need("make"), "-C", str(shelf.old), *fetch], check=True, timeout=300)
        subprocess.run([need("make"), "-C", str(shelf.new), *fetch], check=True, timeout=300)
        yield shelf


def copy_sources(target: Path) -> None:
    """Copy what is under version control, or could be, as it is now."""
    command = [need("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def copy_previous(target: Path) -> None:
    """Copy the commit before this one, or the sources as they are where there is none."""
    target.mkdir()
    archive = subprocess.run(
        [need("git"), "archive", "HEAD~1"], cwd=ROOT, check=False, capture_output=True
    )
    if archive.returncode == 0:
        subprocess.run(["tar", "-x", "-C", str(target)], input=archive.stdout, check=True)
    if not (target / "packaging" / "install.sh").exists():
        copy_sources(target)


def name_version(sources: Path, version: str) -> None:
    """Let *sources* be another version."""
    for name, form in (
        ("pyproject.toml", 'version = "'),
        ("filterdns/__init__.py", '__version__ = "'),
    ):
        head, _, rest = (sources / name).read_text().partition(form)
        (sources / name).write_text(f'{head}{form}{version}"{rest.partition(chr(34))[2]}')


def make(root: Root, sources: Path, *arguments: str) -> Said:
    return root.run("make", "-s", "--no-print-directory", "-C", str(sources), *arguments)


class Installed(NamedTuple):
    """The old version, as `make install` has laid it into *layer*; *said* is what that printed."""

    layer: Path
    said: Said
    changes: dict[str, str]


@pytest.fixture(scope="session")
def installed(shelf: Shelf) -> Installed:
    layer = shelf.folder / "installed"
    with open_root(layer, shows=shelf.folder) as root:
        said = make(root, shelf.old, "install", f"WHEELS={shelf.wheels}")
        assert said.code == 0, said.text
        return Installed(layer, said, root.changes())


@pytest.fixture
def root(shelf: Shelf, installed: Installed) -> Iterator[Root]:
    """A machine on which the old version has just been installed."""
    with scratch(shelf) as layer, open_root(layer, [installed.layer], shelf.folder) as root:
        yield root


@pytest.fixture
def bare(shelf: Shelf) -> Iterator[Root]:
    """A machine on which nothing has been installed."""
    with scratch(shelf) as layer, open_root(layer, shows=shelf.folder) as root:
        yield root


@contextmanager
def scratch(shelf: Shelf) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="layer-", dir=shelf.folder) as layer:
        yield Path(layer)


class Packaged(NamedTuple):
    """The Debian packages of both versions; *layer* and *changes* are what the old one makes."""

    old: Path
    new: Path
    layer: Path
    said: Said
    changes: dict[str, str]


@pytest.fixture(scope="session")
def packaged(shelf: Shelf) -> Packaged:
    need("dpkg-deb")
    old, new = (build_package(sources, shelf.wheels) for sources in (shelf.old, shelf.new))
    layer = shelf.folder / "packaged"
    with open_root(layer, shows=shelf.folder) as root:
        said = root.run("dpkg", "-i", str(old))
        assert said.code == 0, said.text
        return Packaged(old, new, layer, said, root.changes())


def build_package(sources: Path, wheels: Path) -> Path:
    command = [need("make"), "-s", "-C", str(sources), "deb", f"WHEELS={wheels}"]
    subprocess.run(command, check=True, timeout=300)
    [package] = (sources / "dist").glob("*.deb")
    return package


@pytest.fixture
def debian(shelf: Shelf, packaged: Packaged) -> Iterator[Root]:
    """A machine on which the Debian package of the old version has just been installed."""
    with scratch(shelf) as layer, open_root(layer, [packaged.layer], shelf.folder) as root:
        yield root


class Service(NamedTuple):
    """The installed service as systemd would run it; *lines* are what it has said until READY."""

    root: Root
    process: "subprocess.Popen[str]"
    lines: list[str]

    def dig(self, name: str) -> str:
        return self.root.run("dig", "@127.0.0.1", "+short", "+tries=1", "+timeout=5", name).text


@contextmanager
def serving(root: Root, *options: str) -> Iterator[Service]:
    """Start what the unit says, on port 53 and without an upstream; stop it as systemd does."""
    config = root.path(CONFIG)
    config.write_text(asking_nobody(config.read_text()))
    script = (ROOT / "tests" / "support" / "tiny_systemd.py").read_text()
    process = root.start(PYTHON, "-c", script, UNIT, *options)  # the checkout may be out of sight
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if line == "READY=1\n":
            break
    try:
        assert "READY=1" in lines, lines
        yield Service(root, process, lines)
    finally:
        root.run("sh", "-c", "kill $(pgrep -o -u filterdns)")
        said, _ = process.communicate(timeout=30)
        assert process.returncode == 0, said


def asking_nobody(config: str) -> str:
    """Return *config* without its upstreams, so that no question leaves the root."""
    return config.replace("9.9.9.9, 149.112.112.112", '"127.0.0.1:1"')


def in_force(root: Root) -> str:
    return root.path(CURRENT).readlink().name


def program_files(changes: dict[str, str]) -> dict[str, str]:
    """What *changes* say of the program; times differ between two installations."""
    return {
        path: look.rpartition(" ")[0] if look.startswith("-") else look
        for path, look in changes.items()
        if not path.startswith((*OTHERS_FILES, *DPKGS_FILES))
    }


def foreign(left: dict[str, str]) -> list[str]:
    """The paths in *left* that are neither config, state nor the user."""
    named = ("/etc/filterdns", "/var/lib/filterdns", *USERS)
    return [path for path in left if not path.startswith(named)]


def version_that_runs(root: Root) -> str:
    version: str = json.loads(root.run("filterdns", "status", "--json").text)["version"]
    return version


def logged(root: Root) -> list[str]:
    rows = root.run("filterdns", "log", "--json").text.splitlines()
    return [json.loads(row)["name"] for row in rows]


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited for {what}"
