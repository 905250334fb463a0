from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.lease import Lease
from filterdns.devices.lease_formats.isc import read_isc
from filterdns.devices.ledger import Ledger
from tests.support.lease_texts import BEN, ISC_BLOCK, ISC_BLOCK6, ISC_HEAD, MIA

END = int(datetime(2026, 11, 25, 22, tzinfo=UTC).timestamp())


def read(*texts: str) -> Ledger:
    ledger = Ledger()
    read_isc("".join(texts).split("\n"), ledger)
    return ledger


def test_a_lease_of_ipv4_is_read() -> None:
    ledger = read(ISC_HEAD, ISC_BLOCK)
    assert list(ledger.leases.values()) == [Lease("192.168.1.20", MIA, "Mias-iPad", END)]
    assert ledger.skipped == 0


@pytest.mark.parametrize(
    "key",
    [
        '"\\007\\000\\000\\000\\000\\001\\000\\001,\\240\\037><\\"\\373\\001\\002\\003"',
        "07:00:00:00:00:01:00:01:2c:a0:1f:3e:3c:22:fb:01:02:03",
    ],
)
def test_a_lease_of_ipv6_has_the_mac_that_its_duid_is_made_of(key: str) -> None:
    text = ISC_BLOCK6.replace(ISC_BLOCK6.partition(" ")[2].partition(" {")[0], key)
    assert list(read(ISC_HEAD, text).leases.values()) == [Lease("fd00::20", MIA, "", END)]


def test_the_last_block_of_an_address_counts() -> None:
    later = ISC_BLOCK.replace(MIA, BEN).replace("Mias-iPad", "console")
    [lease] = read(ISC_BLOCK, later).leases.values()
    assert (lease.mac, lease.host_name) == (BEN, "console")


@pytest.mark.parametrize("state", ["free", "expired", "released", "abandoned", "backup", "reset"])
def test_an_address_in_another_state_is_lent_no_more(state: str) -> None:
    later = ISC_BLOCK.replace("  binding state active", f"  binding state {state}")
    assert not read(ISC_BLOCK, later).leases


@pytest.mark.parametrize(
    ("written", "end"),
    [("never", None), ("epoch 1800000000; # Fri Jan 15 08:00:00 2027", 1_800_000_000)],
)
def test_an_end_may_be_written_otherwise(written: str, end: int | None) -> None:
    [lease] = read(
        ISC_BLOCK.replace("ends 3 2026/11/25 22:00:00", f"ends {written}")
    ).leases.values()
    assert lease.expires_at == end


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('"Mia\\"s; iPad"', 'Mia"s; iPad'),
        ('"caf\\303\\251"', "café"),
        ('"a\\\\b"', "a\\b"),
        ('"red\\033[31m"', ""),  # what a terminal would obey
        ("unquoted", ""),
        ('"', ""),
    ],
)
def test_a_name_is_read_with_its_escapes(written: str, name: str) -> None:
    [lease] = read(ISC_BLOCK.replace('"Mias-iPad"', written)).leases.values()
    assert lease.host_name == name


@pytest.mark.parametrize(
    "text",
    [
        ISC_BLOCK.replace("192.168.1.20", "192.168.1.256"),
        ISC_BLOCK.replace("2026/11/25 22:00:00", "2026/13/45 22:00:00"),
        ISC_BLOCK.replace("192.168.1.20", ""),
        ISC_BLOCK.removesuffix("}\n"),  # cut while it was written
        "lease 192.168.1.20 {\n" * 200,
    ],
)
def test_a_broken_block_is_skipped_and_counted(text: str) -> None:
    ledger = read(ISC_HEAD, ISC_BLOCK6, text)
    assert ledger.skipped >= 1
    assert list(ledger.leases) == ["fd00::20"]


def test_statements_inside_of_a_lease_do_not_end_it() -> None:
    action = '  on expiry or release {\n    set x = "y";\n  }\n  hardware ethernet'
    [lease] = read(ISC_BLOCK.replace("  hardware ethernet", action)).leases.values()
    assert lease.mac == MIA


@given(st.text())
def test_no_text_stops_the_reader(text: str) -> None:
    read(text)


@given(st.lists(st.sampled_from([*ISC_BLOCK.split("\n"), *ISC_BLOCK6.split("\n"), "}", "ends x;"])))
def test_no_order_of_lines_stops_the_reader(lines: list[str]) -> None:
    read("\n".join(lines))
