import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.lease import Lease
from filterdns.devices.lease_formats.odhcpd import read_odhcpd
from filterdns.devices.ledger import Ledger
from tests.support.lease_texts import MIA, ODHCPD


def read(text: str) -> Ledger:
    ledger = Ledger()
    read_odhcpd(text.split("\n"), ledger)
    return ledger


def test_a_file_of_both_families_is_read() -> None:
    ledger = read(ODHCPD)
    assert ledger.skipped == 0
    assert list(ledger.leases.values()) == [
        Lease("192.168.1.20", MIA, "Mias-iPad", 1_800_000_000),
        Lease("fd00::20", MIA, "Mias-iPad", 1_800_000_000),
        Lease("2001:db8::20", MIA, "Mias-iPad", 1_800_000_000),
        Lease("192.168.1.21", "98:b6:e9:0a:0b:0c", "", None),
        Lease("192.168.1.22", "a4:83:e7:11:22:33", "", 1_800_000_000),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "# br-lan 3c22fb010203 ipv4",
        "# br-lan 3c22fb010203 ipv4 tablet soon c0a80114 32 192.168.1.20/32",
        "# br-lan 3c22fb010203 ipv4 tablet 1800000000 c0a80114 32 192.168.1.256/32",
        "# a comment of somebody",
    ],
)
def test_a_broken_line_is_skipped_and_counted(line: str) -> None:
    ledger = read(f"{ODHCPD}{line}\n")
    assert ledger.skipped == 1
    assert len(ledger.leases) == 5


@given(st.text())
def test_no_text_stops_the_reader(text: str) -> None:
    read(f"# {text}")


@given(st.lists(st.sampled_from([*ODHCPD.split(), "-1", "", "9" * 30]), max_size=12))
def test_no_order_of_fields_stops_the_reader(fields: list[str]) -> None:
    read(" ".join(["#", *fields]))
