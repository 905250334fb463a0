import re
from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing.adguard import import_adguard
from filterdns.importing.imported import Imported, ImportedDevice, ImportedPolicy
from tests.support.exported_homes import ADGUARD_HOME, BEN, MIA
from tests.support.exports import ADGUARD, known

LISTED = {
    "https://raw.githubusercontent.com/ShadowWhisperer/BlockLists/master/Lists/Malware": "malware"
}


def imported_of(folder: Path, text: str) -> Imported:
    path = folder / "AdGuardHome.yaml"
    path.write_text(text)
    return import_adguard(path, known("Europe/Rome", **LISTED))


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
    assert (mia.timezone, guests.timezone, tv.timezone) == ("Europe/London", "", "")
    assert (nas.policy, imported.timezone) == ("everyone", "Europe/Berlin")
    assert tv.devices == (ImportedDevice("3c-22-fb-01-02-03", "mac", "3c:22:fb:01:02:03"),)


def test_servers_and_local_names_are_carried_over(imported: Imported) -> None:
    assert imported.upstreams == ("9.9.9.9",)
    assert imported.upstreams_later == ("tls://dns.quad9.net", "https://dns10.quad9.net/dns-query")
    assert imported.hosts == {"nas.lan": ("192.168.1.40",), "printer.lan": ("192.168.1.44",)}


@pytest.mark.parametrize(
    ("place", "found", "meaning"),
    [
        ("user_rules[4]", "/^track", "says more or something else"),
        ("user_rules[6]", "sub.important.example", "the important block"),
        ("user_rules[7]", "$client=192.168.1.20", "in the policy of Mia, for all of their devices"),
        ("user_rules[10]", "play.learn.example", "the allow of learn.example wins"),
        ("user_rules", "exact.example, lonely.example", "blocked exactly there"),
        ("filters[1]", "https://lists.example/old.txt", "disabled"),
        ("whitelist_filters[0]", "allowed.txt", "no lists that allow"),
        ("filtering.rewrites[1]", "*.lan", "one exact name"),
        ("filtering.blocked_services.ids", "500px", "no such service"),
        (
            "filtering.blocked_services.ids",
            "youtube",
            "service:youtube, service:tiktok: our own sets of names",
        ),
        ("filtering.blocked_services.schedule", "services", "one range a day"),
        ("dns.upstream_dns[4]", "[/fritz.box/]192.168.1.1", "not built"),
        ("dns.disallowed_clients", "203.0.113.9", "allow_clients"),
        ("clients.persistent[0].tags", "user_child", "no tags"),
        ("clients.persistent[0]", "mia-phone", "random letters and digits"),
        ("policy Mia", "parental control", "our category adult"),
        ("clients.persistent[0].safe_search", "safe search", "stays locked"),
        ("policy Mia", "safe browsing", "uncomment malware and phishing"),
        ("clients.persistent", "3c:22:fb:01:02:03", "its own DHCP server"),
        ("people", "3c:22:fb:01:02:03", "the MAC comes first"),
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


def test_more_rules_of_clients_than_a_household_has_are_refused(tmp_path: Path) -> None:
    clients = ", ".join(f"{{name: C{n}, ids: [c{n}]}}" for n in range(500))
    rules = ", ".join(f"'||n{n}.example^$client=C1'" for n in range(401))
    text = f"dns: {{port: 53}}\nuser_rules: [{rules}]\nclients: [{clients}]\n"
    with pytest.raises(ConfigError, match="more than 200,000 pairs"):
        imported_of(tmp_path, text)


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


@pytest.fixture
def home(tmp_path: Path) -> Imported:
    return imported_of(tmp_path, ADGUARD_HOME)


def test_cards_and_ids_of_a_whole_home_are_carried_over(home: Imported) -> None:
    devices = {
        person.name: [(each.key, each.value, each.is_known) for each in person.devices]
        for person in home.people
    }
    assert devices == {
        "Mia": [("mac", MIA, True), ("id", "mia-9f2c71d0", True)],
        "Ben": [("mac", BEN, True), ("ip", "192.168.178.21", True), ("id", "ben-laptop", False)],
        "Mum and Dad": [("ip", "192.168.178.30", True), ("ip", "fd00::30", True)],
        "Guests": [("network", "192.168.179.0/24", True)],
    }


def test_who_has_equal_settings_shares_a_policy(home: Imported, tmp_path: Path) -> None:
    names = [(person.name, person.policy) for person in home.people]
    assert names == [
        ("Mia", "Mia"), ("Ben", "Ben"), ("Mum and Dad", "Mum and Dad"), ("Guests", "everyone"),
    ]  # fmt: skip
    alike = imported_of(tmp_path, re.sub(r".*\$(client|ctag)=.*\n", "", ADGUARD_HOME))
    assert [person.policy for person in alike.people][:2] == ["Mia and Ben", "Mia and Ben"]
    kids = policy(home, "Ben")
    assert kids.safe_search == (("search", "strict"), ("youtube", "moderate"))
    assert policy(home, "everyone").safe_search == (("search", "strict"),)
    assert policy(home, "Mum and Dad").safe_search == ()
    [during] = kids.during
    assert during.block == ("service:youtube", "service:tiktok", "service:roblox")
    assert home.schedules[during.schedule]["fri"] == "00:00-16:00, 20:30-24:00"


def test_a_rule_for_a_client_is_in_the_policy_of_that_client(home: Imported) -> None:
    assert "arcade.example" in policy(home, "Mia").block
    assert "homework.example" in policy(home, "Mia").allow
    assert all("arcade.example" not in policy(home, name).block for name in ("everyone", "Ben"))


def test_a_policy_of_many_is_named_after_two(tmp_path: Path) -> None:
    clients = ", ".join(
        f"{{name: C{n}, ids: [192.168.1.{n}], use_global_settings: false}}" for n in range(1, 5)
    )
    many = imported_of(tmp_path, f"dns: {{port: 53, parental_enabled: true}}\nclients: [{clients}]")
    assert {person.policy for person in many.people} == {"C1 and C2 and others"}


def test_safe_browsing_blocks_what_lists_feed_and_offers_the_rest(home: Imported) -> None:
    kids = policy(home, "Mia")
    assert "malware" in kids.block
    assert kids.block_later == ("phishing",)
    categories = {category.id: category for category in home.categories}
    assert categories["phishing"].later == ("catalog:phishing",)
    assert any("uncomment phishing" in remark.meaning for remark in home.remarks)


def test_whoever_was_not_logged_is_not_logged(home: Imported) -> None:
    assert not home.is_logged
    assert [person.name for person in home.people if not person.is_logged] == ["Mum and Dad"]


@pytest.mark.parametrize(
    ("place", "found", "meaning"),
    [
        ("dhcp.enabled", "true", "filterdns gives none"),
        ("querylog.enabled", "false", "log: none"),
        ("filtering.safe_search", "safe search", "so pixabay, yandex as well"),
        ("user_rules[2]", "$client=Mia", "in the policy of Mia"),
        ("user_rules[2]", "$client=Mia", "left out for 192.168.178.99"),
        ("user_rules[3]", "$ctag=user_child", "in the policy of Mia"),
        ("user_rules[4]", "$client=~Mia", "says more or something else"),
        ("clients.persistent[0].upstreams", "1.1.1.3", "for this client alone"),
        ("clients.persistent[0]", "mia-9f2c71d0", "asks encrypted"),
        ("clients.persistent[1]", "ben-laptop", "random letters and digits"),
    ],
)
def test_what_differs_in_a_whole_home_is_told(
    home: Imported, place: str, found: str, meaning: str
) -> None:
    assert any(
        remark.place.endswith(place) and found in remark.found and meaning in remark.meaning
        for remark in home.remarks
    )
