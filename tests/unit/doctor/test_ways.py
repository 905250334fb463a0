import re
from pathlib import Path

import pytest

from filterdns.doctor import ways
from filterdns.doctor.finding import Way
from filterdns.policy.bypass import CHECK_NAMES

WAYS = [each for each in vars(ways).values() if isinstance(each, Way)]
PAGE = Path(__file__).parents[3] / "docs" / "bypass.md"
TOLD = {"server", "ech", "safe-search"}


def test_each_way_has_a_key_and_a_title_of_its_own() -> None:
    assert len({each.key for each in WAYS}) == len({each.title for each in WAYS}) == len(WAYS)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.key)
def test_a_way_says_what_it_means_and_what_closes_it(way: Way) -> None:
    if way.key not in TOLD:
        assert way.if_open.endswith(".")
        assert way.if_closed.endswith(".")
        assert way.cure.startswith("closed ")


def test_the_documents_name_every_way() -> None:
    documented = re.findall(r"^\| `([\w-]+)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(each.key for each in WAYS)


def test_what_the_config_closes_are_words_of_the_config() -> None:
    words = {word for way in WAYS for word in re.findall(r"bypass: \{([\w-]+):", way.cure)}
    assert words == {*CHECK_NAMES, "vpn", "proxy"}
