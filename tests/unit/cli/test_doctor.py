"""The command as it is typed; all servers are on loopback and scripted."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from tests.support.commands import Command, Typed
from tests.support.doctor import filter_with
from tests.support.peers import free_port
from tests.support.upstream import Script, ScriptedUpstream

ADDRESS = [b"\xc0\x00\x02\x01"]
NEUTRAL = {(from_text("example.com"), codes.A): ADDRESS}
CLOSED = filter_with(NEUTRAL)
OPEN = filter_with(NEUTRAL | {(from_text("vpn.example"), codes.A): ADDRESS})
LINES = "neutral example.com\nvpn vpn.example\n"


def typed(command: Command, folder: Path, script: Script, *arguments: str | Path) -> Typed:
    """Type the command for a filter that follows *script*; gateways are what this machine has."""
    targets, resolv = folder / "targets", folder / "resolv.conf"
    targets.write_text(LINES)
    with ScriptedUpstream(script) as server:
        resolv.write_text("nameserver 127.0.0.1\n" if "--server" not in arguments else "")
        where = ("--server", f"127.0.0.1:{server.port}", "--targets", targets)
        return command("doctor", *where, "--resolv-conf", resolv, *arguments)


@pytest.fixture(autouse=True)
def no_routers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The routers of the machine that runs the tests are nobody's to be asked."""
    monkeypatch.setattr("filterdns.cli.doctor.default_gateways", list)


def found(said: Typed) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(said.out)
    return value


def test_what_is_open_shows_in_the_exit_code_and_the_summary(
    command: Command, tmp_path: Path
) -> None:
    closed = typed(command, tmp_path, CLOSED)
    assert closed.code == 0, closed.out
    assert "All ways round are closed." in closed.out
    opened = typed(command, tmp_path, OPEN)
    assert opened.code == 1
    assert "1 way round is open." in opened.out
    assert "closed in the policies of the config, by `bypass: {vpn: block}`: VPN" in opened.out
    assert "nft" not in opened.out


def test_quiet_is_quiet_only_where_all_is_closed(command: Command, tmp_path: Path) -> None:
    closed = typed(command, tmp_path, CLOSED, "--quiet")
    assert (closed.code, closed.out, closed.err) == (0, "", "")
    opened = typed(command, tmp_path, OPEN, "-q")
    assert opened.code == 1
    assert "1 way round is open." in opened.out


def test_the_command_loads_nothing_heavy() -> None:
    """A parent waits for it, and cron runs it on small machines."""
    program = "import sys, filterdns.cli.doctor; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pydantic", "yaml", "sqlite3", "starlette", "dnslib", "rich"} & set(loaded)


def test_the_json_has_everything(command: Command, tmp_path: Path) -> None:
    said = found(typed(command, tmp_path, OPEN, "--json"))
    assert said["open"] == ["vpn"]
    [vpn] = [each for each in said["ways"] if each["way"] == "vpn"]
    assert vpn["state"] == "open"
    assert vpn["tries"] == [{"target": "vpn.example", "state": "open", "seen": "has an address"}]
    assert vpn["meaning"]
    assert said["lines"] == {}  # nobody else could be led to a loopback address


def test_a_filter_that_does_not_answer_cannot_be_judged(command: Command, tmp_path: Path) -> None:
    (tmp_path / "targets").write_text(LINES)
    said = command(
        "doctor", "--server", f"127.0.0.1:{free_port()}", "--targets", tmp_path / "targets",
        "--resolv-conf", tmp_path / "none",
    )  # fmt: skip
    assert said.code == 2
    assert "cannot be told" in said.out


def test_a_ready_file_is_printed_without_trying_anything(command: Command) -> None:
    said = command(
        "doctor", "--firewall", "nftables", "--server", "192.0.2.2", "--server", "2001:db8::2",
        "--interface", "lan0",
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("#!/usr/sbin/nft -f\n")
    assert 'define home = "lan0"' in said.out
    assert "dnat ip6 to 2001:db8::2" in said.out


def test_the_ready_file_may_be_json(command: Command) -> None:
    said = found(command("doctor", "--firewall", "fritzbox", "--server", "192.0.2.2", "--json"))
    assert said["kind"] == "fritzbox"
    assert "192.0.2.2" in said["lines"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--firewall", "nftable", "--server", "192.0.2.2"], 'did you mean "nftables"?'),
        (["--firewall", "nftables"], "--firewall needs --server"),
        (["--firewall", "nftables", "--server", "127.0.0.1"], "name the one that they know"),
        (["--server", "filter.home"], "is no address with a port"),
        (["--server", "192.0.2.2:0"], "port 0"),
        (["--targets", "/nowhere/targets", "--server", "192.0.2.2"], "cannot be read"),
        (["--resolv-conf", "/nowhere/resolv.conf"], "names no server"),
    ],
)
def test_a_mistake_is_told_with_its_cure(
    command: Command, arguments: list[str], message: str
) -> None:
    said = command("doctor", *arguments)
    assert said.code == 2
    assert message in said.err
