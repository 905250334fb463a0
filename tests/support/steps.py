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
from typing import Any, Final, NamedTuple, Self

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
BY_TIME: Final = frozenset({"UdpUpstream._sweep", "UdpSocket.sweep"})  # and not by query
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
        few, many = tails[:FEW], tails[FEW : FEW + MANY]
        first = count_steps(lambda: self._answered(few))
        with Counting() as counting:
            self._answered(many)
        return self._cost_of_one(first, counting)

    async def cost_of_misses(self, tails: Sequence[bytes]) -> Steps:
        """Return what one of *tails* costs where the upstream has to be asked; see `cost_of`."""
        with Counting() as counting:
            await self._forwarded(tails[:FEW])
        first = counting.steps
        with Counting() as counting:
            await self._forwarded(tails[FEW : FEW + MANY])
        return self._cost_of_one(first, counting)

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

    async def seconds_of_misses(self, tails: Sequence[bytes]) -> float:
        """Return how long this thread works until the upstream has answered all of *tails*."""
        began = time.thread_time()
        await self._forwarded(tails)
        return time.thread_time() - began

    def longest_functions(self) -> str:
        """Return where the steps of the last `cost_of` were made, for whoever has to shorten it."""
        found = self.steps_by_function.most_common(15)
        return "\n".join(f"{count / MANY:7.1f} bytecodes in {name}" for name, count in found)

    def _answered(self, tails: Sequence[bytes]) -> None:
        assert len(self.wake_up(tails)) == len(tails)

    async def _forwarded(self, tails: Sequence[bytes]) -> None:
        assert self.wake_up(tails) == []
        await self.engine.resolver.in_flight.drained()
        await asyncio.sleep(0)  # what is ready leaves when the loop turns
        assert len(self._client.received()) == len(tails)

    def _cost_of_one(self, few: Steps, counting: "Counting") -> Steps:
        self.steps_by_function = counting.by_function
        many, more = counting.steps, MANY - FEW
        return Steps((many.opcodes - few.opcodes) / more, (many.calls - few.calls) / more)


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


class Counting:
    """Counts what this thread does in modules of filterdns until the block ends."""

    def __init__(self) -> None:
        self._opcodes: Counter[CodeType] = Counter()
        self._calls = 0
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._count_call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    @property
    def steps(self) -> Steps:
        """All that was counted."""
        return Steps(self._opcodes.total(), self._calls)

    @property
    def by_function(self) -> Counter[str]:
        """The bytecodes of each function."""
        found: Counter[str] = Counter()
        for code, count in self._opcodes.items():
            room = Path(code.co_filename).relative_to(OURS)
            found[f"{room.with_suffix('')}.{code.co_qualname}"] += count
        return found

    def _count_call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        code = frame.f_code
        if not code.co_filename.startswith(OURS) or code.co_qualname in BY_TIME:
            return None
        self._calls += 1
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return self._count_opcode

    def _count_opcode(self, frame: FrameType, event: str, _argument: Any) -> Any:
        self._opcodes[frame.f_code] += event == "opcode"
        return self._count_opcode


def count_steps(work: Callable[[], object]) -> Steps:
    """Return what *work* does in modules of filterdns."""
    with Counting() as counting:
        work()
    return counting.steps


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
