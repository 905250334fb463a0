"""Selections compiled into look-ups."""

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.policy.asked import Asked
from filterdns.policy.house import House
from filterdns.policy.restriction import Blocked, compile_blocked, compile_restriction
from filterdns.policy.ruleset import During
from filterdns.policy.verdict import Row, Rule
from tests.support.households import LISTS, DictionaryClaims, family, selection

CLAIMS = DictionaryClaims(LISTS)
HOUSE = House(family(), CLAIMS, b"")


def ask(text: str) -> Asked:
    return Asked(from_text(text), codes.A, HOUSE)


def blocked(*words: str) -> Blocked:
    found = selection(*words)
    return compile_blocked(found.services, found.categories, HOUSE)


def row_of(entry: During, text: str) -> str:
    verdict = compile_restriction(entry, Row.SCHEDULE, " until 06:30", HOUSE).find(ask(text))
    return verdict.rule.reason if verdict else ""


def test_a_name_covers_what_lies_below_it_and_nothing_else() -> None:
    youtube = blocked("service:youtube")
    assert youtube.find(ask("m.youtube.com")) is not None
    assert youtube.find(ask("notyoutube.com")) is None
    assert youtube.find(ask("com")) is None


def test_a_category_that_nothing_feeds_is_left_out() -> None:
    assert list(blocked("dating", "games", "school").verdict_by_category) == ["games", "school"]


def test_only_longer_listed_names_may_be_asked_for() -> None:
    gambling = blocked("gambling")
    question = ask("www.casino.example")
    assert gambling.find(question, longer_than=len(from_text("example"))) is not None
    assert gambling.find(question, longer_than=len(from_text("casino.example"))) is None


def test_the_longest_listed_name_is_told() -> None:
    verdict = blocked("games", "gambling").find(ask("x.bet.play.example"))
    assert verdict is not None
    assert verdict.listed == from_text("bet.play.example")
    assert verdict.rule.category == "gambling"


def test_off_and_allow_only_in_one_entry_both_hold() -> None:
    entry = During(
        "bedtime",
        Rule("both"),
        internet_off=True,
        exempt=selection("a.example", "b.example"),
        allow_only=selection("a.example"),
    )
    assert row_of(entry, "a.example") == ""
    assert row_of(entry, "b.example") == "Not on the list for bedtime until 06:30"
    assert row_of(entry, "c.example") == "Bedtime until 06:30"


def test_an_empty_allow_only_allows_nothing() -> None:
    entry = During("bedtime", Rule("none"), allow_only=selection())
    assert row_of(entry, "a.example") != ""


def test_a_spared_category_needs_no_list_where_the_config_names_it() -> None:
    CLAIMS.asked = 0
    entry = During("bedtime", Rule("off"), internet_off=True, exempt=selection("school"))
    assert row_of(entry, "en.wikipedia.org") == ""
    assert row_of(entry, "news.example") == "Bedtime until 06:30"
    assert CLAIMS.asked == 0


def test_a_written_name_in_a_window_has_words_without_the_name() -> None:
    entry = During("homework", Rule("block"), block=selection("x.example", "service:youtube"))
    assert row_of(entry, "x.example") == "Homework until 06:30"
    assert row_of(entry, "youtube.com") == "Homework until 06:30: youtube"


def test_a_window_of_which_nobody_knows_whether_it_is_on_says_so() -> None:
    entry = During("homework", Rule("block"), block=selection("service:youtube", "games"))
    found = compile_restriction(entry, Row.SCHEDULE, None, HOUSE)
    for text in ("youtube.com", "play.example"):
        verdict = found.find(ask(text))
        assert verdict is not None
        assert verdict.rule.reason == "Waiting for the right time"
        assert verdict.rule.schedule == "homework"
