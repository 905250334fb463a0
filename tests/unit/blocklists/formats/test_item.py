"""Reasons are told to people."""

from filterdns.blocklists.formats.item import Reason


def test_each_reason_is_told_in_words_of_its_own() -> None:
    assert len({reason.value for reason in Reason}) == len(Reason)
    assert all(" " in reason.value for reason in Reason)
