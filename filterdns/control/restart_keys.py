"""The keys that only a restart changes: what is bound, and how many share it."""

from typing import NamedTuple

from filterdns.config.compile import Compiled, Meaning
from filterdns.config.servers import Endpoint
from filterdns.errors import ConfigError


class Fixed(NamedTuple):
    """What stays as it is until a restart."""

    dns: tuple[Endpoint, ...]
    workers: int
    metrics: Endpoint | None

    @classmethod
    def of(cls, meaning: Meaning) -> "Fixed":
        """Return what a filter that starts with *meaning* is bound to."""
        process = meaning.process
        return cls(process.dns, process.workers, process.metrics)


def refuse_restarts(fixed: Fixed, new: Compiled) -> None:
    """Raise `ConfigError` if *new* changes what is *fixed*, with each such key."""
    places, wanted = new.config.places, Fixed.of(new)
    changed = {
        ("listen", "dns"): fixed.dns != wanted.dns,
        ("listen", "workers"): fixed.workers != wanted.workers,
        ("metrics", "listen"): fixed.metrics != wanted.metrics,
    }
    problems = [
        places.problem(
            path,
            "this changes only with a restart",
            "run `filterdns restart`, or change it back",
            places.of_value(path),
        )
        for path, is_changed in changed.items()
        if is_changed
    ]
    if problems:
        raise ConfigError(problems)
