"""Which device is meant by what was typed, and which is given to nobody; see `test_devices`."""

from typing import Any

import pytest

from filterdns.cli.device_writing import refuse_router, sign_of
from filterdns.config.device_edits import WantedDevice
from filterdns.errors import ControlError

TABLET, ROUTER = "3c:22:fb:01:02:03", "3c:22:fb:01:02:01"


def house(**router: Any) -> dict[str, Any]:
    """What the filter tells of a house with a tablet and a router."""
    return {
        "devices": [
            {"mac": TABLET, "addresses": ["192.168.1.20", "fe80::9%eth0"], "router": False},
            {"mac": ROUTER, "addresses": ["192.168.1.1"], "router": True, **router},
        ],
        "findings": [],
    }


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("3C-22-FB-01-02-03", WantedDevice("mia", "tablet", (TABLET,))),
        ("192.168.1.20", WantedDevice("mia", "tablet", (TABLET,))),
        ("fe80::9%eth0", WantedDevice("mia", "tablet", (TABLET,))),
        ("10.9.9.9", WantedDevice("mia", "tablet", (), ("10.9.9.9",))),
    ],
)
def test_a_device_is_known_by_its_mac_if_that_is_known(typed: str, wanted: WantedDevice) -> None:
    assert sign_of(house(), typed, "mia", "tablet") == wanted


def test_without_a_filter_an_address_is_an_address() -> None:
    wanted = WantedDevice("mia", "tablet", (), ("192.168.1.20",))
    assert sign_of(None, "192.168.1.20", "mia", "tablet") == wanted


@pytest.mark.parametrize("typed", [ROUTER, ROUTER.upper(), "192.168.1.1"])
def test_a_router_is_refused_by_whatever_it_is_called(typed: str) -> None:
    with pytest.raises(ControlError, match="the whole house"):
        refuse_router(house(), typed)


@pytest.mark.parametrize("typed", [ROUTER, "192.168.1.1"])
def test_so_is_who_was_found_to_ask_for_others(typed: str) -> None:
    found = house(router=False)
    refuse_router(found, typed)
    found["findings"] = [{"kind": "unmarked-router", "subject": "192.168.1.1"}]
    with pytest.raises(ControlError, match="the whole house"):
        refuse_router(found, typed)
    refuse_router(found, TABLET)
