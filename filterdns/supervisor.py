"""The main process: owns the sockets, starts and restarts the others, speaks to systemd.

It reads nothing that comes from outside. The control process, its first child, reads the config and
hands back a plan: where to listen, how many workers, what to start them with. Everything happens in
one loop without threads; all times are monotonic seconds.
"""

import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from filterdns import systemd
from filterdns.child import Child
from filterdns.listeners.binding import RECEIVE_BUFFER_BYTES, Endpoint, granted_buffer_bytes
from filterdns.listeners.endpoints import Endpoints
from filterdns.logs import set_up_logging
from filterdns.signals import Signals

log: Final = logging.getLogger("filterdns")

WORKER_SILENCE_SECONDS: Final = 2.0
CONTROL_SILENCE_SECONDS: Final = 60.0  # it may compile a large config in one piece
LOOK_AGAIN_SECONDS: Final = 3.0
WORKERS_GRACE_SECONDS: Final = 3.0
STOP_SECONDS: Final = 4.5  # in all: the service is to be gone within 5 s
FAILED_STARTS_AT_MOST: Final = 5  # before anything has been served


def main() -> None:
    """Run `python -m filterdns.supervisor ARGUMENTS`; the arguments are the control process's."""
    set_up_logging(os.environ)
    sys.exit(Supervisor(sys.argv[1:], os.environ).run())


class Supervisor:
    """Keeps one control process and the workers of its plan running until it is told to stop.

    *programs* are the modules that the control process and the workers run.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        programs: tuple[str, str] = ("filterdns.app", "filterdns.worker"),
    ) -> None:
        self._environment = environment
        control_program, self._worker_program = programs
        self._control = Child("control process", control_program, CONTROL_SILENCE_SECONDS, 30.0)
        self._control.arguments = arguments
        self._workers: list[Child] = []
        self._endpoints: Endpoints | None = None
        self._is_serving = False
        self._exit_code = 0
        self._stopping_since: float | None = None
        self._looked_at = self._ticked_at = self._fed_at = time.monotonic()
        self._feeds_every_seconds = systemd.watchdog_seconds(environment) / 2

    def run(self) -> int:
        """Serve until a signal or a failed start ends it; return the exit code."""
        with Signals() as signals:
            while not self._has_ended():
                self._start_children(time.monotonic())
                for one in _readable([signals.wake_up, *self._sockets()], self._patience()):
                    if one is signals.wake_up:
                        self._on_signals(signals.received())
                    else:
                        self._on_readable(one)
                self._tick(time.monotonic())
        return self._exit_code

    # Birth.

    def _start_children(self, now: float) -> None:
        if self._stopping_since is not None:
            return
        for child in self._children():
            if not child.pid and child.starts_at <= now:
                child.start(now)
                self._greet(child)

    def _greet(self, child: Child) -> None:
        if self._endpoints is not None and child is not self._control:
            child.tell({"t": "prefixes", "values": self._endpoints.networks})
            self._hand_over(child, list(self._endpoints.bound))

    def _on_plan(self, plan: Mapping[str, Any]) -> None:
        self._control.is_ready = True
        if self._endpoints is not None:
            log.info("%s is back", self._control.name)  # the sockets stay as they are
            self._tell_control()
            self._control.tell({"t": "resumed"})
            return
        workers: int = plan["workers"]
        listen = [Endpoint(host, port) for host, port in plan["dns"]]
        self._endpoints = Endpoints(listen, workers, _passed_by_endpoint(self._environment))
        troubles = self._endpoints.follow().troubles
        if failure := self._endpoints.failure():
            log.error(failure)
            self._stop(1)
            return
        for trouble in troubles:
            log.warning(trouble)
        _say_what_was_granted(self._endpoints)
        for index in range(workers):
            worker = Child(f"worker {index}", self._worker_program, WORKER_SILENCE_SECONDS, 5.0)
            worker.arguments = ["--index", str(index), *plan["worker_arguments"]]
            self._workers.append(worker)

    def _on_worker_ready(self, worker: Child) -> None:
        if worker.is_ready:
            return
        worker.is_ready = True
        if worker.starts > 1:
            log.info("%s answers again", worker.name)
        self._tell_control()
        if not self._is_serving and all(each.is_ready for each in self._workers):
            self._is_serving = True
            self._control.tell({"t": "serving"})
            systemd.notify(self._environment, "READY=1")

    # Life.

    def _children(self) -> Iterator[Child]:
        yield self._control
        yield from self._workers

    def _sockets(self) -> Iterator[socket.socket]:
        for child in self._children():
            if child.channel is not None:
                yield child.channel
        if self._endpoints is not None and self._endpoints.watch is not None:
            yield self._endpoints.watch

    def _patience(self) -> float:
        if self._stopping_since is not None:
            return 0.05
        now = time.monotonic()
        births = [child.starts_at - now for child in self._children() if not child.pid]
        return max(0.01, min([0.5, *births]))

    def _on_signals(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number in (signal.SIGTERM, signal.SIGINT):
                self._stop(0)
            elif number == signal.SIGHUP:
                self._control.tell({"t": "reload"})

    def _on_readable(self, one: socket.socket) -> None:
        for child in self._children():
            if child.channel is one:
                self._hear(child)
                return
        self._follow_addresses()

    def _hear(self, child: Child) -> None:
        for message in child.hear():
            child.heard_at = time.monotonic()
            kind = message.get("t")
            if child is self._control:
                self._on_control(kind, message)
            elif kind == "ready":
                self._on_worker_ready(child)

    def _on_control(self, kind: object, message: Mapping[str, Any]) -> None:
        if kind == "plan":
            self._on_plan(message)
        elif kind == "reloading":
            systemd.notify(self._environment, *systemd.reloading())
        elif kind == "reloaded":
            systemd.notify(self._environment, "READY=1")

    def _tick(self, now: float) -> None:
        was_held_up = now - self._ticked_at > 1.5  # ourselves, so that silence proves nothing
        self._ticked_at = now
        for child in self._children():
            if was_held_up:
                child.heard_at = now
            if child.is_silent(now):
                log.error("%s (pid %d) does not move any more; it is killed", child.name, child.pid)
                child.kill()
            if (code := child.reap(now)) is not None:
                self._on_end(child, code)
        if self._stopping_since is not None:
            self._press_on(now - self._stopping_since)
        elif self._is_due_to_look(now):
            self._follow_addresses()
        self._feed_watchdog(now)

    def _feed_watchdog(self, now: float) -> None:
        is_due = self._feeds_every_seconds and now - self._fed_at >= self._feeds_every_seconds
        if is_due and (not self._is_serving or any(each.is_ready for each in self._workers)):
            self._fed_at = now
            systemd.notify(self._environment, "WATCHDOG=1")

    def _is_due_to_look(self, now: float) -> bool:
        is_needed = self._endpoints is not None and self._endpoints.needs_another_look
        return is_needed and now - self._looked_at >= LOOK_AGAIN_SECONDS

    def _follow_addresses(self) -> None:
        assert self._endpoints is not None
        self._looked_at = time.monotonic()
        networks = self._endpoints.networks
        change = self._endpoints.follow()
        for trouble in change.troubles:
            log.warning(trouble)
        for endpoint in change.added:
            log.info("listens on %s, too", endpoint)
        for endpoint in change.gone:
            log.info("no longer listens on %s", endpoint)
        for worker in self._workers:
            if self._endpoints.networks != networks:
                worker.tell({"t": "prefixes", "values": self._endpoints.networks})
            if change.gone:
                worker.tell({"t": "drop", "udp": change.gone, "tcp": change.gone})
            if change.added:
                self._hand_over(worker, change.added)
        if any(change):
            self._tell_control()

    def _hand_over(self, worker: Child, added: Sequence[Endpoint]) -> None:
        assert self._endpoints is not None
        for message, descriptors in self._endpoints.parcels(self._workers.index(worker), added):
            worker.tell(message, descriptors)

    def _tell_control(self) -> None:
        assert self._endpoints is not None
        workers = [[each.pid, each.is_ready, each.starts - 1] for each in self._workers]
        state = {"listening": self._endpoints.listening, "troubles": self._endpoints.troubles}
        self._control.tell({"t": "state", **state, "workers": workers})

    # Death.

    def _on_end(self, child: Child, code: int) -> None:
        if self._stopping_since is not None:
            return
        if child is self._control and self._endpoints is None:
            self._stop(code if code in (1, 2) else 1)  # it has said why
        elif not self._is_serving and child.failures >= FAILED_STARTS_AT_MOST:
            log.error("%s does not come up; giving up", child.name)
            self._stop(1)
        else:
            log.error("%s ended with %d; it is started again", child.name, code)
            self._tell_control()

    def _stop(self, exit_code: int) -> None:
        if self._stopping_since is not None:  # asked twice: at once
            for child in self._children():
                child.kill()
            return
        self._exit_code = exit_code
        self._stopping_since = time.monotonic()
        systemd.notify(self._environment, "STOPPING=1")
        for worker in self._workers:
            worker.stop()
        if self._endpoints is not None:
            self._endpoints.close()

    def _press_on(self, seconds: float) -> None:
        """Workers go first, so that control still takes their last records."""
        if not any(worker.pid for worker in self._workers):
            self._control.stop()
        elif seconds > WORKERS_GRACE_SECONDS:
            for worker in self._workers:
                worker.kill()
        if seconds > STOP_SECONDS:
            self._control.kill()

    def _has_ended(self) -> bool:
        return self._stopping_since is not None and not any(each.pid for each in self._children())


def _readable(sockets: Sequence[socket.socket], seconds: float) -> list[socket.socket]:
    """Return those of *sockets* that can be read, after *seconds* at the latest."""
    with selectors.PollSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        chosen = {key.fd for key, _ in selector.select(seconds)}
    return [one for one in sockets if one.fileno() in chosen]


def _passed_by_endpoint(environment: Mapping[str, str]) -> dict[Endpoint, list[socket.socket]]:
    found: dict[Endpoint, list[socket.socket]] = {}
    for one in systemd.passed_sockets(environment):
        host, port, *_ = one.getsockname()
        found.setdefault(Endpoint(host, port), []).append(one)
    return found


def _say_what_was_granted(endpoints: Endpoints) -> None:
    # The kernel doubles what it grants, for its own bookkeeping (socket(7)).
    granted = granted_buffer_bytes(next(iter(endpoints.bound.values())).udp[0]) // 2
    if granted < RECEIVE_BUFFER_BYTES:
        log.info(
            "the kernel queues %d of %d KiB of queries a socket; net.core.rmem_max raises it",
            granted >> 10,
            RECEIVE_BUFFER_BYTES >> 10,
        )


if __name__ == "__main__":
    main()
