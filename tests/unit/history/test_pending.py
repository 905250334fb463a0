from filterdns.history.pending import Pending
from filterdns.history.rows import Key, Tally


def key(name: str, person: str = "mia") -> Key:
    return Key(1, person, "tablet", name, "ads", "A11", "block: [ads]")


def test_equal_keys_are_one_row() -> None:
    pending = Pending()
    pending.add(key("x.example"), Tally(10, 20, 2))
    pending.add(key("x.example"), Tally(30, 40, 3))
    assert pending.take() == {key("x.example"): Tally(10, 40, 5)}


def test_what_is_taken_is_gone() -> None:
    pending = Pending()
    pending.add(key("x.example"), Tally(10, 20, 2))
    pending.take()
    assert not pending


def test_a_full_memory_counts_known_rows_and_loses_new_ones() -> None:
    pending = Pending(max_rows=1)
    pending.add(key("x.example"), Tally(10, 20, 2))
    pending.add(key("y.example"), Tally(10, 20, 4))
    pending.add(key("x.example"), Tally(10, 20, 1))
    assert pending.take() == {key("x.example"): Tally(10, 20, 3)}
    assert pending.lost == 4


def test_what_is_put_back_merges_and_has_the_room() -> None:
    pending = Pending(max_rows=2)
    pending.add(key("x.example"), Tally(10, 10, 1))
    pending.add(key("y.example"), Tally(10, 10, 1))
    taken = pending.take()
    pending.add(key("x.example"), Tally(20, 20, 1))
    pending.add(key("z.example"), Tally(20, 20, 7))
    pending.put_back(taken)
    assert pending.take() == {
        key("x.example"): Tally(10, 20, 2),
        key("y.example"): Tally(10, 10, 1),
    }
    assert pending.lost == 7


def test_a_person_is_forgotten() -> None:
    pending = Pending()
    pending.add(key("x.example"), Tally(10, 10, 1))
    pending.add(key("x.example", "ben"), Tally(10, 10, 1))
    assert pending.forget("mia") == 1
    assert [each.person for each in pending.take()] == ["ben"]
