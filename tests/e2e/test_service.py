"""The installed service under a real systemd, the first process of a machine of its own."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.installing import (
    BUILD_SECONDS,
    CONFIG,
    NEW_VERSION,
    PYTHON,
    ROOT,
    VERSIONS,
    Installed,
    Packaged,
    Shelf,
    asking_nobody,
    build_package,
    in_force,
    make,
    name_version,
    scratch,
    version_that_runs,
    wait_until,
)
from tests.support.peers import need
from tests.support.root import Root, open_root

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(BUILD_SECONDS)]

FIRST_CONFIG = ROOT / "packaging" / "config.yaml"


@pytest.fixture
def machine(shelf: Shelf) -> Iterator[Root]:
    """A machine that has started, with a config that asks nobody outside."""
    with scratch(shelf) as layer, open_root(layer, shows=shelf.folder, boot=True) as root:
        root.path(CONFIG).parent.mkdir()
        root.path(CONFIG).write_text(asking_nobody(FIRST_CONFIG.read_text()))
        yield root


@pytest.fixture
def served(shelf: Shelf, installed: Installed) -> Iterator[Root]:
    """A machine on which the old version is installed, and has started with it."""
    with (
        scratch(shelf) as layer,
        open_root(layer, [installed.layer], shelf.folder, boot=True) as root,
    ):
        config = root.path(CONFIG)
        config.write_text(asking_nobody(config.read_text()))
        assert root.run("systemctl", "start", "filterdns").code == 0
        yield root


def dig(root: Root, name: str = "bet365.com") -> str:
    return root.run("dig", "@127.0.0.1", "+short", "+tries=1", "+timeout=5", name).text


def main_pid(root: Root) -> str:
    return root.run("systemctl", "show", "-P", "MainPID", "filterdns").text.strip()


def is_active(root: Root) -> bool:
    return root.run("systemctl", "is-active", "filterdns").text == "active\n"


def test_make_install_starts_the_service_and_enables_it(machine: Root, shelf: Shelf) -> None:
    said = make(machine, shelf.new, "install", f"WHEELS={shelf.wheels}")
    assert "filterdns answers. Its state: filterdns status\n" in said.text
    assert is_active(machine)
    assert machine.run("systemctl", "is-enabled", "filterdns").text == "enabled\n"
    assert dig(machine) == "0.0.0.0\n"


def test_nothing_is_started_where_port_53_is_taken(machine: Root, shelf: Shelf) -> None:
    need("dnsmasq")
    taken = machine.run("dnsmasq", "--conf-file=/dev/null", "--no-resolv", "--user=root")
    assert taken.code == 0
    said = make(machine, shelf.new, "install", f"WHEELS={shelf.wheels}")
    assert "dnsmasq (pid " in said.text
    assert not is_active(machine)
    assert machine.run("systemctl", "is-enabled", "filterdns").text == "enabled\n"


POLICY = "/usr/sbin/policy-rc.d"  # where it is, packages ask it whether they may start a service


def test_the_package_starts_the_service_and_enables_it(machine: Root, packaged: Packaged) -> None:
    machine.path(POLICY).unlink(missing_ok=True)
    said = machine.run("dpkg", "-i", str(packaged.new))
    assert said.code == 0, said.text
    assert dig(machine) == "0.0.0.0\n"
    assert machine.run("dpkg", "-P", "filterdns").code == 0
    assert not is_active(machine)


def test_the_package_starts_nothing_where_the_policy_forbids_it(
    machine: Root, packaged: Packaged
) -> None:
    machine.path(POLICY).write_text("#!/bin/sh\nexit 101\n")
    machine.path(POLICY).chmod(0o755)
    said = machine.run("dpkg", "-i", str(packaged.new))
    assert said.code == 0, said.text
    assert "policy-rc.d returned 101" in said.text
    assert not is_active(machine)
    assert machine.run("systemctl", "is-enabled", "filterdns").text == "enabled\n"


def test_the_sandbox_of_the_unit_leaves_a_service_that_answers(served: Root) -> None:
    assert dig(served) == "0.0.0.0\n"
    seen = f"/proc/{main_pid(served)}/status"
    capabilities = dict(line.split(":\t", 1) for line in served.path(seen).read_text().splitlines())
    assert int(capabilities["CapEff"], 16) == 1 << 10  # CAP_NET_BIND_SERVICE
    assert capabilities["NoNewPrivs"] == "1"


def test_reload_and_stop_are_those_of_systemd(served: Root) -> None:
    assert served.run("systemctl", "reload", "filterdns").code == 0
    assert served.run("systemctl", "stop", "filterdns").code == 0
    assert served.run("systemctl", "show", "-P", "Result", "filterdns").text == "success\n"


def test_installing_again_tells_that_the_service_does_not_run(served: Root, shelf: Shelf) -> None:
    cure = "it does not run; start it: systemctl enable --now filterdns"
    assert cure not in make(served, shelf.new, "install", f"WHEELS={shelf.wheels}").text
    assert served.run("systemctl", "stop", "filterdns").code == 0
    again = make(served, shelf.new, "install", f"WHEELS={shelf.wheels}")
    assert again.code == 0
    assert cure in again.text


def test_systemd_starts_a_killed_service_again(served: Root) -> None:
    before = main_pid(served)
    assert served.run("kill", "-KILL", before).code == 0
    wait_until(lambda: main_pid(served) not in ("0", before) and is_active(served), "a new one")
    assert dig(served) == "0.0.0.0\n"


def test_an_upgrade_takes_over_and_nobody_goes_without_an_answer(
    served: Root, shelf: Shelf
) -> None:
    before = main_pid(served)
    with probing(served) as figures:
        said = make(served, shelf.new, "upgrade", f"WHEELS={shelf.wheels}")
    assert said.code == 0, said.text
    assert version_that_runs(served) == NEW_VERSION
    assert main_pid(served) == before
    assert figures["asked"] > 10
    assert (figures["lost"], figures["wrong"]) == (0, 0)
    assert [path.name for path in served.path(VERSIONS).iterdir()] == [in_force(served)]


@contextmanager
def probing(root: Root) -> Iterator[dict[str, float]]:
    """Ask for a blocked name all the while; the figures are there when the block has ended."""
    script = (ROOT / "tests" / "support" / "tiny_prober.py").read_text()
    prober = root.start(PYTHON, "-c", script)
    assert prober.stdout is not None
    pid = prober.stdout.readline().strip()
    figures: dict[str, float] = {}
    try:
        yield figures
    finally:
        root.run("kill", pid)
        said, _ = prober.communicate(timeout=30)
    figures.update(json.loads(said))


def test_a_version_that_does_not_start_gives_way_to_the_old_one(
    served: Root, shelf: Shelf, still_born: Path
) -> None:
    old = in_force(served)
    said = make(served, still_born, "upgrade", f"WHEELS={shelf.wheels}")
    assert said.code != 0
    assert f"does not start: back to {old}" in said.text
    assert in_force(served) == old
    assert is_active(served)
    assert dig(served) == "0.0.0.0\n"


def test_a_package_that_does_not_start_gives_way_to_the_old_version(
    shelf: Shelf, packaged: Packaged, still_born: Path
) -> None:
    package = build_package(still_born, shelf.wheels)
    with (
        scratch(shelf) as layer,
        open_root(layer, [packaged.layer], shelf.folder, boot=True) as root,
    ):
        root.path(POLICY).unlink(missing_ok=True)
        config = root.path(CONFIG)
        config.write_text(asking_nobody(config.read_text()))
        assert root.run("systemctl", "start", "filterdns").code == 0
        old = in_force(root)
        assert root.run("dpkg", "-i", str(package)).code != 0
        assert in_force(root) == old
        assert is_active(root)
        assert dig(root) == "0.0.0.0\n"


@pytest.fixture(scope="module")
def still_born(shelf: Shelf) -> Path:
    """The sources of a version that passes every check, and ends as soon as it is to serve."""
    sources = shelf.folder / "still-born"
    shutil.copytree(shelf.new, sources, ignore=shutil.ignore_patterns("dist"))
    name_version(sources, "99.0.1")
    supervisor = sources / "filterdns" / "supervisor" / "__main__.py"
    supervisor.write_text(f"raise SystemExit('still-born')\n{supervisor.read_text()}")
    return sources


def test_uninstall_stops_the_service_and_purge_leaves_nothing(served: Root, shelf: Shelf) -> None:
    said = make(served, shelf.old, "uninstall", "PURGE=yes")
    assert said.code == 0, said.text
    assert not is_active(served)
    assert served.run("pgrep", "-f", "filterdns").text == ""
    assert [path for path in served.changes() if "filterdns" in path] == []
