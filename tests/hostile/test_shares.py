"""One client cannot take the memo, the cache, the memory or the log from the others."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from soak.outcomes import count_outcomes
from tests.support.hostile import (
    AT_ONCE,
    HOSTILE,
    MEGABYTE,
    NEIGHBOUR,
    SIBLING,
    Flood,
    in_mixed_case,
    is_open,
    open_small_house,
    option,
    question,
)
from tests.support.house import House
from tests.support.upstream import ScriptedUpstream

pytestmark = pytest.mark.timeout(300)

MANY: Final = 20_000  # names, of which memo and cache hold some 1,000
SLACK_BYTES: Final = 6 << 20  # what an allocator may keep for itself
MOST_ROWS: Final = 1_000
Small = tuple[House, ScriptedUpstream]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with open_small_house(tmp_path_factory.mktemp("shares")) as small:
        yield small


def gauge(house: House, name: str) -> float:
    count_outcomes(house)  # has the worker send its gauges
    return house.metric(f'filterdns_{name}{{worker="0"}}')


def memo_hits(house: House) -> int:
    return count_outcomes(house).get("memo", 0)


def worker_bytes(house: House) -> int:
    """Return what the worker that answers has of its own in memory."""
    pid = house.status()["workers"][0]["pid"]
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss_Anon:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no Pss_Anon")


def test_the_memo_of_another_policy_is_not_spent_by_a_flood_of_names(small: Small) -> None:
    house, _ = small
    hot = question("hot.example")
    names = iter(range(MANY))
    with (
        Flood(house.server, HOSTILE) as flood,
        Flood(house.server, NEIGHBOUR, at_once=1) as neighbour,
    ):
        neighbour.ask([hot] * 3)
        before = memo_hits(house)
        rounds = 0
        for _ in range(MANY // AT_ONCE // 4):
            tails = [question(f"memo{next(names)}.example") for _ in range(AT_ONCE)]
            for _ in range(4):  # of the upstream, perhaps seen and admitted, repeated
                assert all(map(is_open, flood.ask(tails)))
            neighbour.ask([hot])
            rounds += 1
        assert flood.lost == neighbour.lost == 0
        after = memo_hits(house)
    # All that the neighbour asked came from there, and what the hostile one repeated, too.
    assert after - before >= rounds + rounds * AT_ONCE
    assert 0 < gauge(house, "memo_bytes") <= MEGABYTE


def test_a_flood_of_names_costs_a_neighbour_its_memo_for_a_moment_only(small: Small) -> None:
    """Of the same policy: what was cleared with the rest is admitted again at second sight."""
    house, _ = small
    hot = question("shared.example")
    with (
        Flood(house.server, HOSTILE) as flood,
        Flood(house.server, SIBLING, at_once=1) as sibling,
    ):
        sibling.ask([hot] * 3)
        tails = [question(f"shared{number}.example") for number in range(MANY // 4)]
        for first in range(0, len(tails), AT_ONCE):
            for _ in range(3):
                flood.ask(tails[first : first + AT_ONCE])
        before = memo_hits(house)
        assert all(map(is_open, sibling.ask([hot] * 10)))
        assert flood.lost == sibling.lost == 0
        # Asked of the upstream anew at the worst, seen, admitted, and then repeated.
        assert memo_hits(house) - before >= 7


def test_what_a_neighbour_asks_for_stays_cached_under_a_flood_of_names(small: Small) -> None:
    house, upstream = small
    random = Random(1)
    hot = [f"kept{number}.example" for number in range(20)]
    with Flood(house.server, HOSTILE) as flood, Flood(house.server, SIBLING) as sibling:

        def ask() -> None:
            # With options, so that no memo answers.
            answers = sibling.ask([question(name, option(random)) for name in hot])
            assert [is_open(answer) for answer in answers] == [True] * len(hot)

        ask()
        flood.ask((question(f"cached{number}.example") for number in range(MANY)), ask)
        assert flood.lost == sibling.lost == 0
    asked = [one.name.lower() for one in upstream.asked]
    assert all(
        sum(b"\x05kept%d\x07" % number in name for name in asked) == 1 for number in range(10)
    )
    assert gauge(house, "cache_bytes") <= MEGABYTE
    assert house.metric("filterdns_cache_evictions_total") > MANY / 2


def test_memory_does_not_grow_with_the_names_that_a_client_asks_for(small: Small) -> None:
    house, _ = small
    with Flood(house.server, HOSTILE) as flood:
        flood.ask(question(f"first{number}.example") for number in range(MANY))
        before = worker_bytes(house)
        flood.ask(question(f"then{number}.example") for number in range(4 * MANY))
        assert flood.lost == 0
    assert worker_bytes(house) - before < SLACK_BYTES


def test_options_and_cookies_are_never_admitted_to_the_memo(small: Small) -> None:
    house, _ = small
    random = Random(2)
    before = gauge(house, "memo_entries")
    tails = [question(f"option{number}.example", option(random)) for number in range(500)]
    with Flood(house.server, HOSTILE) as flood:
        assert all(map(is_open, flood.ask(tail for tail in tails for _ in range(4))))
        assert flood.lost == 0
    assert gauge(house, "memo_entries") <= before
    assert count_outcomes(house)["cached"] >= 3 * len(tails)


def test_letters_of_random_case_fill_no_memo(small: Small) -> None:
    house, _ = small
    random = Random(3)
    before = gauge(house, "memo_entries")
    tail = question("abcdefghijklmnopqrstuvwxyz.letters.example")
    with Flood(house.server, HOSTILE) as flood:
        answers = flood.ask(in_mixed_case(tail, random) for _ in range(5_000))
        assert all(map(is_open, answers))
        assert flood.lost == 0
    assert gauge(house, "memo_entries") <= before


def test_the_rows_of_one_client_are_bounded_and_its_neighbour_has_its_own(small: Small) -> None:
    house, _ = small
    with Flood(house.server, HOSTILE) as flood, Flood(house.server, "127.0.0.99") as stranger:
        flood.ask(question(f"row{number}.bet365.com") for number in range(MANY))
        stranger.ask([question("mine.bet365.com")] * 7)
        assert flood.lost == stranger.lost == 0
    rows = house.log_rows()
    names = {row["name"] for row in rows if row["person"] == "mia"}
    assert 0 < len(names) <= MOST_ROWS
    assert sum(row["count"] for row in rows if row["person"] == "mia") == MANY
    [mine] = [row for row in rows if row["name"] == "mine.bet365.com"]
    assert mine["count"] == 7
