from filterdns.importing.imported import ImportedDevice, ImportedPerson
from filterdns.importing.people import People

KIDS = ImportedPerson("", "kids")
ADULTS = ImportedPerson("", "adults")
MAC = "3c:22:fb:01:02:03"


def cards_first(people: People) -> list[str]:
    return [remark.found for remark in people.doubts() if "the MAC comes first" in remark.meaning]


def test_who_is_called_the_same_and_has_the_same_rules_is_one_person() -> None:
    people = People()
    for rules, text in ((KIDS, "192.168.1.20"), (KIDS, MAC), (ADULTS, "192.168.1.21")):
        people.add("Mia", rules, [("tablet", text)], "here")
    mia, other = people.all()
    assert mia == ImportedPerson(
        "Mia",
        "kids",
        (
            ImportedDevice("tablet", "ip", "192.168.1.20"),
            ImportedDevice("tablet 2", "mac", MAC),
        ),
    )
    assert (other.name, other.policy) == ("Mia 2", "adults")


def test_whoever_has_no_name_is_called_by_what_a_name_may_hold() -> None:
    people = People()
    for text in ("192.168.1.7/24", "3C:22:FB:01:02:03", "192.168.1.20"):
        people.add(text, KIDS, [(text, text)], "here")
    names = ["network 192.168.1.0", "3c-22-fb-01-02-03", "192.168.1.20"]
    assert [person.name for person in people.all()] == names
    assert [person.devices[0].name for person in people.all()] == names


def test_a_card_belongs_to_the_first_who_has_it() -> None:
    people = People()
    assert not people.add("Mia", KIDS, [("tablet", MAC)], "here")
    [remark] = people.add("Ben", KIDS, [("tablet", MAC.upper())], "there")
    assert (remark.place, remark.found) == ("there", MAC.upper())
    assert "another client has it" in remark.meaning
    assert [person.name for person in people.all()] == ["Mia"]


def test_a_person_with_nothing_but_a_host_name_stays() -> None:
    people = People()
    people.add("TV", KIDS, [("TV", "tv.lan")], "here")
    [tv] = people.all()
    assert tv.devices == (ImportedDevice("TV", "mac", "the MAC of tv.lan", is_known=False),)


def test_that_a_card_comes_before_an_address_is_told_where_it_could_matter() -> None:
    people = People()
    people.add("Mia", KIDS, [("tablet", MAC)], "here")
    assert not cards_first(people)
    people.add("Ben", KIDS, [("laptop", "192.168.1.0/24")], "here")
    assert not cards_first(people)
    people.add("TV", ADULTS, [("tv", "tv.lan")], "here")
    assert not cards_first(people)
    people.add("Guests", ADULTS, [("guests", "192.168.2.0/24")], "here")
    assert cards_first(people) == [MAC]
