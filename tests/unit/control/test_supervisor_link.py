import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from filterdns import channel
from filterdns.control.supervisor_link import SpareProcess, SupervisorLink, WorkerProcess
from filterdns.listeners.buffers import BufferState
from tests.support.control import eventually

Work = Callable[[SupervisorLink, socket.socket], Awaitable[None]]


def linked(work: Work) -> list[str]:
    """Do *work* with a link and the supervisor's end of it; return the orders that came."""

    async def run() -> list[str]:
        orders: list[str] = []
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        link = SupervisorLink(theirs.detach(), orders.append)
        with ours:
            await work(link, ours)
            channel_is_over = await eventually(lambda: bool(orders))
            assert channel_is_over
        link.close()
        link.close()
        return orders

    return asyncio.run(run())


def heard(supervisor: socket.socket) -> dict[str, Any]:
    received = channel.receive(supervisor)
    assert received is not None
    return received.message


@pytest.mark.parametrize("order", ["serving", "resumed", "reload", "stop"])
def test_orders_are_handed_on(order: str) -> None:
    async def work(_: SupervisorLink, supervisor: socket.socket) -> None:
        channel.send(supervisor, {"t": order})

    assert linked(work) == [order]


def test_the_end_of_the_supervisor_means_stop() -> None:
    async def work(_: SupervisorLink, supervisor: socket.socket) -> None:
        supervisor.shutdown(socket.SHUT_RDWR)

    assert linked(work) == ["stop"]


def test_the_state_of_sockets_and_workers_is_kept() -> None:
    async def work(link: SupervisorLink, supervisor: socket.socket) -> None:
        state = {"listening": [["::1", 53]], "troubles": ["x"]}
        state |= {"workers": [[7, True, 2, True]], "spare": [8, False]}
        state |= {"buffers": [["::1", 53, 0, 4096, 3]]}
        channel.send(supervisor, {"t": "state", **state})
        assert await eventually(lambda: bool(link.state.listening))
        assert link.state.listening == (("::1", 53),)
        assert link.state.troubles == ("x",)
        assert link.state.workers == (WorkerProcess(7, True, 2, True),)
        assert link.state.spare == SpareProcess(8, False)
        assert link.state.buffers == (BufferState("::1", 53, 0, 4096, 3),)
        channel.send(supervisor, {"t": "state", **state, "spare": None})
        assert await eventually(lambda: link.state.spare is None)
        channel.send(supervisor, {"t": "stop"})

    linked(work)


def test_the_supervisor_hears_of_plan_and_reloads() -> None:
    async def work(link: SupervisorLink, supervisor: socket.socket) -> None:
        link.plan([("::1", 53)], 2, ["--image", "x"])
        link.reloading()
        link.reloaded()
        assert heard(supervisor) == {
            "t": "plan", "dns": [["::1", 53]], "workers": 2, "worker_arguments": ["--image", "x"],
        }  # fmt: skip
        assert [heard(supervisor)["t"], heard(supervisor)["t"]] == ["reloading", "reloaded"]
        channel.send(supervisor, {"t": "stop"})

    linked(work)


def test_the_supervisor_feels_the_heart_beat() -> None:
    async def work(link: SupervisorLink, supervisor: socket.socket) -> None:
        beating = asyncio.ensure_future(link.beat())
        await asyncio.sleep(0)
        assert heard(supervisor) == {"t": "beat"}
        beating.cancel()
        channel.send(supervisor, {"t": "stop"})

    linked(work)
