"""The config's own tests as written."""

from pathlib import Path

import pytest

from filterdns.config.expectations import Expectation
from filterdns.config.moments import Moment
from filterdns.dns.names import from_text
from tests.support.configs import compiled, complaints

MIA = "policies: {child: {}}\npeople: {mia: {policy: child}}\n"


def expect(line: str) -> str:
    return f"{MIA}expect: [{{{line}}}]\n"


def test_an_expectation_asks_for_a_name_at_a_moment(tmp_path: Path) -> None:
    body = expect("who: mia, at: Fri 21:59, name: Youtube.com, is: blocked, by: bedtime")
    assert compiled(tmp_path, body).expectations == (
        Expectation(
            0, "mia", Moment(None, 4, 1319), from_text("youtube.com"), is_blocked=True, by="bedtime"
        ),
    )


def test_a_client_may_ask_by_its_address(tmp_path: Path) -> None:
    body = expect("who: 10.12.0.7, at: Fri 21:59, name: a.example, is: allowed")
    (expectation,) = compiled(tmp_path, body).expectations
    assert expectation.who == "10.12.0.7"
    assert not expectation.is_blocked
    assert not expectation.by


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("who: mai, at: Fri 12:00, name: a.b, is: allowed", '"mai" is not a person'),
        ("who: mia, at: Fry 12:00, name: a.b, is: allowed", '"Fry 12:00" is no moment'),
        ("who: mia, at: Fri 12:00, name: a..b, is: allowed", "empty label"),
        ("who: mia, at: Fri 12:00, name: a.b, is: open", '"open" is not possible here'),
        ("who: mia, at: Fri 12:00, name: a.b", '"is" is missing'),
    ],
)
def test_a_test_that_asks_nothing_is_told(tmp_path: Path, line: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, expect(line))
    assert "expect[0]" in found
    assert complaint in found
