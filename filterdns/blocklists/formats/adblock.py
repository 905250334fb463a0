"""The part of AdBlock rules that speaks about whole names: `||x^`, `|x^`, `@@`, and some options.

A rule that is not fully understood never gives an entry: half of `||x.example^$third-party` would
block more than its author meant. Browser rules about elements and paths are told by their marks.
"""

import re
from typing import Final

from dnslib import QTYPE

from filterdns.blocklists.formats.item import Address, Entry, Item, Options, Reason
from filterdns.blocklists.formats.words import read_name
from filterdns.blocklists.layout import Kind

_STARTS: Final = ("|", "@@", "/", "!#include", "$")
_ELEMENT: Final = re.compile(r"(?:^|\S)#(?:#|@#|\?#|@\?#|\$#|@\$#|\$\?#|%#|@%#)")
_COMMENT: Final = re.compile(r"\s#.*")
_TOO_MUCH: Final = frozenset("*^|$@")
_OPTION_MARK: Final = re.compile(r"\$(?=~?[a-z0-9_-]+(?:[=,]|$))")
_TYPE_NUMBER: Final = re.compile(r"type(\d{1,5})")


def read(line: str) -> list[Item] | None:
    """Return what the rule in *line* says, None where it is no AdBlock rule."""
    rule = _COMMENT.sub("", line).strip()
    if _ELEMENT.search(rule):
        return [Reason.ELEMENT]
    if not rule.startswith(_STARTS) or rule.startswith("//"):
        return [Reason.PATTERN] if _is_pattern(rule) else None
    if rule.startswith("!#include"):
        return [Reason.INCLUDE]
    is_exception = rule.startswith("@@")
    body = rule.removeprefix("@@")
    if body.startswith("/"):
        return [_of_expression(body)]
    pattern, mark, options = _without_options(body)
    return [_entry(pattern, options.split(",") if mark else [], is_exception)]


def _is_pattern(rule: str) -> bool:
    """Whether *rule* is a pattern such as `x.example^` or `x.example$important`."""
    word = rule.partition("#")[0].rstrip()
    return " " not in word and "\t" not in word and not {"^", "|", "$"}.isdisjoint(word)


def _of_expression(body: str) -> Reason:
    """Return what `/…/` is: an expression, or a path, as which `/banner/` is the same to us."""
    return Reason.REGEX if "/" in body[1:] else Reason.URL


def _without_options(body: str) -> tuple[str, str, str]:
    mark = _OPTION_MARK.search(body)
    return (body, "", "") if mark is None else (body[: mark.start()], "$", body[mark.end() :])


def _entry(pattern: str, words: list[str], is_exception: bool) -> Item:
    name, is_exact = _name_of(pattern)
    if isinstance(name, (Reason, Address)):
        return Reason.REWRITE if _rewrites(words) and isinstance(name, Reason) else name
    options = _options(words)
    if isinstance(options, Reason):
        return options
    if options.types:
        kind = Kind.QUALIFIED
        if is_exact:
            return Reason.OPTION
    elif is_exact:
        kind = Kind.EXACT_EXCEPTION if is_exception else Kind.EXACT
    else:
        kind = Kind.EXCEPTION if is_exception else Kind.BLOCK
    if is_exception and (options.spared or options.types):
        return Reason.OPTION
    return Entry(kind, name, options)


def _name_of(pattern: str) -> tuple[bytes | Address | Reason, bool]:
    """Return the name that *pattern* means, and whether it means that name alone."""
    is_exact = pattern.startswith("|") and not pattern.startswith("||")
    if not pattern.startswith("|"):
        return Reason.PATTERN, False
    bare = pattern.removeprefix("|" if is_exact else "||")
    # `|x` would also mean `x.other`: only a mark at the end makes it one name.
    if is_exact and not bare.endswith(("^", "|")):
        return Reason.URL if "/" in bare else Reason.PATTERN, True
    bare = bare.removesuffix("|").removesuffix("^").removeprefix("" if is_exact else "*.")
    if not _TOO_MUCH.isdisjoint(bare) or not bare or bare.startswith("."):
        return Reason.URL if "/" in bare else Reason.PATTERN, is_exact
    if "://" in bare:
        return Reason.URL, is_exact
    return read_name(bare), is_exact


def _options(words: list[str]) -> Options | Reason:
    options = Options()
    for word in words:
        key, _, value = word.strip().partition("=")
        if key == "important" and not value:
            options = options._replace(is_important=True)
        elif key == "badfilter" and not value:
            options = options._replace(is_bad=True)
        elif key == "denyallow" and value:
            names = [read_name(each) for each in value.split("|")]
            spared = tuple(name for name in names if isinstance(name, bytes))
            if len(spared) < len(names):
                return Reason.OPTION
            options = options._replace(spared=spared)
        elif key == "dnstype" and value:
            found = _types(value.split("|"))
            if found is None:
                return Reason.OPTION
            types, is_negated = found
            options = options._replace(types=types, is_negated=is_negated)
        else:
            return Reason.REWRITE if _rewrites(words) else Reason.OPTION
    return options


def _types(words: list[str]) -> tuple[tuple[int, ...], bool] | None:
    """Return the types of question, ascending, and whether all but these are meant."""
    negated = [word.startswith("~") for word in words]
    if any(negated) != all(negated):
        return None
    found = [_type(word.removeprefix("~")) for word in words]
    types = sorted({number for number in found if number is not None})
    return (tuple(types), negated[0]) if None not in found else None


def _type(word: str) -> int | None:
    """Return the number of a type, also of one without a name (RFC 3597 section 5)."""
    numbered = _TYPE_NUMBER.fullmatch(word)
    if numbered is not None:
        number = int(numbered[1])
        return number if number < 1 << 16 else None
    found: int | None = QTYPE.reverse.get(word.upper())
    return found


def _rewrites(words: list[str]) -> bool:
    return any(word.strip().partition("=")[0] == "dnsrewrite" for word in words)
