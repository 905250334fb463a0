"""Lists that could be read, and yet are none: a web page, a picture, a format that is not read."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from filterdns.blocklists.job import SourceReport, State
from filterdns.config.compile import Compiled
from filterdns.errors import Problem


def doubts_about_lists(compiled: Compiled, sources: Iterable[SourceReport]) -> Iterator[Problem]:
    """Yield, with its place in the config, each list of *compiled* that is of no use.

    A list from the web that did not come is none of them: the filter fetches it again.
    """
    document, places = compiled.config.document, compiled.config.places
    from_web = {(spec.category, spec.name) for spec in compiled.sources if spec.url}
    for source in sources:
        if (
            source.state in (State.MISSING, State.FAILED)
            and (source.category, source.name) in from_web
        ):
            continue
        doubt = Doubt(source.error, "put it right") if source.error else doubt_about(source)
        section = document.categories.get(source.category)
        if doubt is None or section is None or source.name not in section.sources:
            continue  # the starter lists are ours, and well
        path = ("categories", source.category, "sources", section.sources.index(source.name))
        yield places.problem(path, doubt.message, doubt.cure, places.of_value(path))


class Doubt(NamedTuple):
    """What is odd about a list, and what to do about it."""

    message: str
    cure: str


def doubt_about(source: SourceReport) -> Doubt | None:
    """Return why what was read of *source* is hardly a list, or None where it is one.

    It holds lines, and none of them gives a name or an address. An empty file is no doubt: somebody
    begins.
    """
    run = source.run
    if source.error or run is None or run.names or run.addresses or not run.skipped:
        return None
    reason, skipped = max(run.skipped.items(), key=lambda each: each[1].count)
    example = f": {skipped.examples[0]}" if skipped.examples else ""
    return Doubt(
        f"no line of {run.lines:,} gives a name; found {reason}{example}",
        "write one name a line, or fetch the list anew",
    )
