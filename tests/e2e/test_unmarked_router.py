"""A router that asks for everybody and says for nobody: the filter notices it by itself."""

from pathlib import Path

import pytest

from tests.support.home import SERVER, open_home
from tests.support.peers import Endpoint, need, running

pytestmark = [
    pytest.mark.untimed,
    pytest.mark.peer("ip", "dig", "nsd", "dnsmasq"),
    pytest.mark.timeout(300),
]

ROUTER = "10.77.1.2"
CONFIG = """\
timezone: Europe/Berlin
listen: {dns: ["0.0.0.0:53"]}
policies: {child: {block: [gambling]}}
people:
  mia: {policy: child, devices: [{name: tablet, mac: "3c:22:fb:00:00:01"}]}
"""
LOOK_SECONDS = 150.0  # it looks every minute


def test_a_router_that_marks_nothing_is_told_by_the_devices_behind_it(tmp_path: Path) -> None:
    zones = {".": "* A 192.0.2.99\n"}
    with open_home(tmp_path, CONFIG, "router", "phone", "laptop", zones=zones) as home:
        home.clients["router"].give(f"{ROUTER}/24")
        home.clients["phone"].give("10.77.1.20/24")
        home.clients["laptop"].give("10.77.1.21/24")
        command = [need("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv"]
        command += [f"--server={SERVER}", f"--listen-address={ROUTER}", "--bind-interfaces"]
        command += ["--no-hosts", "--pid-file=", "--user=root"]
        with (
            home.clients["router"].inside(),
            running(command, Endpoint(ROUTER, 53), tmp_path / "dnsmasq.log"),
        ):
            home.ask("phone", "captive.apple.com", server=ROUTER)
            home.ask("laptop", "www.msftconnecttest.com", server=ROUTER)

            def is_told() -> bool:
                findings = home.house.control.get("/api/devices")["findings"]
                return any(each["subject"] == ROUTER for each in findings)

            home.house.wait_until(is_told, "the router to be noticed", LOOK_SECONDS)
        log = home.house.log_text()
        assert "I cannot tell your children apart" in log
        assert f"{ROUTER} asks what Apple and Windows devices ask" in log
        said = home.house.cli("devices")
        assert "I cannot tell your children apart" in " ".join(said.stdout.split())
