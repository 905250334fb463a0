"""All that answers, and what stays of it when a new image comes."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from filterdns.blocklists.build import SourceSpec, build_index
from filterdns.dns.names import from_text
from filterdns.dns.question import read_question
from filterdns.errors import BlocklistError, StateError
from filterdns.policy.ruleset import Device, PolicyRules, Ruleset
from filterdns.resolver.answer import Answer, Outcome
from filterdns.resolver.image import Image, Limits, UpstreamServer, write_image
from filterdns.steps import at_once
from filterdns.worker.engine import Engine
from tests.support.answering import answered
from tests.support.clock import MovingClock
from tests.support.households import family, selection
from tests.support.listening import UdpClient, listening_udp
from tests.support.memory import locked_bytes
from tests.support.messages import query_bytes
from tests.support.plane import AFTERNOON, LENA_ADDRESS, PARENT_ADDRESS, TOM_ADDRESS, at_loopback
from tests.support.sealing import sealed_file
from tests.support.upstream import ScriptedUpstream, answer_with

NAME = "www.example.org"


def image(upstream: ScriptedUpstream | None = None, **changes: Any) -> Image:
    servers = () if upstream is None else (UpstreamServer(upstream.host, upstream.port),)
    usual = Image(1, at_loopback(family()), servers)
    return replace(usual, **changes)


def ruleset_with(person: str, **changes: Any) -> Ruleset:
    """Return the family in which one person has changed."""
    people = dict(family().people)
    people[person] = replace(people[person], **changes)
    return at_loopback(family(people=people))


class Stage:
    """An engine, and what a test does to it."""

    def __init__(self, first: Image, folder: Path, is_time_known: bool = True) -> None:
        self.clock = MovingClock(AFTERNOON)
        self.clock.is_known = is_time_known
        self.engine = Engine(first, self.clock)
        self.path = folder / "image"

    async def load(self, new: Image) -> None:
        write_image(new, self.path)
        await self.engine.replace(self.path)

    async def ask(self, name: str = NAME, address: str = LENA_ADDRESS) -> Answer:
        query = read_question(query_bytes(name))
        service = self.engine.service
        now = self.clock.now()
        slot = service.slots.slot_for(address, now)
        return await answered(service, query, slot)


Scene = Callable[[Stage], Coroutine[Any, Any, None]]


def play(first: Image, folder: Path, scene: Scene, *, is_time_known: bool = True) -> None:
    async def run() -> None:
        stage = Stage(first, folder, is_time_known)
        try:
            await scene(stage)
        finally:
            await stage.engine.close()
            await stage.engine.close()

    asyncio.run(run())


def test_an_image_is_all_that_it_takes_to_answer(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        assert (await stage.ask()).outcome is Outcome.FORWARDED
        assert (await stage.ask("reddit.com")).outcome is Outcome.BLOCKED
        assert (await stage.ask("reddit.com", PARENT_ADDRESS)).outcome is Outcome.FORWARDED

    with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
        play(image(upstream), tmp_path, scene)


def test_without_upstreams_it_says_so(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        assert (await stage.ask()).outcome is Outcome.FAILED

    play(image(), tmp_path, scene)


def test_a_new_image_decides_from_the_next_query_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        assert (await stage.ask()).outcome is Outcome.FORWARDED
        stricter = ruleset_with("lena", block=selection(NAME))
        await stage.load(image(upstream, version=2, ruleset=stricter))
        assert stage.engine.image.version == 2
        assert (await stage.ask()).outcome is Outcome.BLOCKED

    with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
        play(image(upstream), tmp_path, scene)


def test_cache_slots_and_the_memos_of_whom_nothing_changes_stay(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        engine = stage.engine
        slots = engine.slots
        with listening_udp(engine.service) as (_, server):
            for address in (LENA_ADDRESS, TOM_ADDRESS):
                with UdpClient(server, address) as client:
                    for _round in range(4):
                        await client.ask(query_bytes(NAME))
        lena, tom = slots.slot_by_address[LENA_ADDRESS], slots.slot_by_address[TOM_ADDRESS]
        lena_memo, tom_memo = lena.memo, tom.memo
        assert len(lena_memo.entries) == len(tom_memo.entries) == 1
        tokens = lena.tokens
        changed = ruleset_with("tom", block=selection("reddit.com"))
        await stage.load(image(upstream, version=2, ruleset=changed))
        now = stage.clock.now()
        assert slots.slot_for(LENA_ADDRESS, now) is lena
        assert slots.slot_for(TOM_ADDRESS, now) is tom
        assert lena.memo is lena_memo
        assert tom.memo is not tom_memo
        assert lena.tokens == tokens
        assert (await stage.ask()).outcome is Outcome.CACHED
        at_once(slots.memos.sweep(now))
        assert slots.memos.entries == 1

    with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
        play(image(upstream), tmp_path, scene)


def test_an_image_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.path.write_text("junk")
        with pytest.raises(StateError):
            await stage.engine.replace(stage.path)
        with pytest.raises(BlocklistError):
            await stage.load(image(version=2, index_path=str(tmp_path / "nowhere.idx")))
        assert stage.engine.image.version == 1
        assert (await stage.ask("reddit.com")).outcome is Outcome.BLOCKED

    play(image(), tmp_path, scene)


def test_new_upstreams_are_asked_and_the_cache_stays(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        await stage.load(image(second, version=2))
        assert (await stage.ask()).outcome is Outcome.CACHED
        assert (await stage.ask("other.example.org")).outcome is Outcome.FORWARDED

    answer = answer_with("192.0.2.1")
    with ScriptedUpstream(answer) as first, ScriptedUpstream(answer) as second:
        play(image(first), tmp_path, scene)
    assert [each.name.lower() for each in first.asked] == [from_text(NAME)]
    assert from_text("other.example.org") in [each.name.lower() for each in second.asked]


def test_of_a_new_image_nothing_is_made_anew_that_is_as_before(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.load(image())
        old, house = stage.engine.image.ruleset.people, stage.engine.slots.policies.house
        changed = ruleset_with("tom", block=selection("chess.com"))
        await stage.load(image(version=2, ruleset=changed))
        new = stage.engine.image.ruleset.people
        assert [name for name in old if new[name] is not old[name]] == ["tom"]
        assert stage.engine.slots.policies.house is house

    play(image(), tmp_path, scene)


def test_new_limits_hold_at_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        await stage.load(
            image(version=2, limits=Limits(cache_bytes=7, memo_bytes=8, in_flight=9, burst=10))
        )
        engine = stage.engine
        assert engine.resolver.cache.limit_bytes == 7
        assert engine.slots.memos.limit_bytes == 8
        assert engine.resolver.in_flight.limit == 9
        assert engine.service.slots.limits.burst == 10

    play(image(), tmp_path, scene)


def test_who_may_ask_follows_the_image_and_our_networks(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        def may_ask(address: str) -> bool:
            return stage.engine.slots.slot_for(address, stage.clock.now()).is_allowed

        assert not may_ask("203.0.113.5")
        stage.engine.follow_networks(["203.0.113.0/24"])
        assert may_ask("203.0.113.5")
        await stage.load(image(version=2))
        assert may_ask("203.0.113.5")
        await stage.load(image(version=3, allow_clients=("10.0.0.0/8",)))
        assert not may_ask("203.0.113.5")
        assert not may_ask(LENA_ADDRESS)

    play(image(), tmp_path, scene)


def built_index(folder: Path, listed: str) -> str:
    folder.mkdir()
    source = folder / "gambling.txt"
    source.write_text(listed + "\n")
    specs = [SourceSpec("gambling", "file:gambling", source)]
    return str(build_index(specs, folder / "runs", folder).index)


def test_an_index_is_in_memory_before_it_decides(tmp_path: Path) -> None:
    first = built_index(tmp_path / "first", "casino.example")
    second = built_index(tmp_path / "second", "lottery.example")
    size_bytes = Path(first).stat().st_size

    async def scene(stage: Stage) -> None:
        one = locked_bytes()
        assert one >= size_bytes
        await stage.load(image(version=2, index_path=second))
        assert locked_bytes() == one  # the other has been let go

    play(image(index_path=first), tmp_path, scene)


def test_a_new_index_decides_and_nobody_looks_into_the_old_one(tmp_path: Path) -> None:
    first = built_index(tmp_path / "first", "casino.example")
    second = built_index(tmp_path / "second", "lottery.example")

    async def scene(stage: Stage) -> None:
        assert (await stage.ask("casino.example")).outcome is Outcome.BLOCKED
        assert (await stage.ask("lottery.example")).outcome is Outcome.FORWARDED
        await stage.load(image(upstream, version=2, index_path=second))
        shutil.rmtree(tmp_path / "first")
        assert (await stage.ask("casino.example")).outcome is Outcome.FORWARDED
        assert (await stage.ask("lottery.example")).outcome is Outcome.BLOCKED
        await stage.load(image(upstream, version=3, index_path=second))
        assert (await stage.ask("lottery.example")).outcome is Outcome.BLOCKED

    with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
        play(image(upstream, index_path=first), tmp_path, scene)


def test_a_new_index_leaves_in_the_memo_what_it_says_nothing_else_of(tmp_path: Path) -> None:
    first = built_index(tmp_path / "first", "casino.example")
    second = built_index(tmp_path / "second", "lottery.example")
    names = (NAME, "casino.example", "lottery.example")
    tails = {name: query_bytes(name)[2:] for name in names}

    async def scene(stage: Stage) -> None:
        service = stage.engine.service
        with listening_udp(service) as (_, server), UdpClient(server, LENA_ADDRESS) as lena:

            async def outcome_of(name: str) -> str:
                stage.engine.counters.take()
                await lena.ask(b"\x00\x01" + tails[name])
                counted = {labels for _, labels, _ in stage.engine.counters.take()}
                [outcome] = [labels[1] for labels in counted if labels[0] == "udp"]
                return outcome

            for name in 3 * names:
                await outcome_of(name)
            assert [await outcome_of(name) for name in names] == ["memo", "memo", "memo"]
            await stage.load(image(upstream, version=2, index_path=second))
            outcomes = [await outcome_of(name) for name in names]
            assert outcomes == ["memo", "forwarded", "blocked"]

    with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
        play(image(upstream, index_path=first), tmp_path, scene)


def school(devices: int) -> Ruleset:
    """Return a house with so many devices, each with a person of its own."""
    adult = family().people["parents"]
    people = {
        f"pupil{number}": replace(
            adult,
            name=f"pupil{number}",
            devices=(Device("tablet", (f"10.1.{number // 250}.{number % 250}",)),),
        )
        for number in range(devices)
    }
    return family(people=people)


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_larger_image_is_taken_in_more_pieces_not_in_longer_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_before: bool
) -> None:
    """Decoded, compiled, and made ready for whoever is unknown: each a piece a person at least."""
    monkeypatch.setattr("filterdns.steps.TURN_SECONDS", 0.0)  # the loop's turn after every step
    stranger = "192.0.2.77"

    async def turns_while_loading(stage: Stage, devices: int) -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        await stage.load(image(version=2, ruleset=school(devices)))
        task.cancel()
        return turns

    async def scene(stage: Stage) -> None:
        if asked_before:
            stage.engine.slots.slot_for(stranger, stage.clock.now())
        few, many = [await turns_while_loading(stage, devices) for devices in (100, 600)]
        assert many - few >= (3 if asked_before else 2) * 500

    play(image(), tmp_path, scene)


def test_before_a_window_opens_what_takes_long_to_make_is_made(tmp_path: Path) -> None:
    class LookedThrough(dict[str, PolicyRules]):
        times = 0

        def __iter__(self) -> Iterator[str]:
            self.times += 1
            return super().__iter__()

    policies = LookedThrough(family().policies)
    stranger = "192.0.2.77"

    async def scene(stage: Stage) -> None:
        engine = stage.engine
        slot = engine.slots.slot_for(stranger, stage.clock.now())
        bedtime = slot.valid_until
        engine.follow_clock()
        looked = policies.times
        stage.clock.move(bedtime - 5 - stage.clock.now())
        for _ in range(2):
            engine.follow_clock()
            await engine._chores.finish(5)
        assert policies.times == looked + 1
        assert engine.slots.slot_for(stranger, bedtime).valid_from == bedtime
        assert policies.times == looked + 1

    play(image(ruleset=at_loopback(family(policies=policies))), tmp_path, scene)


def test_a_policy_that_cannot_be_made_ready_stops_no_image(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.engine.slots.slot_for("192.0.2.77", stage.clock.now())
        await stage.load(image(version=2, ruleset=ruleset_with("tom", timezone="No/Where")))
        assert stage.engine.image.version == 2
        assert (await stage.ask("reddit.com")).outcome is Outcome.BLOCKED

    play(image(), tmp_path, scene)


def test_finish_waits_for_what_was_taken(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        engine = stage.engine
        with listening_udp(engine.service) as (listener, server), UdpClient(server) as client:
            client.send(query_bytes(NAME))
            while not engine.slots.slot_by_address:  # noqa: ASYNC110 - taken by then
                await asyncio.sleep(0)
            listener.pause()
            await engine.finish(5)
            assert len(client.received()) == 1

    with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
        play(image(upstream), tmp_path, scene)


def test_when_the_time_becomes_known_it_decides_from_the_next_query_on(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        assert (await stage.ask()).outcome is Outcome.BLOCKED  # bedtime is a window of the week
        stage.engine.follow_clock()
        assert (await stage.ask()).outcome is Outcome.BLOCKED
        stage.clock.is_known = True
        stage.engine.follow_clock()
        assert (await stage.ask()).outcome is Outcome.FAILED  # nobody is there to be asked

    play(image(), tmp_path, scene, is_time_known=False)


@pytest.mark.parametrize(("seconds", "entries"), [(-3600, 0), (-0.4, 1), (3600, 1)])
def test_a_clock_that_is_set_back_empties_the_memos(
    tmp_path: Path, seconds: float, entries: int
) -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(3):
            answer = await stage.ask("reddit.com")
            query = read_question(query_bytes("reddit.com"))
            slot = stage.engine.slots.slot_for(LENA_ADDRESS, stage.clock.now())
            stage.engine.slots.memos.consider(slot.memo, query, answer, stage.clock.now())
        stage.engine.follow_clock()
        assert stage.engine.slots.memos.entries == 1
        stage.clock.step(seconds)
        stage.engine.follow_clock()
        assert stage.engine.slots.memos.entries == entries

    play(image(), tmp_path, scene)


def test_sealed_lists_come_with_an_image_and_close_what_was_open(tmp_path: Path) -> None:
    path = str(sealed_file(tmp_path, [NAME]))

    async def scene(stage: Stage) -> None:
        with ScriptedUpstream(answer_with("192.0.2.1")) as upstream:
            await stage.load(image(upstream, version=2))
            assert (await stage.ask()).outcome is Outcome.FORWARDED
            for _ in range(3):
                await stage.ask()
            await stage.load(image(upstream, version=3, sealed_paths=(path,)))
            for address in (LENA_ADDRESS, PARENT_ADDRESS):
                assert (await stage.ask(address=address)).outcome is Outcome.BLOCKED
            house = stage.engine.slots.policies.house
            await stage.load(image(upstream, version=4, sealed_paths=(path,)))
            assert stage.engine.slots.policies.house is house

    play(image(), tmp_path, scene)


def test_an_image_whose_sealed_list_is_gone_is_refused(tmp_path: Path) -> None:
    path = sealed_file(tmp_path, [NAME])

    async def scene(stage: Stage) -> None:
        path.unlink()
        with pytest.raises(BlocklistError):
            await stage.load(image(version=2, sealed_paths=(str(path),)))
        assert stage.engine.image.version == 1

    play(image(), tmp_path, scene)
