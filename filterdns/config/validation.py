"""Plain values to the model, and what the model finds wrong in the words of this project."""

import re
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from filterdns.config import nearest, unbuilt
from filterdns.config.model import Document, known_keys
from filterdns.config.places import MOST_PROBLEMS, Problems, ValuePath, path_fits
from filterdns.config.units import quoted
from filterdns.errors import InvalidValue

MOST_ROUNDS: Final = 4
MOST_TOLD: Final = 2 * MOST_PROBLEMS  # of a round: some fall together


class Validated(NamedTuple):
    """A document, and the paths of what had to be left out of it because it was wrong.

    *document* is None where nothing could be made of the values.
    """

    document: Document | None
    left_out: frozenset[ValuePath]


def validate(values: dict[str, Any], problems: Problems) -> Validated:
    """Return *values* as a document; add to *problems* whatever does not fit.

    What is wrong is taken out of *values* and the rest read again, so that the later phases can
    tell their problems in the same breath.
    """
    left_out: set[ValuePath] = set()
    for _ in range(MOST_ROUNDS):
        try:
            return Validated(Document.model_validate(values), frozenset(left_out))
        except ValidationError as error:
            details = error.errors(include_url=False)
        paths = [(_value_path(detail, values), detail) for detail in details]
        mistyped = _mistyped_keys(paths[:MOST_TOLD])
        for path, detail in paths[:MOST_TOLD]:
            if not problems.has_value(path) and path not in mistyped:
                _tell(path, detail, problems)
        for path, detail in paths:
            left_out.add(_leave_out(path, detail, values))
    return Validated(None, frozenset(left_out))


def _value_path(detail: ErrorDetails, values: Any) -> ValuePath:
    """Return the path in *values* of an error: its location without what pydantic adds to it."""
    path: list[str | int] = []
    location = detail["loc"]
    for index, step in enumerate(location):
        is_missing = detail["type"] == "missing" and index == len(location) - 1
        is_key = isinstance(values, dict) and (step in values or is_missing)
        is_item = isinstance(values, list) and isinstance(step, int) and step < len(values)
        if not is_key and not is_item:
            continue
        path.append(step)
        values = values.get(step) if is_key else values[step]
    return tuple(path)


def _tell(path: ValuePath, detail: ErrorDetails, problems: Problems) -> None:
    kind, found = detail["type"], detail["input"]
    if kind == "missing":
        example = _EXAMPLES.get((path[0], path[-1]), "…")
        cure = f"add it, such as `{path[-1]}: {example}`"
        problems.add(path[:-1], f"{quoted(str(path[-1]))} is missing", cure)
    elif kind == "extra_forbidden":
        _tell_unknown_key(path, problems)
    elif unbuilt.is_unbuilt_word(path, found):
        problems.add(path, unbuilt.complaint(str(found)), unbuilt.CURE)
    elif isinstance(error := detail.get("ctx", {}).get("error"), InvalidValue):
        problems.reject(path, error)
    elif kind == "literal_error":
        known = _literal_words(detail)
        problems.add(path, f"{_shown(found)} is not possible here", nearest.cure(str(found), known))
    else:
        limits = detail.get("ctx", {})
        message, cure = _WORDS_BY_TYPE.get(kind, _ANY_WORDS)
        better = _better_cure(path, found, message)
        problems.add(path, f"{_shown(found)} {message}", better or cure.format(**limits))


def _better_cure(path: ValuePath, found: object, message: str) -> str:
    """Return how the very value is written where a list or keys are expected; else nothing."""
    if path_fits(path[:3], ("schedules", "*", "*")) and isinstance(path[-1], int):
        return 'write all in one text: "14:00-15:30, 16:30-18:00"'
    if path[-1] == "policy" and isinstance(found, dict):
        return "write the name of a policy, and what it says under `policies:`"
    if message == _LIST_WORDS[0] and isinstance(found, str) and _PLAIN_WORDS.fullmatch(found):
        return f"write it like [{found}]"
    if message == _LIST_WORDS[0] and isinstance(found, dict) and path[-1] in _LISTS_OF_KEYS:
        return "put brackets around it: [{…}]"
    if message == _MAPPING_WORDS[0]:
        examples = (text for pattern, text in _MAPPINGS if path_fits(path, pattern.split(".")))
        return next((f"write it like {text}" for text in examples), "")
    return ""


def _mistyped_keys(paths: list[tuple[ValuePath, ErrorDetails]]) -> set[ValuePath]:
    """Return the missing keys that an unknown one beside them stands for: told once is enough."""
    missing = {path for path, detail in paths if detail["type"] == "missing"}
    around = {path[:-1] for path in missing}
    return missing & {
        (*path[:-1], nearest.nearest_word(str(path[-1]), known_keys(path[:-1])))
        for path, detail in paths
        if detail["type"] == "extra_forbidden" and path[:-1] in around
    }


def _tell_unknown_key(path: ValuePath, problems: Problems) -> None:
    key = str(path[-1])
    if unbuilt.is_unbuilt_key(path):
        problems.add_at_key(path, unbuilt.complaint(key), unbuilt.CURE)
    else:
        cure = nearest.cure(key, known_keys(path[:-1]))
        problems.add_at_key(path, f"{quoted(key)} is no key that stands here", cure)


def _literal_words(detail: ErrorDetails) -> list[str]:
    expected: str = detail["ctx"]["expected"]
    return [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return quoted(str(value))


def _leave_out(path: ValuePath, detail: ErrorDetails, values: dict[str, Any]) -> ValuePath:
    """Take the value at *path* out of *values*, and return the path of what has gone.

    An item takes its whole list along, so that the others keep their places. Where a required key
    is missing, something harmless stands in for it, or the mapping that lacks it goes.
    """
    stand_in = _STAND_INS.get((path[0], path[-1]))
    gone = path
    if stand_in is None and detail["type"] == "missing":
        gone = path[:-1]
    while isinstance(gone[-1], int):
        gone = gone[:-1]
    around: Any = values
    for step in gone[:-1]:
        around = around.get(step, {}) if isinstance(around, dict) else around[step]
    if stand_in is None:
        around.pop(gone[-1], None)
    else:
        around[gone[-1]] = stand_in
    return gone


_EXAMPLES: Final[dict[tuple[str | int, str | int], str]] = {
    ("timezone", "timezone"): "Europe/Berlin",
    ("people", "policy"): "child",
    ("people", "name"): "phone",
    ("groups", "networks"): "[192.168.12.0/24]",
    ("expect", "who"): "mia",
    ("expect", "at"): "Fri 21:59",
    ("expect", "name"): "example.com",
    ("expect", "is"): "blocked",
}
_STAND_INS: Final[dict[tuple[str | int, str | int], Any]] = {
    ("timezone", "timezone"): "UTC",
    ("groups", "networks"): ["192.0.2.0/24"],
    ("expect", "who"): "192.0.2.1",
    ("expect", "at"): "2026-01-01 12:00",
    ("expect", "name"): "example.com",
    ("expect", "is"): "blocked",
}
_ANY_WORDS: Final = ("is not possible here", "see docs/config.md")
_PLAIN_WORDS: Final = re.compile(r"\w[\w.:, -]*")
_LISTS_OF_KEYS: Final = ("devices", "expect")
_MAPPINGS: Final = (
    ("listen", '{dns: ["192.168.1.2:53"]}'),
    ("upstreams", "{servers: [9.9.9.9]}"),
    ("calendar", '{holidays: ["2026-12-24"]}'),
    ("unknown_devices", "{policy: strictest}"),
    ("schedules.*", '{mon-fri: "14:00-16:00"}'),
    ("people.*.schedules.*", '{mon-fri: "14:00-16:00"}'),
    ("people.*", "{policy: 7-11}"),
    ("people.*.devices.*", '{name: tablet, mac: "3c:22:fb:01:02:03"}'),
    ("policies.*", "{block: [games]}"),
    ("categories.*", "{names: [example.com]}"),
    ("*.*.during", "{bedtime: {internet: off}}"),
    ("*.*.during.*", "{internet: off} or {block: [games]}"),
    ("*.*.bypass", "{vpn: block}"),
    ("*.*.safe_search", "{search: strict}"),
)
_LIST_WORDS: Final = ("stands where a list is expected", "write it like [a, b]")
_MAPPING_WORDS: Final = ("stands where keys are expected", "write `key: value`")
_NUMBER_WORDS: Final = ("is no whole number", "write digits only")
_WORDS_BY_TYPE: Final = {
    "string_type": ("stands where a text is expected", "write a single text"),
    "string_too_short": ("is empty", "write a text"),
    "string_too_long": ("is too long", "write at most {max_length} characters"),
    "tuple_type": _LIST_WORDS,
    "too_short": ("is empty", "write at least one value"),
    "mapping_type": _MAPPING_WORDS,
    "dict_type": _MAPPING_WORDS,
    "model_type": _MAPPING_WORDS,
    "int_type": _NUMBER_WORDS,
    "int_parsing": _NUMBER_WORDS,
    "greater_than_equal": ("is too small", "write at least {ge}"),
    "less_than_equal": ("is too large", "write at most {le}"),
}
