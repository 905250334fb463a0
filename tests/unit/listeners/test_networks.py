import pytest

from filterdns.listeners.addresses import own_addresses
from filterdns.listeners.networks import networks_of_interfaces
from tests.support.namespaces import CABLE, cable


@pytest.mark.peer("ip")
def test_what_the_old_calls_tell_is_what_rtnetlink_tells() -> None:
    with cable() as (house, _):
        for address in ("10.77.1.1/24", "10.77.1.9/24", "172.20.0.1/20", "2001:db8:a::1/56"):
            house.command("address", "add", address, "dev", CABLE)
        with house.inside():
            networks = networks_of_interfaces()
            expected = {each.network for each in own_addresses()}
    assert networks == sorted(expected)
    assert {"10.77.1.0/24", "172.20.0.0/20", "2001:db8:a::/56", "127.0.0.0/8"} <= expected
