import pytest

from filterdns.devices import ledger as module
from filterdns.devices.lease import Lease
from filterdns.devices.ledger import Ledger

MIA = Lease("10.0.0.1", "3c:22:fb:01:02:03", "tablet", None)


def test_the_last_word_on_an_address_counts() -> None:
    ledger = Ledger()
    ledger.lend(MIA)
    ledger.lend(MIA._replace(host_name="phone"))
    assert [each.host_name for each in ledger.leases.values()] == ["phone"]
    ledger.free(MIA)
    assert not ledger.leases


def test_beyond_the_bound_leases_are_skipped_and_known_ones_still_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_LEASES", 1)
    ledger = Ledger()
    ledger.lend(MIA)
    ledger.lend(MIA._replace(address="10.0.0.2"))
    ledger.lend(MIA._replace(host_name="phone"))
    assert list(ledger.leases.values()) == [MIA._replace(host_name="phone")]
    assert ledger.skipped == 1
