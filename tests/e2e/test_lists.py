"""Lists as their users meet them: fetched, broken, looked at, decided about, asked by dig."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import House, open_house
from tests.support.list_server import ListServer, status, text
from tests.support.peers import Endpoint
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
MIA = "127.0.0.2"
CONFIG = """\
timezone: Europe/Berlin
categories: {{games: {{sources: ["{url}"]}}}}
refresh: {{private: true, popularity: "file:top.txt"}}
policies: {{child: {{block: [games]}}}}
people: {{mia: {{policy: child, devices: [{{name: tablet, ip: 127.0.0.2}}]}}}}
"""
MANY = "".join(f"n{number}.played.example\n" for number in range(200))


@pytest.fixture(scope="module")
def upstream() -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(answer_with(OPEN)) as scripted:
        yield scripted


@contextmanager
def a_house(folder: Path, upstream: ScriptedUpstream, server: ListServer) -> Iterator[House]:
    (folder / "top.txt").write_text("delivery.example\nsearch.example\n")
    config = CONFIG.format(url=server.url("/games.txt"))
    upstreams = [Endpoint(upstream.host, upstream.port)]
    with open_house(folder, config, upstreams, waits_for_lists=False) as house:
        house.wait_until(lambda: is_blocked(house, "n1.played.example"), "the list")
        yield house


def update(house: House) -> list[dict[str, Any]]:
    """Let the filter fetch its list; return what became of it."""
    lines = list(house.control.follow("POST", "/api/lists/update", force="1"))
    assert lines[-1]["t"] == "report", lines
    fetched: list[dict[str, Any]] = lines[-1]["fetched"]
    return fetched


def is_blocked(house: House, name: str) -> bool:
    return house.dig(name, client=MIA).is_blocked


def test_a_list_comes_by_itself_and_each_accident_leaves_the_last_good_copy(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    with ListServer() as server:
        server.script("/games.txt", text(MANY.encode()))
        with a_house(tmp_path, upstream, server) as house:
            for script, words in (
                (status("500 Broken"), "500"),
                (
                    text(b"<!DOCTYPE html><html>log in</html>", "Content-Type: text/html"),
                    "web page",
                ),
                (text(b""), "nothing"),
                (text(b"# nothing is left\n"), "no entry any more"),
                (text(b"n1.played.example\n"), "shrunk from 200 entries to 1"),
                (text(b"".join(b"m%d.example\n" % n for n in range(2001))), "grown from 200"),
                (text(MANY.encode() + b"nhs.uk\nnasa.gov\narchive.org\n"), "known to be good"),
            ):
                server.script("/games.txt", script)
                said = json.dumps([update(house), house.lists()["sources"]])
                assert words in said, (words, said)
                assert is_blocked(house, "n1.played.example"), words
                assert not is_blocked(house, "m1.example"), words
                assert not is_blocked(house, "www.nasa.gov"), words
            server.script("/games.txt", text(MANY.encode() + b"new.played.example\n"))
            updated = house.cli("lists", "update", "--force")
            assert (updated.code, " new " in updated.stdout) == (0, True)
            assert is_blocked(house, "new.played.example")


def test_an_adult_decides_about_what_waits(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with ListServer() as server:
        server.script("/games.txt", text(MANY.encode()))
        with a_house(tmp_path, upstream, server) as house:
            server.script("/games.txt", text(MANY.encode() + b"delivery.example\n"))
            update(house)
            assert not is_blocked(house, "www.delivery.example")
            name = server.url("/games.txt")
            [item] = json.loads(house.cli("lists", "review", "--json").stdout)["waiting"]
            assert (item["kind"], item["name"], item["list"]) == ("name", "delivery.example", name)
            assert house.metric("filterdns_blocklist_names_held") == 1
            said = house.cli("lists", "accept", "games", name, "delivery.example")
            assert said.stdout == f"delivery.example of games {name} is accepted\n"
            assert is_blocked(house, "www.delivery.example")
            assert house.cli("lists", "review").stdout == "nothing waits\n"

            server.script("/games.txt", text(b"n1.played.example\n"))
            update(house)
            assert "shrunk from 201 entries to 1" in house.cli("lists", "review").stdout
            assert house.metric('filterdns_blocklists{state="quarantined"}') == 1
            assert house.cli("lists", "accept", "games", name).code == 0
            assert not is_blocked(house, "n2.played.example")
            assert house.metric('filterdns_blocklists{state="quarantined"}') == 0


def test_every_entry_can_be_explained(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with ListServer() as server:
        server.script("/games.txt", text(MANY.encode() + b"search.example\nchildline.org.uk\n"))
        with a_house(tmp_path, upstream, server) as house:
            said = house.cli("lists", "who", "a.n7.played.example").stdout
            assert f"n7.played.example: games {server.url('/games.txt')} (block)" in said
            assert ":8: n7.played.example\n" in said
            assert "concerns mia\n" in said
            said = house.cli("lists", "who", "www.childline.org.uk").stdout
            assert "taken out: it would block a lifeline" in said
            assert house.cli("lists", "who", "innocent.example").stdout == (
                "no list speaks of innocent.example\n"
            )
            assert house.cli("lists", "who", "a..example").code == 2


def test_status_says_how_good_the_lists_are(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with ListServer() as server:
        server.script("/games.txt", text(MANY.encode() + b"search.example\n"))
        with a_house(tmp_path, upstream, server) as house:
            shown = house.cli("lists", "status").stdout
            assert "games blocks 1 of the 2 most popular names: search.example" in shown
            found = json.loads(house.cli("lists", "status", "--json").stdout)
            assert found["measured"]["canaries"] == []
            series = 'filterdns_blocklist_popular_blocked_ratio{category="games"}'
            assert house.metric(series) == 0.5


def test_a_restart_begins_with_the_copy_that_there_is(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    with ListServer() as server:
        server.script("/games.txt", text(MANY.encode()))
        with a_house(tmp_path, upstream, server):
            pass
        config = CONFIG.format(url=server.url("/games.txt"))
        server.stop()
        with open_house(tmp_path, config, [Endpoint(upstream.host, upstream.port)]) as house:
            assert is_blocked(house, "n1.played.example")


def test_lint_needs_no_filter(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with ListServer() as server:
        server.script("/games.txt", text(MANY.encode()))
        with a_house(tmp_path, upstream, server) as house:
            (tmp_path / "mine.txt").write_text("bad.example\n||x.example^$popup\n")
            said = house.cli("lists", "lint", "mine.txt")
            assert said.code == 0
            assert "2 lines: 1 entries, 0 addresses, 0 comments" in said.stdout
            assert "line 2: ||x.example^$popup" in said.stdout
            assert house.cli("lists", "lint", "gone.txt").code == 1
