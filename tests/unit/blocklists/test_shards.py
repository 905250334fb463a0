"""What becomes of the names of one list."""

from zlib import crc32

from filterdns.blocklists.helpers import Helpers
from filterdns.blocklists.name_hash import make_name_hash
from filterdns.blocklists.shards import Shards
from filterdns.dns.names import from_text

HASH = make_name_hash(b"k" * 16)


def hashes_of(*texts: str) -> list[int]:
    return sorted(HASH([from_text(text) for text in texts]))


def finished(*texts: str) -> tuple[Shards, list[int]]:
    shards = Shards()
    for text in texts:  # in several pieces, as a list is read
        other = Shards()
        other.add([from_text(text)], HASH)
        shards.extend(other)
    return shards, [hashed for hashes in shards.hashes(Helpers()) for hashed in hashes]


def test_hashes_come_ascending_and_once() -> None:
    texts = [f"n{number}.example" for number in range(500)]
    shards, hashes = finished(*texts, *texts)
    assert hashes == hashes_of(*texts)
    assert (shards.names, shards.duplicates) == (500, 500)


def test_www_beside_the_bare_name_is_one_entry() -> None:
    shards, hashes = finished("www.bad.example", "bad.example")
    assert hashes == hashes_of("bad.example")
    assert (shards.names, shards.twins, shards.covered) == (1, 1, 0)


def test_www_beside_the_bare_name_is_two_entries_where_names_are_exact() -> None:
    shards = Shards(has_twins=False)
    shards.add([from_text("www.bad.example"), from_text("bad.example")], HASH)
    hashes = [one for some in shards.hashes(Helpers()) for one in some]
    assert hashes == hashes_of("bad.example", "www.bad.example")
    assert (shards.names, shards.twins) == (2, 0)


def test_www_alone_stays_what_it_is() -> None:
    shards, hashes = finished("www.bad.example")
    assert hashes == hashes_of("www.bad.example")
    assert shards.twins == 0


def test_a_name_below_a_listed_one_stays_and_is_counted() -> None:
    shards, hashes = finished("blogs.example", "a.blogs.example", "deep.b.blogs.example")
    assert len(hashes) == 3
    assert (shards.names, shards.covered) == (3, 2)


def test_a_www_name_two_levels_below_a_listed_one_is_no_twin() -> None:
    shards, _ = finished("blogs.example", "www.a.blogs.example")
    assert (shards.names, shards.twins, shards.covered) == (2, 0, 1)


def test_a_twin_counts_once_however_often_it_stands_there() -> None:
    shards, _ = finished("www.bad.example", "www.bad.example", "bad.example")
    assert (shards.names, shards.twins, shards.duplicates) == (1, 1, 1)


def test_the_crcs_are_those_of_all_names_in_their_order() -> None:
    shards, _ = finished("b.example", "a.example", "b.example")
    b, a = crc32(from_text("b.example")), crc32(from_text("a.example"))
    assert list(shards.crcs) == [b, a, b]


def test_without_names_there_is_nothing() -> None:
    shards, hashes = finished()
    assert (hashes, shards.names, list(shards.crcs)) == ([], 0, [])
