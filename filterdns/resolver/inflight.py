"""One outstanding question per question: who asks the same meanwhile waits for the same answer."""

import asyncio
from collections.abc import Awaitable, Callable

from filterdns.errors import UpstreamError
from filterdns.resolver.cache import Cached, Key

Fetch = Callable[[Key, float], Awaitable[Cached]]


class InFlight:
    """Merges equal fetches. *fetch* takes a key and a deadline (monotonic seconds)."""

    def __init__(self, fetch: Fetch, limit: int) -> None:
        self.limit = limit
        self.merged = 0
        self._fetch = fetch
        self._waiting: dict[Key, asyncio.Future[Cached | UpstreamError | None]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    async def fetch(self, key: Key, deadline: float) -> Cached:
        """Return what the upstream says to *key*; raises `UpstreamError`.

        The first to ask fetches for all. If it is cancelled, the next in line takes over.
        """
        while (future := self._waiting.get(key)) is not None:
            self.merged += 1
            result = await asyncio.shield(future)
            if result is not None:
                return _result(result)
        if len(self._waiting) >= self.limit:
            raise UpstreamError("too many questions wait for the upstreams")
        future = self._waiting[key] = asyncio.get_running_loop().create_future()
        outcome: Cached | UpstreamError | None = None
        try:
            outcome = await self._fetch(key, deadline)
        except UpstreamError as error:
            outcome = error.with_traceback(None)  # which leads back here, in a circle
        finally:
            del self._waiting[key]
            future.set_result(outcome)
        return _result(outcome)


def _result(result: Cached | UpstreamError) -> Cached:
    if isinstance(result, UpstreamError):
        raise UpstreamError(str(result), result.ede_code)
    return result
