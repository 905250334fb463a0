"""`filterdns devices` as it is typed."""

import json
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


def test_they_are_told_as_json(tmp_path: Path, command: Command) -> None:
    typed = typed_to(tmp_path, command, "devices", "--json", body=HOUSE, first=furnish)
    found = json.loads(typed.out)
    assert {each["mac"] for each in found["devices"]} == {TABLET, STRANGE}
    assert found["findings"][0]["kind"] == "unmarked-router"
