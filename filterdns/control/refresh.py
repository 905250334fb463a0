"""Building the lists of the config in force anew, and letting the workers decide by them."""

import asyncio
import logging
from typing import Final

from filterdns.blocklists.current import is_whole
from filterdns.blocklists.index import Index
from filterdns.blocklists.job import BuildReport
from filterdns.control.lists import Tell
from filterdns.control.running import RunningFilter
from filterdns.errors import FilterdnsError

logger: Final = logging.getLogger(__name__)


async def build_lists(running: RunningFilter, tell: Tell = lambda _: None) -> BuildReport:
    """Build the lists, put them in force, and return what became of them.

    Raises `BlocklistError` or `StateError`: the old lists stay in force then.
    """
    async with running.changes:
        rules = running.in_force.rules
        index = await running.lists.build(rules.compiled.lists, tell)
        if is_as_in_force(running, index):
            index.close()  # every list is as it was
        else:
            await running.in_force.replace(rules.compiled, index)
        await running.lists.settle(running.in_force.rules.index)
        assert running.lists.report is not None
        return running.lists.report


def is_as_in_force(running: RunningFilter, built: Index) -> bool:
    """Whether the lists in force are those of the last build, which made *built*."""
    index, sealed = running.in_force.rules.index, running.in_force.sealed
    report = running.lists.report
    assert report is not None
    sealed_key = "" if sealed is None else sealed.key.hex()
    return index is not None and index.path == built.path and sealed_key == report.sealed_key


async def mend_lists(running: RunningFilter) -> None:
    """Build the lists anew where the index in force is not on disk any more as it was.

    Workers that have it open go on with it; one that is born now could not open it. Sealed lists
    are written anew from what is in memory.
    """
    try:
        await running.in_force.mend_sealed()
    except FilterdnsError as error:
        logger.error("sealed lists are not written: %s", error)
    index = running.in_force.rules.index
    if index is None or await asyncio.to_thread(is_whole, index.path):
        return
    logger.error("%s is damaged or gone; the lists are built anew", index.path)
    try:
        await build_lists(running)
    except FilterdnsError as error:
        logger.error("lists are not built: %s", error)
