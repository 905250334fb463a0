"""Where every value of a config stands in its file, and what is wrong there."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from filterdns.errors import ConfigError, InvalidName, InvalidValue, Problem

MOST_PROBLEMS: Final = 200  # more help nobody, and the search for near words takes time

ValuePath = tuple[str | int, ...]


class Place(NamedTuple):
    """A position in a file; line and column count from 1.

    *file* is relative to the folder of the main file, so that a config has the same places
    wherever it is read from.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @classmethod
    def from_text(cls, text: str) -> "Place":
        """Return the place that `str` made *text* of."""
        file, line, column = text.rsplit(":", 2)
        return cls(file, int(line), int(column))


class Places:
    """The place of each key and value by its path, and which values may never be shown."""

    def __init__(self, file: str) -> None:
        self._value_by_path: dict[ValuePath, Place] = {(): Place(file, 1, 1)}
        self._key_by_path: dict[ValuePath, Place] = {}
        self._secret_by_path: dict[ValuePath, str] = {}

    def note_value(self, path: ValuePath, place: Place) -> None:
        """Remember that the value at *path* stands at *place*."""
        self._value_by_path[path] = place

    def note_key(self, path: ValuePath, place: Place) -> None:
        """Remember that the key of the value at *path* stands at *place*."""
        self._key_by_path[path] = place

    def note_secret(self, path: ValuePath, origin: str) -> None:
        """Remember that messages show *origin* (`!env NAME`) in place of the value at *path*."""
        self._secret_by_path[path] = origin

    def of_value(self, path: ValuePath) -> Place:
        """Return the place of the value at *path*, or of the nearest value around it."""
        return self._value_by_path[self._written(path)]

    def of_key(self, path: ValuePath) -> Place:
        """Return the place of the key at *path*, or of the value where it has no key."""
        return self._key_by_path.get(path) or self.of_value(path)

    def shown(self, path: ValuePath, text: str) -> str:
        """Return *text*, the value at *path*, or where it came from if it is a secret."""
        return self._secret_by_path.get(self._written(path), text)

    def problem(self, path: ValuePath, message: str, cure: str, place: Place) -> Problem:
        """Return a problem with the value at *path*, without the value if it is a secret."""
        path = self._written(path)
        origin = self._secret_by_path.get(path)
        if origin:
            message, cure = _without_value(message, origin), "check what it holds"
        return Problem(*place, path_text(path), message, cure)

    def _written(self, path: ValuePath) -> ValuePath:
        """Return *path* without the steps that nobody wrote: a text may stand for a list of one."""
        while path not in self._value_by_path:
            path = path[:-1]
        return path


class Problems:
    """Collects everything that is wrong with a config, to be told at once.

    Whoever adds the last that is worth telling gets the `ConfigError` with all of them.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._found: dict[Problem, None] = {}
        self._paths: set[ValuePath] = set()

    def add(self, path: ValuePath, message: str, cure: str = "") -> None:
        """Add a problem with the value at *path*."""
        self._paths.add(path)
        self._add(self.places.problem(path, message, cure, self.places.of_value(path)))

    def add_at_key(self, path: ValuePath, message: str, cure: str = "") -> None:
        """Add a problem with the key of *path*: it is told of the mapping around it."""
        self.add_at(self.places.of_key(path), path[:-1], message, cure)

    def add_at(self, place: Place, path: ValuePath, message: str, cure: str = "") -> None:
        """Add a problem with something at *place* in the value at *path*."""
        self._add(self.places.problem(path, message, cure, place))

    def reject(self, path: ValuePath, error: InvalidValue | InvalidName) -> None:
        """Add what a reader of text found wrong with the value at *path*."""
        if isinstance(error, InvalidValue):
            has_curly = _CURLY_QUOTE.search(error.message)
            self.add(path, error.message, _STRAIGHT_QUOTES if has_curly else error.cure)
        else:
            self.add(path, str(error), "write it like example.com")

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add problems that were found elsewhere."""
        for problem in problems:
            self._add(problem)

    def has_value(self, path: ValuePath) -> bool:
        """Whether a problem with the value at just this *path* is known already."""
        return path in self._paths

    def in_order(self) -> tuple[Problem, ...]:
        """Return the problems file by file from top to bottom, each once."""
        return tuple(sorted(self._found))

    def raise_if_any(self) -> None:
        """Raise `ConfigError` with all problems, if there are any."""
        if self._found:
            raise ConfigError(self.in_order())

    def _add(self, problem: Problem) -> None:
        self._found[problem] = None
        if len(self._found) == MOST_PROBLEMS:
            end = Problem(problem.file, 0, 0, "", "there may be more problems", "mend these first")
            raise ConfigError((*self.in_order(), end))


def path_text(path: ValuePath) -> str:
    """Return *path* as people write it: `people.mia.devices[0].ip`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def path_fits(path: ValuePath, pattern: Sequence[str]) -> bool:
    """Whether *path* has the steps of *pattern*, in which `*` stands for any name or index."""
    return len(path) == len(pattern) and all(
        part in ("*", step) for step, part in zip(path, pattern, strict=True)
    )


def _without_value(message: str, origin: str) -> str:
    """Return *message* without what it quotes, and without details after a colon."""
    hidden = f"the value of {origin}"
    masked = _QUOTED.sub(lambda _: hidden, message).partition(": ")[0]
    return masked if masked != hidden else f"{hidden} is not possible here"


_CURLY_QUOTE: Final = re.compile("[\u201c\u201d\u201e]")  # as word processors make of straight ones
_STRAIGHT_QUOTES: Final = 'put straight quotes (") around it in place of these'
_QUOTED: Final = re.compile(r'".*"', re.DOTALL)
