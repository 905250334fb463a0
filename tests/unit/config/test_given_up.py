"""`lifeline_blocked_because:` of policies and people, as written and as understood."""

from pathlib import Path

import pytest

from filterdns.dns.names import from_text
from filterdns.policy.verdict import LIFELINE
from tests.support.configs import compiled, complaints

LINE = from_text("childline.org.uk")
BLOCK = "block: [childline.org.uk], "


def policy(body: str) -> str:
    return f"policies: {{a: {{{body}}}}}\n"


def test_nothing_is_given_up_by_default(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, policy(BLOCK) + "people: {mia: {policy: a}}\n").ruleset
    assert ruleset.policies["a"].given_up == {}
    assert ruleset.people["mia"].given_up == {}


@pytest.mark.parametrize("name", ["childline.org.uk", "www.childline.org.uk"])
def test_a_reason_confirms_the_entry_of_the_same_name(tmp_path: Path, name: str) -> None:
    written = f"block: [{name}], lifeline_blocked_because: {{{name}: it sells things now}}"
    body = policy("") + f"people: {{mia: {{policy: a, {written}}}}}\n"
    (found,) = compiled(tmp_path, body).ruleset.people["mia"].given_up.items()
    assert found[0] == from_text(name)
    assert found[1].text == f"lifeline_blocked_because: {name}: it sells things now"
    assert found[1].category == LIFELINE
    assert found[1].reason
    assert found[1].where.startswith("config.yaml:")


def test_who_extends_a_policy_extends_its_reasons(tmp_path: Path) -> None:
    reason = "lifeline_blocked_because: {childline.org.uk: it sells things now}"
    body = f"policies: {{a: {{extends: b}}, b: {{{BLOCK}{reason}}}}}\n"
    assert LINE in compiled(tmp_path, body).ruleset.policies["a"].given_up


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (
            "block: [x.example], lifeline_blocked_because: {x.example: it sells things now}",
            '"x.example" is no lifeline, so its block needs no reason',
        ),
        (
            "lifeline_blocked_because: {childline.org.uk: it sells things now}",
            '"childline.org.uk" does not stand in the `block:` beside it',
        ),
        (
            "block: [x.example], lifeline_blocked_because: {childline.org.uk: it sells things now}",
            '"childline.org.uk" does not stand in the `block:` beside it',
        ),
        (
            BLOCK + "lifeline_blocked_because: {'*.childline.org.uk': it sells things now}",
            'write "childline.org.uk": it covers what lies below it',
        ),
        (
            BLOCK + "lifeline_blocked_because: {childline.org.uk: ' because   '}",
            '"because" is no reason; say why, in a sentence',
        ),
        (
            BLOCK + "lifeline_blocked_because: [childline.org.uk]",
            "a list stands where keys are expected",
        ),
        (
            BLOCK + f"lifeline_blocked_because: {{childline.org.uk: {'a' * 201}}}",
            "is too long; write at most 200 characters",
        ),
    ],
)
def test_what_confirms_nothing_is_refused(tmp_path: Path, written: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, policy(written))
    assert complaint in found
