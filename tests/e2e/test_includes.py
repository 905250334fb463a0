"""A config out of several files, the environment and secrets; and what ships with the program."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import filterdns
from tests.support.house import PROGRAM, House, open_house
from tests.support.peers import Endpoint, free_port, running
from tests.support.plain_client import ask

pytestmark = pytest.mark.untimed

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.yaml"

SCHOOL = """\
timezone: Europe/Berlin
include: conf.d/*.yaml
upstreams: {servers: [127.0.0.1:1]}
hosts:
  printer.school.example: !env FILTERDNS_TEST_PRINTER
  library.school.example: !file secrets/library
policies:
  safe: {block: [gambling]}
  pupil: {extends: safe, block: [chat.example]}
"""
YEAR_7 = """\
policies:
  young: {extends: pupil, block: [games.example]}
people:
  anna: {policy: young, devices: [{name: laptop, ip: 127.0.0.7}]}
"""
YEAR_8 = "people: {bo: {policy: pupil, devices: [{name: laptop, ip: 127.0.0.8}]}}\n"
YEAR_9 = "people: {cem: {policy: pupil, devices: [{name: laptop, ip: 127.0.0.9}]}}\n"
ANNA, BO, CEM = "127.0.0.7", "127.0.0.8", "127.0.0.9"

PRINTER, LIBRARY = "192.168.1.40", "192.168.1.41"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("school")
    write_school(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FILTERDNS_TEST_PRINTER", PRINTER)
        with open_house(folder, SCHOOL) as house:
            yield house


def write_school(folder: Path) -> Path:
    """Write the school's files into *folder* and return the path of its config."""
    for name in ("conf.d", "secrets"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "conf.d" / "year-7.yaml").write_text(YEAR_7)
    (folder / "conf.d" / "year-8.yaml").write_text(YEAR_8)
    (folder / "secrets" / "library").write_text(f"{LIBRARY}\n")
    config = folder / "config.yaml"
    config.write_text(SCHOOL)
    return config


def test_people_of_included_files_get_their_policies(house: House) -> None:
    assert ask(house.server, ANNA, "games.example").is_blocked
    assert not ask(house.server, BO, "games.example").is_blocked


@pytest.mark.parametrize("name", ["www.bet365.com", "chat.example", "games.example"])
def test_a_policy_extends_what_another_extends_in_another_file(house: House, name: str) -> None:
    assert ask(house.server, ANNA, name).is_blocked


def test_a_host_has_the_address_that_the_environment_holds(house: House) -> None:
    assert ask(house.server, ANNA, "printer.school.example").addresses == (PRINTER,)


def test_a_host_has_the_address_that_a_file_holds(house: House) -> None:
    assert ask(house.server, ANNA, "library.school.example").addresses == (LIBRARY,)


def test_explain_names_the_line_of_the_included_file(house: House) -> None:
    said = house.cli("explain", "anna", "games.example", "--json")
    assert json.loads(said.stdout)["where"] == "conf.d/year-7.yaml:2:35"


def test_a_file_that_is_added_counts_after_a_reload(house: House) -> None:
    year_9 = house.folder / "conf.d" / "year-9.yaml"
    assert house.cli("explain", "cem", "chat.example").code == 2
    year_9.write_text(YEAR_9)
    try:
        assert house.reload().code == 0
        assert ask(house.server, CEM, "chat.example").is_blocked
        assert not ask(house.server, CEM, "games.example").is_blocked
    finally:
        year_9.unlink()
    assert house.reload().code == 0
    assert house.cli("explain", "cem", "chat.example").code == 2


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    config = write_school(tmp_path)
    (tmp_path / "secrets" / "library").write_text("hunter2-of-the-library")
    said = filterdns("check", config, environment={"FILTERDNS_TEST_PRINTER": "hunter2"})
    assert said.code == 2
    assert "config.yaml:5:" in said.err
    assert "config.yaml:6:" in said.err
    assert "hunter2" not in said.err + said.out


# What ships.


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program alone in it, out of a wheel built from these sources."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    [wheel] = folder.glob("*.whl")
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    install = [*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=60)
    return site


def from_wheel(site: Path) -> dict[str, str]:
    """The environment in which Python finds the program in *site* before the one of the tests."""
    return {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}


def test_the_program_of_the_wheel_is_found_in_it(installed: Path) -> None:
    where = "import filterdns, sys; sys.stdout.write(filterdns.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", where],
        env={**os.environ, **from_wheel(installed)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert Path(said.stdout) == installed / "filterdns" / "__init__.py"


def test_the_example_config_ships_and_is_right(installed: Path) -> None:
    example = installed / "filterdns" / "config" / EXAMPLE.name
    assert example.read_text() == EXAMPLE.read_text()
    said = filterdns("check", example, environment=from_wheel(installed))
    assert (said.code, said.out, said.err) == (0, f"{example} is right\n", "")


def test_starter_lists_services_and_lifelines_ship(installed: Path) -> None:
    example = installed / "filterdns" / "config" / EXAMPLE.name
    said = filterdns(
        *("explain", "--batch", "-", "--config", example, "--json"),
        environment=from_wheel(installed),
        stdin="".join(f"mia {name} Sat 12:00\n" for name in RULE_BY_NAME),
    )
    found = [json.loads(line) for line in said.out.splitlines()]
    assert {each["name"]: (each["row"], each["rule"]) for each in found} == RULE_BY_NAME


RULE_BY_NAME = {
    "www.pornhub.com": ("A11", "block: adult"),
    "www.bet365.com": ("A11", "block: gambling"),
    "www.tinder.com": ("A11", "block: dating"),
    "pro-ana-blog.example": ("A11", "block: pro-anorexia"),
    "www.tiktok.com": ("A11", "block: service:tiktok"),
    "dns.google": ("A5", "bypass: doh"),
    "www.childline.org.uk": ("A4", "lifeline: child helpline (NSPCC)"),
    "captive.apple.com": ("A4", "essential: connectivity"),
}


def test_the_wheel_serves_with_its_own_example(installed: Path, tmp_path: Path) -> None:
    endpoint = Endpoint("127.0.0.1", free_port())
    example = (installed / "filterdns" / "config" / EXAMPLE.name).read_text()
    config = tmp_path / "config.yaml"
    text = example.replace('"127.0.0.1:5300", "[::1]:5300"', f'"{endpoint}"')
    config.write_text(text.replace(":9153", f":{free_port()}"))
    command: list[str | Path] = [PROGRAM, "serve", "--config", config, "--dir", tmp_path / "files"]
    command += ["--upstream", "127.0.0.1:1"]
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in from_wheel(installed).items():
            patch.setenv(variable, value)
        with running(command, endpoint, tmp_path / "filterdns.log"):
            assert ask(endpoint, "127.0.0.2", "www.bet365.com").is_blocked
