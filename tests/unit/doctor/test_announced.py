import os
from pathlib import Path

import pytest

from filterdns.doctor.announced import try_announced
from filterdns.doctor.finding import State
from tests.support.doctor import found, scene, seen
from tests.support.namespaces import CABLE, cable
from tests.support.peers import Endpoint, need, running

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to listen")
FILTER = ("127.0.0.1", 9)


def test_a_device_without_a_way_out_is_not_looked_at() -> None:
    assert found(try_announced, scene(FILTER)).seen == ()


@pytest.mark.peer("ip")
def test_a_network_that_tells_nothing_is_told() -> None:
    where = scene(FILTER, patience_seconds=0.3)._replace(interfaces=(CABLE,))
    with cable() as (_, street), street.inside():
        [(state, what)] = seen(found(try_announced, where)).values()
    assert (state, what) == (State.TOLD, "nobody has told any")


@pytest.mark.peer("ip", "dnsmasq")
def test_a_server_that_phones_are_given_is_asked(tmp_path: Path) -> None:
    with cable() as (house, street):
        house.command("address", "add", "10.77.1.1/24", "dev", CABLE)
        street.command("address", "add", "10.77.1.7/24", "dev", CABLE)
        command = [need("dnsmasq"), "--no-daemon", "--conf-file=/dev/null", "--user=root"]
        command += ["--pid-file=", "--no-resolv", "--no-hosts", "--leasefile-ro"]
        command += [f"--interface={CABLE}", "--dhcp-range=10.77.1.50,10.77.1.60"]
        command += ["--dhcp-option=6,10.77.1.1,10.77.1.9"]
        ready = Endpoint("10.77.1.1", 53)
        where = scene(FILTER, patience_seconds=2.0)._replace(interfaces=(CABLE,))
        with house.inside(), running(command, ready, tmp_path / "dnsmasq.log"), street.inside():
            tried = found(try_announced, where)
    states = {target: state for target, (state, _) in seen(tried).items()}
    assert states == {
        "10.77.1.1 by DHCP (UDP)": State.OPEN,
        "10.77.1.1 by DHCP (TCP)": State.OPEN,
        "10.77.1.9 by DHCP (UDP)": State.CLOSED,
        "10.77.1.9 by DHCP (TCP)": State.CLOSED,
    }
