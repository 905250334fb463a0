"""All guards together: which copy is in force, without which entries, and the way back."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from filterdns.blocklists.guards.entries import EntryGuard, Kept, Why
from filterdns.blocklists.guards.inspection import Copies, Inspected, Inspection, texts
from filterdns.blocklists.guards.popular import PopularGuard
from filterdns.blocklists.guards.reviews import Decisions, Reviews, SourceKey
from filterdns.dns.names import from_text, to_text
from tests.support.few_names import HASH, names, run_of

ADS, ADULT = SourceKey("ads", "file:x"), SourceKey("adult", "file:x")
MANY = " ".join(f"n{number}.example" for number in range(60))


class Desk:
    """Inspects lists; the guards know `help.example` and the popular `cdn.example`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reviews: dict[SourceKey, Decisions] = {}

    def inspect(
        self, *lists: tuple[SourceKey, str, str | None], ours: bool = False
    ) -> list[Inspected]:
        inspection = Inspection(
            EntryGuard(Kept(names("help.example")), names("suffix.example"), HASH),
            PopularGuard(names("cdn.example"), HASH),
            HASH,
            pinned={},
            anchors={},
            locked=frozenset({"adult"}),
            reviews=Reviews(self.reviews),
        )
        copies = [
            Copies(
                source,
                run_of(self.folder, new),
                None if good is None else run_of(self.folder, good),
                ours,
            )
            for source, new, good in lists
        ]
        return inspection.inspect(copies, self.folder)

    def decide(self, source: SourceKey, **decisions: frozenset[str]) -> None:
        self.reviews[source] = replace(self.reviews.get(source, Decisions()), **decisions)


def names_in(found: Inspected) -> int:
    assert found.run is not None
    return found.run.report.names


def reasons(found: Inspected) -> Mapping[str, Why]:
    return {to_text(name): why for name, why in found.taken_out.items()}


def test_a_bad_update_is_quarantined_and_the_last_good_copy_stays(tmp_path: Path) -> None:
    [found] = Desk(tmp_path).inspect((ADS, "n1.example", MANY))
    assert found.trouble == "it has shrunk from 60 entries to 1"
    assert names_in(found) == 60


def test_an_update_that_was_accepted_is_taken(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    run = run_of(tmp_path, "n1.example")
    desk.decide(ADS, accepted_runs=frozenset({run.path.name}))
    [found] = desk.inspect((ADS, "n1.example", MANY))
    assert (found.trouble, names_in(found)) == ("", 1)


def test_an_update_that_was_rejected_is_not_taken_though_nothing_is_wrong(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    run = run_of(tmp_path, f"{MANY} more.example")
    desk.decide(ADS, rejected_runs=frozenset({run.path.name}))
    [found] = desk.inspect((ADS, f"{MANY} more.example", MANY))
    assert (found.trouble, names_in(found)) == ("it was rejected in a review", 60)


def test_an_update_of_what_ships_is_taken(tmp_path: Path) -> None:
    [found] = Desk(tmp_path).inspect((ADS, "n1.example suffix.example", MANY), ours=True)
    assert (found.trouble, names_in(found), found.taken_out) == ("", 2, {})


def test_even_what_ships_closes_no_lifeline(tmp_path: Path) -> None:
    [found] = Desk(tmp_path).inspect((ADS, "n1.example help.example", None), ours=True)
    assert reasons(found) == {"help.example": Why.LIFELINE}


def test_a_popular_name_is_held_and_open_until_it_is_accepted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    [found] = desk.inspect((ADS, f"{MANY} cdn.example", MANY))
    assert (texts(found.held), reasons(found)) == (["cdn.example"], {"cdn.example": Why.HELD})
    desk.decide(ADS, accepted=frozenset({"cdn.example"}))
    [found] = desk.inspect((ADS, f"{MANY} cdn.example", MANY))
    assert (found.held, names_in(found)) == ((), 61)


def test_a_held_name_of_a_locked_category_stays_blocked_meanwhile(tmp_path: Path) -> None:
    [found] = Desk(tmp_path).inspect((ADULT, f"{MANY} cdn.example", MANY))
    assert (texts(found.held), reasons(found), names_in(found)) == (["cdn.example"], {}, 61)


def test_a_rejected_name_is_out_for_good_also_of_a_locked_category(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.decide(ADULT, rejected=frozenset({"cdn.example", "gone.example"}))
    [found] = desk.inspect((ADULT, f"{MANY} cdn.example", None))
    assert (found.held, reasons(found)) == ((), {"cdn.example": Why.REJECTED})


def test_a_popular_name_that_two_lists_of_the_category_have_is_believed(tmp_path: Path) -> None:
    other = SourceKey("ads", "file:y")
    lists = [(source, f"{MANY} cdn.example", MANY) for source in (ADS, other)]
    assert [found.held for found in Desk(tmp_path).inspect(*lists)] == [(), ()]
    lists = [(source, f"{MANY} cdn.example", MANY) for source in (ADS, ADULT)]
    assert [texts(found.held) for found in Desk(tmp_path).inspect(*lists)] == [["cdn.example"]] * 2


def test_a_list_that_cannot_be_read_keeps_its_last_good_copy(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    inspection = desk.inspect((ADS, "n1.example", None))
    assert inspection[0].run is not None
    assert texts([from_text("b.example"), from_text("a.example")]) == ["a.example", "b.example"]
