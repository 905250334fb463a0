"""Installed, upgraded, packaged and removed on a machine of its own, as the documents say."""

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

USERS: Final = ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")

# Files that the system's own programs keep when they change its list of users or of packages.
OTHERS_FILES: Final = ("/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-")
DPKGS_FILES: Final = ("/var/lib/dpkg/", "/var/log/dpkg.log", "/var/log/alternatives.log")

pytestmark = pytest.mark.timeout(900)  # several builds, each a minute on a small machine


class Shelf(NamedTuple):
    """What the tests install from: two versions of the sources, and the locked packages.

    *folder* lies in memory, and is at the same place in every root.
    """

    folder: Path
    old: Path
    new: Path
    wheels: Path


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with tempfile.TemporaryDirectory(prefix="filterdns-shelf-", dir=MEMORY) as folder:
        shelf = Shelf(*(Path(folder, name) for name in (".", "old", "new", "wheels")))
        copy_sources(shelf.new)
        copy_previous(shelf.old)
        name_version(shelf.new, "99.0.0")
        fetch = ["wheels", f"VENV={folder}/venv", f"PYTHON={PYTHON}", f"WHEELS={shelf.wheels}"]
        subprocess.run([need("make"), "-C", str(shelf.old), *fetch], check=True, timeout=300)
        subprocess.run([need("make"), "-C", str(shelf.new), *fetch], check=True, timeout=300)
        yield shelf


def copy_sources(target: Path) -> None:
    """Copy what is under version control, or could be, as it is now."""
    command = [need("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
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


@pytest.fixture(scope="module")
def installed(shelf: Shelf) -> Installed:
    layer = shelf.folder / "installed"
    with open_root(layer) as root:
        said = make(root, shelf.old, "install", f"WHEELS={shelf.wheels}")
        assert said.code == 0, said.text
        return Installed(layer, said, root.changes())


@pytest.fixture
def root(shelf: Shelf, installed: Installed) -> Iterator[Root]:
    """A machine on which the old version has just been installed."""
    with scratch(shelf) as layer, open_root(layer, [installed.layer]) as root:
        yield root


@pytest.fixture
def bare(shelf: Shelf) -> Iterator[Root]:
    """A machine on which nothing has been installed."""
    with scratch(shelf) as layer, open_root(layer) as root:
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


@pytest.fixture(scope="module")
def packaged(shelf: Shelf) -> Packaged:
    need("dpkg-deb")
    old, new = (build_package(sources, shelf.wheels) for sources in (shelf.old, shelf.new))
    layer = shelf.folder / "packaged"
    with open_root(layer) as root:
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
    with scratch(shelf) as layer, open_root(layer, [packaged.layer]) as root:
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
    asks_nobody = config.read_text().replace("9.9.9.9, 149.112.112.112", '"127.0.0.1:1"')
    config.write_text(asks_nobody)
    script = str(ROOT / "tests" / "support" / "tiny_systemd.py")
    process = root.start(PYTHON, script, UNIT, *options)
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


def in_force(root: Root) -> str:
    return root.path(CURRENT).readlink().name


def program_files(changes: dict[str, str]) -> dict[str, str]:
    """What *changes* say of the program; times differ between two installations."""
    return {
        path: look.rpartition(" ")[0] if look.startswith("-") else look
        for path, look in changes.items()
        if not path.startswith((*OTHERS_FILES, *DPKGS_FILES))
    }


# Installing.


def test_what_is_installed_is_where_it_belongs(root: Root) -> None:
    assert root.run("filterdns", "version").code == 0
    assert root.path("/etc/systemd/system/multi-user.target.wants/filterdns.service").is_symlink()
    assert root.run("stat", "-c", "%A %U %G", CONFIG).text == "-rw-r----- root filterdns\n"


def test_the_checkout_is_only_read(shelf: Shelf, installed: Installed) -> None:
    made = subprocess.run(
        ["find", str(shelf.old), "-newer", str(shelf.wheels), "!", "-path", "*/dist*"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert installed.said.code == 0
    assert made.stdout == ""


def test_installing_again_changes_nothing(root: Root, shelf: Shelf) -> None:
    before = root.changes()
    again = make(root, shelf.old, "install", f"WHEELS={shelf.wheels}")
    assert again.code == 0, again.text
    assert root.changes() == before


def test_no_installed_file_names_the_folder_that_it_was_built_in(root: Root) -> None:
    version = f"/usr/lib/filterdns/versions/{in_force(root)}"
    first = root.path(f"{version}/bin/filterdns").read_text().splitlines()[0]
    assert first == f"#!{version}/bin/python"
    assert "home = /usr/bin\n" in root.path(f"{version}/pyvenv.cfg").read_text()
    assert root.run("grep", "-rlF", "/tmp/tmp.", version).text == ""


def test_the_service_could_read_all_of_it(root: Root) -> None:
    rights = ("setpriv", "--reuid=filterdns", "--regid=filterdns", "--clear-groups")
    found = root.run(*rights, "find", "/usr/lib/filterdns", "!", "-readable")
    assert (found.code, found.text) == (0, "")
    assert root.run(*rights, "filterdns", "check", CONFIG).text == f"{CONFIG} is right\n"


def test_a_config_that_is_there_is_left_as_it_is(bare: Root, shelf: Shelf) -> None:
    bare.path("/etc/filterdns").mkdir()
    bare.path(CONFIG).write_text("# mine\n")
    said = make(bare, shelf.new, "install", f"WHEELS={shelf.wheels}")
    assert said.code == 0, said.text
    assert bare.path(CONFIG).read_text() == "# mine\n"
    assert "not started. Mend /etc/filterdns/config.yaml" in said.text


def test_systemd_finds_nothing_to_complain_about(root: Root) -> None:
    need("systemd-analyze")
    assert root.run("systemd-analyze", "verify", UNIT) == (0, "")
    assert (
        root.run("systemd-analyze", "security", "--offline=true", "--threshold=16", UNIT).code == 0
    )


def test_destdir_gets_the_same_files_and_nothing_else_changes(
    bare: Root, shelf: Shelf, installed: Installed
) -> None:
    said = make(bare, shelf.old, "install", f"WHEELS={shelf.wheels}", "DESTDIR=/srv/image")
    assert said.code == 0, said.text
    changes = program_files(bare.changes())
    staged = {path.removeprefix("/srv/image"): look for path, look in changes.items()}
    wanted = {path for path in program_files(installed.changes) if path not in USERS}
    assert set(staged) - {"", "/etc", "/usr", "/usr/bin", "/usr/lib"} >= wanted
    assert all(path.startswith("/srv/image") for path in changes)
    assert make(bare, shelf.old, "uninstall", "DESTDIR=/srv/image", "PURGE=yes").code == 0
    left = [path for path, look in bare.changes().items() if not look.startswith("d")]
    assert left == []


def test_a_python_in_a_home_folder_is_refused_in_words(bare: Root, shelf: Shelf) -> None:
    assert bare.run("python3", "-m", "venv", "--without-pip", "--copies", "/home/env").code == 0
    said = make(bare, shelf.old, "install", "PYTHON=/home/env/bin/python3")
    assert said.code != 0
    assert "/home/env/bin/python3 lies in a home folder" in said.text
    assert not bare.path("/usr/lib/filterdns/current").exists()


def test_who_has_port_53_is_said_with_the_cure(bare: Root, shelf: Shelf) -> None:
    need("dnsmasq")
    assert bare.run("dnsmasq", "--conf-file=/dev/null", "--no-resolv", "--user=root").code == 0
    said = make(bare, shelf.new, "install", f"WHEELS={shelf.wheels}")
    assert said.code == 0, said.text
    assert "dnsmasq (pid " in said.text
    assert "has port 53: cannot listen on 127.0.0.1:53" in said.text
    assert "cure: systemctl disable --now dnsmasq" in said.text
    assert "not started. Free the port, then: systemctl start filterdns" in said.text


# Running.


def test_the_service_answers_on_port_53_and_says_so(root: Root) -> None:
    with serving(root) as service:
        assert service.dig("bet365.com") == "0.0.0.0\n"
        assert root.run("filterdns", "status", "--json").code == 0


def test_it_takes_the_sockets_of_the_service_manager(root: Root) -> None:
    config = root.path(CONFIG)
    config.write_text(config.read_text().replace('"0.0.0.0:53", "[::]:53"', '"127.0.0.1:53"'))
    with serving(root, "--listen", "127.0.0.1", "--no-capability") as service:
        assert service.dig("bet365.com") == "0.0.0.0\n"


# Upgrading.


def test_an_upgrade_keeps_config_and_state(root: Root, shelf: Shelf) -> None:
    with serving(root) as service:
        assert service.dig("bet365.com") == "0.0.0.0\n"
        config = root.path(CONFIG).read_bytes()
        wait_until(lambda: logged(root) == ["bet365.com"], "the row of the log")
        said = make(root, shelf.new, "upgrade", f"WHEELS={shelf.wheels}")
        assert said.code == 0, said.text
        assert service.dig("bet365.com") == "0.0.0.0\n"
    with serving(root):
        assert version_that_runs(root) == "99.0.0"
        assert logged(root) == ["bet365.com"]
    assert root.path(CONFIG).read_bytes() == config


def test_after_an_upgrade_the_old_version_is_gone(root: Root, shelf: Shelf) -> None:
    said = make(root, shelf.new, "upgrade", f"WHEELS={shelf.wheels}")
    assert said.code == 0, said.text
    assert in_force(root).startswith("99.0.0-")
    assert [path.name for path in root.path("/usr/lib/filterdns/versions").iterdir()] == [
        in_force(root)
    ]


def test_a_config_that_the_new_version_refuses_leaves_the_old_one(root: Root, shelf: Shelf) -> None:
    with root.path(CONFIG).open("a") as config:
        config.write("peple: {}\n")
    before = root.changes()
    said = make(root, shelf.new, "upgrade", f"WHEELS={shelf.wheels}")
    assert said.code != 0
    assert '"peple" is no key that stands here' in said.text
    assert f"nothing was changed, {in_force(root)} stays in force" in said.text
    assert root.changes() == before


def test_a_broken_package_leaves_the_old_version(root: Root, shelf: Shelf, tmp_path: Path) -> None:
    broken = shelf.folder / "broken-wheels"
    shutil.copytree(shelf.wheels, broken)
    [wheel] = broken.glob("pydantic_core-*")
    wheel.write_bytes(wheel.read_bytes()[:-1])
    before = root.changes()
    said = make(root, shelf.new, "upgrade", f"WHEELS={broken}")
    assert said.code != 0
    assert "DO NOT MATCH THE HASHES" in said.text
    assert root.changes() == before


def test_where_nothing_is_installed_there_is_nothing_to_upgrade(bare: Root, shelf: Shelf) -> None:
    said = make(bare, shelf.new, "upgrade", f"WHEELS={shelf.wheels}")
    assert said.code != 0
    assert "cure: make install" in said.text


# Removing.


def test_uninstall_leaves_what_it_names(root: Root, shelf: Shelf) -> None:
    with serving(root):
        pass
    said = make(root, shelf.old, "uninstall")
    assert said.code == 0, said.text
    assert "What stays: /etc/filterdns, /var/lib/filterdns, the user filterdns." in said.text


def test_purge_leaves_nothing(root: Root, shelf: Shelf) -> None:
    with serving(root):
        pass
    said = make(root, shelf.old, "uninstall", "PURGE=yes")
    assert said.code == 0, said.text
    assert program_files(root.changes()) == {}


def test_uninstalling_again_changes_nothing(root: Root, shelf: Shelf) -> None:
    assert make(root, shelf.old, "uninstall").code == 0
    before = root.changes()
    assert make(root, shelf.old, "uninstall").code == 0
    assert root.changes() == before


def test_a_service_that_nobody_can_stop_is_not_pulled_away(root: Root, shelf: Shelf) -> None:
    with serving(root) as service:
        said = make(root, shelf.old, "uninstall")
        assert said.code != 0
        assert "stop it first" in said.text
        assert service.dig("bet365.com") == "0.0.0.0\n"


# The Debian package.


def test_the_package_makes_the_same_files(packaged: Packaged, installed: Installed) -> None:
    files = program_files(packaged.changes)
    extra = ("/usr/lib/filterdns/shipped", "/usr/share/doc/filterdns", "/usr/share/lintian/")
    same = {path: look for path, look in files.items() if not path.startswith(extra)}
    assert same == program_files(installed.changes)


def test_the_package_asks_for_the_python_that_it_was_built_with(packaged: Packaged) -> None:
    field = ("dpkg-deb", "--field", str(packaged.old), "Depends")
    depends = subprocess.run(field, check=True, capture_output=True, text=True).stdout
    number = "import sys; print(sys.version_info.minor)"
    minor = int(subprocess.run([PYTHON, "-c", number], check=True, capture_output=True).stdout)
    assert depends.startswith(f"python3 (>= 3.{minor}), python3 (<< 3.{minor + 1}~), ")


def test_lintian_finds_nothing(packaged: Packaged) -> None:
    command = [need("lintian"), "--allow-root", "--fail-on", "error,warning", str(packaged.old)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_dpkg_finds_all_files_as_it_has_laid_them(debian: Root) -> None:
    assert debian.run("dpkg", "--verify", "filterdns") == (0, "")


def test_the_packaged_service_answers(debian: Root) -> None:
    with serving(debian) as service:
        assert service.dig("bet365.com") == "0.0.0.0\n"


def test_a_new_package_keeps_config_and_state(debian: Root, packaged: Packaged) -> None:
    with serving(debian) as service:
        assert service.dig("bet365.com") == "0.0.0.0\n"
        config = debian.path(CONFIG).read_bytes()
        wait_until(lambda: logged(debian) == ["bet365.com"], "the row of the log")
        said = debian.run("dpkg", "-i", str(packaged.new))
        assert said.code == 0, said.text
        assert service.dig("bet365.com") == "0.0.0.0\n"
    with serving(debian):
        assert version_that_runs(debian) == "99.0.0"
        assert logged(debian) == ["bet365.com"]
    assert debian.path(CONFIG).read_bytes() == config


def test_a_config_that_the_new_package_refuses_leaves_the_old_version(
    debian: Root, packaged: Packaged
) -> None:
    with serving(debian) as service:
        config = debian.path(CONFIG)
        right = config.read_text()
        config.write_text(f"{right}peple: {{}}\n")
        old = in_force(debian)
        said = debian.run("dpkg", "-i", str(packaged.new))
        assert said.code != 0
        assert f"nothing was changed, {old} stays in force" in said.text
        assert in_force(debian) == old
        assert service.dig("bet365.com") == "0.0.0.0\n"
        config.write_text(right)
        assert debian.run("dpkg", "--configure", "filterdns").code == 0
        assert in_force(debian).startswith("99.0.0-")


def test_removing_the_package_leaves_what_it_names(debian: Root) -> None:
    with serving(debian):
        pass
    said = debian.run("dpkg", "-r", "filterdns")
    assert said.code == 0, said.text
    assert "What stays: /etc/filterdns, /var/lib/filterdns, the user filterdns." in said.text
    assert not foreign(program_files(debian.changes()))


def test_purging_the_package_leaves_nothing(debian: Root) -> None:
    with serving(debian):
        pass
    assert debian.run("dpkg", "-P", "filterdns").code == 0
    assert program_files(debian.changes()) == {}


def test_make_install_does_not_touch_the_package(debian: Root, shelf: Shelf) -> None:
    before = debian.changes()
    for verb in ("install", "upgrade", "uninstall"):
        said = make(debian, shelf.new, verb, f"WHEELS={shelf.wheels}")
        assert said.code != 0
        assert "is installed as a Debian package" in said.text
    assert debian.changes() == before


def test_the_package_does_not_touch_what_make_installed(root: Root, packaged: Packaged) -> None:
    before = program_files(root.changes())
    said = root.run("dpkg", "-i", str(packaged.new))
    assert said.code != 0
    assert "sudo make uninstall (config and state stay)" in said.text
    assert program_files(root.changes()) == before


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
