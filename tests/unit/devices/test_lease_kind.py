import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.lease_kind import MAX_LINE_LENGTH, LeaseKind, read_leases, tell_kind
from tests.support.lease_texts import (
    DNSMASQ,
    ISC_BLOCK,
    ISC_BLOCK6,
    ISC_HEAD,
    KEA4_HEAD,
    KEA4_ROW,
    KEA6_HEAD,
    ODHCPD,
)

TEXTS = {
    LeaseKind.DNSMASQ: DNSMASQ,
    LeaseKind.KEA: f"{KEA4_HEAD}\n{KEA4_ROW}",
    LeaseKind.ISC: ISC_HEAD + ISC_BLOCK,
    LeaseKind.ODHCPD: ODHCPD,
}


@pytest.mark.parametrize("kind", LeaseKind)
def test_a_format_is_told_by_its_content(kind: LeaseKind) -> None:
    lines = TEXTS[kind].split("\n")
    assert tell_kind(lines) is kind
    ledger, trouble = read_leases(lines)
    assert "192.168.1.20" in ledger.leases
    assert not trouble


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"{KEA6_HEAD}\n", LeaseKind.KEA),
        (ISC_BLOCK6, LeaseKind.ISC),
        ("duid 00:01:00:01:2c:a0:1f:3e:52:54:00:12:34:56\n", LeaseKind.DNSMASQ),
        ("\n\n", None),
        ("127.0.0.1 localhost\n", None),
        ("# a comment\n", None),
    ],
)
def test_a_file_that_hardly_says_anything_is_told_if_it_can_be(
    text: str, kind: LeaseKind | None
) -> None:
    assert tell_kind(text.split("\n")) is kind


def test_an_empty_file_is_no_trouble() -> None:
    ledger, trouble = read_leases([""])
    assert not ledger.leases
    assert not trouble


def test_what_is_no_lease_file_is_said_to_be_none() -> None:
    _, trouble = read_leases(["127.0.0.1 localhost"])
    assert trouble == "no lease file of dnsmasq, kea, isc, odhcpd"


def test_a_kind_that_is_given_is_believed() -> None:
    ledger, trouble = read_leases(["127.0.0.1 localhost"], LeaseKind.DNSMASQ)
    assert ledger.skipped == 1
    assert not trouble


def test_a_line_without_end_is_skipped_and_counted() -> None:
    long = f"1800000000 3c:22:fb:01:02:03 192.168.1.99 {'x' * MAX_LINE_LENGTH} *"
    ledger, _ = read_leases([*DNSMASQ.split("\n"), long])
    assert len(ledger.leases) == 6
    assert ledger.skipped == 1


@given(st.text(), st.sampled_from([None, *LeaseKind]))
def test_no_text_stops_the_readers(text: str, kind: LeaseKind | None) -> None:
    read_leases(text.split("\n"), kind)
