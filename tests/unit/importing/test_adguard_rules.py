import pytest

from filterdns.importing.adguard_rules import read_rules
from filterdns.importing.entries import Entry


def covering(name: str, *, is_important: bool = False) -> Entry:
    return Entry(name, is_exact=False, place="here", is_important=is_important)


@pytest.mark.parametrize(
    ("rule", "entry"),
    [
        ("||ads.example^", covering("ads.example")),
        ("||ads.example", covering("ads.example")),
        ("||ADS.example^|", covering("ads.example")),
        ("||ads.example^$important", covering("ads.example", is_important=True)),
        (r"/(^|\.)ads\.example$/", covering("ads.example")),
        ("ads.example", Entry("ads.example", is_exact=True, place="here")),
        ("0.0.0.0 ads.example # why", Entry("ads.example", is_exact=True, place="here")),
        ("127.0.0.1 ads.example", Entry("ads.example", is_exact=True, place="here")),
    ],
)
def test_a_rule_that_says_no_more_than_a_name_blocks_it(rule: str, entry: Entry) -> None:
    found = read_rules([(rule, "here")])
    assert (found.allow, found.deny, found.unread) == ([], [entry], [])


def test_an_exception_allows() -> None:
    assert read_rules([("@@||ads.example^", "here")]).allow == [covering("ads.example")]


def test_a_line_of_hosts_with_an_address_is_a_local_name() -> None:
    rules = read_rules([("192.168.1.4 a.lan b.lan", "here")])
    assert rules.hosts == [("a.lan", "192.168.1.4", "here"), ("b.lan", "192.168.1.4", "here")]


@pytest.mark.parametrize("pattern", ["||ads.example^", r"/(^|\.)ads\.example$/"])
def test_a_rule_for_some_clients_is_kept_with_them(pattern: str) -> None:
    found = read_rules([(f"@@{pattern}$client=Mia|Ben,important", "here")])
    [rule] = found.of_clients
    assert (rule.entry, rule.is_allow) == (covering("ads.example", is_important=True), True)
    assert (rule.who, rule.tags) == ((("Mia", "mia"), ("Ben", "ben")), ())
    assert (found.allow, found.deny, found.unread) == ([], [], [])


@pytest.mark.parametrize("rule", ["! comment", "# comment", "", "  "])
def test_a_comment_is_no_rule(rule: str) -> None:
    assert not any(read_rules([(rule, "here")]))


@pytest.mark.parametrize(
    "rule",
    [
        "||ads.example^$client=~192.168.1.2",
        "||ads.example^$dnstype=AAAA",
        "||ads.example^$denyallow=a.ads.example",
        "||ads.example^$badfilter",
        "||ads.example^$important,dnstype=A",
        "||ads.*^",
        "||*.ads.example^",
        "|ads.example^",
        "*ads*",
        r"/^ad[0-9]+\./",
        "||192.0.2.1^",
        "0.0.0.0 a.example b_!",
        "192.0.2.1",
        "two words",
        "@@ads.example",
    ],
)
def test_a_rule_that_says_something_else_is_not_read(rule: str) -> None:
    found = read_rules([(rule, "here")])
    assert found.unread == [(rule, "here")]
    assert (found.allow, found.deny, found.hosts) == ([], [], [])
