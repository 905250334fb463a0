"""How much work Python does, counted and not timed: the same on every machine, busy or idle.

    async def scene(road: Road) -> None:
        steps = road.cost_of([question(f"n{number}.example") for number in range(FEW + MANY)])

    travel(tmp_path, scene)

Counted are the bytecodes that run in modules of filterdns, and the calls of its functions, on the
road of one query through the real engine: a real socket, a real index, a real upstream. What C does
is not counted, so a figure says how long a road is and not how fast it is gone.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

import filterdns
from filterdns.blocklists.build import SourceSpec, build_index
from filterdns.dns.names import from_text
from filterdns.resolver.image import Image, Limits, UpstreamServer
from filterdns.worker.engine import Engine
from tests.support.clock import MovingClock
from tests.support.households import family
from tests.support.listening import UdpClient, listening_udp
from tests.support.plane import AFTERNOON, at_loopback
from tests.support.upstream import ScriptedUpstream, answer_with

OURS: Final = str(Path(filterdns.__file__).parent)
FEW: Final = 16  # datagrams of one wake-up
MANY: Final = 48
LISTED: Final = "casino.example"
ADDRESS: Final = "192.0.2.1"


class Steps(NamedTuple):
    """What one query costs: bytecodes, and calls of Python functions."""

    opcodes: float
    calls: float


def question(name: str, *, has_edns: bool = True) -> bytes:
    """Return a query for A behind its id, as systemd-resolved and Android send it."""
    head = b"\x01\x00\x00\x01" + bytes(5) + bytes([has_edns])
    opt = b"\x00\x00\x29\x04\xd0" + bytes(6) if has_edns else b""
    return head + from_text(name) + b"\x00\x01\x00\x01" + opt


class Road:
    """An engine behind a socket, and a client of it; made by `travel`.

    *readable* is what the loop calls when something has arrived.
    """

    def __init__(self, engine: Engine, client: UdpClient, readable: Callable[[], None]) -> None:
        self.engine = engine
        self.steps_by_function: Counter[str] = Counter()
        self._client = client
        self._readable = readable

    async def ask(self, tails: Sequence[bytes]) -> list[bytes]:
        """Return the answers to *tails*, one after the other, whatever they have to wait for."""
        return [await self._client.ask(b"\x00\x01" + tail) for tail in tails]

    def wake_up(self, tails: Sequence[bytes]) -> list[bytes]:
        """Have *tails* arrive at once and be read at one go; return the answers so far."""
        assert len(tails) <= MANY
        for number, tail in enumerate(tails):
            self._client.send(number.to_bytes(2) + tail)
        self._readable()
        return self._client.received()

    def cost_of(self, tails: Sequence[bytes]) -> Steps:
        """Return what one of *tails* costs, which are all of one kind; the wake-up is not counted.

        `FEW` and `MANY` of them are asked, so there have to be as many as both together.
        """
        self.steps_by_function.clear()
        few, many = tails[:FEW], tails[FEW : FEW + MANY]
        first = count_steps(lambda: self._answered(few))
        second = count_steps(lambda: self._answered(many), self.steps_by_function)
        more = MANY - FEW
        return Steps((second.opcodes - first.opcodes) / more, (second.calls - first.calls) / more)

    def opcodes_by_room(self) -> dict[str, float]:
        """Return how many bytecodes of one query of the last `cost_of` each room ran."""
        found: Counter[str] = Counter()
        for name, count in self.steps_by_function.items():
            found[name.partition("/")[0]] += count
        return {room: count / MANY for room, count in found.items()}

    def seconds_of(self, tails: Sequence[bytes]) -> float:
        """Return how long it takes to read and answer *tails*, which arrive at once."""
        for number, tail in enumerate(tails):
            self._client.send(number.to_bytes(2) + tail)
        began = time.perf_counter()
        self._readable()
        seconds = time.perf_counter() - began
        assert len(self._client.received()) == len(tails)
        return seconds

    def longest_functions(self) -> str:
        """Return where the steps of the last `cost_of` were made, for whoever has to shorten it."""
        found = self.steps_by_function.most_common(15)
        return "\n".join(f"{count / MANY:7.1f} bytecodes in {name}" for name, count in found)

    def _answered(self, tails: Sequence[bytes]) -> None:
        assert len(self.wake_up(tails)) == len(tails)


Scene = Callable[[Road], Coroutine[Any, Any, None]]


def travel(folder: Path, scene: Scene) -> None:
    """Let *scene* ask a real engine; the index of the category gambling has `LISTED`."""

    async def run(image: Image) -> None:
        engine = Engine(image, MovingClock(AFTERNOON))
        try:
            with listening_udp(engine.service) as (listener, server), UdpClient(server) as client:
                await scene(Road(engine, client, _reader_of(listener)))
        finally:
            await engine.close()

    with ScriptedUpstream(answer_with(ADDRESS)) as upstream:
        servers = (UpstreamServer(upstream.host, upstream.port),)
        limits = Limits(queries_per_second=1_000_000, burst=1_000_000)
        ruleset, index = at_loopback(family()), _index(folder)
        asyncio.run(run(Image(1, ruleset, servers, limits=limits, index_path=index)))


def count_steps(work: Callable[[], object], by_function: Counter[str] | None = None) -> Steps:
    """Return what *work* does in modules of filterdns; *by_function* is filled if given."""
    opcodes: Counter[CodeType] = Counter()
    calls = 0

    def count_opcode(frame: FrameType, event: str, _argument: Any) -> Any:
        opcodes[frame.f_code] += event == "opcode"
        return count_opcode

    def count_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal calls
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        calls += 1
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return count_opcode

    before = sys.gettrace()
    sys.settrace(count_call)
    try:
        work()
    finally:
        sys.settrace(before)
    if by_function is not None:
        for code, count in opcodes.items():
            room = Path(code.co_filename).relative_to(OURS)
            by_function[f"{room.with_suffix('')}.{code.co_qualname}"] += count
    return Steps(opcodes.total(), calls)


def _reader_of(listener: Any) -> Callable[[], None]:
    """Return what the loop calls when the listener's socket has something to read."""
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    reader, _ = selector.get_key(listener._socket.fileno()).data
    found: Callable[[], None] = reader._run
    return found


def _index(folder: Path) -> str:
    source = folder / "gambling.txt"
    others = [f"other{number}.example" for number in range(10_000)]
    source.write_text("\n".join([LISTED, *others]) + "\n")
    specs = [SourceSpec("gambling", "file:gambling", source)]
    return str(build_index(specs, folder / "runs", folder).index)
