"""The services, held against what the v2fly project knows of the same ones."""

import io
import lzma
import tarfile
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from filterdns.blocklists.catalog import load_catalog
from filterdns.dns.names import from_text, suffixes, to_text
from tests.support.pack import need_list

# Ours, and the file over there where it has another name. Some are a part of a larger file.
COUNTERPARTS = """
    youtube twitch kick netflix disney-plus=disney prime-video=primevideo hulu hbo-max=hbo
    paramount-plus=cbs apple-tv=apple-tvplus crunchyroll=category-entertainment dazn dailymotion
    vimeo rumble bilibili spotify apple-music soundcloud deezer tidal peacock=nbcuniversal
    discovery-plus=discoveryplus pluto-tv=plutotv tubi hotstar iqiyi youku niconico abema mubi plex
    odysee=category-entertainment streamable viki=rakuten rutube=category-ru bandcamp last-fm=lastfm
    tiktok instagram threads facebook snapchat=snap x reddit pinterest tumblr bluesky vk
    odnoklassniki=ok linkedin quora imgur likee douyin kuaishou xiaohongshu zhihu clubhouse
    livejournal deviantart flickr patreon disqus wattpad=naver
    truth-social=category-social-media-!cn 4chan weibo=sina
    whatsapp messenger discord telegram signal viber skype=microsoft line wechat=tencent
    kakaotalk=kakao slack zoom teams=microsoft element=category-communication
    roblox fortnite=epicgames epic-games=epicgames minecraft=mojang steam playstation xbox nintendo
    brawl-stars=supercell clash-of-clans=supercell clash-royale=supercell ea riot-games=riot
    battle-net=blizzard call-of-duty=activision ubisoft rockstar-games=rockstar hoyoverse
    free-fire=garena pubg world-of-tanks=wargaming chess-com=chesscom vrchat meta-quest=oculus gog
    itch-io=itchio curseforge faceit escape-from-tarkov=escapefromtarkov war-thunder=gaijin
    geforce-now=nvidia osu
    amazon ebay aliexpress=alibaba walmart wish
    chatgpt=openai gemini=google-gemini claude=anthropic copilot=category-ai-chat-!cn grok=xai
    perplexity deepseek meta-ai=meta poe mistral=category-ai-!cn doubao qwen=category-ai-cn
    kimi=category-ai-cn manus elevenlabs
"""
# That project does not know these, or not as what they are.
WITHOUT_COUNTERPART = """
    pandora audible bereal 9gag lemon8 yubo wizz ask-fm ngl kik zalo imo tinder bumble badoo grindr
    pokemon-go candy-crush poki crazygames mobile-legends among-us lichess rec-room temu shein
    vinted etsy zalando character-ai replika janitor-ai
"""
# Ours that are not in its counterpart, each for a reason.
DIFFERENCES = {
    "aiv-delivery.net": "Prime Video's own delivery; there under names of CloudFront",
    "pv-cdn.net": "Prime Video's own delivery; there under names of CloudFront",
    "jiohotstar.com": "Hotstar's name since 2025",
    "lbry.com": "the company behind Odysee; its player asks it",
    "odycdn.com": "Odysee's delivery",
    "viki.io": "Viki's delivery",
    "snapkit.com": "redirects to snapkit.co, which is there",
    "kwai.com": "the same app outside China",
    "wechatapp.com": "WeChat's short links",
    "freefiremobile.com": "the game; there is only its publisher",
    "krafton.com": "the publisher, whose accounts the game asks for",
    "pubgmobile.com": "the game on phones",
    "geforcenow.com": "the service under its name",
    "ppy.sh": "all of osu!; there host by host",
    "aliexpress.us": "the shop for the United States",
}


class Rules(NamedTuple):
    """Names that cover what lies below them, and those that do not."""

    domains: frozenset[bytes]
    exact: frozenset[bytes]

    def cover(self, name: bytes) -> bool:
        return name in self.exact or not self.domains.isdisjoint(suffixes(name))


@pytest.fixture(scope="module")
def lists() -> dict[str, list[str]]:
    """Return the lines of each file of the other project."""
    with tarfile.open(
        fileobj=io.BytesIO(lzma.decompress(need_list("reference/v2fly_data.tar").read_bytes()))
    ) as archive:
        return {
            member.name.rpartition("/")[2]: file.read().decode("utf-8").splitlines()
            for member in archive
            if (file := archive.extractfile(member)) is not None
        }


def counterparts() -> dict[str, str]:
    pairs = (word.partition("=") for word in COUNTERPARTS.split())
    return {ours: theirs or ours for ours, _, theirs in pairs}


def rules_of(file: str, lists: dict[str, list[str]]) -> Rules:
    kinds_and_names = set(rule_lines(file, lists, set()))
    return Rules(
        frozenset(from_text(name) for kind, name in kinds_and_names if kind in ("", "domain")),
        frozenset(from_text(name) for kind, name in kinds_and_names if kind == "full"),
    )


def rule_lines(file: str, lists: dict[str, list[str]], seen: set[str]) -> Iterator[tuple[str, str]]:
    """Yield kind and value of each rule in *file* and in what it includes, without attributes."""
    seen.add(file)
    for line in lists[file]:
        rule = line.partition("#")[0].split()
        if not rule:
            continue
        kind, _, value = rule[0].rpartition(":")
        if kind != "include":
            yield kind, value
        elif value not in seen:
            yield from rule_lines(value, lists, seen)


def test_each_service_has_a_counterpart_or_none() -> None:
    alone = WITHOUT_COUNTERPART.split()
    assert sorted([*counterparts(), *alone]) == sorted(load_catalog().services)


@pytest.mark.parametrize("service", counterparts())
def test_a_service_has_no_name_that_its_counterpart_lacks(
    service: str, lists: dict[str, list[str]]
) -> None:
    theirs = rules_of(counterparts()[service], lists)
    ours = load_catalog().services[service].names
    lacking = [to_text(name) for name in ours if not theirs.cover(name)]
    assert [name for name in lacking if name not in DIFFERENCES] == []


def test_no_difference_is_left_over(lists: dict[str, list[str]]) -> None:
    services = load_catalog().services
    differing = {
        to_text(name)
        for service, file in counterparts().items()
        for name in services[service].names
        if not rules_of(file, lists).cover(name)
    }
    assert differing == set(DIFFERENCES)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("youtube", "r4---sn-h0jeener.googlevideo.com"),
        ("tiktok", "v16-webapp.tiktok.com"),
        ("instagram", "scontent.cdninstagram.com"),
        ("whatsapp", "mmg.whatsapp.net"),
        ("steam", "steamcdn-a.akamaihd.net"),
        ("tinder", "api.gotinder.com"),
        ("netflix", "ipv4-c001-fra001-ix.1.oca.nflxvideo.net"),
    ],
)
def test_what_a_service_fetches_belongs_to_it(service: str, name: str) -> None:
    names = set(load_catalog().services[service].names)
    assert names.intersection(suffixes(from_text(name)))
