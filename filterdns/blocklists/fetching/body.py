"""The body of a response in blocks: unpacked, counted, and not slower than it may be."""

import time
import zlib
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Final, Protocol

import httpx2

from filterdns.blocklists.fetching.failures import told_in_words
from filterdns.blocklists.fetching.limits import Limits
from filterdns.errors import FetchError

Tell = Callable[[int, int], None]
"""Is told how many bytes have come, and how many there will be (0: not known)."""

_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16  # with the header of RFC 1952
_PIECE_BYTES: Final = 1 << 20  # no more is unpacked at once, whatever a bomb would like


async def read_body(
    response: httpx2.Response, limits: Limits, tell: Tell
) -> AsyncGenerator[bytes, None]:
    """Yield the body of *response*. Raises `FetchError` where it is over a limit or damaged."""
    host = response.request.headers["host"]
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    unpacker = _unpacker_of(packing)
    expected = _length(response)
    if expected > limits.max_bytes:
        raise _too_long(limits, f"{expected} bytes announced")
    received, unpacked, started = 0, 0, time.monotonic()
    with told_in_words(host, limits):
        async for raw in response.aiter_raw():
            received += len(raw)
            tell(received, expected)
            if received > limits.max_bytes:
                raise _too_long(limits, "more")
            for block in unpacker.unpack(raw):
                unpacked += len(block)
                if unpacked > limits.max_bytes:
                    raise _too_long(limits, f"more, unpacked from {received}")
                yield block
            _check_pace(received, time.monotonic() - started, limits)
    unpacker.finish()


class _Unpacker(Protocol):
    def unpack(self, raw: bytes) -> Iterator[bytes]: ...

    def finish(self) -> None: ...


class _Plain:
    def unpack(self, raw: bytes) -> Iterator[bytes]:
        yield raw

    def finish(self) -> None:
        pass


class _Gzip:
    """Unpacks gzip, members one after the other (RFC 1952 section 2.2), in bounded pieces."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._is_between = True  # before the first byte of a member

    def unpack(self, raw: bytes) -> Iterator[bytes]:
        is_full = False  # then there may be more to come out of what went in
        while raw or is_full:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            try:
                piece = self._member.decompress(raw, _PIECE_BYTES)
            except zlib.error as error:
                raise FetchError(f"found damaged gzip on the way: {error}") from None
            self._is_between = self._member.eof
            is_full = len(piece) == _PIECE_BYTES and not self._member.eof
            raw = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        if not self._is_between:
            raise FetchError("found gzip that ends too early, expected all of it", is_passing=True)


def _unpacker_of(packing: str) -> _Unpacker:
    match packing:
        case "identity" | "":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip()
        case _:
            raise FetchError(f"found Content-Encoding {packing[:40]!r}, expected gzip or none")


def _length(response: httpx2.Response) -> int:
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _check_pace(received: int, seconds: float, limits: Limits) -> None:
    if seconds <= limits.idle_seconds or received >= seconds * limits.min_bytes_per_second:
        return
    raise FetchError(
        f"found {received} bytes in {seconds:.0f} s, "
        f"expected {limits.min_bytes_per_second} or more a second",
        is_passing=True,
    )


def _too_long(limits: Limits, found: str) -> FetchError:
    return FetchError(f"expected at most {limits.max_bytes} bytes, found {found}")
