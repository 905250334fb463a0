"""Entries of `block:` that change nothing for anybody."""

from pathlib import Path

import pytest

from tests.support.doubts import doubts, with_policies


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (
            with_policies("a: {block: [x.example, b.x.example]}"),
            'policies.a.block[1]: "b.x.example" is blocked already by block: x.example',
        ),
        (
            with_policies("a: {block: [x.example, X.example]}"),
            'policies.a.block[1]: "X.example" stands in this list twice',
        ),
        (
            with_policies("a: {extends: b, block: [x.example]}, b: {block: [x.example]}"),
            'policies.a.block[0]: "x.example" is blocked already by block: x.example',
        ),
        (
            with_policies("a: {block: [adult]}", ", block: [adult]"),
            'people.mia.block[0]: "adult" is blocked already by block: adult at config.yaml:4:24',
        ),
        (
            with_policies("a: {block: [service:tiktok]}", ", block: [service:tiktok]"),
            'people.mia.block[0]: "service:tiktok" is blocked already',
        ),
        (
            with_policies("a: {block: [www.childline.org.uk]}"),
            'policies.a.block[0]: "www.childline.org.uk" stays open: lifeline: ',
        ),
        (
            with_policies("a: {block: [www.childline.org.uk]}"),
            "if you mean it, say why in lifeline_blocked_because: beside `block:`",
        ),
        (
            with_policies("a: {block: [time.apple.com]}"),
            '"time.apple.com" stays open: essential: time; remove it, devices depend on it',
        ),
        (
            with_policies("a: {during: {s: {block: [games, games]}}}")
            + "schedules: {s: {fri: always}}\n",
            'policies.a.during.s.block[1]: "games" stands in this list twice',
        ),
    ],
)
def test_what_is_blocked_in_vain_is_told(tmp_path: Path, body: str, doubt: str) -> None:
    (found,) = doubts(tmp_path, body)
    assert doubt in found


CONFIRMED = (
    "block: [childline.org.uk], lifeline_blocked_because: {childline.org.uk: it sells things}"
)


@pytest.mark.parametrize(
    "body",
    [
        with_policies(f"a: {{{CONFIRMED}}}"),
        with_policies(f"a: {{extends: b, block: [childline.org.uk]}}, b: {{{CONFIRMED}}}"),
        with_policies("a: {}", f", {CONFIRMED}"),
    ],
)
def test_a_lifeline_that_is_given_up_on_purpose_does_not_stay_open(
    tmp_path: Path, body: str
) -> None:
    assert not [each for each in doubts(tmp_path, body) if "stays open" in each]
