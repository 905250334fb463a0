from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing.adguard import import_adguard
from filterdns.importing.imported import Imported, ImportedDevice, ImportedPolicy
from tests.support.exports import ADGUARD, known


def imported_of(folder: Path, text: str) -> Imported:
    path = folder / "AdGuardHome.yaml"
    path.write_text(text)
    return import_adguard(path, known("Europe/Rome"))


@pytest.fixture
def imported(tmp_path: Path) -> Imported:
    return imported_of(tmp_path, ADGUARD)


def policy(imported: Imported, name: str) -> ImportedPolicy:
    return next(each for each in imported.policies if each.name == name)


def test_the_house_has_a_policy(imported: Imported) -> None:
    everyone = policy(imported, "everyone")
    assert everyone.block == (
        "ads", "shop.example", "exact.example", "important.example", "lonely.example",
    )  # fmt: skip
    assert everyone.allow == ("good.shop.example", "www.tiktok.com", "learn.example")
    [during] = everyone.during
    assert during.block == ("service:youtube", "service:tiktok")
    assert imported.schedules[during.schedule]["mon"] == "00:00-15:00, 18:00-24:00"
    assert imported.schedules[during.schedule]["sat"] == "never"


def test_whoever_has_settings_of_their_own_has_a_policy(imported: Imported) -> None:
    mia = policy(imported, "Mia")
    assert mia.block[-1] == "adult"
    assert mia.block_later == ("malware", "phishing")
    assert mia.safe_search == (("search", "strict"), ("youtube", "moderate"))
    assert policy(imported, "Guests").allow == ()
    assert policy(imported, "TV").block[-2:] == ("service:roblox", "service:x")
    assert [each.name for each in imported.policies] == ["everyone", "Mia", "Guests", "TV"]


def test_clients_become_people_with_their_zones(imported: Imported) -> None:
    mia, guests, nas, tv = imported.people
    assert [(each.key, each.value) for each in mia.devices] == [
        ("ip", "192.168.1.20"), ("id", "mia-phone"),
    ]  # fmt: skip
    assert (mia.timezone, guests.timezone, tv.timezone) == ("Europe/London", "", "Europe/Rome")
    assert (nas.policy, imported.timezone) == ("everyone", "Europe/Berlin")
    assert tv.devices == (ImportedDevice("3c:22:fb:01:02:03", "mac", "3c:22:fb:01:02:03"),)


def test_servers_and_local_names_are_carried_over(imported: Imported) -> None:
    assert imported.upstreams == ("9.9.9.9",)
    assert imported.upstreams_later == ("tls://dns.quad9.net", "https://dns10.quad9.net/dns-query")
    assert imported.hosts == {"nas.lan": ("192.168.1.40",), "printer.lan": ("192.168.1.44",)}


@pytest.mark.parametrize(
    ("place", "found", "meaning"),
    [
        ("user_rules[4]", "/^track", "says more or something else"),
        ("user_rules[6]", "sub.important.example", "the important block"),
        ("user_rules[7]", "$client=", "says more or something else"),
        ("user_rules[10]", "play.learn.example", "the allow of learn.example wins"),
        ("user_rules", "exact.example, lonely.example", "blocked exactly there"),
        ("filters[1]", "https://lists.example/old.txt", "disabled"),
        ("whitelist_filters[0]", "allowed.txt", "no lists that allow"),
        ("filtering.rewrites[1]", "*.lan", "one exact name"),
        ("filtering.blocked_services.ids", "500px", "no such service"),
        ("filtering.blocked_services.ids", "youtube", "our own set of names"),
        ("filtering.blocked_services.schedule", "services", "one range a day"),
        ("dns.upstream_dns[4]", "[/fritz.box/]192.168.1.1", "not built"),
        ("dns.disallowed_clients", "203.0.113.9", "allow_clients"),
        ("clients.persistent[0].tags", "user_child", "no tags"),
        ("clients.persistent[0]", "mia-phone", "kept as a comment"),
        ("policy Mia", "parental control", "our category adult"),
        ("policy Mia", "safe search", "all search engines that can be locked"),
    ],
)
def test_what_differs_is_told(imported: Imported, place: str, found: str, meaning: str) -> None:
    assert any(
        remark.place.endswith(place) and found in remark.found and meaning in remark.meaning
        for remark in imported.remarks
    )


def test_nothing_secret_is_carried_over(imported: Imported) -> None:
    assert "$2a$10" not in repr(imported)


def test_a_config_of_an_older_version_says_the_same_in_other_places(tmp_path: Path) -> None:
    old = imported_of(
        tmp_path,
        "dns:\n  blocked_services: [youtube]\n  blocking_mode: nxdomain\n"
        "  safesearch_enabled: true\n"
        "clients: [{name: TV, ids: [192.168.1.5], use_global_blocked_services: false}]\n",
    )
    assert policy(old, "everyone").block == ("service:youtube",)
    assert policy(old, "TV").block == ()
    assert policy(old, "everyone").safe_search == (("search", "strict"), ("youtube", "moderate"))
    assert old.answer_mode == "nxdomain"


@pytest.mark.parametrize(
    ("mode", "ours"), [("refused", "nxdomain"), ("custom_ip", "zero-ip"), ("null_ip", "zero-ip")]
)
def test_answers_that_we_do_not_give_are_replaced(tmp_path: Path, mode: str, ours: str) -> None:
    imported = imported_of(tmp_path, f"dns: {{port: 53, blocking_mode: {mode}}}\n")
    assert imported.answer_mode == ours


def test_a_filter_that_was_off_is_told(tmp_path: Path) -> None:
    imported = imported_of(tmp_path, "dns: {port: 53, protection_enabled: false}\n")
    assert any("switched off there" in remark.meaning for remark in imported.remarks)


def test_a_zone_that_there_is_not_is_told(tmp_path: Path) -> None:
    text = "dns: {blocked_services: {schedule: {time_zone: Mars/Base}, ids: []}}\n"
    imported = imported_of(tmp_path, text)
    assert imported.timezone == "Europe/Rome"
    assert any(remark.found == "Mars/Base" for remark in imported.remarks)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("blocking: {}", "found no section dns"),
        ("dns: {a: 1}\nfilters: 7", ":2:10 filters: found no list"),
        ("dns: {a: 1}\nuser_rules: [[x]]", "user_rules[0]: found a list"),
        ("dns: {a: 1}\nclients: {persistent: [x]}", "clients.persistent[0]"),
        ("dns: {a: 1}\nfiltering: {filtering_enabled: perhaps}", "expected true or false"),
    ],
)
def test_what_is_no_config_of_it_is_told_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        imported_of(tmp_path, text)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("{enabled: false, google: true}", ()),
        ("{enabled: true, youtube: false}", (("search", "strict"),)),
        (
            (
                "{enabled: true, google: false, bing: false, duckduckgo: false, ecosia: false,"
                " pixabay: false, yandex: false, youtube: true}"
            ),
            (("youtube", "moderate"),),
        ),
        ("{enabled: true, google: false}", (("search", "strict"), ("youtube", "moderate"))),
    ],
)
def test_safe_search_is_that_of_the_chosen_engines(
    tmp_path: Path, section: str, expected: tuple[tuple[str, str], ...]
) -> None:
    text = f"dns: {{port: 53}}\nfiltering: {{safe_search: {section}}}\n"
    assert policy(imported_of(tmp_path, text), "everyone").safe_search == expected
