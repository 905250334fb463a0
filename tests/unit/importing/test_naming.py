import pytest

from filterdns.importing.naming import Names, clean_label, clean_name, make_slug, telling_words


def test_a_name_that_is_taken_gets_a_number() -> None:
    names = Names("a")
    assert [names.free("a"), names.free("a"), names.free("b"), names.free("b", "-")] == [
        "a 2", "a 3", "b", "b-2",
    ]  # fmt: skip


def test_a_number_that_is_taken_is_left_out() -> None:
    names = Names("a", "a 2")
    assert names.free("a") == "a 3"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mia's tablet", "Mia's tablet"),
        ("  a\n\tb/c  ", "a b c"),
        ("_x-", "x"),
        ("€€€", "somebody"),
        ("x" * 100, "x" * 58),
    ],
)
def test_a_name_is_one_that_the_config_takes(text: str, name: str) -> None:
    assert clean_name(text, "somebody") == name


def test_a_label_is_one_printable_line_without_a_slash() -> None:
    assert clean_label("3c:22\x1b[1m\n/24", "x") == "3c:22 [1m 24"
    assert clean_label("/", "x") == "x"


def test_a_slug_has_letters_digits_and_hyphens() -> None:
    assert make_slug("My Ads & Trackers (2024)!") == "my-ads-trackers-2024"
    assert make_slug("日本") == ""


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://raw.lists.example/somebody/hosts/master/fakenews.txt", "somebody fakenews"),
        ("https://lists.example/hosts", "lists.example"),
        ("/etc/lists/ads.txt", "etc ads"),
        ("https://[bad", "https://[bad"),
    ],
)
def test_the_words_that_tell_a_list_are_found(location: str, words: str) -> None:
    assert telling_words(location) == words
