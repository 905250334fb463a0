"""`filterdns devices` as it is typed."""

import json
import shlex
from pathlib import Path

from filterdns.control.running import RunningFilter
from filterdns.devices.detections import Finding, FindingKind
from filterdns.devices.lease import Lease
from filterdns.devices.neighbour import Neighbour
from tests.support.commands import Command, command, typed_to

__all__ = ["command"]

TABLET, STRANGE = "3c:22:fb:01:02:03", "da:a1:19:00:00:01"
HOUSE = f"""\
timezone: Europe/Berlin
listen: {{dns: ["127.0.0.1:5300"]}}
upstreams: {{servers: ["127.0.0.1:5353"]}}
policies: {{child: {{block: [games.example]}}}}
people:
  mia: {{policy: child, devices: [{{name: tablet, mac: "{TABLET}"}}]}}
"""


def furnish(running: RunningFilter) -> None:
    seen = running.nearby.seen
    seen.see_lease(Lease("192.168.1.20", TABLET, "Mias-iPad", None), 1_000_000.0)
    seen.see_lease(Lease("192.168.1.21", STRANGE, "Mias-iPad", None), 2_000_000.0)
    for number in range(3):
        seen.see_neighbour(Neighbour(f"fe80::{number}%eth0", STRANGE, "eth0"), 2_000_001.0)
    running.findings.current = [
        Finding(FindingKind.UNMARKED_ROUTER, "192.168.1.1", "a router asks", "mark", is_red=True)
    ]


def test_the_devices_are_shown_the_last_one_first(tmp_path: Path, command: Command) -> None:
    typed = typed_to(tmp_path, command, "devices", body=HOUSE, first=furnish)
    assert typed.code == 0, typed.err
    lines = typed.out.splitlines()
    assert lines[0] == "a router asks; mark"
    assert lines[1].split()[0] == "whose"
    assert f"{STRANGE} (private)" in lines[2]
    assert "and 2 more" in lines[2]
    assert lines[3].split()[:4] == ["mia", "tablet", "mac", TABLET]
    assert f"`filterdns devices assign {STRANGE} mia tablet`" in lines[4]


def test_the_proposed_command_can_be_typed_as_it_stands(tmp_path: Path, command: Command) -> None:
    body = HOUSE.replace("name: tablet", "name: Mia's tablet")
    typed = typed_to(tmp_path, command, "devices", body=body, first=furnish)
    proposed = typed.out.splitlines()[4].split("`")[1]
    assert shlex.split(proposed) == [
        "filterdns", "devices", "assign", STRANGE, "mia", "Mia's tablet"
    ]  # fmt: skip


def test_they_are_told_as_json(tmp_path: Path, command: Command) -> None:
    typed = typed_to(tmp_path, command, "devices", "--json", body=HOUSE, first=furnish)
    found = json.loads(typed.out)
    assert {each["mac"] for each in found["devices"]} == {TABLET, STRANGE}
    assert found["findings"][0]["kind"] == "unmarked-router"


# Writing them down.

BEN = "3c:22:fb:01:02:99"


def config_of(folder: Path) -> str:
    return (folder / "config.yaml").read_text()


def test_a_device_is_given_to_a_person_and_known_from_then_on(
    tmp_path: Path, command: Command
) -> None:
    arguments = ("devices", "assign", "192.168.1.21", "mia", "phone")
    typed = typed_to(tmp_path, command, *arguments, body=HOUSE, first=furnish)
    assert typed.code == 0, typed.err
    assert typed.out == f"1 device written into {tmp_path / 'config.yaml'}\n"
    assert f', {{name: phone, mac: "{STRANGE}"}}]' in config_of(tmp_path)


def test_a_dry_run_shows_the_difference_and_changes_nothing(
    tmp_path: Path, command: Command
) -> None:
    arguments = ("devices", "assign", STRANGE.upper(), "mia", "phone", "--dry-run")
    typed = typed_to(tmp_path, command, *arguments, body=HOUSE, first=furnish)
    assert typed.code == 0, typed.err
    assert [line[0] for line in typed.out.splitlines() if "  mia:" in line] == ["-", "+"]
    assert config_of(tmp_path) == HOUSE


def test_a_router_is_given_to_nobody_unless_the_whole_house_is_meant(
    tmp_path: Path, command: Command
) -> None:
    arguments = ("devices", "assign", "192.168.1.1", "mia", "router")
    typed = typed_to(tmp_path, command, *arguments, body=HOUSE, first=furnish)
    assert typed.code == 2
    assert "the whole house" in typed.err
    assert config_of(tmp_path) == HOUSE
    typed = typed_to(tmp_path, command, *arguments, "--whole-house", body=HOUSE, first=furnish)
    assert typed.code == 0, typed.err
    assert '{name: router, ip: "192.168.1.1"}' in config_of(tmp_path)


def test_what_a_reload_would_refuse_is_not_written(tmp_path: Path, command: Command) -> None:
    arguments = ("devices", "assign", BEN, "ben", "phone", "--policy", "kid")
    typed = typed_to(tmp_path, command, *arguments, body=HOUSE)
    assert typed.code == 2
    assert '"kid" is not a policy' in typed.err
    assert config_of(tmp_path) == HOUSE


def test_what_is_neither_a_mac_nor_an_address_is_told(tmp_path: Path, command: Command) -> None:
    typed = typed_to(tmp_path, command, "devices", "assign", "kitchen", "mia", "tv", body=HOUSE)
    assert (typed.code, "neither a MAC nor an address" in typed.err) == (2, True)


def test_a_table_is_written_into_a_config_without_a_filter(
    tmp_path: Path, command: Command
) -> None:
    config, table = tmp_path / "config.yaml", tmp_path / "devices.csv"
    config.write_text(HOUSE)
    table.write_text(f"person,device,mac\nben,phone,{BEN}\nmia,tablet,{TABLET}\n")
    options = ("--config", config, "--policy", "child")
    typed = command("devices", "import", table, *options)
    assert typed.code == 0, typed.err
    assert (
        f'  ben: {{policy: child, devices: [{{name: phone, mac: "{BEN}"}}]}}' in config.read_text()
    )
    again = command("devices", "import", table, *options)
    assert again.out == "nothing changes: all of them are there already\n"
    exported = command("devices", "export", "--config", config)
    assert exported.out.splitlines() == [
        "person,device,mac,ip,id,policy",
        f"mia,tablet,{TABLET},,,child",
        f"ben,phone,{BEN},,,child",
    ]


def test_a_table_with_errors_changes_nothing(tmp_path: Path, command: Command) -> None:
    config, table = tmp_path / "config.yaml", tmp_path / "devices.csv"
    config.write_text(HOUSE)
    table.write_text("person,device,mac\nben,phone,12\nben,phone,13\n")
    typed = command("devices", "import", table, "--config", config, "--policy", "child")
    assert typed.code == 2
    assert [line.split()[0] for line in typed.err.splitlines()] == [
        "devices.csv:2:1",
        "devices.csv:3:1",
    ]
    assert config.read_text() == HOUSE


def test_a_school_is_imported_in_one_go(tmp_path: Path, command: Command) -> None:
    """3,000 devices of 1,500 pupils."""
    config, table = tmp_path / "config.yaml", tmp_path / "devices.csv"
    config.write_text(HOUSE)
    rows = [
        f"pupil-{number // 2},device-{number % 2},3c:22:fb:10:{number >> 8:02x}:{number & 255:02x}"
        for number in range(3000)
    ]
    table.write_text("\n".join(["person,device,mac", *rows]))
    typed = command("devices", "import", table, "--config", config, "--policy", "child", "--json")
    assert typed.code == 0, typed.err
    assert json.loads(typed.out)["devices"] == 3000
    exported = command("devices", "export", "--config", config).out.splitlines()
    assert len(exported) == 3002
    assert config.read_text().startswith(HOUSE)


def test_new_devices_are_lines_of_the_status(tmp_path: Path, command: Command) -> None:
    def come(running: RunningFilter) -> None:
        furnish(running)
        running.newcomers.extend(each for each in running.nearby.seen if each.mac == STRANGE)

    typed = typed_to(tmp_path, command, "status", body=HOUSE, first=come)
    assert f"  new device  Mias-iPad, {STRANGE}\n" in typed.out
