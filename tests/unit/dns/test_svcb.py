"""The parameters of SVCB and HTTPS records."""

from ipaddress import ip_address

import pytest

from filterdns.dns import svcb
from filterdns.dns.names import from_text
from filterdns.errors import MalformedMessage
from tests.support.service_records import ech, hint, hints, https_data

ALPN = hint(1, b"\x02h2")
DATA = https_data(from_text("svc.example"), ALPN, hints("192.0.2.1", "192.0.2.2"), ech())


def test_parameters_come_in_order_with_their_places() -> None:
    found = list(svcb.parameters(b"xx" + DATA, 2, 2 + len(DATA)))
    assert [each.key for each in found] == [1, svcb.IPV4HINT, svcb.ECH]
    assert (b"xx" + DATA)[found[0].start : found[0].end] == ALPN
    assert found[-1].end == 2 + len(DATA)


def test_hints_are_whole_addresses() -> None:
    found = list(svcb.parameters(DATA, 0, len(DATA)))
    addresses = [ip_address(address) for each in found for address in svcb.hints(DATA, each)]
    assert addresses == [ip_address("192.0.2.1"), ip_address("192.0.2.2")]


@pytest.mark.parametrize("length", range(len(DATA) - 1, 2, -1))
def test_a_record_that_ends_too_early_is_malformed_or_shorter(length: int) -> None:
    try:
        found = list(svcb.parameters(DATA[:length], 0, length))
    except (MalformedMessage, IndexError):
        return
    assert all(each.end <= length for each in found)


def test_a_name_beyond_the_record_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        list(svcb.parameters(DATA, 0, 4))
