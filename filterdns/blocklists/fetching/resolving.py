"""Addresses of a list server's name, from name servers that the job names.

Not from the system's resolver: that may be ourselves, who wait for the list. Literal addresses and
`localhost` (RFC 6761 section 6.3) are nobody's question. IPv4 comes first: a network whose IPv6
leads nowhere is more common than one without IPv4.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from filterdns.blocklists.fetching.job import NameServer
from filterdns.blocklists.fetching.name_question import NameQuestion, NoUsefulAnswer
from filterdns.errors import FetchError

ROUNDS: Final = 2  # how often each name server gets its turn
LOOPBACK: Final = ("127.0.0.1", "::1")
_FAMILIES: Final = ("A", "AAAA")


class Resolver:
    """Asks *servers* in turn, each for its share of *seconds*; without any, the system."""

    def __init__(self, servers: Sequence[NameServer], seconds: float) -> None:
        self._servers = servers
        self._seconds = seconds

    async def addresses_of(self, host: str) -> tuple[str, ...]:
        """Return the addresses of *host*, the best first. Raises `FetchError` if it has none."""
        known = known_addresses(host)
        if known:
            return known
        name = host.rstrip(".").lower()
        if not self._servers:
            return await self._ask_system(name)
        return await self._ask_servers(name)

    async def _ask_servers(self, name: str) -> tuple[str, ...]:
        asked = [self._ask_in_turn(NameQuestion(name, family)) for family in _FAMILIES]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        errors = [each for each in answers if isinstance(each, BaseException)]
        found = tuple(
            address for each in answers if not isinstance(each, BaseException) for address in each
        )
        if found:
            return found
        for error in errors:
            raise error
        raise _no_address(name)

    async def _ask_in_turn(self, question: NameQuestion) -> tuple[str, ...]:
        share = self._seconds / (len(self._servers) * ROUNDS)
        said = ""
        for server in (*self._servers,) * ROUNDS:
            where = f"{server.host} port {server.port}"
            try:
                async with asyncio.timeout(share):
                    return await question.ask(server)
            except TimeoutError:
                said = f"{where} did not answer"
            except NoUsefulAnswer as error:
                said = f"{where} {error}"
            except OSError as error:
                said = f"{where} cannot be asked: {error.strerror or error}"
        raise FetchError(
            f"the name server {said}, expected an address of {question.name}", is_passing=True
        )

    async def _ask_system(self, name: str) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise FetchError(
                f"the system's resolver did not answer, expected an address of {name}",
                is_passing=True,
            ) from None
        except (OSError, UnicodeError) as error:
            is_passing = isinstance(error, OSError) and error.errno == socket.EAI_AGAIN
            raise _no_address(name, is_passing=is_passing) from None
        by_family = sorted(found, key=lambda each: each[0] != socket.AF_INET)
        return tuple(dict.fromkeys(str(address[0]) for *_, address in by_family))


def known_addresses(host: str) -> tuple[str, ...]:
    """Return the addresses that *host* has without asking anybody, none if somebody must be."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return LOOPBACK
    try:
        ip_address(host)
    except ValueError:
        return ()
    return (host,)


def _no_address(name: str, *, is_passing: bool = False) -> FetchError:
    return FetchError(f"found no address of {name}", is_passing=is_passing)
