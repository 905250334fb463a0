"""Messages over a stream."""

import pytest

from filterdns.dns.framing import Deframer, frame
from filterdns.errors import MalformedMessage

FIRST = b"a" * 12
SECOND = b"b" * 300


def test_messages_come_out_as_they_went_in_however_the_stream_is_cut() -> None:
    stream = frame(FIRST) + frame(SECOND)
    for cut in range(len(stream)):
        deframer = Deframer()
        assert deframer.feed(stream[:cut]) + deframer.feed(stream[cut:]) == [FIRST, SECOND]
        assert deframer.is_empty


def test_an_unfinished_message_waits() -> None:
    deframer = Deframer()
    assert deframer.feed(frame(SECOND)[:-1]) == []
    assert not deframer.is_empty


def test_a_length_that_no_message_has_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        Deframer().feed(b"\x00\x0b" + b"a" * 11)
