"""No bytes make the list parser raise, and none get lost."""

from hypothesis import given
from hypothesis import strategies as st

from filterdns.blocklists.parse import parse
from filterdns.blocklists.parse_report import ParseReport
from filterdns.blocklists.source_text import Member
from filterdns.dns.names import MAX_NAME_LENGTH, label_count

PIECES = [
    *("0.0.0.0 ", "127.0.0.1\t", "::1 ", "*.", ".", "||", "^", "$", "#", "##", "!", " ", "\t"),
    *("bad.example", "xn--", "com", "localhost", "192.0.2.1", "[", "<html>", "/", ":", "%", "@"),
    *("ä", "ß", "。", "\u200d", "\u2011", "\ufeff", "\x00", "\x1c", "\x85", "\n", "\r\n", "\r"),
    *("a" * 63, "a" * 64, "A", "-", "_", "..", "1"),
]
text_like = st.lists(st.sampled_from(PIECES)).map(lambda pieces: "".join(pieces).encode())
blocks = st.lists(st.one_of(st.binary(max_size=300), text_like), max_size=5)


@given(blocks=blocks, single_labels=st.booleans())
def test_any_bytes_give_names_or_reasons(blocks: list[bytes], single_labels: bool) -> None:
    parsed = list(parse(Member("", iter(blocks)), single_labels=single_labels))
    names = [name for each in parsed for name in each.names]
    names += [entry.name for each in parsed for entry in each.others]
    assert sum(each.report.entries for each in parsed) == len(names)
    for name in names:
        assert name[-1] == 0
        assert len(name) <= MAX_NAME_LENGTH
        assert label_count(name) >= (1 if single_labels else 2)
        assert name == name.lower()


@given(lines=st.lists(st.text().filter(lambda text: not set(text) & {"\n", "\r"})))
def test_no_line_is_lost(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    report = ParseReport()
    for parsed in parse(Member("", iter([text]))):
        report.add(parsed.report)
    skipped = sum(skipped.count for skipped in report.skipped.values())
    assert report.lines == len(lines)
    assert report.comments + report.entries + report.addresses + skipped >= len(lines)
