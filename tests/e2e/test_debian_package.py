"""The Debian package: the same files as by make, installed, upgraded and removed by dpkg."""

import re
import subprocess
from collections.abc import Mapping
from typing import Final

import pytest

from tests.support.installing import (
    BUILD_SECONDS,
    CONFIG,
    CURRENT,
    PYTHON,
    Installed,
    Packaged,
    Shelf,
    foreign,
    in_force,
    logged,
    make,
    program_files,
    scratch,
    serving,
    version_that_runs,
    wait_until,
)
from tests.support.peers import need
from tests.support.root import Root, open_root

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(BUILD_SECONDS)]

# Debian has IEEE's registry in a package of its own (ieee-data).
REGISTRY: Final = re.compile(r"/site-packages/netaddr\b")
FIND_MAKER: Final = """\
from filterdns.devices.makers import Makers
print(Makers().find("3c:22:fb:01:02:03"))
"""
MAKER: Final = (f"{CURRENT}/bin/python", "-I", "-c", FIND_MAKER)


def test_the_package_makes_the_same_files(packaged: Packaged, installed: Installed) -> None:
    files, made = map(program_files, (packaged.changes, installed.changes))
    extra = ("/usr/lib/filterdns/shipped", "/usr/share/doc/filterdns", "/usr/share/lintian/")
    same = {path: look for path, look in files.items() if not path.startswith(extra)}
    assert without_registry(same) == without_registry(made)


def without_registry(files: Mapping[str, str]) -> dict[str, str]:
    return {path: look for path, look in files.items() if not REGISTRY.search(path)}


def test_makers_of_network_cards_are_those_of_debians_registry(
    shelf: Shelf, packaged: Packaged
) -> None:
    with scratch(shelf) as layer, open_root(layer, shows=shelf.folder) as root:
        assert root.run("dpkg", "-i", str(packaged.new)).code == 0
        registry = root.path("/usr/share/ieee-data/oui.txt")
        registry.unlink(missing_ok=True)
        assert root.run(*MAKER) == (0, "\n")
        registry.parent.mkdir(exist_ok=True)
        registry.write_bytes(b"\r\n3C-22-FB   (hex)\t\tOf Debian\r\n")
        assert root.run(*MAKER) == (0, "Of Debian\n")


def test_the_package_asks_for_the_python_that_it_was_built_with(packaged: Packaged) -> None:
    field = ("dpkg-deb", "--field", str(packaged.old), "Depends")
    depends = subprocess.run(field, check=True, capture_output=True, text=True).stdout
    number = "import sys; print(sys.version_info.minor)"
    minor = int(subprocess.run([PYTHON, "-c", number], check=True, capture_output=True).stdout)
    assert depends.startswith(f"python3 (>= 3.{minor}), python3 (<< 3.{minor + 1}~), ")


def test_lintian_finds_nothing(packaged: Packaged) -> None:
    command = [need("lintian"), "--allow-root", "--fail-on", "error,warning", str(packaged.new)]
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
