"""All sources of a job: each URL once, a few at a time, one of a host."""

import asyncio
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from filterdns.blocklists.fetching.job import (
    Done,
    Fetched,
    FetchJob,
    FetchProgress,
    Said,
    State,
    WebSource,
)
from filterdns.blocklists.fetching.run import fetch_all
from tests.support.fetching import QUICK
from tests.support.list_server import ListServer, Script, Visit, status, text

LIST = b"bad.example\n"
HOSTS = [f"127.0.0.{last}" for last in range(1, 7)]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme.upper()}_PROXY", raising=False)


def fetch(folder: Path, *sources: WebSource) -> list[Said]:
    said: list[Said] = []
    job = FetchJob(sources, folder, allow_private=True, limits=QUICK)
    asyncio.run(fetch_all(replace(job), said.append))
    return said


def fetched(said: list[Said]) -> list[Fetched]:
    return [each for each in said if isinstance(each, Fetched)]


def test_a_url_of_several_sources_is_asked_once(tmp_path: Path) -> None:
    with ListServer() as server:
        server.script("/list", text(LIST))
        url = server.url("/list")
        said = fetch(tmp_path, WebSource("adult", "a", url), WebSource("dating", "b", url))
    assert len(server.asked) == 1
    assert [(each.category, each.name, each.state) for each in fetched(said)] == [
        ("adult", "a", State.NEW),
        ("dating", "b", State.NEW),
    ]
    assert FetchProgress("a", len(LIST), len(LIST)) in said
    assert said[-1] == Done()


def test_no_source_fails_another(tmp_path: Path) -> None:
    with ListServer() as server:
        server.script("/good", text(LIST))
        server.script("/bad", status("404 Not Found"))
        sources = [
            WebSource("adult", "none", "no URL"),
            WebSource("adult", "bad", server.url("/bad")),
            WebSource("adult", "good", server.url("/good")),
        ]
        states = {each.name: each.state for each in fetched(fetch(tmp_path, *sources))}
    assert states == {"none": State.FAILED, "bad": State.FAILED, "good": State.NEW}


def test_a_job_without_sources_is_done(tmp_path: Path) -> None:
    assert fetch(tmp_path / "not there") == [Done()]


def test_a_host_is_asked_for_one_list_after_the_other(tmp_path: Path) -> None:
    with ListServer() as server:
        server.script("*", text(LIST))
        fetch(tmp_path, *(WebSource("adult", str(n), server.url(f"/{n}")) for n in range(12)))
        assert len(server.asked) == 12
        assert server.most_at_a_time == 1


def test_four_hosts_are_asked_at_a_time(tmp_path: Path) -> None:
    crowd = Crowd(4)
    with ExitStack() as stack:
        servers = [stack.enter_context(ListServer(host)) for host in HOSTS]
        for server in servers:
            server.script("/list", crowd.script)
        sources = [WebSource("adult", each.host, each.url("/list")) for each in servers]
        states = Counter(each.state for each in fetched(fetch(tmp_path, *sources)))
    assert states == {State.NEW: 6}
    assert crowd.most == 4


class Crowd:
    """A script that answers the first *size* requests only when so many are there."""

    def __init__(self, size: int) -> None:
        self.most = 0
        self._now = 0
        self._is_there = threading.Event()
        self._size = size
        self._lock = threading.Lock()

    @property
    def script(self) -> Script:
        return self._answer

    def _answer(self, visit: Visit) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now == self._size:
                self._is_there.set()
        self._is_there.wait(10)
        with self._lock:
            self._now -= 1
        text(LIST)(visit)
