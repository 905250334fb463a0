"""Which lists cover a name, or hold an address, asked of the running filter."""

import asyncio
from typing import Any

from filterdns.control.running import RunningFilter


async def who(running: RunningFilter, name: str) -> dict[str, Any]:
    """Return which lists speak of *name*, a name, an address or a network.

    Raises `ControlError` where it is none of these.
    """
    # The readers of all formats, which only this question needs in this process.
    from filterdns.control.address_search import read_network, who_lists_address
    from filterdns.control.list_search import Known, who_lists

    rules = running.in_force.rules
    report = running.lists.report
    reports = {(each.category, each.name): each for each in report.sources} if report else {}
    lists = [
        Known(spec, reports[spec.category, spec.name])
        for spec in running.lists.located(rules.compiled.lists).sources
        if (spec.category, spec.name) in reports
    ]
    async with running.changes:  # so that nobody closes the index meanwhile
        rules, network = running.in_force.rules, read_network(name)
        if network is not None:
            return await asyncio.to_thread(who_lists_address, network, rules, lists)
        return await asyncio.to_thread(who_lists, name, rules, lists)
