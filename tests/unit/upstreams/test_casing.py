"""Mixed case, and the way back from it."""

import logging

import pytest

from filterdns.upstreams.casing import MAX_CHANGED_IN_A_ROW, Casing
from filterdns.upstreams.noise import Noise

NAME = b"\x1fabcdefghijklmnopqrstuvwxyz-1234\x07example\x00"

TYPE_AND_CLASS = b"\x00\x01\x00\x01"


def new_casing() -> Casing:
    return Casing("192.0.2.53:53", Noise())


def test_each_letter_is_seen_in_both_cases() -> None:
    casing = new_casing()
    seen = {byte for _ in range(100) for byte in casing.mix(NAME)}
    assert set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") <= seen


def test_nothing_but_letters_changes() -> None:
    name = bytes([63]) + bytes(range(192, 255)) + b"\x05-_09@\x00"
    assert new_casing().mix(name) == name


def test_a_mixed_name_is_the_same_name() -> None:
    casing = new_casing()
    assert all(casing.mix(NAME).lower() == NAME for _ in range(50))


def test_an_upstream_that_keeps_changing_case_is_asked_in_lower_case() -> None:
    casing = new_casing()
    for _ in range(MAX_CHANGED_IN_A_ROW):
        assert casing.is_mixed
        casing.came_changed()
    assert casing.mix(NAME) == NAME


def test_one_name_that_came_back_unchanged_starts_the_count_anew() -> None:
    casing = new_casing()
    for _ in range(MAX_CHANGED_IN_A_ROW * 2):
        casing.came_changed()
        casing.came_back(b"\x03WwW\x00" + TYPE_AND_CLASS)
    assert casing.is_mixed


@pytest.mark.parametrize("sent", [b"\x03www\x00", b"\x00"])
def test_a_name_that_was_sent_in_lower_case_proves_nothing(sent: bytes) -> None:
    casing = new_casing()
    for _ in range(MAX_CHANGED_IN_A_ROW):
        casing.came_changed()
        casing.came_back(sent + TYPE_AND_CLASS)
    assert not casing.is_mixed


def test_the_way_back_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    casing = new_casing()
    with caplog.at_level(logging.INFO):
        for _ in range(MAX_CHANGED_IN_A_ROW * 2):
            casing.came_changed()
    assert [record.getMessage() for record in caplog.records] == [
        "upstream 192.0.2.53:53 changes the case of names: asked in lower case from now on"
    ]
