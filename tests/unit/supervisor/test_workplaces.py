"""The workers of one supervisor, with real processes of a few lines and a loop in the test."""

import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from filterdns.listeners.binding import Endpoint, bind
from filterdns.listeners.endpoints import Endpoints
from filterdns.supervisor.child import Child, start_child
from filterdns.supervisor.workplaces import Workplaces, start_worker, state_of

PATIENCE_SECONDS = 20
PROGRAM = "tests.support.tiny_worker"
BIG_ENOUGH = 24  # clients, for the kernel to hand some to each worker


class Plant:
    """Workplaces on a port of the loopback network, tended until the test ends."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.address = Endpoint(*server.getsockname())
        self.endpoints: Endpoints | None = None
        self.workplaces: Workplaces | None = None

    def open(
        self,
        *arguments: str,
        count: int = 2,
        predecessors: Sequence[tuple[int, Child]] = (),
        workers_before: int = 0,
        early: Child | None = None,
    ) -> Workplaces:
        """Begin; *workers_before* is how many had sockets already, *early* waits to begin."""
        before = {self.address: bind(self.address, workers_before, {})} if workers_before else {}
        self.endpoints = Endpoints([self.address], count, {}, inherited=before)
        self.endpoints.follow()
        self.workplaces = Workplaces(
            self.endpoints, PROGRAM, arguments, count, predecessors, time.monotonic(), early
        )
        return self.workplaces

    def tend_until(self, holds: Callable[[], bool], what: str = "") -> None:
        """Be the supervisor's loop until *holds* does."""
        assert self.workplaces is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, what
            channels = {each.channel: each for each in self.workplaces.children() if each.channel}
            for one in select.select(list(channels), [], [], 0.02)[0]:
                self.workplaces.hear(channels[one], time.monotonic())
            self.workplaces.tend(time.monotonic())

    def tend_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.tend_until(lambda: time.monotonic() > end)

    def serve(self, count: int = 2) -> Workplaces:
        """Begin, and tend until all is served and a spare stands by."""
        workplaces = self.open(count=count)
        self.tend_until(lambda: workplaces.is_served and self.has_spare(), "a spare")
        return workplaces

    def has_spare(self) -> bool:
        assert self.workplaces is not None
        return self.workplaces.spare is not None and self.workplaces.spare.is_up

    def pid(self, number: int) -> int:
        assert self.workplaces is not None
        child = self.workplaces.places[number].child
        return child.pid if child is not None else 0

    def answerers(self) -> set[int]:
        """Return who answers many clients, all of whom have to be answered."""
        with ExitStack() as clients:
            return {heard_by(client) for client in ask(self.address, clients)}

    def close(self) -> None:
        if self.workplaces is not None and self.endpoints is not None:
            workplaces = self.workplaces
            workplaces.kill()
            deadline = time.monotonic() + PATIENCE_SECONDS
            while any(workplaces.children()) and time.monotonic() < deadline:
                workplaces.reap(time.monotonic())
                time.sleep(0.01)
            self.endpoints.close()


def ask(address: Endpoint, clients: ExitStack) -> list[socket.socket]:
    """Return many clients that have asked at *address*, for as long as *clients* is open."""
    asking = []
    for _ in range(BIG_ENOUGH):
        client = clients.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        client.settimeout(PATIENCE_SECONDS)
        client.sendto(b"hello", address)
        asking.append(client)
    return asking


def heard_by(client: socket.socket) -> int:
    """Return the pid of who answers *client*."""
    return int(client.recv(100).split()[0])


@pytest.fixture
def plant() -> Iterator[Plant]:
    plant = Plant()
    yield plant
    plant.close()


def test_one_that_was_started_early_takes_a_place_however_long_it_has_waited(plant: Plant) -> None:
    early = start_worker(PROGRAM, time.monotonic() - 1000)
    workplaces = plant.open(count=1, early=early)
    plant.tend_until(lambda: workplaces.is_served)
    assert plant.pid(0) == early.pid


def test_one_that_was_started_early_and_has_died_is_replaced(plant: Plant) -> None:
    early = start_worker(PROGRAM, time.monotonic())
    early.kill()
    workplaces = plant.open(count=1, early=early)
    plant.tend_until(lambda: workplaces.is_served)
    assert plant.pid(0) != early.pid
    assert early not in workplaces.children()


def has_udp(plant: Plant, number: int) -> bool:
    assert plant.endpoints is not None
    return plant.endpoints.has_udp(number)


def test_every_place_is_filled_before_a_spare_is_started(plant: Plant) -> None:
    workplaces = plant.open()
    seen: list[int] = []
    while not workplaces.is_served:
        seen.append(len(list(workplaces.children())))
        plant.tend_for(0.01)
    assert max(seen) == 2
    plant.tend_until(plant.has_spare)
    assert len(list(workplaces.children())) == 3
    assert plant.answerers() == {plant.pid(0), plant.pid(1)}


def test_the_state_tells_of_each_place_and_of_the_spare(plant: Plant) -> None:
    workplaces = plant.serve()
    assert workplaces.spare is not None
    assert state_of(workplaces) == {
        "workers": [[plant.pid(0), True, 0, False], [plant.pid(1), True, 0, False]],
        "spare": [workplaces.spare.pid, True],
    }


def test_the_spare_takes_the_place_in_the_turn_that_sees_the_death(plant: Plant) -> None:
    workplaces = plant.serve()
    assert workplaces.spare is not None
    spare, old = workplaces.spare.pid, plant.pid(1)
    os.kill(old, signal.SIGKILL)
    os.waitid(os.P_PID, old, os.WEXITED | os.WNOWAIT)
    workplaces.tend(time.monotonic())
    assert plant.pid(1) == spare
    plant.tend_until(lambda: workplaces.is_served and plant.has_spare())
    assert workplaces.spare.pid not in (old, spare)
    assert plant.answerers() == {plant.pid(0), spare}


def test_a_silent_worker_loses_its_place_though_the_kernel_still_holds_it(plant: Plant) -> None:
    workplaces = plant.serve(count=1)
    assert workplaces.spare is not None
    spare, [place] = workplaces.spare, workplaces.places
    assert place.child is not None
    place.child.heard_at -= 3
    held, place.child.kill = place.child, lambda: None  # type: ignore[method-assign]
    workplaces.tend(time.monotonic())
    assert place.child is spare
    assert held in workplaces.children()
    del held.kill  # the disk moves again


def test_three_failed_starts_close_the_queue_and_each_retry_opens_it(plant: Plant) -> None:
    workplaces = plant.serve()
    place = workplaces.places[1]
    for _ in range(3):
        plant.tend_until(lambda: place.is_served)
        os.kill(plant.pid(1), signal.SIGKILL)
        plant.tend_until(lambda: not place.is_served)
    assert place.is_braked
    assert not has_udp(plant, 1)
    plant.tend_until(plant.has_spare)
    assert plant.answerers() == {plant.pid(0)}
    plant.tend_until(lambda: place.is_served)
    assert has_udp(plant, 1)
    assert plant.answerers() == {plant.pid(0), plant.pid(1)}
    os.kill(plant.pid(1), signal.SIGKILL)
    plant.tend_until(lambda: place.child is None)
    assert not has_udp(plant, 1)


def test_what_lies_in_a_queue_that_is_closed_is_answered(plant: Plant) -> None:
    workplaces = plant.serve()
    place = workplaces.places[1]
    place.is_braked = True
    os.kill(plant.pid(1), signal.SIGSTOP)
    with ExitStack() as clients:
        asking = ask(plant.address, clients)
        os.kill(plant.pid(1), signal.SIGKILL)
        plant.tend_until(lambda: not has_udp(plant, 1))
        assert {heard_by(client) for client in asking} == {plant.pid(0)}


def test_the_last_queue_is_never_closed_and_nobody_waits_for_the_brake(plant: Plant) -> None:
    workplaces = plant.serve(count=1)
    [place] = workplaces.places
    for _ in range(6):
        plant.tend_until(lambda: place.is_served)
        os.kill(plant.pid(0), signal.SIGKILL)
        plant.tend_until(lambda: not place.is_served)
        assert has_udp(plant, 0)
    assert place.is_braked
    plant.tend_until(lambda: place.is_served)


def test_a_place_that_stays_empty_leaves_its_share_to_the_others(
    plant: Plant, tmp_path: Path
) -> None:
    workplaces = plant.open("--only-one", str(tmp_path / "first"))
    plant.tend_until(lambda: any(place.is_served for place in workplaces.places))
    plant.tend_until(lambda: not all(has_udp(plant, number) for number in (0, 1)))
    assert len(plant.answerers()) == 1


def test_who_does_not_begin_to_answer_loses_its_place_though_it_moves(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filterdns.supervisor.workplaces.READY_SECONDS", 0.5)
    workplaces = plant.open("--lazy", str(tmp_path / "first"))
    plant.tend_until(lambda: workplaces.is_served)
    assert sorted(place.restarts for place in workplaces.places) == [0, 1]


def test_starts_that_fail_are_spaced_out_and_are_no_places_fault(plant: Plant) -> None:
    workplaces = plant.open("--broken", count=1)
    plant.tend_until(lambda: workplaces.starts.failures >= 4)
    assert not workplaces.places[0].is_braked
    assert workplaces.starts.due_at > time.monotonic()


def predecessor(plant: Plant, number: int) -> Child:
    """A worker of the program before, which has no socket but knows when to go."""
    child = start_child(f"worker {number}", PROGRAM, (), 60.0, time.monotonic())
    child.tell({"t": "begin", "arguments": []})
    child.is_up = child.is_ready = True
    return child


def test_who_served_a_place_before_goes_once_it_is_served_anew(plant: Plant) -> None:
    old = [(number, predecessor(plant, number)) for number in (0, 1)]
    workplaces = plant.open(predecessors=old)
    assert workplaces.is_answering
    workplaces.tend(time.monotonic())
    assert len(workplaces.predecessors) == 2
    plant.tend_until(lambda: workplaces.is_served)
    assert workplaces.predecessors == []
    plant.tend_until(lambda: all(child not in workplaces.children() for _, child in old))


def test_where_there_are_fewer_workers_now_the_queues_of_the_others_go_at_last(
    plant: Plant,
) -> None:
    workplaces = plant.open(count=1, predecessors=[(1, predecessor(plant, 1))], workers_before=2)
    plant.tend_until(lambda: workplaces.is_served and not workplaces.predecessors)
    assert plant.endpoints is not None
    assert plant.endpoints.udp_of(1) == []
    assert plant.answerers() == {plant.pid(0)}


def test_where_there_are_more_workers_now_each_gets_its_queue_when_it_reads(plant: Plant) -> None:
    workplaces = plant.open(count=2, predecessors=[(0, predecessor(plant, 0))], workers_before=1)
    assert [has_udp(plant, number) for number in (0, 1)] == [True, False]
    plant.tend_until(lambda: workplaces.is_served)
    assert plant.answerers() == {plant.pid(0), plant.pid(1)}
