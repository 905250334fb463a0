"""What `check` doubts about configs in a few lines."""

from pathlib import Path

from filterdns.config.check import check
from tests.support.configs import compiled
from tests.support.households import DictionaryClaims, moment

LISTED = DictionaryClaims(
    {"porn.example": ["adult"], "play.example": ["games"], "bet.example": ["gambling"]}
)


def doubts(folder: Path, body: str) -> list[str]:
    """Return the warnings about the config of *body*, in which nothing may be wrong."""
    report = check(compiled(folder, body), LISTED, moment("2026-03-05 12:00"))
    assert not report.problems
    return [str(warning) for warning in report.warnings]


def with_policies(policies: str, person: str = "") -> str:
    """A config in which everything but *policies* and *person* is in order."""
    device = "devices: [{name: phone, ip: 127.0.0.2}]"
    return f"people: {{mia: {{policy: a, {device}{person}}}}}\npolicies: {{{policies}}}\n"
