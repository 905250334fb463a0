from filterdns.config.doubt import Doubt


def test_a_doubt_stands_at_its_key_unless_it_says_otherwise() -> None:
    assert Doubt(("people", "mia"), "message", "cure").place is None
