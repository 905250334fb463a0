"""The endpoints that are listened on, kept in step with the addresses of this host."""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from filterdns.channel import MAX_DESCRIPTORS
from filterdns.listeners.addresses import OwnAddress, own_addresses, watch_addresses
from filterdns.listeners.binding import (
    Bound,
    Endpoint,
    bind,
    bind_udp,
    describe,
    is_for_later,
    turn_away,
    wanted_endpoints,
)
from filterdns.listeners.buffers import Buffers, BufferState
from filterdns.listeners.networks import networks_of_interfaces


class Change(NamedTuple):
    """What `Endpoints.follow` did; *troubles* are those that it has not told before."""

    added: list[Endpoint]
    gone: list[Endpoint]
    troubles: list[str]


class Endpoints:
    """Binds what *listen* means, now and as addresses come and go.

    *bound* holds the sockets by endpoint, *troubles* says what is not bound and why, *networks* are
    those of this host's interfaces as CIDR texts. *watch* becomes readable when an address changes;
    it is None where the kernel does not tell. *adopted* are sockets that the service manager has
    bound, *inherited* those of the program before this one, for as many workers as it had.
    """

    def __init__(
        self,
        listen: Sequence[Endpoint],
        workers: int,
        adopted: Mapping[Endpoint, Sequence[socket.socket]],
        ask_addresses: Callable[[], list[OwnAddress]] = own_addresses,
        inherited: Mapping[Endpoint, Bound] | None = None,
    ) -> None:
        self.bound: dict[Endpoint, Bound] = {
            endpoint: sockets.for_workers(workers)
            for endpoint, sockets in (inherited or {}).items()
        }
        self.troubles: list[str] = []
        self.networks: list[str] = []
        self.watch: socket.socket | None = None
        self._listen = listen
        self._workers = workers
        self._adopted = adopted
        # Whose place is new has a socket only once somebody reads it.
        self._closed_workers = {
            worker for worker in range(workers) if self.bound and not self.udp_of(worker)
        }
        self._ask_addresses = ask_addresses
        self._errors: dict[Endpoint, OSError] = {}
        self._buffers = Buffers()
        self._own: list[OwnAddress] | None = None  # for good where the kernel has no rtnetlink
        self._may_change_silently = False
        with suppress(OSError):
            self.watch = watch_addresses()

    def follow(self) -> Change:
        """Bind what has come, close what has gone, try again what could not be bound.

        Never raises for a single endpoint: it becomes a trouble.
        """
        self._drain_watch()
        self._look_at_addresses()
        wanted = self._wanted()
        gone = [each for each in self.bound if self._is_gone(each, wanted)]
        for endpoint in gone:
            self._close(endpoint)
        self._errors = {}
        added = [each for each in wanted if each not in self.bound and self._bind(each)]
        told = self.troubles
        self.troubles = [describe(error, each) for each, error in self._errors.items()]
        return Change(added, gone, [each for each in self.troubles if each not in told])

    @property
    def listening(self) -> list[Endpoint]:
        """Where clients can ask, with the ports that the kernel chose for port 0."""
        return [each.endpoint for each in self.bound.values()]

    def buffers(self) -> list[BufferState]:
        """Return what the kernel queues for each UDP socket and has thrown away, since the start.

        No total ever falls, whatever is closed and bound anew.
        """
        places = (
            ((sockets.endpoint, worker), udp)
            for sockets in self.bound.values()
            for worker, udp in enumerate(sockets.udp)
            if udp.fileno() >= 0
        )
        return self._buffers.states(places)

    def failure(self) -> str:
        """Return why nothing can be served; empty where something can.

        An address of a wildcard whose port is taken is only a trouble: a virtual machine's own DNS
        server is no reason not to serve the house. One that the config names is a failure.
        """
        for endpoint, error in self._errors.items():
            is_hopeless = endpoint in self._listen and not is_for_later(error)
            if is_hopeless or not self.bound:
                return describe(error, endpoint)
        return "" if self.bound else "this host has no address to listen on"

    def parcels(
        self, worker: int, endpoints: Sequence[Endpoint]
    ) -> Iterator[tuple[dict[str, Any], list[int]]]:
        """Yield the messages that hand *endpoints* to a worker, with the descriptors of each.

        The UDP sockets come first, then the TCP ones, in the order of the endpoints. Nothing to
        hand over is a message, too: a worker is ready when it has had the last one.
        """
        size = MAX_DESCRIPTORS // 2
        for at in range(0, max(len(endpoints), 1), size):
            part = endpoints[at : at + size]
            with_udp = [each for each in part if self.bound[each].udp[worker].fileno() >= 0]
            descriptors = [self.bound[each].udp[worker].fileno() for each in with_udp]
            descriptors += [self.bound[each].tcp.fileno() for each in part]
            more = at + size < len(endpoints)
            yield {"t": "sockets", "udp": with_udp, "tcp": part, "more": more}, descriptors

    def has_udp(self, worker: int) -> bool:
        """Whether the kernel hands queries to *worker*, so that somebody has to read them."""
        return worker not in self._closed_workers

    def udp_of(self, worker: int) -> list[socket.socket]:
        """Return the UDP sockets of *worker* that are open."""
        all_of_it = (sockets.udp[worker : worker + 1] for sockets in self.bound.values())
        return [udp for [udp] in filter(None, all_of_it) if udp.fileno() >= 0]

    @property
    def workers_beyond(self) -> range:
        """The numbers of inherited workers for which there is no place any more."""
        return range(self._workers, max((len(each.udp) for each in self.bound.values()), default=0))

    def turn_away(self, worker: int) -> list[socket.socket]:
        """Let the kernel hand the queries of *worker* to the others, from now on.

        Returns its UDP sockets, in whose queues some may lie. One of the service manager's is
        shared by all workers, and goes on.
        """
        for sockets in self.bound.values():
            for udp in sockets.udp[worker : worker + 1]:
                if udp.fileno() >= 0 and sockets.endpoint not in self._adopted:
                    turn_away(udp)
        return self.udp_of(worker)

    def close_worker(self, worker: int) -> None:
        """Close the UDP sockets of *worker* here, most of them after `turn_away`.

        Addresses that come meanwhile are bound for the others alone. TCP is shared, and stays.
        """
        self._closed_workers.add(worker)
        for sockets in self.bound.values():
            self._close_udp(sockets, worker)

    def open_worker(self, worker: int) -> None:
        """Bind the UDP sockets of *worker* anew, if they are closed.

        One that cannot be bound stays closed: the others answer there.
        """
        if worker not in self._closed_workers:
            return
        self._closed_workers.remove(worker)
        for endpoint, sockets in self.bound.items():
            with suppress(OSError):
                udp = list(sockets.udp)
                udp[worker] = bind_udp(sockets, endpoint, self._adopted)
                self.bound[endpoint] = sockets._replace(udp=tuple(udp))

    @property
    def needs_another_look(self) -> bool:
        """Whether something may change of which the kernel does not tell."""
        return bool(self.troubles) or self._may_change_silently or self.watch is None

    def close(self) -> None:
        """Close every socket; may be called twice."""
        for sockets in self.bound.values():
            sockets.close()
        self.bound.clear()
        for passed in self._adopted.values():
            for one in passed:
                one.close()
        if self.watch is not None:
            self.watch.close()
            self.watch = None

    def _look_at_addresses(self) -> None:
        try:
            self._own = own = self._ask_addresses()
        except OSError:  # what was known stays, for the moment or for good
            self._may_change_silently = True
            if self._own is None:
                self.networks = networks_of_interfaces()
            return
        self.networks = sorted({each.network for each in own if each.prefix_length})
        self._may_change_silently = not all(each.is_ready for each in own)

    def _wanted(self) -> list[Endpoint]:
        # A wildcard that the service manager has bound is served as it is.
        passed = [each for each in self._listen if each in self._adopted]
        others = [each for each in self._listen if each not in self._adopted]
        return [*passed, *wanted_endpoints(others, self._own)]

    def _is_gone(self, endpoint: Endpoint, wanted: Sequence[Endpoint]) -> bool:
        if not self._is_meant(endpoint):  # by the config of now
            return True
        if endpoint in self._adopted:
            return False
        if self.bound[endpoint].has_lost_its_interface:
            return True
        # An address that looks for a duplicate again is not ready but still here: its sockets stay.
        is_here = self._own is None or any(each.host == endpoint.host for each in self._own)
        return endpoint not in wanted and not is_here

    def _is_meant(self, endpoint: Endpoint) -> bool:
        wildcard = endpoint._replace(host="::" if ":" in endpoint.host else "0.0.0.0")
        return endpoint in self._listen or wildcard in self._listen

    def _bind(self, endpoint: Endpoint) -> bool:
        try:
            self.bound[endpoint] = bind(endpoint, self._workers, self._adopted)
        except OSError as error:
            self._errors[endpoint] = error
            return False
        for worker in self._closed_workers:
            self._close_udp(self.bound[endpoint], worker)
        return True

    def _close(self, endpoint: Endpoint) -> None:
        sockets = self.bound.pop(endpoint)
        for worker in range(len(sockets.udp)):
            self._close_udp(sockets, worker)
        if sockets.endpoint in self._adopted:
            sockets.close()  # the service manager has copies for whoever comes next
        else:
            sockets.withdraw()

    def _close_udp(self, sockets: Bound, worker: int) -> None:
        for udp in sockets.udp[worker : worker + 1]:
            if udp.fileno() >= 0:
                if sockets.endpoint not in self._adopted:  # else the queue lives on, and its count
                    self._buffers.keep(sockets.endpoint, worker, udp)
                udp.close()

    def _drain_watch(self) -> None:
        while self.watch is not None:
            try:
                self.watch.recv(1 << 16)
            except BlockingIOError:
                return
            except OSError:
                continue  # ENOBUFS: events were lost, which the look that follows makes good
