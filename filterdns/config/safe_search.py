"""`safe_search:` of policies, people and windows, and the engines that it is about."""

from collections.abc import Mapping

from filterdns.blocklists.catalog import Catalog
from filterdns.config.model import SafeSearch
from filterdns.config.places import Problems, ValuePath
from filterdns.policy.ruleset import Engine, SafeMode, SafeWish
from filterdns.policy.verdict import Rule


def compile_safe_search(
    section: SafeSearch, path: ValuePath, problems: Problems, *, schedule: str = ""
) -> dict[str, SafeWish]:
    """Return what the `safe_search:` at *path* wishes, by kind of engine."""
    return {
        kind: SafeWish(
            SafeMode(mode),
            Rule(
                f"safe_search: {kind}: {mode}",
                str(problems.places.of_value((*path, kind))),
                schedule=schedule,
            ),
        )
        for kind, mode in section.model_dump(exclude_none=True).items()
    }


def refuse_loosening(wishes: Mapping[str, SafeWish], path: ValuePath, problems: Problems) -> None:
    """Add a problem for each of *wishes*, which a place has at *path*, that would only loosen."""
    for kind, wish in wishes.items():
        if wish.mode is SafeMode.OFF:
            message = "a place only tightens safe search, so off does nothing here"
            problems.add((*path, kind), message, "remove it, or write it in a policy's window")


def compile_engines(catalog: Catalog) -> dict[str, Engine]:
    """Return the engines that ship as the ruleset has them."""
    return {
        each.id: Engine(each.kind, each.names, each.strict, each.moderate)
        for each in catalog.engines.values()
    }
