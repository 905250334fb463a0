"""What looks wrong around the house is told once a change."""

import asyncio
from pathlib import Path

import pytest

from filterdns.control import findings as findings_module
from filterdns.control.findings import Findings
from filterdns.devices.detections import FindingKind
from filterdns.devices.gateways import Gateway
from filterdns.devices.neighbour import Neighbour
from tests.support.control import running_filter

ROUTER, MAC = "192.168.1.1", "3c:22:fb:01:02:03"


def test_a_router_that_asks_for_all_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(findings_module, "default_gateways", lambda: [Gateway(ROUTER, "eth0")])

    async def scene() -> None:
        async with running_filter(tmp_path) as running:
            findings, now = Findings(running.nearby, 0.0), running.clock.now()
            running.nearby.askers.take([[ROUTER, "", 0, 500, []]], now)
            for _ in range(3):
                await findings.look(now)
            (found,) = findings.current
            assert found.kind is FindingKind.UNMARKED_ROUTER
            assert found.is_red
            told = [line for line in caplog.messages if "I cannot tell your children apart" in line]
            assert len(told) == 1
            await findings.look(now + 7200)
            assert list(findings.current) == []

    with caplog.at_level("INFO"):
        asyncio.run(scene())
    assert "no longer: I cannot tell" in caplog.text


def test_cards_with_many_addresses_are_told(tmp_path: Path) -> None:
    async def scene() -> None:
        async with running_filter(tmp_path) as running:
            findings = Findings(running.nearby, 0.0)
            here = [Neighbour(f"192.168.1.{number}", MAC, "eth0") for number in range(20, 26)]
            running.nearby.neighbours = here  # type: ignore[assignment]
            await findings.look(running.clock.now())
            assert FindingKind.SHARED_MAC in [each.kind for each in findings.current]

    asyncio.run(scene())
