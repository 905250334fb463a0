"""Processes that do a part of a build, so that it has more than one core.

They are begun with the first work and know nothing but what each piece of work brings along. On a
machine with one core there is none, and the work is done here. They have the niceness of the build,
go first when memory runs out as it does, and end with it.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Final, ParamSpec, Self, TypeVar

from filterdns.errors import BlocklistError

MAX_HELPERS: Final = 2  # more would take more memory than a small machine has

P = ParamSpec("P")
R = TypeVar("R")


def helper_count() -> int:
    """Return how many helpers this machine has room for."""
    cores = len(os.sched_getaffinity(0))
    return min(cores, MAX_HELPERS) if cores > 1 else 0


class Helpers:
    """Helpers for a build, *count* of them. A context: they end with it."""

    def __init__(self, count: int = 0) -> None:
        self._count = count
        self._helpers: list[_Helper] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for helper in self._helpers:
            helper.end()
        self._helpers.clear()

    def map(self, work: Callable[..., R], tasks: Iterable[tuple[Any, ...]]) -> Iterator[R]:
        """Yield what *work* returns for the arguments of each task, in their order.

        *work* is a function of a module. Raises what it raises, and `BlocklistError` when a helper
        is gone.
        """
        if not self._count:
            for task in tasks:
                yield work(*task)
            return
        while len(self._helpers) < self._count:
            self._helpers.append(_Helper())
        yield from self._shared_out(work, enumerate(tasks))

    def _shared_out(
        self, work: Callable[..., R], tasks: Iterator[tuple[int, tuple[Any, ...]]]
    ) -> Iterator[R]:
        # A helper gets the next task when it has told the result of the one before. With more than
        # one on the way, both sides could wait for the other to read.
        idle = list(self._helpers)
        busy: dict[_Helper, int] = {}
        results: dict[int, R] = {}
        next_number = 0
        while True:
            while next_number in results:
                yield results.pop(next_number)
                next_number += 1
            while idle and len(results) < 2 * self._count and (task := next(tasks, None)):
                helper = idle.pop()
                busy[helper], arguments = task
                helper.give(work, arguments)
            if not busy:
                return
            ready = wait([helper.connection for helper in busy])
            for helper in [helper for helper in busy if helper.connection in ready]:
                results[busy.pop(helper)] = helper.result()
                idle.append(helper)


ALONE: Final = Helpers()
"""No helper at all."""


class _Helper:
    """One process, and our end of the line to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-m", "filterdns.blocklists.helpers", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self.connection: Connection = Connection(ours.detach())

    def give(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            self.connection.send((work, arguments))
        except OSError:
            raise self._gone() from None

    def result(self) -> Any:
        try:
            result = self.connection.recv()
        except (OSError, EOFError):
            raise self._gone() from None
        if isinstance(result, Exception):
            raise result
        return result

    def end(self) -> None:
        """End the process, also in the middle of a task. What it does leaves nothing behind."""
        self.connection.close()
        self._process.kill()
        self._process.wait()

    def _gone(self) -> BlocklistError:
        return BlocklistError(
            f"a helper of the build ended with {self._process.wait()}; is there memory for it?"
        )


def main(descriptor: int) -> None:
    """Do what is asked over the socket *descriptor*, until its other end is closed."""
    connection = Connection(descriptor)
    while True:
        try:
            work, arguments = connection.recv()
        except (EOFError, OSError):
            return
        try:
            result = work(*arguments)
        except BlocklistError as error:
            result = error
        try:
            connection.send(result)
        except OSError:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
