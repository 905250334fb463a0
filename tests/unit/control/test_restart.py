"""The wish for a restart and its answer; that it happens is proved in tests/e2e/test_restart.py."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from filterdns import channel
from filterdns.control.restart import restart
from filterdns.control.running import RunningFilter
from filterdns.control.supervisor_link import SupervisorLink
from filterdns.errors import ControlError
from tests.support.control import eventually, running_filter

Work = Callable[[RunningFilter, socket.socket], Awaitable[None]]


def linked(folder: Path, work: Work) -> None:
    """Do *work* with a running filter and the supervisor's end of its channel."""

    async def run() -> None:
        async with running_filter(folder) as running:
            running.supervisor.close()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.setblocking(False)
            running.supervisor = SupervisorLink(theirs.detach(), lambda _: None)
            with ours:
                await work(running, ours)
                running.supervisor.close()

    asyncio.run(run())


async def wishes(supervisor: socket.socket) -> list[str]:
    """Return the messages that the supervisor has heard."""
    await asyncio.sleep(0)
    heard: list[str] = []
    while True:
        try:
            received = channel.receive(supervisor)
        except BlockingIOError:
            return heard
        assert received is not None
        heard.append(received.message["t"])


def test_a_restart_is_under_way_when_the_supervisor_says_so(tmp_path: Path) -> None:
    async def work(running: RunningFilter, supervisor: socket.socket) -> None:
        asking = [asyncio.ensure_future(restart(running)) for _ in range(2)]
        assert await wishes(supervisor) == ["restart"]  # two who ask are one wish
        channel.send(supervisor, {"t": "restart", "problems": []})
        await asyncio.gather(*asking)

    linked(tmp_path, work)


def test_why_it_is_refused_is_told_whole_and_it_may_be_asked_again(tmp_path: Path) -> None:
    async def work(running: RunningFilter, supervisor: socket.socket) -> None:
        for _ in range(2):
            asking = asyncio.ensure_future(restart(running))
            assert await wishes(supervisor) == ["restart"]
            channel.send(supervisor, {"t": "restart", "problems": ["one", "two"]})
            with pytest.raises(ControlError, match=r"^one\ntwo$"):
                await asking

    linked(tmp_path, work)


def test_one_who_asks_and_goes_away_spoils_it_for_nobody(tmp_path: Path) -> None:
    async def work(running: RunningFilter, supervisor: socket.socket) -> None:
        impatient, patient = [asyncio.ensure_future(restart(running)) for _ in range(2)]
        await asyncio.sleep(0)
        impatient.cancel()
        channel.send(supervisor, {"t": "restart", "problems": []})
        await patient

    linked(tmp_path, work)


def test_the_end_of_the_supervisor_is_an_answer(tmp_path: Path) -> None:
    async def work(running: RunningFilter, supervisor: socket.socket) -> None:
        asking = asyncio.ensure_future(restart(running))
        await asyncio.sleep(0)
        supervisor.shutdown(socket.SHUT_RDWR)
        assert await eventually(asking.done)
        with pytest.raises(ControlError, match="the main process is gone"):
            await asking

    linked(tmp_path, work)
