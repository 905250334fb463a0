"""What `filterdns lists` tells: what lists hold, why entries are out, how good lists are."""

import time
from typing import Any, Final

from filterdns.cli.output import complain, say, say_table
from filterdns.control.amounts import span

MOST_NAMES: Final = 10


def tell_sources(sources: list[dict[str, Any]]) -> None:
    """Tell of each list what it gives, how old it is, and what is wrong with it."""
    rows = [
        [
            source["category"],
            source["name"],
            f"{source.get('names', 0) + sum(source.get('others', {}).values()):,}",
            f"{source['change']:+,}" if source["change"] else "",
            f"{source.get('covered', 0):,}",
            f"{sum(source.get('skipped', {}).values()):,}",
            _age(source),
            source["state"],
            source.get("licence", ""),
            str(source["error"] or source.get("fetch_error", "")),
        ]
        for source in sources
    ]
    columns = ["category", "list", "entries", "change", "covered", "skipped", "age", "state"]
    columns += ["licence", "trouble"]
    # A URL needs the room on a terminal: columns in which nothing stands are left out.
    kept = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    say_table([columns[place] for place in kept], [[row[place] for place in kept] for row in rows])


def _age(source: dict[str, Any]) -> str:
    return span(time.time() - source["compiled_at"]) if "compiled_at" in source else ""


def tell_examples(sources: list[dict[str, Any]]) -> None:
    """Tell why lines were skipped, with the first of each reason: whoever keeps a list wants it."""
    for source in sources:
        for reason, count in source.get("skipped", {}).items():
            examples = "; ".join(source["examples"][reason])
            more = "; …" if count > len(source["examples"][reason]) else ""
            say(f"{source['category']} {source['name']}: {count:,} × {reason} ({examples}{more})")


def tell_taken_out(sources: list[dict[str, Any]]) -> None:
    """Tell which entries do not count, and why: somebody may miss them."""
    for source in sources:
        for why, names in source["taken_out"].items():
            few = ", ".join(names[:MOST_NAMES])
            more = ", …" if len(names) > MOST_NAMES else ""
            what = "it" if len(names) == 1 else "each"
            say(f"{source['category']} {source['name']}: taken out, {what} {why}: {few}{more}")


def tell_measured(measured: dict[str, Any] | None) -> None:
    """Tell what the lists block that they should not, and what they miss."""
    if measured is None:
        return
    if measured["canaries"]:
        say(f"sites known to be good that are blocked: {', '.join(measured['canaries'])}")
    for category, count in measured["popular_blocked"].items():
        worst = ", ".join(measured["worst"][category])
        of = f"{measured['popular']:,} most popular names"
        say(f"{category} blocks {count:,} of the {of}: {worst}")
    for category, each in measured["labelled"].items():
        missed = f"; missed: {', '.join(each['missed'])}" if each["missed"] else ""
        say(f"{category} blocks {each['blocked']:,} of {each['total']:,} labelled names{missed}")
    if measured["trouble"]:
        complain(f"the lists are not measured as they should be: {measured['trouble']}")


def tell_sealed(sealed: dict[str, Any]) -> None:
    """Tell how it is with the sealed lists, by counts alone."""
    for each in sealed["lists"]:
        which = f"{each['category']} {each['name']}"
        say(f"{which}: sealed, {each['entries']:,} entries are armed")
        for why, count in each["refused"].items():
            complain(f"{which}: {count:,} entries are refused, each {why}")
        if each["unread"]:
            complain(f"{which}: {each['unread']:,} lines are no SHA-256")
        if each["error"]:
            complain(f"{which}: {each['error']}")
    if sealed["dropped"]:
        complain(sealed["dropped"])
