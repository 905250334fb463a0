"""Fetches the sources of a job: a few at a time, of one host one after the other, each URL once."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial

from filterdns.blocklists.fetching.addresses import AllowedAddresses
from filterdns.blocklists.fetching.alone import alone_in
from filterdns.blocklists.fetching.client import Client
from filterdns.blocklists.fetching.copies import Copies
from filterdns.blocklists.fetching.job import (
    Done,
    Fetched,
    FetchJob,
    FetchProgress,
    Said,
    State,
    WebSource,
)
from filterdns.blocklists.fetching.one_list import ListFetcher
from filterdns.blocklists.fetching.resolving import Resolver
from filterdns.blocklists.fetching.web_address import read_url
from filterdns.errors import FetchError

Say = Callable[[Said], None]


async def fetch_all(job: FetchJob, say: Say) -> None:
    """Fetch all sources of *job* and *say* what becomes of them. No source fails another.

    Raises `BlocklistError` if the folder cannot be used.
    """
    with alone_in(job.folder):
        copies = Copies(job.folder)
        copies.remove_leftovers()
        run = _Run(_fetcher(job, copies), copies, job, say)
        sources_by_url = defaultdict(list)
        for source in job.sources:
            sources_by_url[source.url].append(source)
        await asyncio.gather(*(run.fetch(url, each) for url, each in sources_by_url.items()))
    say(Done())


def _fetcher(job: FetchJob, copies: Copies) -> ListFetcher:
    allowed = AllowedAddresses(job.allowed_networks, allow_private=job.allow_private)
    resolver = Resolver(job.upstreams, job.limits.resolve_seconds)
    client = Client(job.limits, allowed, resolver)
    return ListFetcher(client, copies, job.limits, force=job.force)


class _Run:
    def __init__(self, fetcher: ListFetcher, copies: Copies, job: FetchJob, say: Say) -> None:
        self._fetcher = fetcher
        self._copies = copies
        self._say = say
        self._turns = asyncio.Semaphore(job.limits.at_a_time)
        self._turn_by_host: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def fetch(self, url: str, sources: Sequence[WebSource]) -> None:
        """Fetch *url* when it is its turn, and say what became of each of its *sources*."""
        try:
            host = read_url(url).host
        except FetchError as error:
            for source in sources:
                self._say(Fetched(source.category, source.name, State.FAILED, error=str(error)))
            return
        checksums = [source.sha256 for source in sources if source.sha256]
        # The host first: who waits for it takes no turn from others.
        async with self._turn_by_host[host], self._turns:
            tell = partial(self._tell, sources[0].name)
            outcome = await self._fetcher.fetch(url, checksums, tell)
        copy = outcome.copy
        for source in sources:
            self._say(
                Fetched(
                    source.category,
                    source.name,
                    outcome.state,
                    self._copies.path_of(copy),
                    copy.sha256,
                    copy.size,
                    outcome.error,
                )
            )

    def _tell(self, what: str, done: int, total: int) -> None:
        self._say(FetchProgress(what, done, total))
