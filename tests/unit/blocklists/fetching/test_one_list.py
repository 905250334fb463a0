"""One list: with conditions, again and again, kept only if all is well."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from filterdns.blocklists.fetching.addresses import AllowedAddresses
from filterdns.blocklists.fetching.client import Client
from filterdns.blocklists.fetching.copies import Copies
from filterdns.blocklists.fetching.job import State
from filterdns.blocklists.fetching.limits import Limits
from filterdns.blocklists.fetching.one_list import ListFetcher, Outcome
from filterdns.blocklists.fetching.resolving import Resolver
from tests.support.fetching import LOOPBACK, QUICK
from tests.support.list_server import (
    ListServer,
    head,
    in_turn,
    raw,
    reset,
    status,
    tagged,
    text,
)

OLD = b"old.example\n"
NEW = b"new.example\n"
NOW = 1_700_000_000.0
FOREVER = 1e9


class House:
    """A web server with one list, a folder, and a clock."""

    def __init__(self, folder: Path, server: ListServer) -> None:
        self.server = server
        self.copies = Copies(folder)
        self.now = NOW
        self.url = server.url("/list")

    def fetch(
        self, checksums: Sequence[str] = (), *, force: bool = False, limits: Limits = QUICK
    ) -> Outcome:
        async def fetch() -> Outcome:
            client = Client(limits, AllowedAddresses(LOOPBACK), Resolver((), 1), {})
            fetcher = ListFetcher(client, self.copies, limits, force=force, now=lambda: self.now)
            return await fetcher.fetch(self.url, checksums, lambda done, total: None)

        return asyncio.run(fetch())

    def asks(self) -> int:
        return len(self.server.asked)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ListServer() as server:
        server.script("/list", tagged(OLD, '"1"'))
        yield House(tmp_path, server)


def test_a_list_is_new_then_unchanged_then_new(house: House) -> None:
    first = house.fetch()
    assert (first.state, first.copy.size, first.copy.fetched_at) == (State.NEW, 12, NOW)
    house.now += 60
    second = house.fetch()
    assert second.state is State.UNCHANGED
    assert (second.copy.fetched_at, second.copy.checked_at) == (NOW, NOW + 60)
    assert house.server.asked[-1].headers["if-none-match"] == '"1"'
    house.server.script("/list", tagged(NEW, '"2"'))
    assert house.fetch().state is State.NEW


def test_the_same_text_without_a_tag_is_unchanged(house: House) -> None:
    house.server.script("/list", text(OLD, "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT"))
    house.fetch()
    assert house.fetch().state is State.UNCHANGED
    asked = house.server.asked[-1].headers
    assert asked["if-modified-since"] == "Tue, 14 Nov 2023 22:13:20 GMT"


@pytest.mark.parametrize("tag", ['"caf\xe9"', '"' + "x" * 2000 + '"'])
def test_a_tag_that_may_not_be_sent_back_is_not(house: House, tag: str) -> None:
    house.server.script("/list", text(OLD, f"ETag: {tag}"))
    house.fetch()
    assert house.fetch().state is State.UNCHANGED
    assert "if-none-match" not in house.server.asked[-1].headers


@pytest.mark.parametrize(
    "passing",
    [
        reset,
        raw(),
        status("503 Busy"),
        status("429 Slow Down", "Retry-After: 0"),
        raw(head(length=9)),
    ],
)
def test_what_may_pass_is_tried_again(house: House, passing: object) -> None:
    house.server.script("/list", in_turn(passing, text(NEW)))  # type: ignore[arg-type]
    assert house.fetch().state is State.NEW
    assert house.asks() == 2


@pytest.mark.parametrize("lasting", [status("404 Not Found"), text(b"<html>"), status("403 No")])
def test_what_will_not_pass_is_not(house: House, lasting: object) -> None:
    house.server.script("/list", lasting)  # type: ignore[arg-type]
    assert house.fetch().state is State.FAILED
    assert house.asks() == 1


def test_a_server_is_asked_as_often_as_the_limits_say(house: House) -> None:
    house.server.script("/list", status("500 Oh"))
    house.fetch(limits=QUICK._replace(retry_seconds=(0.0, 0.0, 0.0)))
    assert house.asks() == 4


def test_a_server_that_wants_more_patience_than_we_have_is_asked_another_time(
    house: House,
) -> None:
    house.server.script("/list", status("429 Slow Down", "Retry-After: 3600"))
    failed = house.fetch()
    assert house.asks() == 1
    assert failed.copy.next_try_at == NOW + 3600


def test_a_server_that_fails_is_left_alone_for_longer_and_longer(house: House) -> None:
    house.server.script("/list", status("404 Not Found"))
    for failures, seconds in enumerate((60, 120, 240), start=1):
        failed = house.fetch()
        assert (failed.copy.failures, failed.copy.next_try_at) == (failures, house.now + seconds)
        asks = house.asks()
        house.now += seconds - 1
        waiting = house.fetch()
        assert house.asks() == asks
        assert waiting.state is State.FAILED
        assert "answered 404 Not Found, expected 200; next try at 2023-11-14" in waiting.error
        house.now += 1


def test_force_does_not_wait_and_a_success_forgets_failures(house: House) -> None:
    house.fetch()
    house.server.script("/list", status("404 Not Found"))
    failed = house.fetch()
    assert (failed.state, failed.copy.failures) == (State.KEPT, 1)
    house.server.script("/list", tagged(OLD, '"1"'))
    well = house.fetch(force=True)
    assert (well.state, well.copy.failures, well.copy.last_error) == (State.UNCHANGED, 0, "")


def test_a_checksum_decides(house: House) -> None:
    old = house.fetch().copy
    assert house.fetch([old.sha256]).state is State.UNCHANGED
    # Another one is wanted: what we have is none to compare with.
    failed = house.fetch(["0" * 64])
    assert "if-none-match" not in house.server.asked[-1].headers
    assert failed.state is State.KEPT
    assert failed.error == f"found sha256 {old.sha256}, expected {'0' * 64}"


def test_two_checksums_for_one_list_cannot_both_be_right(house: House) -> None:
    old = house.fetch().copy
    assert house.fetch([old.sha256, "0" * 64], force=True).state is State.KEPT


def test_not_modified_counts_only_for_who_has_asked_by_a_tag(house: House) -> None:
    house.server.script("/list", text(OLD))
    house.fetch()
    house.server.script("/list", raw(head(status="304 Not Modified")))
    failed = house.fetch()
    assert failed.state is State.KEPT
    assert "asked without a condition" in failed.error
