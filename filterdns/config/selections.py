"""Lists of what to block or allow: names, services and categories, told apart by their look."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

from filterdns.config.nearest import cure, nearest_word
from filterdns.config.places import Place, Problems, ValuePath
from filterdns.config.units import quoted
from filterdns.config.vocabulary import BYPASS_WORDS, Vocabulary
from filterdns.dns import names
from filterdns.errors import InvalidName, InvalidValue
from filterdns.policy.ruleset import Selection
from filterdns.policy.verdict import Rule

SERVICE: Final = "service:"


def read_selection(
    texts: Sequence[str],
    path: ValuePath,
    verb: str,
    words: Vocabulary,
    *,
    is_opening: bool = False,
    schedule: str = "",
) -> Selection:
    """Return what the list *texts* at *path* names; entries that name nothing become problems.

    *verb* begins the text of each rule. A list that *is_opening* takes no locked category.
    """
    by_name: dict[bytes, Rule] = {}
    by_service: dict[str, Rule] = {}
    by_category: dict[str, Rule] = {}
    for at, text in enumerate(texts):
        here = (*path, at)
        shown = words.places.shown(here, text)
        rule = Rule(f"{verb}: {shown}", str(words.places.of_value(here)), schedule=schedule)
        try:
            if text.startswith(SERVICE):
                by_service.setdefault(_read_service(text, words), rule)
            elif "." in text:
                by_name.setdefault(read_name(text), rule)
            else:
                category = _read_category(text, words, is_opening=is_opening)
                by_category.setdefault(category, rule._replace(category=category))
        except (InvalidName, InvalidValue) as error:
            words.problems.reject(here, error)
    return Selection(by_name, by_service, by_category)


def refuse_contradictions(
    allow: Selection, block: Selection, path: ValuePath, words: Vocabulary
) -> None:
    """Add a problem for each thing that the section at *path* both allows and blocks."""
    for name in allow.names.keys() & block.names.keys():
        text = names.to_text(name)
        _refuse(text, allow.names[name], block.names[name], path, words)
    for service in allow.services.keys() & block.services.keys():
        text = SERVICE + service
        _refuse(text, allow.services[service], block.services[service], path, words)
    for category in allow.categories.keys() & block.categories.keys():
        rules = allow.categories[category], block.categories[category]
        _refuse(category, *rules, path, words)
    for service, rule in allow.services.items():
        for name in block.names.keys() & set(words.services[service]):
            text = f"{names.to_text(name)} of {service}"
            _refuse(text, rule, block.names[name], path, words)


def read_name(text: str) -> bytes:
    """Return the canonical name that *text* means, and all below it.

    Raises `InvalidName` or `InvalidValue` for what people write in its place.
    """
    bare = text.removeprefix("*").removeprefix(".")
    if bare not in (text, ""):
        raise InvalidValue(
            f"{quoted(text)} is no name", f'write "{bare}": it covers what lies below it'
        )
    if "/" in text:
        raise InvalidValue(f"{quoted(text)} is an address of a page", "write the name in it alone")
    try:
        ip_address(text)
    except ValueError:
        name = names.from_text(text)
        if name == names.ROOT:
            raise InvalidValue('"." is every name there is', "write the names one by one") from None
        return name
    raise InvalidValue(f"{quoted(text)} is an address, not a name", "write a name")


def read_names(texts: Sequence[str], path: ValuePath, problems: Problems) -> dict[bytes, ValuePath]:
    """Return each name in the list *texts* with its path; what is no name becomes a problem."""
    found: dict[bytes, ValuePath] = {}
    for at, text in enumerate(texts):
        try:
            found.setdefault(read_name(text), (*path, at))
        except (InvalidName, InvalidValue) as error:
            problems.reject((*path, at), error)
    return found


def _read_service(text: str, words: Vocabulary) -> str:
    service = text.removeprefix(SERVICE).strip()
    if service not in words.services:
        raise InvalidValue(f"{quoted(service)} is not a service", cure(service, words.services))
    return service


def _read_category(text: str, words: Vocabulary, *, is_opening: bool) -> str:
    if text in BYPASS_WORDS:
        raise InvalidValue(
            f"{quoted(text)} is a way around the filter, no category to list here",
            f"write it under the policy's `bypass:`, as in bypass: {{{text}: block}}",
        )
    if not words.knows_category(text):
        if text in words.services:
            raise InvalidValue(f"{quoted(text)} is a service", f'write "{SERVICE}{text}"')
        known = words.categories.difference(BYPASS_WORDS)
        near = nearest_word(text, known)
        advice = f'did you mean "{near}"?' if near else "docs/categories.md names all categories"
        raise InvalidValue(f"{quoted(text)} is neither a name nor a category", advice)
    if is_opening and text in words.locked_categories:
        raise InvalidValue(
            f"the category {quoted(text)} is locked and cannot be opened as a whole",
            "allow the names that are meant, one by one",
        )
    return text


def _refuse(text: str, allow: Rule, block: Rule, path: ValuePath, words: Vocabulary) -> None:
    message = f"{quoted(text)} is allowed at {allow.where} and blocked at {block.where}"
    words.problems.add_at(Place.from_text(allow.where), path, message, "keep one of the two")
