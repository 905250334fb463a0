"""Lists of names, services and categories."""

from pathlib import Path

import pytest

from filterdns.config.selections import read_name
from filterdns.dns.names import from_text
from filterdns.errors import InvalidName, InvalidValue
from filterdns.policy.ruleset import Selection
from filterdns.policy.verdict import Rule
from tests.support.configs import compiled, complaints


def block_of(folder: Path, texts: str) -> Selection:
    return compiled(folder, f"policies: {{a: {{block: {texts}}}}}\n").ruleset.policies["a"].block


def test_entries_are_told_apart_by_their_look(tmp_path: Path) -> None:
    block = block_of(tmp_path, "[adult, service:youtube, Chess.example]")
    assert list(block.categories) == ["adult"]
    assert list(block.services) == ["youtube"]
    assert list(block.names) == [from_text("chess.example")]


def test_each_entry_has_its_words_and_its_place(tmp_path: Path) -> None:
    block = block_of(tmp_path, "[adult, chess.example]")
    assert block.categories["adult"] == Rule("block: adult", "config.yaml:3:24", category="adult")
    rule = block.names[from_text("chess.example")]
    assert rule == Rule("block: chess.example", "config.yaml:3:31")


def test_a_secret_is_no_part_of_the_words(tmp_path: Path) -> None:
    body = "policies: {a: {block: [!env SITE]}}\n"
    config = compiled(tmp_path, body, {"SITE": "hunter2.example"})
    (rule,) = config.ruleset.policies["a"].block.names.values()
    assert rule.text == "block: !env SITE"


def test_a_dot_at_the_end_makes_a_name_of_a_single_label(tmp_path: Path) -> None:
    assert list(block_of(tmp_path, "[zip.]").names) == [from_text("zip")]


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("*.x.example", 'write "x.example"'),
        (".x.example", 'write "x.example"'),
        ("https://x.example/y", "the name in it"),
        ("x.example/y", "the name in it"),
        ("1.2.3.4", "is an address, not a name"),
        (".", "every name there is"),
        ("a..b", "empty label"),
        ("a b.example", "character"),
    ],
)
def test_what_is_no_name_is_told(text: str, cure: str) -> None:
    with pytest.raises((InvalidName, InvalidValue), match=cure):
        read_name(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("gamblin", '"gamblin" is neither a name nor a category; did you mean "gambling"?'),
        (
            "porn",
            '"porn" is neither a name nor a category; docs/categories.md names all categories',
        ),
        ("tiktok", '"tiktok" is a service; write "service:tiktok"'),
        ("service:tik-tok", '"tik-tok" is not a service; did you mean "tiktok"?'),
        ("vpn", "write it under the policy's `bypass:`, as in bypass: {vpn: block}"),
        ("private-relay", "`bypass:`"),
    ],
)
def test_words_that_mean_nothing_are_told(tmp_path: Path, text: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, f"policies: {{a: {{block: [{text}]}}}}\n")
    assert found.startswith("config.yaml:3:24 policies.a.block[0]: ")
    assert complaint in found


@pytest.mark.parametrize(
    "body",
    [
        "policies: {a: {allow: [adult]}}\n",
        "people: {mia: {policy: a, allow: [adult]}}\npolicies: {a: {}}\n",
        "policies: {a: {during: {b: {internet: off, except: [adult]}}}}\n",
        "policies: {a: {during: {b: {allow-only: [adult]}}}}\n",
    ],
)
def test_a_locked_category_is_not_opened(tmp_path: Path, body: str) -> None:
    (complaint,) = complaints(tmp_path, body + "schedules: {b: {fri: always}}\n")
    assert 'the category "adult" is locked' in complaint


@pytest.mark.parametrize(
    ("allow", "block"),
    [
        ("chess.example", "CHESS.example."),
        ("service:youtube", "service:youtube"),
        ("games", "games"),
        ("service:youtube", "youtube.com"),
    ],
)
def test_nothing_is_allowed_and_blocked_in_one_place(
    tmp_path: Path, allow: str, block: str
) -> None:
    body = f"policies:\n  a:\n    allow: [{allow}]\n    block: [{block}]\n"
    (complaint,) = complaints(tmp_path, body)
    assert complaint.startswith("config.yaml:5:13 policies.a: ")
    assert "allowed at config.yaml:5:13 and blocked at config.yaml:6:13" in complaint


def test_a_name_below_a_blocked_one_may_be_allowed(tmp_path: Path) -> None:
    assert not complaints(tmp_path, "policies: {a: {block: [b.example], allow: [a.b.example]}}\n")
