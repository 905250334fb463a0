from filterdns.importing.imported import ImportedDevice, Remark
from tests.support.exports import known


def test_a_remark_is_place_found_and_meaning() -> None:
    assert Remark("a:1 b", "c", "d")._asdict() == {"place": "a:1 b", "found": "c", "meaning": "d"}


def test_the_words_that_a_config_may_use_are_those_of_the_catalogue() -> None:
    words = known()
    assert words.locked <= words.with_starter <= words.categories
    assert "youtube" in words.services


def test_a_device_says_how_it_is_known() -> None:
    assert ImportedDevice("tablet", "ip", "192.168.1.20")._asdict() == {
        "name": "tablet", "key": "ip", "value": "192.168.1.20", "is_known": True,
    }  # fmt: skip
