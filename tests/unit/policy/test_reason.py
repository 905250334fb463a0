"""The words that a child reads."""

from dataclasses import replace
from pathlib import Path

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.policy.client import Identity
from filterdns.policy.decide import decide
from filterdns.policy.reason import (
    MAX_REASON_BYTES,
    NAME_WORDS,
    PENDING_WORDS,
    allow_only_words,
    blocked_words,
    bypass_words,
    closed_words,
    end_of,
    title_in_sentence,
    window_words,
)
from filterdns.policy.schedule import Stretch
from filterdns.policy.verdict import Row
from tests.support.configs import compiled
from tests.support.households import BERLIN, DictionaryClaims, SealedNames, moment, policies


def stretch(since: str, until: str) -> Stretch:
    return Stretch(True, moment(since), moment(until))


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-03-05 20:30", "2026-03-06 06:30", " until 06:30"),
        ("2026-03-05 20:30", "2026-03-06 20:30", " until 20:30"),
        ("2026-03-06 20:30", "2026-03-09 06:30", " until Monday 06:30"),
        ("2026-03-06 20:30", "2026-03-13 06:30", ""),
    ],
)
def test_an_end_is_told_in_local_time_with_the_day_where_it_is_far(
    since: str, until: str, words: str
) -> None:
    assert end_of(stretch(since, until), BERLIN) == words


def test_an_end_is_told_in_the_persons_zone() -> None:
    assert end_of(stretch("2026-03-05 20:30", "2026-03-06 06:30"), "UTC") == " until 05:30"


def test_each_kind_of_block_has_its_words() -> None:
    assert closed_words("bedtime", " until 06:30") == "Bedtime until 06:30"
    assert allow_only_words("lessons", " until 12:15") == "Not on the list for lessons until 12:15"
    assert window_words("homework", " until 15:30", "games") == "Homework until 15:30: games"
    assert window_words("homework", " until 15:30", "") == "Homework until 15:30"
    assert blocked_words("gambling") == "Blocked: gambling"
    assert bypass_words("vpn") == "Blocked: VPN"
    assert bypass_words("doh") == "Blocked: another DNS service"
    assert bypass_words("proxy") == "Blocked: a way around the filter"


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Social networks", "social networks"),
        ("AI companions", "AI companions"),
        ("VPN, Tor and web proxies", "VPN, Tor and web proxies"),
        ("", ""),
    ],
)
def test_a_title_begins_small_within_a_sentence_unless_it_is_letters(
    title: str, words: str
) -> None:
    assert title_in_sentence(title) == words


LONG = (
    "You can tell us whatever it is. findahelpline.com and 116.example.org know, findahelpline.com"
)


@pytest.mark.parametrize(
    ("help_text", "words"),
    [
        ("", "Blocked: drugs"),
        ("Call us: 116 111", "Blocked: drugs. Call us: 116 111"),
        (LONG, "Blocked: drugs. Help: findahelpline.com 116.example.org"),
        ("We will not be cross. " * 9, "Blocked: drugs"),
    ],
)
def test_help_stands_behind_a_block_where_there_is_room(help_text: str, words: str) -> None:
    assert blocked_words("drugs", help_text) == words


CONFIG = """\
categories:
  drugs: {help: "Ask us, we will not be cross."}
  school: {names: [moodle.example]}
  malware: {sources: ["https://lists.example/malware"]}
schedules: {bedtime: {daily: "20:30-06:30"}, homework: {daily: "14:00-15:30"}}
policies:
  child:
    block: [adult, self-harm, drugs, search-unsafe, ai-chat, school, service:tiktok, no.example]
    bypass: {doh: block, vpn: block, private-relay: block}
    during:
      bedtime: {internet: off}
      homework: {block: [games, service:youtube, hw.example]}
  pupil: {during: {homework: {allow-only: [school]}}}
people: {mia: {policy: child}, ben: {policy: pupil}}
groups:
  hall: {networks: [127.0.1.0/24], during: {homework: {internet: off}}}
  room: {networks: [127.0.2.0/24], during: {homework: {allow-only: [school]}}}
  gym: {networks: [127.0.3.0/24], during: {homework: {block: [social, service:snapchat]}}}
"""
LISTED = {
    "sex.example": ["adult"],
    "harm.example": ["self-harm"],
    "drugs.example": ["drugs"],
    "engine.example": ["search-unsafe"],
    "bot.example": ["ai-chat"],
    "play.example": ["games"],
    "friends.example": ["social"],
    "resolver.example": ["doh"],
    "tunnel.example": ["vpn"],
}
MIA, BEN = Identity("mia", "", ()), Identity("ben", "", ())


def in_place(place: str) -> Identity:
    return Identity("mia", "", (place,))


@pytest.mark.parametrize(
    ("who", "clock", "name", "row", "words"),
    [
        (MIA, "12:00", "sealed.example", Row.SEALED, "Blocked by this filter"),
        (MIA, "12:00", "resolver.example", Row.BYPASS, "Blocked: another DNS service"),
        (MIA, "12:00", "use-application-dns.net", Row.BYPASS, "Blocked: another DNS service"),
        (MIA, "12:00", "tunnel.example", Row.BYPASS, "Blocked: VPN"),
        (MIA, "12:00", "mask.icloud.com", Row.BYPASS, "Blocked: Private Relay"),
        (in_place("hall"), "14:00", "a.example", Row.PLACE, "Homework until 15:30"),
        (
            in_place("room"),
            "14:00",
            "a.example",
            Row.PLACE,
            "Not on the list for homework until 15:30",
        ),
        (
            in_place("gym"),
            "14:00",
            "friends.example",
            Row.PLACE,
            "Homework until 15:30: social networks",
        ),
        (in_place("gym"), "14:00", "snapchat.com", Row.PLACE, "Homework until 15:30: Snapchat"),
        (MIA, "23:00", "a.example", Row.SCHEDULE, "Bedtime until 06:30"),
        (BEN, "14:00", "a.example", Row.SCHEDULE, "Not on the list for homework until 15:30"),
        (MIA, "14:00", "play.example", Row.SCHEDULE, "Homework until 15:30: games"),
        (MIA, "14:00", "www.youtube.com", Row.SCHEDULE, "Homework until 15:30: YouTube"),
        (MIA, "14:00", "hw.example", Row.SCHEDULE, "Homework until 15:30"),
        (MIA, "12:00", "no.example", Row.NAME, "Blocked by a rule for this device"),
        (MIA, "12:00", "sex.example", Row.CATEGORY, "Blocked: adult content"),
        (
            MIA,
            "12:00",
            "harm.example",
            Row.CATEGORY,
            "Blocked: suicide and self-harm. Help: findahelpline.com",
        ),
        (
            MIA,
            "12:00",
            "drugs.example",
            Row.CATEGORY,
            "Blocked: drugs. Ask us, we will not be cross.",
        ),
        (
            MIA,
            "12:00",
            "engine.example",
            Row.CATEGORY,
            "Blocked: search engines without safe search",
        ),
        (MIA, "12:00", "bot.example", Row.CATEGORY, "Blocked: AI assistants"),
        (MIA, "12:00", "moodle.example", Row.CATEGORY, "Blocked: school"),
        (MIA, "12:00", "tiktok.com", Row.CATEGORY, "Blocked: TikTok"),
    ],
)
def test_each_row_says_in_plain_words_why(
    tmp_path: Path, who: Identity, clock: str, name: str, row: Row, words: str
) -> None:
    ruleset = compiled(tmp_path, CONFIG).ruleset
    store = policies(ruleset, DictionaryClaims(LISTED), SealedNames("sealed.example"))
    policy = store.policy_for(who, moment(f"2026-03-05 {clock}"))
    verdict = decide(from_text(name), codes.A, policy)
    assert (verdict.row, verdict.rule.reason) == (row, words)


def test_while_a_list_is_on_its_way_the_words_say_so(tmp_path: Path) -> None:
    ruleset = replace(compiled(tmp_path, CONFIG).ruleset, pending={"adult": 9e9})
    store = policies(ruleset, DictionaryClaims(LISTED))
    policy = store.policy_for(MIA, moment("2026-03-05 12:00"))
    assert decide(from_text("a.example"), codes.A, policy).rule.reason == PENDING_WORDS


@pytest.mark.parametrize("name", ["é" * 100, "s" * 200])
def test_long_names_are_cut_and_the_end_is_kept(name: str) -> None:
    for words in (
        closed_words(name, " until 06:30"),
        allow_only_words(name, " until 06:30"),
        window_words(name, " until 06:30", "games"),
    ):
        assert len(words.encode()) <= MAX_REASON_BYTES
        assert " until 06:30" in words


@pytest.mark.parametrize(
    "words",
    [
        blocked_words("c" * 200),
        window_words("homework", " until 06:30", "é" * 200),
        NAME_WORDS,
        PENDING_WORDS,
    ],
)
def test_no_words_are_longer_than_a_small_answer_can_hold(words: str) -> None:
    assert len(words.encode()) <= MAX_REASON_BYTES
