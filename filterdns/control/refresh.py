"""Building the lists of the config in force anew, and letting the workers decide by them."""

from filterdns.blocklists.job import BuildReport
from filterdns.control.lists import Tell
from filterdns.control.running import RunningFilter


async def build_lists(running: RunningFilter, tell: Tell = lambda _: None) -> BuildReport:
    """Build the lists, put them in force, and return what became of them.

    Raises `BlocklistError` or `StateError`: the old lists stay in force then.
    """
    async with running.changes:
        rules = running.in_force.rules
        index = await running.lists.build(rules.compiled.sources, tell)
        if rules.index is not None and rules.index.path == index.path:
            index.close()  # every list is as it was
        else:
            await running.in_force.replace(rules.compiled, index)
        await running.lists.settle(running.in_force.rules.index)
        assert running.lists.report is not None
        return running.lists.report
