"""Keys of the full design that this version refuses by name."""

from filterdns.config import unbuilt
from filterdns.config.model import key_paths


def test_a_key_not_built_yet_is_known_by_its_path() -> None:
    assert unbuilt.is_unbuilt_key(("policies", "child", "budgets"))
    assert not unbuilt.is_unbuilt_key(("budgets",))


def test_a_word_not_built_yet_is_known_by_its_path() -> None:
    assert unbuilt.is_unbuilt_word(("people", "mia", "log"), "all")
    assert not unbuilt.is_unbuilt_word(("people", "mia", "log"), "al")
    assert not unbuilt.is_unbuilt_word(("people", "mia", "log"), 3)


def test_what_is_built_has_left_the_table() -> None:
    assert not [path for path in key_paths() if unbuilt.is_unbuilt_key(path)]
