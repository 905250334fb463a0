import pytest

from filterdns.importing.entries import Entry
from filterdns.importing.settle import settle


def exact(name: str) -> Entry:
    return Entry(name, is_exact=True, place="exact")


def covering(name: str) -> Entry:
    return Entry(name, is_exact=False, place="covering")


def important(name: str) -> Entry:
    return Entry(name, is_exact=False, place="important", is_important=True)


@pytest.mark.parametrize(
    ("allow", "deny", "allowed", "denied"),
    [
        ([covering("a.example")], [covering("a.example")], ["a.example"], []),
        ([covering("a.example")], [exact("x.a.example")], ["a.example"], []),
        ([exact("a.example")], [exact("a.example")], ["a.example"], []),
        ([exact("a.example")], [exact("x.a.example")], ["a.example"], ["x.a.example"]),
        ([exact("x.a.example")], [covering("a.example")], ["x.a.example"], ["a.example"]),
        ([covering("x.a.example")], [important("a.example")], [], ["a.example"]),
        ([covering("a.example")], [important("x.a.example")], ["a.example"], ["x.a.example"]),
        ([important("a.example")], [covering("a.example")], ["a.example"], []),
        ([covering("a.example")], [covering("b.example")], ["a.example"], ["b.example"]),
    ],
)
def test_an_allow_wins_unless_the_block_is_important(
    allow: list[Entry], deny: list[Entry], allowed: list[str], denied: list[str]
) -> None:
    settled = settle(allow, deny)
    assert (list(settled.allow), list(settled.deny)) == (allowed, denied)
    assert len(settled.remarks) == len(allow) + len(deny) - len(allowed) - len(denied)


def test_where_we_cannot_say_the_same_the_block_stays() -> None:
    settled = settle([exact("a.example")], [covering("a.example")])
    assert (settled.allow, settled.deny) == ((), ("a.example",))
    [remark] = settled.remarks
    assert "the block stays" in remark.meaning


def test_of_two_entries_of_one_name_the_wider_counts() -> None:
    settled = settle([exact("a.example"), covering("a.example")], [exact("x.a.example")])
    assert (settled.allow, settled.deny) == (("a.example",), ())
