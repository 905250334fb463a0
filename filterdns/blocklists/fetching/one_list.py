"""Fetches one URL: with conditions, tried again, kept only if all is well.

The order matters: what has come is checked before it gets its name, and gets its name before
anything refers to it. Whatever fails before leaves the copy that there was.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Final, NamedTuple

import httpx2

from filterdns.blocklists.fetching.back_off import (
    in_words,
    is_to_be_left_alone,
    read_retry_after,
    seconds_to_next_try,
)
from filterdns.blocklists.fetching.body import Tell, read_body
from filterdns.blocklists.fetching.client import Client
from filterdns.blocklists.fetching.copies import Copies, Copy
from filterdns.blocklists.fetching.inspecting import check_is_list
from filterdns.blocklists.fetching.job import State
from filterdns.blocklists.fetching.limits import Limits
from filterdns.errors import BlocklistError, FetchError

_OK: Final = 200
_NOT_MODIFIED: Final = 304
_TOO_MANY: Final = 429
_MAX_HEADER_LENGTH: Final = 1024
_SERVER_ERRORS: Final = range(500, 600)


class Outcome(NamedTuple):
    """What became of a URL, and what is known of it now."""

    state: State
    copy: Copy
    error: str = ""


class ListFetcher:
    """Fetches by *client* into *copies*; *force*: also what is to be left alone for a while."""

    def __init__(
        self,
        client: Client,
        copies: Copies,
        limits: Limits,
        *,
        force: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._copies = copies
        self._limits = limits
        self._force = force
        self._now = now

    async def fetch(self, url: str, checksums: Sequence[str], tell: Tell) -> Outcome:
        """Return what became of *url*, whose text must have all of *checksums*."""
        copy = self._copies.of(url)
        if not await asyncio.to_thread(self._copies.is_intact, copy):
            copy = _without_text(copy)
        if not self._force and is_to_be_left_alone(copy.next_try_at, self._now()):
            why = f"{copy.last_error}; next try at {in_words(copy.next_try_at)}"
            return Outcome(_state_of_failure(copy), copy, why)
        try:
            found = await self._try_again_and_again(copy, checksums, tell)
            self._copies.write(found)
        except BlocklistError as error:
            return self._failed(copy, error)
        is_same = copy.sha256 == found.sha256
        return Outcome(State.UNCHANGED if is_same else State.NEW, found)

    async def _try_again_and_again(self, copy: Copy, checksums: Sequence[str], tell: Tell) -> Copy:
        for seconds in self._limits.retry_seconds:
            try:
                return await self._try(copy, checksums, tell)
            except FetchError as error:
                wanted = error.retry_after_seconds
                if not error.is_passing or wanted > self._limits.max_retry_after_seconds:
                    raise
            await asyncio.sleep(max(seconds, wanted))
        return await self._try(copy, checksums, tell)

    async def _try(self, copy: Copy, checksums: Sequence[str], tell: Tell) -> Copy:
        seconds = self._limits.total_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(copy, checksums, tell)
        except TimeoutError:
            raise FetchError(f"found no whole list in {seconds:g} s", is_passing=True) from None

    async def _ask(self, copy: Copy, checksums: Sequence[str], tell: Tell) -> Copy:
        # A copy that the checksum rules out is none to compare with.
        has_copy = bool(copy.file) and all(each == copy.sha256 for each in checksums)
        conditions = _conditions(copy) if has_copy else {}
        async with self._client.ask(copy.url, conditions or _WITHOUT_CONDITIONS) as response:
            if response.status_code == _NOT_MODIFIED and conditions:
                return _succeeded(copy, self._now())
            self._check_status(response)
            return await self._take(copy.url, response, checksums, tell)

    async def _take(
        self, url: str, response: httpx2.Response, checksums: Sequence[str], tell: Tell
    ) -> Copy:
        name = url.rpartition("/")[2] or url
        with self._copies.incoming(url) as incoming:
            async with aclosing(read_body(response, self._limits, tell)) as blocks:
                async for block in blocks:
                    incoming.write(block)
            for checksum in checksums:
                if checksum != incoming.sha256:
                    raise FetchError(f"found sha256 {incoming.sha256}, expected {checksum}")
            incoming.flush()
            content_type = response.headers.get("content-type", "")
            limit = self._limits.max_bytes
            await asyncio.to_thread(check_is_list, incoming.path, name, content_type, limit)
        now = self._now()
        return Copy(
            url=url,
            file=incoming.text_name,
            sha256=incoming.sha256,
            size=incoming.size,
            etag=_to_be_sent_back(response.headers.get("etag", "")),
            last_modified=_to_be_sent_back(response.headers.get("last-modified", "")),
            fetched_at=now,
            checked_at=now,
        )

    def _check_status(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status == _OK:
            return
        said = f"{response.request.headers['host']} answered {status} {response.reason_phrase}"
        if status == _NOT_MODIFIED:
            said += " though it was asked without a condition"
        wanted = read_retry_after(response.headers.get("retry-after", ""), self._now())
        is_passing = status in (_TOO_MANY, _NOT_MODIFIED) or status in _SERVER_ERRORS
        raise FetchError(
            f"{said.rstrip()}, expected 200", is_passing=is_passing, retry_after_seconds=wanted
        )

    def _failed(self, copy: Copy, error: BlocklistError) -> Outcome:
        now = self._now()
        wanted = error.retry_after_seconds if isinstance(error, FetchError) else 0.0
        failures = copy.failures + 1
        failed = replace(
            copy,
            checked_at=now,
            failures=failures,
            last_error=str(error),
            next_try_at=now + seconds_to_next_try(failures, wanted),
        )
        with suppress(BlocklistError):  # a full disk; the next run begins where this one did
            self._copies.write(failed)
        return Outcome(_state_of_failure(failed), failed, str(error))


# Caches on the way are not to answer for the server when we have nothing to compare with.
_WITHOUT_CONDITIONS: Final[Mapping[str, str]] = {"Cache-Control": "no-cache"}


def _conditions(copy: Copy) -> dict[str, str]:
    found = {"If-None-Match": copy.etag, "If-Modified-Since": copy.last_modified}
    return {key: value for key, value in found.items() if value}


def _to_be_sent_back(header: str) -> str:
    """Return *header* if it may stand in a request of ours, else nothing."""
    is_plain = header.isascii() and header.isprintable() and len(header) <= _MAX_HEADER_LENGTH
    return header if is_plain else ""


def _without_text(copy: Copy) -> Copy:
    return replace(copy, file="", sha256="", size=0, etag="", last_modified="")


def _succeeded(copy: Copy, now: float) -> Copy:
    return replace(copy, checked_at=now, failures=0, last_error="", next_try_at=0.0)


def _state_of_failure(copy: Copy) -> State:
    return State.KEPT if copy.file else State.FAILED
