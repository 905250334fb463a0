"""Our YAML out of what was imported, with comments on what could not be carried over.

Every text of the export is quoted or put into one line of comment: none can end the line.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Final

from filterdns.config.units import WEEKDAYS
from filterdns.importing.imported import (
    Imported,
    ImportedCategory,
    ImportedDevice,
    ImportedDuring,
    ImportedPerson,
    ImportedPolicy,
    Remark,
)


def write_document(imported: Imported) -> str:
    """Return the config as text."""
    return "\n".join(_lines(imported)) + "\n"


def _lines(imported: Imported) -> Iterator[str]:
    yield f"# Imported by filterdns from {imported.peer}: {_comment(imported.file)}"
    yield "# Read the remarks, check the names, then run `filterdns check`."
    yield "#"
    yield from _remarks(imported.remarks)
    yield ""
    yield "version: 1"
    yield f"timezone: {_text(imported.timezone)}"
    yield ""
    yield from _upstreams(imported)
    yield from _hosts(imported)
    yield from _categories(imported.categories)
    yield from _schedules(imported)
    yield from _policies(imported)
    yield from _people(imported.people)
    yield "unknown_devices: {policy: strictest}"


def _remarks(remarks: Iterable[Remark]) -> Iterator[str]:
    """Yield what was found where, and once below those that mean the same what they mean."""
    by_meaning: dict[str, list[Remark]] = {}
    for remark in remarks:
        by_meaning.setdefault(remark.meaning, []).append(remark)
    for meaning, alike in by_meaning.items():
        for place, found, _ in alike:
            yield f"# {_comment(place)}: {_comment(found)}"
        for line in wrap(_comment(meaning), _COMMENT_WIDTH, break_on_hyphens=False):
            yield f"#     {line}"


def _upstreams(imported: Imported) -> Iterator[str]:
    yield "upstreams:"
    yield from _block("  ", "servers", imported.upstreams, imported.upstreams_later)
    yield ""


def _hosts(imported: Imported) -> Iterator[str]:
    if imported.hosts:
        yield "hosts:"
        for name, addresses in imported.hosts.items():
            yield f"  {_text(name)}: {_list(addresses)}"
        yield ""


def _categories(categories: Iterable[ImportedCategory]) -> Iterator[str]:
    if not categories:
        return
    yield "categories:"
    for category in categories:
        yield f"  {_text(category.id)}:"
        if not category.sources and not category.names:
            yield "    names: []"  # a key needs a value
        yield from _block("    ", "sources", category.sources, category.later)
        yield from _block("    ", "names", category.names)
    yield ""


def _schedules(imported: Imported) -> Iterator[str]:
    if imported.schedules:
        yield "schedules:"
        for name, lines in imported.schedules.items():
            yield f"  {_text(name)}:"
            for days, windows in _ranges(lines):
                yield f"    {_text(days)}: {_text(windows)}"
        yield ""


def _ranges(lines: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield *lines* with the days that follow each other and have equal windows as one."""
    days = [day for day in WEEKDAYS if day in lines]
    yield from ((line, windows) for line, windows in lines.items() if line not in WEEKDAYS)
    while days:
        first = last = days.pop(0)
        while days and lines[days[0]] == lines[first] and _is_next(days[0], last):
            last = days.pop(0)
        spans = {(first, first): first, (WEEKDAYS[0], WEEKDAYS[-1]): "daily"}
        yield spans.get((first, last), f"{first}-{last}"), lines[first]


def _is_next(day: str, before: str) -> bool:
    return WEEKDAYS.index(day) == WEEKDAYS.index(before) + 1


def _policies(imported: Imported) -> Iterator[str]:
    yield "policies:"
    for policy in imported.policies:
        yield f"  {_text(policy.name)}:"
        yield from _policy(policy, imported.answer_mode)
        if not imported.is_logged:
            yield "    log: none"
    yield ""


def _policy(policy: ImportedPolicy, answer_mode: str) -> Iterator[str]:
    if not (policy.block or policy.allow or policy.safe_search or policy.during):
        yield f"    {'allow' if policy.block_later else 'block'}: []"  # a key needs a value
    yield from _block("    ", "block", policy.block, policy.block_later)
    yield from _block("    ", "allow", policy.allow)
    if policy.safe_search:
        modes = ", ".join(f"{kind}: {mode}" for kind, mode in policy.safe_search)
        yield f"    safe_search: {{{modes}}}"
    if answer_mode != _USUAL_MODE:
        yield f"    answer: {{mode: {answer_mode}}}"
    if policy.during:
        yield "    during:"
        for each in policy.during:
            yield from _during(each)


def _during(during: ImportedDuring) -> Iterator[str]:
    yield f"      {_text(during.schedule)}:"
    yield from _block("        ", "block", during.block)
    if during.allow_only is not None:
        if not during.allow_only:
            yield "        allow-only: []"
        yield from _block("        ", "allow-only", during.allow_only)


def _people(people: Iterable[ImportedPerson]) -> Iterator[str]:
    if not people:
        return
    yield "people:"
    for person in people:
        yield f"  {_text(person.name)}:"
        yield f"    policy: {_text(person.policy)}"
        if person.timezone:
            yield f"    timezone: {_text(person.timezone)}"
        if not person.is_logged:
            yield "    log: none"
        known = [_device(device) for device in person.devices if device.is_known]
        later = [_device(device) for device in person.devices if not device.is_known]
        yield from _items("    ", "devices", known, later)
    yield ""


def _device(device: ImportedDevice) -> str:
    return f"{{name: {_text(device.name)}, {device.key}: {_text(device.value)}}}"


def _block(indent: str, key: str, texts: Iterable[str], later: Iterable[str] = ()) -> Iterator[str]:
    yield from _items(indent, key, list(map(_text, texts)), list(map(_text, later)))


def _items(indent: str, key: str, items: list[str], later: list[str]) -> Iterator[str]:
    """Yield a list whose last entries are comments, and its key as well where all are."""
    if items or later:
        yield f"{indent}{'' if items else '# '}{key}:"
    for item in items:
        yield f"{indent}  - {item}"
    for item in later:
        yield f"{indent}  # - {_comment(item)}"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


_USUAL_MODE: Final = "zero-ip"
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]|[A-Za-z]")
_WORDS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_UNPRINTABLE: Final = re.compile(
    r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_LONGEST_COMMENT: Final = 2000
_COMMENT_WIDTH: Final = 90


def _text(text: str) -> str:
    """Return *text* as a scalar: in double quotes unless nothing in it could be misread."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(_UNPRINTABLE.sub(" ", text), ensure_ascii=False)


def _comment(text: str) -> str:
    """Return *text* in one line."""
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= _LONGEST_COMMENT else f"{line[: _LONGEST_COMMENT - 1]}…"
