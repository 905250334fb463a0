"""Just enough HTTP/2 (RFC 9113) to post one message and read what comes back; no sockets.

DNS over HTTPS is spoken over HTTP/2 (RFC 8484 section 5.2), and some servers speak nothing else.
Headers that come back are not unpacked: only a body that is a DNS message counts.
"""

from typing import Final

from filterdns.errors import MalformedMessage

LARGEST_FRAME: Final = 16_384  # RFC 9113 section 4.2, as long as we settle on nothing else
LARGEST_BODY: Final = 65_535


def write_post(host: str, path: str, body: bytes) -> bytes:
    """Return all that a client sends to post *body* (`application/dns-message`) on stream 1."""
    headers = (
        _STATIC_POST
        + _STATIC_HTTPS
        + _literal(_INDEX_PATH, path)
        + _literal(_INDEX_AUTHORITY, host)
        + _literal(_INDEX_ACCEPT, _TYPE)
        + _literal(_INDEX_CONTENT_TYPE, _TYPE)
        + _literal(_INDEX_CONTENT_LENGTH, str(len(body)))
    )
    return (
        _PREFACE
        + _frame(_SETTINGS, 0, 0, b"")
        + _frame(_HEADERS, _END_HEADERS, 1, headers)
        + _frame(_DATA, _END_STREAM, 1, body)
    )


class BodyReader:
    """Gathers the body of the answer on stream 1 from the bytes that a server sends."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._body = bytearray()
        self.is_complete = False

    @property
    def body(self) -> bytes:
        """What has come so far."""
        return bytes(self._body)

    def feed(self, data: bytes) -> bytes:
        """Take *data*; return what has to be sent back.

        Raises `MalformedMessage` for what is no HTTP/2, or too much, or an end without an answer.
        """
        self._pending += data
        to_send = b""
        while len(self._pending) >= _HEADER_LENGTH and not self.is_complete:
            length = int.from_bytes(self._pending[:3])
            if length > LARGEST_FRAME:
                raise MalformedMessage("no HTTP/2: a frame is too large")
            if len(self._pending) < _HEADER_LENGTH + length:
                break
            kind, flags = self._pending[3], self._pending[4]
            stream = int.from_bytes(self._pending[5:9]) & 0x7FFF_FFFF
            payload = bytes(self._pending[_HEADER_LENGTH : _HEADER_LENGTH + length])
            del self._pending[: _HEADER_LENGTH + length]
            to_send += self._take(kind, flags, stream, payload)
        return to_send

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> bytes:
        if kind == _SETTINGS and not flags & _ACK:
            return _frame(_SETTINGS, _ACK, 0, b"")
        if kind == _PING and not flags & _ACK:
            return _frame(_PING, _ACK, 0, payload)
        if kind in (_GOAWAY, _RST_STREAM):
            raise MalformedMessage("the server ended the request")
        if stream != 1:
            return b""
        if kind == _DATA:
            self._body += _without_padding(payload, flags)
            if len(self._body) > LARGEST_BODY:
                raise MalformedMessage("the answer is too large")
        if kind in (_DATA, _HEADERS) and flags & _END_STREAM:
            self.is_complete = True
        return b""


_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # section 3.4
_HEADER_LENGTH: Final = 9  # section 4.1
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY = 0, 1, 3, 4, 6, 7  # section 6
_ACK = _END_STREAM = 1
_END_HEADERS: Final = 4
_PADDED: Final = 8

# RFC 7541 appendix A: headers that stand in every HPACK table, whole or by their name.
_STATIC_POST: Final = b"\x83"
_STATIC_HTTPS: Final = b"\x87"
_INDEX_AUTHORITY, _INDEX_PATH, _INDEX_ACCEPT = 1, 4, 19
_INDEX_CONTENT_LENGTH, _INDEX_CONTENT_TYPE = 28, 31
_TYPE: Final = "application/dns-message"


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def _literal(name_index: int, value: str) -> bytes:
    """Return a header whose name stands in the table (RFC 7541 section 6.2.2, 5.1, 5.2)."""
    return _integer(name_index, 4) + _integer(len(value), 7) + value.encode("ascii")


def _integer(value: int, bits: int) -> bytes:
    largest = (1 << bits) - 1
    if value < largest:
        return bytes([value])
    found = bytearray([largest])
    value -= largest
    while value >= 128:
        found.append(value % 128 | 128)
        value //= 128
    found.append(value)
    return bytes(found)


def _without_padding(payload: bytes, flags: int) -> bytes:
    if not flags & _PADDED or not payload:
        return payload
    return payload[1 : len(payload) - payload[0]]
