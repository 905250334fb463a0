"""What a slot is at its beginning."""

import pytest

from filterdns.resolver.client_slot import AskerRow, Role
from tests.support.plane import LENA_ADDRESS, Plane


def test_a_slot_begins_with_nothing_asked_and_nothing_kept() -> None:
    slot = Plane().slot()
    assert (slot.address, slot.role, slot.mac) == (LENA_ADDRESS, Role.ITSELF, "")
    assert (slot.hits, slot.names, slot.noted_as) == ({}, set(), None)
    assert slot.quiet_until == 0
    assert slot.in_flight == 0


def test_a_slot_has_no_room_for_more_than_its_fields() -> None:
    with pytest.raises(AttributeError):
        Plane().slot().anything = 1  # type: ignore[attr-defined]  # fifty thousand of them are kept


def test_a_row_of_who_asks_names_no_checks_by_default() -> None:
    assert AskerRow("192.0.2.1", "", Role.BEHIND, 3).checks == ()
