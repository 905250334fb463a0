"""Messages over a stream: two bytes of length before each (RFC 1035 section 4.2.2, RFC 7766)."""

from struct import Struct
from typing import Final

from filterdns.errors import MalformedMessage

MIN_MESSAGE_LENGTH: Final = 12  # a header; nothing shorter can be answered


def frame(message: bytes) -> bytes:
    """Return *message* with its length before it."""
    return _LENGTH(len(message)) + message


class Deframer:
    """Cuts a stream of bytes into messages; holds at most one unfinished message."""

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def is_empty(self) -> bool:
        """Whether no part of a message waits for the rest."""
        return not self._pending

    def feed(self, data: bytes) -> list[bytes]:
        """Take *data* and return the messages that are whole now, in order.

        Raises `MalformedMessage` for a length below a header's: the stream is out of step then.
        """
        pending = self._pending
        pending += data
        found = []
        at = 0
        while len(pending) - at >= 2:
            length = pending[at] << 8 | pending[at + 1]
            if length < MIN_MESSAGE_LENGTH:
                raise MalformedMessage(f"a message of {length} bytes on a stream")
            end = at + 2 + length
            if len(pending) < end:
                break
            found.append(bytes(pending[at + 2 : end]))
            at = end
        del pending[:at]
        return found


_LENGTH: Final = Struct("!H").pack
