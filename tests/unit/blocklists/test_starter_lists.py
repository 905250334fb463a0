"""The data files in blocklists/: what a family has in the first second, so held to its promises."""

import csv
import lzma
from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from filterdns.blocklists.formats.item import Address
from filterdns.blocklists.formats.words import read_address
from filterdns.blocklists.pattern import LabelMatcher, LabelPattern
from filterdns.dns.names import from_text, suffixes, to_text

ROOT = Path(__file__).parents[3]
DATA = ROOT / "blocklists"
ADDRESSES_AROUND = """
8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 149.112.112.112 208.67.222.222 94.140.14.14 76.76.2.22
45.90.28.123 194.242.2.2 185.228.168.9 2001:4860:4860::8888 2606:4700:4700::1111 2620:fe::fe
2a10:50c0::ad1:ff 2a07:a8c0::ab:cdef 162.159.61.4
"""
PUBLIC_SUFFIXES = ROOT.parent / "shared/data/lists/reference/public_suffix_list.dat.xz"

LEAST_NAMES = {
    "adult": 250,
    "gambling": 220,
    "dating": 180,
    "pro-anorexia": 5,
    "self-harm": 5,
    "social": 50,
    "games": 60,
    "streaming": 60,
    "doh": 80,
    "vpn": 80,
    "proxy": 40,
    "page-fetcher": 12,
    "drugs": 40,
    "alcohol-tobacco": 60,
    "weapons": 50,
    "hate": 30,
    "violence": 20,
    "piracy": 80,
    "hacking": 30,
    "chat": 50,
    "random-chat": 40,
    "ai-chat": 40,
    "ai-companion": 40,
    "shopping": 80,
    "crypto": 50,
    "search-unsafe": 20,
}
LOCKED = ("adult", "gambling", "dating", "pro-anorexia", "self-harm")
MANDATORY = ("adult", "gambling", "dating", "pro-anorexia")
PATTERNED = ("pro-anorexia", "self-harm", "random-chat", "ai-companion")
WITHOUT_ENTRIES = """private-relay ads trackers malware phishing scam stalkerware adult-mixed
    freehost new-domains"""
FIRST_SERVICES = """youtube tiktok instagram snapchat whatsapp discord roblox fortnite minecraft
    twitch netflix spotify facebook x reddit telegram signal pinterest tumblr steam epic-games
    playstation xbox nintendo disney-plus prime-video amazon ebay temu shein chatgpt character-ai
    bereal threads vimeo soundcloud apple-music brawl-stars clash-royale ea riot-games viber skype
    line wechat kik"""
MANY_TENANTS = """blogspot.com wordpress.com tumblr.com weebly.com wixsite.com wetpaint.com
    github.io netlify.app vercel.app herokuapp.com reddit.com livejournal.com patreon.com"""
SHARED_DELIVERY = """akamaized.net akamaihd.net akamaiedge.net akamai.net edgesuite.net edgekey.net
    cloudfront.net amazonaws.com fastly.net fastlylb.net googleapis.com googleusercontent.com
    gstatic.com google.com ggpht.com app-measurement.com azureedge.net windows.net cloudflare.net
    cloudflare.com apple-dns.net yahoodns.net opendns.com fbcdn.net apple.com icloud.com
    microsoft.com live.com"""
HELPERS = """nhs.uk wikipedia.org who.int 116111.eu suicide.org befrienders.org recoveryourlife.com
    proanalytics.com iproanalytics.com proanaconda.info proanalise-rs.com.br proed.example
    selfharm.co.uk suicideforum.com anorexia.example bulimia.example"""
ONCE_COVERED = """gob.mx bologna.it tochigi.jp nasa.gov archive.org pbs.org gutenberg.org
    parkinson.org menshealth.com scarleteen.com splcenter.org talktofrank.com rataufdraht.at
    akamaiedge.net gravatar.com msedge.net northerngamblingservice.nhs.uk"""
LEADS_AROUND = """dns.google dns.quad9.net dns.nextdns.io dns.adguard-dns.com doh.opendns.com
    one.one.one.one cloudflare-dns.com mozilla.cloudflare-dns.com chrome.cloudflare-dns.com"""
NEEDS_OWN_ANSWER = ["use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com"]

Name = bytes
every_list = pytest.mark.parametrize("category", LEAST_NAMES)


def lines_of(category: str) -> list[str]:
    return (DATA / f"{category}.txt").read_text("ascii").splitlines()


def entries(category: str) -> list[str]:
    """Return the names of a starter list."""
    return [
        line
        for line in lines_of(category)
        if not line.startswith("#") and not isinstance(read_address(line), Address)
    ]


def addresses(category: str) -> list[IPv4Network | IPv6Network]:
    """Return the addresses and networks of a starter list."""
    found = map(read_address, lines_of(category))
    return [ip_network(each.text) for each in found if isinstance(each, Address)]


def table(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text, delimiter="\t", strict=True))


def document(file: str) -> Any:
    return yaml.safe_load((DATA / file).read_text("utf-8"))


def wire(texts: Iterable[str]) -> set[Name]:
    return {from_text(text) for text in texts}


def covered(names: Iterable[Name], by: set[Name]) -> list[str]:
    """Return those of *names* that stand in *by* or below one of it."""
    return [to_text(name) for name in names if not by.isdisjoint(suffixes(name))]


def protected() -> set[Name]:
    companions = wire(row["name"] for row in table("companions.tsv"))
    lifelines = wire(row["domain"] for row in table("lifelines.tsv"))
    return companions | lifelines | wire(row["name"] for row in table("essentials.tsv"))


def canaries() -> list[str]:
    lines = (DATA / "canaries.txt").read_text("ascii").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def innocent() -> set[Name]:
    return protected() | wire(canaries()) | wire(HELPERS.split())


def anchors(category: str) -> list[str]:
    """Return the anchors of *category*, the best known first."""
    [found] = [entry for entry in document("catalog.yaml") if entry["id"] == category]
    return str(found.get("anchors", "")).split()


def service_names() -> list[tuple[str, Name]]:
    return [
        (service["id"], from_text(name))
        for service in document("services.yaml")
        for name in service["names"].split()
    ]


def matcher(category: str) -> LabelMatcher:
    rules = [
        LabelPattern(tuple(rule["optional"]), tuple(rule["core"]), tuple(rule["after"]))
        for rule in document("patterns.yaml")[category]
    ]
    return LabelMatcher([(0, rules)])


@every_list
def test_a_starter_list_has_the_names_that_it_promises(category: str) -> None:
    assert len(entries(category)) >= LEAST_NAMES[category]


@every_list
def test_a_starter_list_says_who_wrote_it(category: str) -> None:
    header = " ".join(line.lstrip("# ") for line in lines_of(category) if line.startswith("#"))
    assert "Written by the filterdns project from general knowledge, Apache-2.0." in header


@every_list
def test_a_starter_list_is_sorted_without_repetition(category: str) -> None:
    assert entries(category) == sorted(set(entries(category)))


@every_list
def test_the_names_of_a_starter_list_are_written_canonically(category: str) -> None:
    assert [to_text(from_text(name)) for name in entries(category)] == entries(category)


@every_list
def test_no_name_of_a_starter_list_is_covered_by_another(category: str) -> None:
    names = wire(entries(category))
    assert [to_text(name) for name in names if covered(suffixes(name)[1:], names)] == []


@every_list
def test_no_starter_list_touches_a_lifeline_an_essential_a_canary_or_those_who_help(
    category: str,
) -> None:
    assert covered(innocent(), wire(entries(category))) == []


@every_list
def test_no_starter_list_touches_shared_delivery(category: str) -> None:
    assert covered(wire(SHARED_DELIVERY.split()), wire(entries(category))) == []


@pytest.mark.parametrize("category", LOCKED)
def test_no_locked_list_takes_a_whole_platform_for_one_of_its_tenants(category: str) -> None:
    assert covered(wire(MANY_TENANTS.split()), wire(entries(category))) == []


@pytest.mark.parametrize("category", MANDATORY)
def test_the_ten_best_known_of_each_mandatory_category_are_met(category: str) -> None:
    best_known = wire(anchors(category)[:10])
    missing = best_known - wire(covered(best_known, wire(entries(category))))
    if category in PATTERNED:
        missing = {name for name in missing if not matcher(category).claims(name)}
    assert (len(best_known), missing) == (10, set())


def test_the_doh_list_has_what_browsers_offer() -> None:
    names = wire(LEADS_AROUND.split())
    assert len(covered(names, wire(entries("doh")))) == len(names)


def test_the_doh_list_has_the_addresses_of_the_best_known() -> None:
    listed = addresses("doh")
    for text in ADDRESSES_AROUND.split():
        assert any(ip_address(text) in network for network in listed), text


def test_the_addresses_of_the_doh_list_are_written_canonically_and_carry_nothing_else() -> None:
    """As far as lengths tell: a whole block of a content network would take its sites along."""
    listed = addresses("doh")
    lines = [line for line in lines_of("doh") if isinstance(read_address(line), Address)]
    assert [
        str(ip_network(line)).removesuffix("/32").removesuffix("/128") for line in lines
    ] == lines
    assert listed == sorted(set(listed), key=lambda each: (each.version, each))
    assert all(each.prefixlen >= {4: 24, 6: 48}[each.version] for each in listed)
    assert not any(each.is_private for each in listed)


@every_list
def test_no_starter_list_takes_a_name_that_needs_an_answer_of_its_own(category: str) -> None:
    assert covered(wire(NEEDS_OWN_ANSWER), wire(entries(category))) == []


@pytest.mark.parametrize("category", PATTERNED)
def test_no_pattern_touches_a_lifeline_an_essential_a_canary_or_those_who_help(
    category: str,
) -> None:
    assert [to_text(name) for name in innocent() if matcher(category).claims(name)] == []


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("pro-anorexia", "my-pro-ana.example"),
        ("pro-anorexia", "theproanalifestyleforever.blog.example"),
        ("pro-anorexia", "ana-and-mia-tips.example"),
        ("pro-anorexia", "pro-ed-tips.example"),
        ("pro-anorexia", "edtwt.example"),
        ("self-harm", "sanctioned-suicide.example"),
        ("self-harm", "sanctionedsuicideforum.example"),
        ("random-chat", "omegle-tv.example"),
        ("random-chat", "free-chatroulette.chat.example"),
        ("ai-companion", "myaigirlfriend.example"),
        ("ai-companion", "nudify-online.example"),
    ],
)
def test_patterns_meet_what_they_are_for(category: str, name: str) -> None:
    assert matcher(category).claims(from_text(name))


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("random-chat", "chat.example"),
        ("random-chat", "video-chat.example"),
        ("random-chat", "roulette.example"),
        ("ai-companion", "companion-ai.example"),
        ("ai-companion", "undressed.example"),
    ],
)
def test_patterns_leave_ordinary_words_alone(category: str, name: str) -> None:
    assert not matcher(category).claims(from_text(name))


def test_patterns_are_for_what_no_public_list_covers() -> None:
    assert set(document("patterns.yaml")) == set(PATTERNED)
    assert not set(PATTERNED) & {row["category"] for row in table("sources.tsv")}


def test_the_categories_are_those_of_the_documents() -> None:
    ids = [category["id"] for category in document("catalog.yaml")]
    assert sorted(ids) == sorted([*LEAST_NAMES, *WITHOUT_ENTRIES.split()])


def test_the_locked_categories_are_the_five() -> None:
    assert {entry["id"] for entry in document("catalog.yaml") if entry["locked"]} == set(LOCKED)


def test_each_category_names_the_starter_list_that_is_there() -> None:
    named = {
        entry["id"]: entry["starter"] for entry in document("catalog.yaml") if "starter" in entry
    }
    assert named == {category: f"{category}.txt" for category in LEAST_NAMES}
    assert {path.name for path in DATA.glob("*.txt")} == {*named.values(), "canaries.txt"}


def test_each_category_is_described_in_a_sentence() -> None:
    for category in document("catalog.yaml"):
        assert category["title"]
        assert category["description"].endswith(".")


def test_the_lifelines_have_country_topic_and_evidence() -> None:
    rows = table("lifelines.tsv")
    assert len(rows) == 164
    assert [row for row in rows if not all(row.values())] == []


def test_a_companion_belongs_to_a_lifeline_and_opens_no_service() -> None:
    """What anybody may talk over, such as a messenger, would open all of it, and unlogged."""
    lifelines = wire(row["domain"] for row in table("lifelines.tsv"))
    companions = wire(row["name"] for row in table("companions.tsv"))
    assert wire(row["lifeline"] for row in table("companions.tsv")) <= lifelines
    assert companions.isdisjoint(lifelines)
    assert covered({name for _, name in service_names()}, companions) == []
    assert covered(companions, {name for _, name in service_names()}) == []


def test_the_document_says_how_many_lifelines_are_unverified() -> None:
    rows = table("lifelines.tsv")
    unverified = sum(row["evidence"] == "not verified here" for row in rows)
    text = (ROOT / "docs/starter-lists.md").read_text("utf-8")
    assert f"{unverified} of the {len(rows)} are `not verified here`" in text


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("lifelines.tsv", "domain"),
        ("essentials.tsv", "name"),
        ("private-answers.tsv", "name"),
        ("companions.tsv", "name"),
    ],
)
def test_protected_names_are_canonical_sorted_and_unique(file: str, column: str) -> None:
    names = [row[column] for row in table(file)]
    assert names == sorted(set(names))
    assert [to_text(from_text(name)) for name in names] == names


def test_the_essentials_are_of_four_kinds_and_each_says_why() -> None:
    rows = table("essentials.tsv")
    kinds = {"emergency", "time", "certificates", "connectivity"}
    assert {row["kind"] for row in rows} == kinds
    assert all(row["why"] for row in rows)


@pytest.mark.parametrize(
    "name",
    [
        "epdg.epc.mnc001.mcc262.pub.3gppnetwork.org",
        "2.debian.pool.ntp.org",
        "0.openwrt.pool.ntp.org",
        "ntp.ubuntu.com",
        "ntp-bootstrap.ubuntu.com",
        "time.apple.com",
        "time.android.com",
        "time.windows.com",
        "time.cloudflare.com",
        "time1.google.com",
        "r10.o.lencr.org",
        "www.msftconnecttest.com",
        "captive.apple.com",
        "connectivitycheck.gstatic.com",
        "detectportal.firefox.com",
    ],
)
def test_what_devices_need_is_essential(name: str) -> None:
    assert covered([from_text(name)], protected()) == [name]


def test_the_canaries_are_many_canonical_and_stand_once() -> None:
    names = canaries()
    assert len(names) >= 200
    assert [to_text(from_text(name)) for name in names] == names
    assert len(set(names)) == len(names)


def test_what_a_bad_list_has_covered_before_is_a_canary() -> None:
    assert set(ONCE_COVERED.split()) <= set(canaries())


def test_the_canaries_say_who_wrote_them() -> None:
    text = (DATA / "canaries.txt").read_text("ascii").replace("\n# ", " ")
    assert "Written by the filterdns project from general knowledge, Apache-2.0." in text


def test_no_essential_could_carry_other_content() -> None:
    essentials = wire(row["name"] for row in table("essentials.tsv"))
    assert covered(wire(SHARED_DELIVERY.split() + MANY_TENANTS.split()), essentials) == []


def test_the_first_services_are_there_once_each() -> None:
    ids = Counter(service["id"] for service in document("services.yaml"))
    assert [service for service in FIRST_SERVICES.split() if ids[service] != 1] == []
    assert max(ids.values()) == 1


def test_each_service_has_a_title_and_sorted_canonical_names() -> None:
    for service in document("services.yaml"):
        assert service["title"]
        names = service["names"].split()
        assert names
        assert [to_text(from_text(name)) for name in names] == names
        assert names == sorted(set(names))


def test_no_name_of_a_service_covers_another_service() -> None:
    names = [name for _, name in service_names()]
    assert len(names) == len(set(names))
    assert [to_text(name) for name in names if covered(suffixes(name)[1:], set(names))] == []


def test_no_service_touches_what_is_innocent_or_shared_delivery() -> None:
    names = {name for _, name in service_names()}
    assert covered(innocent() | wire(SHARED_DELIVERY.split()), names) == []


def test_a_hundred_services_are_there() -> None:
    assert len(document("services.yaml")) >= 100


def test_nothing_listed_is_a_public_suffix() -> None:
    if not PUBLIC_SUFFIXES.exists():
        pytest.skip("needs the public suffix list beside the project")
    exact, wildcards = public_suffixes()
    listed = wire(name for category in LEAST_NAMES for name in entries(category))
    for category in document("catalog.yaml"):
        listed -= wire(category.get("suffixes", "").split())  # may be listed whole
    listed |= {name for _, name in service_names()}
    listed |= wire(row["name"] for row in table("essentials.tsv"))
    found = [to_text(name) for name in listed if name in exact or name[name[0] + 1 :] in wildcards]
    assert found == []


def public_suffixes() -> tuple[set[Name], set[Name]]:
    """Return the exact rules, and the names whose children are all suffixes."""
    rules = list(public_suffix_rules())
    return (
        wire(rule for rule in rules if not rule.startswith("*.")),
        wire(rule[2:] for rule in rules if rule.startswith("*.")),
    )


def public_suffix_rules() -> Iterator[str]:
    with lzma.open(PUBLIC_SUFFIXES, "rt", encoding="utf-8") as text:
        for line in text:
            rule = line.strip()
            if rule and not rule.startswith(("//", "!")):
                yield rule
