"""A body is unpacked in bounded pieces, counted, and may not be too long or too slow."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence

import httpx2
import pytest

from filterdns.blocklists.fetching.body import read_body
from filterdns.blocklists.fetching.limits import Limits
from filterdns.errors import FetchError

LIST = b"bad.example\n" * 1000
LIMITS = Limits(max_bytes=1 << 20)
GZIP = {"Content-Encoding": "gzip"}


class Blocks(httpx2.AsyncByteStream):
    """What a server sends, a block at a time."""

    def __init__(self, blocks: Sequence[bytes]) -> None:
        self._blocks = blocks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for block in self._blocks:
            yield block


def read(
    *blocks: bytes, headers: dict[str, str] | None = None, limits: Limits = LIMITS
) -> tuple[list[bytes], list[tuple[int, int]]]:
    """Return the blocks that a body of *blocks* is read as, and what was told of progress."""
    told: list[tuple[int, int]] = []
    request = httpx2.Request("GET", "http://lists.example/")
    response = httpx2.Response(200, headers=headers, stream=Blocks(blocks), request=request)

    async def read_all() -> list[bytes]:
        tell = lambda done, total: told.append((done, total))  # noqa: E731
        return [block async for block in read_body(response, limits, tell)]

    return asyncio.run(read_all()), told


def test_a_plain_body_is_read_as_it_is_and_told_of() -> None:
    found, told = read(b"abc", b"de", headers={"Content-Length": "5"})
    assert found == [b"abc", b"de"]
    assert told == [(3, 5), (5, 5)]


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("members", [1, 3])
def test_gzip_is_unpacked_however_it_is_cut(size: int, members: int) -> None:
    packed = gzip.compress(LIST) * members
    blocks = [packed[at : at + size] for at in range(0, len(packed), size)]
    found, told = read(*blocks, headers=GZIP)
    assert b"".join(found) == LIST * members
    assert told[-1] == (len(packed), 0)


def test_a_bomb_is_unpacked_in_pieces_and_no_further_than_the_limit() -> None:
    limits = Limits(max_bytes=64 << 20)
    found, _ = read(gzip.compress(bytes(48 << 20)), headers=GZIP, limits=limits)
    assert sum(map(len, found)) == 48 << 20
    assert max(map(len, found)) <= 1 << 20
    with pytest.raises(FetchError, match="expected at most 67108864 bytes, found more, unpacked"):
        read(gzip.compress(bytes(65 << 20)), headers=GZIP, limits=limits)


@pytest.mark.parametrize(
    ("blocks", "headers", "found"),
    [
        ([LIST] * 100, {}, "expected at most 1048576 bytes, found more"),
        ([], {"Content-Length": "1048577"}, "1048577 bytes announced"),
        ([LIST], GZIP, "damaged gzip"),
        ([gzip.compress(LIST) + b"more"], GZIP, "damaged gzip"),
        ([gzip.compress(LIST)[:-1]], GZIP, "ends too early"),
        ([gzip.compress(LIST)[:5]], GZIP, "ends too early"),
        ([LIST], {"Content-Encoding": "br"}, "found Content-Encoding 'br', expected gzip"),
        ([LIST], {"Content-Encoding": "gzip, gzip"}, "found Content-Encoding 'gzip, gzip'"),
    ],
)
def test_what_is_too_much_or_damaged_is_refused(
    blocks: list[bytes], headers: dict[str, str], found: str
) -> None:
    with pytest.raises(FetchError, match=found):
        read(*blocks, headers=headers)


def test_a_body_that_is_too_slow_is_refused() -> None:
    limits = LIMITS._replace(idle_seconds=0.0, min_bytes_per_second=1 << 40)
    with pytest.raises(FetchError, match="found 3 bytes in 0 s, expected") as raised:
        read(b"abc", limits=limits)
    assert raised.value.is_passing


def test_a_length_that_is_none_does_not_count() -> None:
    _, told = read(b"abc", headers={"Content-Length": "many"})
    assert told == [(3, 0)]
