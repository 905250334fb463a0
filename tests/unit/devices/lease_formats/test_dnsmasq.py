import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.lease import Lease
from filterdns.devices.lease_formats.dnsmasq import read_dnsmasq
from filterdns.devices.ledger import Ledger
from tests.support.lease_texts import BEN, DNSMASQ, LAPTOP, MIA


def read(text: str) -> Ledger:
    ledger = Ledger()
    read_dnsmasq(text.split("\n"), ledger)
    return ledger


def test_a_file_of_both_families_is_read() -> None:
    ledger = read(DNSMASQ)
    assert ledger.skipped == 0
    assert list(ledger.leases.values()) == [
        Lease("192.168.1.20", MIA, "Mias-iPad", 1_800_000_000),
        Lease("192.168.1.21", BEN, "", 1_800_000_060),
        Lease("192.168.1.22", LAPTOP, "laptop", None),
        Lease("fd00::20", MIA, "Mias-iPad", 1_800_000_000),
        Lease("fd00::99:1", MIA, "Mias-iPad", 1_800_000_000),
        Lease("fd00::30", "", "server", 1_800_000_000),
    ]


def test_on_a_machine_without_a_clock_a_lease_holds_while_it_stands_in_the_file() -> None:
    [lease] = read(f"43200 {MIA} 192.168.1.20 tablet *").leases.values()
    assert lease.expires_at is None


def test_another_kind_of_network_card_has_no_mac() -> None:
    [lease] = read("1800000000 06-3c:22:fb:01:02:03 192.168.1.20 scanner *").leases.values()
    assert lease.mac == ""


@pytest.mark.parametrize(
    "line",
    [
        f"1800000000 {MIA}",
        f"soon {MIA} 192.168.1.20 tablet *",
        f"-5 {MIA} 192.168.1.20 tablet *",
        f"99999999999999999999 {MIA} 192.168.1.20 tablet *",
        f"1800000000 {MIA} 192.168.1.256 tablet *",
        f"1800000000 {MIA} fe80::1%eth0 tablet *",
        f"{'9' * 5000} {MIA} 192.168.1.20 tablet *",  # more digits than Python reads
        "\0\0\0\0",
    ],
)
def test_a_broken_line_is_skipped_and_counted(line: str) -> None:
    ledger = read(f"{DNSMASQ}{line}\n")
    assert ledger.skipped == 1
    assert len(ledger.leases) == 6


@given(st.text())
def test_no_text_stops_the_reader(text: str) -> None:
    read(text)


@given(st.lists(st.sampled_from([*DNSMASQ.split(), "-1", "", "duid", "*", "9" * 30]), max_size=8))
def test_no_order_of_fields_stops_the_reader(fields: list[str]) -> None:
    read(" ".join(fields))
