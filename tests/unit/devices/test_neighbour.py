import pytest

from filterdns.devices.neighbour import is_device_mac, write_mac


def test_a_mac_is_written_lower_case_with_colons() -> None:
    assert write_mac(bytes.fromhex("3C22FB010203")) == "3c:22:fb:01:02:03"


@pytest.mark.parametrize(
    ("mac", "is_one"),
    [
        ("3c22fb010203", True),
        ("0e22fb010203", True),  # locally administered, as phones make them up
        ("000000000000", False),
        ("ffffffffffff", False),
        ("01005e0000fb", False),  # a group of IPv4
        ("333300000001", False),  # a group of IPv6
        ("3c22fb0102", False),
        ("0000000000000000fe800000000000000000aabb", False),  # InfiniBand
        ("", False),
    ],
)
def test_only_what_one_device_can_have_is_a_mac(mac: str, is_one: bool) -> None:
    assert is_device_mac(bytes.fromhex(mac)) is is_one
