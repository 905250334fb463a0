"""The keys and words of the full design that this version does not know yet.

They are refused by name, so nobody believes a child protected by a line that does nothing. What
gets built leaves this table.
"""

from typing import Final

from filterdns.config.places import ValuePath, path_fits

CURE: Final = "remove it"


def is_unbuilt_key(path: ValuePath) -> bool:
    """Whether the key at *path* belongs to the design but is not built yet."""
    return _matches(path, _KEYS)


def is_unbuilt_word(path: ValuePath, word: object) -> bool:
    """Whether *word* is one that the design allows at *path* but is not built yet."""
    return isinstance(word, str) and _matches((*path, word), _WORDS)


def complaint(word: str) -> str:
    """Return the message about an unbuilt key or word."""
    return f'"{word}" is not built yet in this version'


_KEYS: Final = (
    "listen.tls",
    "listen.https",
    "listen.quic",
    "users",
    "web",
    "notices",
    "upstreams.for",
    "upstreams.serve_stale",
    "policies.*.budgets",
    "people.*.budgets",
)
_WORDS: Final = (
    "upstreams.strategy.fastest",
    "upstreams.strategy.parallel",
    "upstreams.strategy.spread",
    "policies.*.answer.mode.block-page",
    "policies.*.log.all",
    "people.*.log.all",
    "history.queries.all",
)


def _matches(path: ValuePath, patterns: tuple[str, ...]) -> bool:
    return any(path_fits(path, pattern.split(".")) for pattern in patterns)
