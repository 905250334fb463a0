import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.lease import (
    Lease,
    mac_of_duid,
    make_lease,
    read_hex,
    read_host_name,
    read_mac,
)

MAC = bytes.fromhex("3c22fb010203")


def test_a_lease_is_written_as_sockets_write_addresses() -> None:
    assert make_lease("FD00:0::20", MAC, "tablet.", 1_800_000_000) == Lease(
        "fd00::20", "3c:22:fb:01:02:03", "tablet", 1_800_000_000
    )
    assert make_lease("::ffff:10.0.0.1", b"", "", None) == Lease("10.0.0.1", "", "", None)


@pytest.mark.parametrize(
    "address",
    ["", "10.0.0", "10.0.0.300", "fe80::1%eth0", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "::1"],
)
def test_what_no_server_lends_is_no_lease(address: str) -> None:
    with pytest.raises(ValueError):
        make_lease(address, MAC, "", None)


@pytest.mark.parametrize("moment", [-1, 1 << 60])
def test_a_time_that_is_none_is_no_lease(moment: int) -> None:
    with pytest.raises(ValueError, match="no time"):
        make_lease("10.0.0.1", MAC, "", moment)


@pytest.mark.parametrize("mac", [b"", bytes(6), b"\xff" * 6, b"12345678"])
def test_what_is_no_mac_of_a_device_is_left_out(mac: bytes) -> None:
    assert make_lease("10.0.0.1", mac, "", None).mac == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mias-iPad", "Mias-iPad"),
        ("tablet.home.", "tablet.home"),
        ("Bens Laptop", "Bens Laptop"),
        ("*", ""),
        ("-", ""),
        ("a\x1b[31mred", ""),
        ("zero\0", ""),
        ("two\nlines", ""),
        ("x" * 254, ""),
    ],
)
def test_a_name_is_kept_if_it_can_be_shown(text: str, name: str) -> None:
    assert read_host_name(text) == name


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        ("3c:22:fb:01:02:03", MAC),
        ("3C:22:FB:1:2:3", MAC),
        ("3c:22:fb:01:02", b""),
        ("3c:22:fb:01:02:003", b""),
        ("3c:22:fb:01:02:", b""),
        ("3c-22-fb-01-02-03", b""),
        ("no:22:fb:01:02:03", b""),
        ("", b""),
    ],
)
def test_a_mac_is_read_with_or_without_leading_zeros(text: str, mac: bytes) -> None:
    assert read_mac(text) == mac


@pytest.mark.parametrize(
    ("duid", "mac"),
    [
        ("00:01:00:01:2c:a0:1f:3e:3c:22:fb:01:02:03", MAC),  # link-layer address plus time
        ("00030001" + "3c22fb010203", MAC),
        ("00020000ab11d2c3", b""),  # by enterprise number
        ("0004" + "ab" * 16, b""),  # UUID
        ("00030020" + "3c22fb010203", b""),  # InfiniBand
        ("0003", b""),
    ],
)
def test_a_duid_may_be_made_of_a_mac(duid: str, mac: bytes) -> None:
    assert mac_of_duid(read_hex(duid)) == mac


@given(st.text(max_size=60))
def test_no_text_stops_the_readers_of_fields(text: str) -> None:
    assert len(read_mac(text)) in (0, 6)
    mac_of_duid(read_hex(text))
    assert read_host_name(text).isprintable()
