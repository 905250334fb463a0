import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.lease import Lease
from filterdns.devices.lease_formats.kea import read_kea
from filterdns.devices.ledger import Ledger
from tests.support.lease_texts import BEN, KEA4_HEAD, KEA4_ROW, KEA6_HEAD, KEA6_ROW, MIA


def read(head: str, *rows: str) -> Ledger:
    ledger = Ledger()
    read_kea([head, *rows, ""], ledger)
    return ledger


def row4(state: int, lifetime: int = 3600, expire: int = 1_800_000_000, mac: str = MIA) -> str:
    return f"192.168.1.20,{mac},,{lifetime},{expire},1,0,0,tablet,{state},,0"


def test_a_lease_of_ipv4_is_read() -> None:
    assert list(read(KEA4_HEAD, KEA4_ROW).leases.values()) == [
        Lease("192.168.1.20", MIA, "tablet.home", 1_800_000_000)
    ]


def test_the_last_row_of_an_address_counts() -> None:
    ledger = read(KEA4_HEAD, row4(0), row4(0, mac=BEN), row4(0, expire=1_900_000_000, mac=BEN))
    assert [(each.mac, each.expires_at) for each in ledger.leases.values()] == [
        (BEN, 1_900_000_000)
    ]


@pytest.mark.parametrize(
    ("last", "is_lent"),
    [
        (row4(0), True),
        (row4(1), False),  # declined: somebody else has it
        (row4(2), False),  # expired and reclaimed
        (row4(3), False),  # released
        (row4(4), True),  # registered by the client itself (RFC 9686)
        (row4(0, lifetime=0), False),  # how a deletion is written
    ],
)
def test_an_address_that_is_given_back_is_lent_no_more(last: str, is_lent: bool) -> None:
    assert bool(read(KEA4_HEAD, row4(0), last).leases) is is_lent


def test_a_lease_for_ever_has_no_end() -> None:
    [lease] = read(KEA4_HEAD, row4(0, lifetime=0xFFFFFFFF)).leases.values()
    assert lease.expires_at is None


def test_a_lease_of_ipv6_has_the_mac_that_the_server_saw_or_that_its_duid_is_made_of() -> None:
    seen = KEA6_ROW.replace("fd00::20", "fd00::21").replace("tablet,,0", f"tablet,{BEN},0")
    opaque = KEA6_ROW.replace("fd00::20", "fd00::22").replace(
        f"00:01:00:01:2c:a0:1f:3e:{MIA}", "00:02"
    )
    leases = read(KEA6_HEAD, KEA6_ROW, seen, opaque).leases
    assert {address: each.mac for address, each in leases.items()} == {
        "fd00::20": MIA,
        "fd00::21": BEN,
        "fd00::22": "",
    }


def test_a_prefix_that_a_router_got_is_no_address() -> None:
    ledger = read(KEA6_HEAD, KEA6_ROW.replace("1800,0,7,128", "1800,2,7,56"))
    assert not ledger.leases
    assert not ledger.skipped


def test_columns_are_found_by_their_names_whatever_the_version() -> None:
    old = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname"
    row = f"192.168.1.20,{MIA},,3600,1800000000,1,0,0,tablet"
    assert [each.host_name for each in read(old, row).leases.values()] == ["tablet"]


def test_a_comma_in_a_value_is_written_otherwise() -> None:
    [lease] = read(KEA4_HEAD, row4(0).replace("tablet", "mias&#x2ctablet")).leases.values()
    assert lease.host_name == "mias,tablet"


@pytest.mark.parametrize(
    "row",
    [
        "192.168.1.20",
        "192.168.1.20,3c:22",
        row4(0).replace("1800000000", "soon"),
        row4(0).replace("192.168.1.20", "192.168.1"),
        row4(0).replace("1800000000", "9" * 5000),
        "x" * 100,
    ],
)
def test_a_broken_row_is_skipped_and_counted(row: str) -> None:
    ledger = read(KEA4_HEAD, row4(0).replace(".20", ".30"), row)
    assert ledger.skipped == 1
    assert list(ledger.leases) == ["192.168.1.30"]


def test_rows_before_any_head_are_skipped() -> None:
    assert read(KEA4_ROW, KEA4_ROW).skipped == 2


@given(st.text())
def test_no_text_stops_the_reader(text: str) -> None:
    read(KEA4_HEAD, *text.split("\n"))


@given(st.lists(st.sampled_from([*KEA6_ROW.split(","), "", "-1", "é"]), max_size=20))
def test_no_order_of_fields_stops_the_reader(fields: list[str]) -> None:
    read(KEA6_HEAD, ",".join(fields))
