from filterdns.importing.adguard_client_rules import ClientRule
from filterdns.importing.adguard_policies import Policies, Wishes
from filterdns.importing.adguard_rules import Rules
from filterdns.importing.entries import Entry
from filterdns.importing.gathering import Gathering
from filterdns.importing.imported import ImportedDuring, ImportedPolicy
from tests.support.exports import known

PLAIN = Wishes(True, (), "", False, False, ())


def entry(name: str) -> Entry:
    return Entry(name, is_exact=False, place="here")


def made(wishes: Wishes, *names: str) -> ImportedPolicy:
    gathering = Gathering("AdGuard Home", "AdGuardHome.yaml", known())
    rules = Rules([entry("good.example")], [entry("bad.example")], [], [], [])
    name = Policies(["ads"], rules, gathering).policy(names or ("everyone",), wishes)
    [policy] = gathering.finish("").policies
    assert policy.name == name
    return policy


def test_who_is_filtered_has_lists_and_rules() -> None:
    assert made(PLAIN) == ImportedPolicy(
        "everyone", block=("ads", "bad.example"), allow=("good.example",)
    )
    assert made(PLAIN._replace(is_filtered=False)) == ImportedPolicy("everyone")


def test_services_are_blocked_always_or_by_their_schedule() -> None:
    wishes = PLAIN._replace(is_filtered=False, services=("service:youtube",))
    assert made(wishes).block == ("service:youtube",)
    scheduled = made(wishes._replace(schedule="services"))
    assert scheduled.block == ()
    assert scheduled.during == (ImportedDuring("services", block=("service:youtube",)),)


def test_rules_of_clients_are_settled_with_those_of_all() -> None:
    rules = (
        ClientRule("", entry("x.good.example"), False, (("Mia", "Mia"),), ()),
        ClientRule("", entry("games.example"), False, (("Mia", "Mia"),), ()),
        ClientRule("", entry("bad.example"), True, (("Mia", "Mia"),), ()),
    )
    policy = made(PLAIN._replace(rules=rules), "Mia")
    assert policy.block == ("ads", "games.example")
    assert policy.allow == ("good.example", "bad.example")


def test_a_policy_is_named_after_those_who_have_it() -> None:
    assert made(PLAIN, "Mia", "Ben", "Tim").name == "Mia and Ben and Tim"
    assert made(PLAIN, "Mia", "Ben", "Tim", "TV").name == "Mia and Ben and others"


def test_equal_wishes_are_one_policy() -> None:
    gathering = Gathering("AdGuard Home", "AdGuardHome.yaml", known())
    policies = Policies([], Rules([], [], [], [], []), gathering)
    assert policies.policy(["Mia"], PLAIN) == policies.policy(["Ben"], PLAIN) == "Mia"
