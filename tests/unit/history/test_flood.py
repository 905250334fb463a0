import pytest

from filterdns.history import flood
from filterdns.history.flood import MAX_NAMES_PER_HOUR, FloodBound
from filterdns.history.rows import Key

HOUR = 500_000
NOW = HOUR * 3600.0 + 10


def key(name: str, device: str = "tablet", hour: int = HOUR, person: str = "mia") -> Key:
    return Key(hour, person, device, name, "ads", "A11", f"block {name}")


def test_the_bound_is_what_the_policy_promises() -> None:
    assert MAX_NAMES_PER_HOUR == 200


@pytest.fixture
def full() -> FloodBound:
    """A bound whose tablet has had all its names of this hour."""
    bound = FloodBound()
    for number in range(MAX_NAMES_PER_HOUR):
        assert bound.bounded(key(f"{number}.example"), NOW) == key(f"{number}.example")
    return bound


def test_one_name_more_is_only_counted(full: FloodBound) -> None:
    assert full.bounded(key("more.example"), NOW) == Key(HOUR, "mia", "tablet", "", "ads", "", "")


def test_names_that_were_there_before_go_on(full: FloodBound) -> None:
    assert full.bounded(key("0.example"), NOW) == key("0.example")


def test_another_device_has_its_own_share(full: FloodBound) -> None:
    assert full.bounded(key("more.example", "phone"), NOW).name == "more.example"


def test_the_next_hour_has_its_own_share(full: FloodBound) -> None:
    assert full.bounded(key("more.example", hour=HOUR + 1), NOW + 3600).name == "more.example"


def test_rows_that_come_in_the_next_hour_still_count_in_theirs(full: FloodBound) -> None:
    assert not full.bounded(key("more.example"), NOW + 3600).name


def test_rows_that_come_hours_late_share_one_bound() -> None:
    bound = FloodBound()
    late = [key(f"{number}.example", hour=HOUR - number % 9) for number in range(900)]
    named = [each for each in late if bound.bounded(each, NOW + 10 * 3600).name]
    assert len(named) == MAX_NAMES_PER_HOUR


def test_names_on_record_count() -> None:
    bound = FloodBound()
    for number in range(MAX_NAMES_PER_HOUR):
        bound.remember(HOUR, "mia", "tablet", f"{number}.example")
    assert not bound.bounded(key("more.example"), NOW).name


def test_a_person_is_forgotten(full: FloodBound) -> None:
    full.forget("mia")
    assert full.bounded(key("more.example"), NOW).name


def test_forged_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "MAX_DEVICES_PER_HOUR", 2)
    bound = FloodBound()
    names = [bound.bounded(key("x.example", f"10.0.0.{last}"), NOW).name for last in (1, 2, 3, 1)]
    assert names == ["x.example", "x.example", "", "x.example"]
