"""Plain domains, hosts lines and URLs: `test_parse.py` has the whole table."""

from filterdns.blocklists.formats.item import Address, Entry, Reason
from filterdns.blocklists.formats.plain import read
from filterdns.blocklists.layout import Kind
from filterdns.dns.names import from_text


def test_a_hosts_line_gives_an_item_for_each_of_its_words() -> None:
    assert read("0.0.0.0 x.example localhost 192.0.2.7 # why") == [
        Entry(Kind.BLOCK, from_text("x.example")),
        Reason.LOCAL_NAME,
        Address("192.0.2.7/32"),
    ]


def test_comments_give_nothing() -> None:
    assert [read(line) for line in ("", "# x", "! x", "; x", "// x", "[x]")] == [[]] * 6
