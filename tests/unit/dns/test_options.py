"""What a forwarder says of the device that it asks for."""

from base64 import b64encode

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.dns.options import Option, named_mac, read_options
from filterdns.dns.question import Query, read_question
from tests.support.messages import query, query_with_options

PACKED = bytes.fromhex("3c22fb010203")
TABLET = "3c:22:fb:01:02:03"
MAC, DEVICE_ID, CPE_ID = 65001, 65073, 65074


def asked(*options: tuple[int, bytes]) -> Query:
    return read_question(query_with_options(*options))


def test_options_are_read_in_their_order() -> None:
    read = list(read_options(asked((10, bytes(8)), (MAC, PACKED), (12, b""))))
    assert read == [Option(10, bytes(8)), Option(MAC, PACKED), Option(12, b"")]


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (MAC, PACKED),
        (DEVICE_ID, TABLET.encode()),
        (DEVICE_ID, TABLET.upper().encode()),
        (DEVICE_ID, b64encode(PACKED)),
    ],
)
def test_a_mac_is_named_as_dnsmasq_does(code: int, data: bytes) -> None:
    assert named_mac(asked((code, data))) == TABLET
    assert named_mac(asked((10, bytes(8)), (code, data), (CPE_ID, b"router-7"))) == TABLET


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (MAC, b""),
        (MAC, PACKED[:5]),
        (MAC, PACKED + b"\0"),
        (MAC, bytes(6)),
        (MAC, b"\xff" * 6),
        (MAC, b"\x01\x00\x5e\0\0\x01"),
        (MAC, TABLET.encode()),
        (DEVICE_ID, PACKED),
        (DEVICE_ID, b"kitchen"),
        (DEVICE_ID, b"kitchen!"),
        (DEVICE_ID, b"????????"),
        (DEVICE_ID, b"3c:22:fb:01:02:zz"),
        (DEVICE_ID, b"3c-22-fb-01-02-03"),
        (DEVICE_ID, b"\xff" * 17),
        (CPE_ID, TABLET.encode()),
        (1, PACKED),
    ],
)
def test_what_is_no_mac_of_a_device_names_none(code: int, data: bytes) -> None:
    assert named_mac(asked((code, data))) == ""


def test_who_names_two_names_none() -> None:
    """A device may put in an option of its own; not every forwarder takes it out."""
    other = bytes.fromhex("3c22fb010204")
    assert named_mac(asked((MAC, PACKED), (MAC, other))) == ""
    assert named_mac(asked((MAC, PACKED), (DEVICE_ID, b64encode(other)))) == ""
    assert named_mac(asked((MAC, PACKED), (DEVICE_ID, b"kitchen"))) == ""
    assert named_mac(asked((MAC, PACKED), (DEVICE_ID, b64encode(PACKED)))) == TABLET


def test_without_options_none_is_named() -> None:
    assert named_mac(query()) == ""
    assert named_mac(query(payload_size=1232)) == ""


def test_an_option_that_runs_over_the_end_is_none() -> None:
    whole = query_with_options((MAC, PACKED))
    cut = whole[:-7] + b"\x07" + PACKED  # it says that it had one byte more
    assert named_mac(read_question(cut)) == ""


@given(st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=40)), max_size=8))
def test_all_options_come_back_as_they_were_sent(options: list[tuple[int, bytes]]) -> None:
    assert list(read_options(asked(*options))) == [Option(*each) for each in options]


@given(st.binary(max_size=60))
def test_no_data_of_an_opt_record_is_anything_but_options(data: bytes) -> None:
    record = dnslib.DNSRecord.question("www.example.com")
    wire = bytearray(record.pack())
    wire[11] = 1
    wire += b"\0\0\x29\x04\xd0\0\0\0\0" + len(data).to_bytes(2) + data
    read = read_question(bytes(wire))
    named = named_mac(read)
    assert named == "" or bytes.fromhex(named.replace(":", ""))
    assert sum(4 + len(each.data) for each in read_options(read)) <= len(data)
