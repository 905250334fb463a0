"""The main process: owns the sockets, starts and restarts the others, speaks to systemd.

It reads nothing that comes from outside. The control process, its first child, reads the config and
hands back a plan: where to listen, how many workers, what to start them with. Everything happens in
one loop without threads; all times are monotonic seconds.
"""

import logging
import selectors
import signal
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from filterdns.listeners.binding import Endpoint
from filterdns.listeners.endpoints import Endpoints
from filterdns.supervisor import systemd
from filterdns.supervisor.child import Child
from filterdns.supervisor.control_process import SILENCE_SECONDS as CONTROL_SILENCE_SECONDS
from filterdns.supervisor.control_process import ControlProcess
from filterdns.supervisor.handover import Inheritance
from filterdns.supervisor.listening import Listening, by_endpoint
from filterdns.supervisor.restart import Restart
from filterdns.supervisor.signals import Signals
from filterdns.supervisor.workplaces import Workplaces, start_worker, state_of

log: Final = logging.getLogger("filterdns")

WORKERS_GRACE_SECONDS: Final = 3.0
STOP_SECONDS: Final = 4.5  # in all: the service is to be gone within 5 s
HELD_SECONDS: Final = 4.8  # who is still here then is held by the kernel, and is not waited for
FAILED_STARTS_AT_MOST: Final = 5  # before anything has been served


class Supervisor:
    """Keeps one control process and the workers of its plan running until it is told to stop.

    *inheritance* is what the program before this one has left, *programs* are the modules that the
    control process and the workers run.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        inheritance: Inheritance | None = None,
        programs: tuple[str, str] = ("filterdns.app", "filterdns.worker"),
        control_silence_seconds: float = CONTROL_SILENCE_SECONDS,
    ) -> None:
        self._environment = environment
        self._inheritance = inheritance or Inheritance({}, [])
        self._passed = systemd.passed_sockets(environment)
        control_program, self._worker_program = programs
        self._control = ControlProcess(control_program, arguments, control_silence_seconds)
        self._endpoints: Endpoints | None = None
        self._listening: Listening | None = None
        self._workers: Workplaces | None = None
        self._early: Child | None = None
        self._signals = Signals()
        self._restart = Restart(environment, self._passed, self._control)
        self._is_serving = False
        self._exit_code = 0
        self._stopping_since: float | None = None
        self._ticked_at = time.monotonic()
        self._watchdog = systemd.Watchdog(environment)

    def run(self) -> int:
        """Serve until a signal or a failed start ends it; return the exit code."""
        with self._signals as signals:
            self._tick(time.monotonic())  # nothing has happened yet, and control is to be started
            self._start_early(time.monotonic())
            while not self._has_ended(time.monotonic()):
                for one in _readable([signals.wake_up, *self._sockets()], self._patience()):
                    if one is signals.wake_up:
                        self._on_signals(signals.received())
                    else:
                        self._on_readable(one)
                self._tick(time.monotonic())
        return self._exit_code

    # Birth.

    def _start_early(self, now: float) -> None:
        """Start the first worker, so that it gets ready while control makes its plan."""
        with suppress(OSError):  # as every worker it is started again, and that is told
            self._early = start_worker(self._worker_program, now)
            self._inheritance.workers.append((-1, self._early))  # it ends with those, until a plan

    def _predecessors(self) -> list[tuple[int, Child]]:
        return [each for each in self._inheritance.workers if each[1] is not self._early]

    def _on_plan(self, plan: Mapping[str, Any]) -> None:
        if self._endpoints is not None:
            log.info("the control process is back")  # the sockets stay as they are
            self._tell_state(time.monotonic())
            self._control.tell({"t": "resumed"})
            return
        workers: int = plan["workers"]
        listen = [Endpoint(host, port) for host, port in plan["dns"]]
        bound = self._inheritance.bound
        predecessors = self._predecessors()
        self._endpoints = Endpoints(listen, workers, by_endpoint(self._passed), inherited=bound)
        self._listening = Listening(self._endpoints)
        change, failure = self._listening.begin(time.monotonic())
        if failure and not (self._endpoints.bound and predecessors):
            self._stop(1)
            return
        self._control.in_use = plan["dns"], workers
        self._workers = Workplaces(
            self._endpoints,
            self._worker_program,
            plan["worker_arguments"],
            workers,
            predecessors,
            time.monotonic(),
            self._early,
        )
        self._workers.follow(change, has_new_networks=True)

    def _notice_service(self) -> None:
        """Say that all is served once the last worker answers for the first time."""
        assert self._workers is not None
        if not self._is_serving and self._workers.is_served:
            self._is_serving = True
            self._tell_state(time.monotonic())
            self._control.tell({"t": "serving"})
            systemd.notify(self._environment, "READY=1")

    # Life.

    def _sockets(self) -> Iterator[socket.socket]:
        for child in self._children():
            if child.channel is not None:
                yield child.channel
        if self._endpoints is not None and self._endpoints.watch is not None:
            yield self._endpoints.watch

    def _children(self) -> Iterator[Child]:
        if self._control.child is not None:
            yield self._control.child
        if self._workers is not None:
            yield from self._workers.children()
        else:
            yield from (child for _, child in self._inheritance.workers)

    def _patience(self) -> float:
        if self._stopping_since is not None:
            return 0.05
        now = time.monotonic()
        due_at = [self._control.starts.due_at]
        due_at += [self._workers.starts.due_at] if self._workers is not None else []
        return max(0.01, min([0.5, *(each - now for each in due_at if each > now)]))

    def _on_signals(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if number in (signal.SIGTERM, signal.SIGINT):
                self._stop(0)
            elif number == signal.SIGUSR2:
                self._wish_restart()
            elif number == signal.SIGHUP:
                self._control.order_reload()

    def _on_readable(self, one: socket.socket) -> None:
        now = time.monotonic()
        for child in self._children():
            if child.channel is not one:
                continue
            if child is self._control.child:
                for message in child.hear(now):
                    self._on_control(child, message)
            elif self._workers is not None:
                self._workers.hear(child, now)
            else:
                child.hear(now)
            return
        if self._endpoints is not None and self._endpoints.watch is one:
            self._follow_addresses(now)

    def _on_control(self, control: Child, message: Mapping[str, Any]) -> None:
        kind = message.get("t")
        if kind == "plan":
            self._control.greet()
            if self._stopping_since is None:
                self._on_plan(message)
        elif kind == "reloading":
            systemd.notify(self._environment, *systemd.reloading())
        elif kind == "reloaded":
            systemd.notify(self._environment, "READY=1")
        elif kind == "restart":
            self._wish_restart()

    def _wish_restart(self) -> None:
        if self._stopping_since is None:
            self._restart.wish(time.monotonic())

    def _tick(self, now: float) -> None:
        if now - self._ticked_at > 1.5:  # we were held up ourselves, so silence proves nothing
            for child in self._children():
                child.heard_at = now
        self._ticked_at = now
        if (code := self._control.reap(now)) is not None:
            self._on_control_end(code)
        if self._stopping_since is not None:
            self._press_on(now, now - self._stopping_since)
            return
        if self._restart.is_due(now):
            self._on_signals(self._restart.turn(self._heirlooms(), self._signals))
        if not self._restart.is_turning:
            self._control.start(now)
        if self._workers is not None:
            self._workers.tend(now)
            self._notice_service()
            self._give_up_if_hopeless(self._workers)
        if self._listening is not None and self._listening.is_due(now):
            self._follow_addresses(now)
        self._tell_state(now)
        if self._is_well:
            self._watchdog.feed(now)

    def _on_control_end(self, code: int) -> None:
        if self._stopping_since is not None or self._restart.is_turning:
            return
        if self._endpoints is None and not self._predecessors():
            self._stop(code if code in (1, 2) else 1)  # it has said why
        else:
            log.error("control process ended with %d; another one is started", code)

    @property
    def _is_well(self) -> bool:
        return self._workers is None or not self._is_serving or self._workers.is_answering

    def _follow_addresses(self, now: float) -> None:
        if self._listening is not None and self._workers is not None:
            self._workers.follow(*self._listening.follow(now))

    def _tell_state(self, now: float) -> None:
        if self._endpoints is None or self._workers is None:
            return
        state = {
            "listening": self._endpoints.listening,
            "troubles": self._endpoints.troubles,
            **state_of(self._workers),
        }
        self._control.tell_state(state, self._endpoints.buffers, now)

    def _heirlooms(self) -> Inheritance:
        if self._endpoints is None or self._workers is None:
            return self._inheritance
        workers = self._workers.heirlooms()
        if self._control.child is not None:
            workers.append((-1, self._control.child))
        return Inheritance(self._endpoints.bound, workers)

    # Death.

    def _give_up_if_hopeless(self, workers: Workplaces) -> None:
        is_hopeless = workers.starts.failures >= FAILED_STARTS_AT_MOST
        if is_hopeless and not self._is_serving and not workers.is_answering:
            log.error("no worker comes up; giving up")
            self._stop(1)

    def _stop(self, exit_code: int) -> None:
        if self._stopping_since is not None:  # asked twice: at once
            for child in self._children():
                child.kill()
            return
        self._restart.cancel()
        self._exit_code = exit_code
        self._stopping_since = time.monotonic()
        systemd.notify(self._environment, "STOPPING=1")
        if self._workers is not None:
            self._workers.stop()
        else:
            for _, child in self._inheritance.workers:
                child.stop()
        if self._endpoints is not None:
            self._endpoints.close()
            self._tell_state(self._stopping_since)  # nobody is answered any more

    def _press_on(self, now: float, seconds: float) -> None:
        """Workers go first, so that control still takes their last records."""
        if self._workers is not None:
            self._workers.reap(now)
            if seconds > WORKERS_GRACE_SECONDS:
                self._workers.kill()
        else:
            bound, workers = self._inheritance
            self._inheritance = Inheritance(bound, [it for it in workers if it[1].reap() is None])
        has_workers = any(child is not self._control.child for child in self._children())
        if not has_workers or seconds > WORKERS_GRACE_SECONDS:
            self._control.stop()
            if seconds > STOP_SECONDS:
                self._control.kill()

    def _has_ended(self, now: float) -> bool:
        if self._stopping_since is None:
            return False
        return not any(self._children()) or now - self._stopping_since > HELD_SECONDS


def _readable(sockets: Sequence[socket.socket], seconds: float) -> list[socket.socket]:
    """Return those of *sockets* that can be read, after *seconds* at the latest."""
    with selectors.PollSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        chosen = {key.fd for key, _ in selector.select(seconds)}
    return [one for one in sockets if one.fileno() in chosen]
