"""Installed, upgraded and removed by make on a machine of its own, as the documents say."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.installing import (
    BUILD_SECONDS,
    CONFIG,
    UNIT,
    USERS,
    Installed,
    Shelf,
    in_force,
    logged,
    make,
    program_files,
    serving,
    version_that_runs,
    wait_until,
)
from tests.support.peers import need
from tests.support.root import Root

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(BUILD_SECONDS)]


# Installing.


def test_what_is_installed_is_where_it_belongs(root: Root) -> None:
    assert root.run("filterdns", "version").code == 0
    assert root.path("/etc/systemd/system/multi-user.target.wants/filterdns.service").is_symlink()
    assert root.run("stat", "-c", "%A %U %G", CONFIG).text == "-rw-r----- root filterdns\n"


def test_the_checkout_is_only_read(shelf: Shelf, installed: Installed) -> None:
    made = subprocess.run(
        [
            "find",
            str(shelf.old),
            "-mindepth",
            "1",
            "-newer",
            str(shelf.wheels),
            "!",
            "-path",
            "*/dist*",
        ],
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
        assert version_that_runs(root)


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
