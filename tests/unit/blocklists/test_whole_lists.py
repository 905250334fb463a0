"""Whole lists of every format, small and ours: which questions they block, from file to index."""

import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Iterable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from filterdns.blocklists.build import build_index
from filterdns.blocklists.index import Index
from filterdns.blocklists.job import SourceReport, SourceSpec, State
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes

ZONE: Final = """\
; a response policy zone, as a program that makes them might write it
$TTL 300
$ORIGIN rpz.example.
@   IN  SOA localhost. hostmaster.localhost. (
        2026010101 ; serial
        3600       ; refresh
        600        ; retry
        86400      ; expire
        300 )      ; minimum
    IN  NS  localhost.
both.example            CNAME .
*.both.example          CNAME .
exact.example           60 IN CNAME *.
*.below.example         IN CNAME .
dropped.example         CNAME rpz-drop.
zero.example            A     0.0.0.0
zero.example            AAAA  ::
absolute.example.rpz.example.   CNAME .
*.absolute.example.rpz.example. CNAME .
good.both.example       CNAME rpz-passthru.
*.open.both.example     CNAME rpz-passthru.
walled.example          CNAME garden.example.
slow.example            CNAME rpz-tcp-only.
32.1.2.0.192.rpz-ip     CNAME .
48.zz.1.db8.2001.rpz-ip CNAME .
ns.example.rpz-nsdname  CNAME .
"""

# As BIND writes the zones that it has transferred: owners below the origin of the moment, and left
# out where they are those of the line before.
DUMPED_ZONE: Final = """\
$ORIGIN .
$TTL 300        ; 5 minutes
rpz.example             IN SOA  localhost. hostmaster.localhost. (
                                2026010101 ; serial
                                3600       ; refresh (1 hour)
                                600        ; retry (10 minutes)
                                86400      ; expire (1 day)
                                300        ; minimum (5 minutes)
                                )
                        NS      localhost.
$ORIGIN example.rpz.example.
bad                     CNAME   .
$ORIGIN bad.example.rpz.example.
*                       CNAME   .
www                     CNAME   rpz-passthru.
$ORIGIN rpz.example.
other.example           CNAME   .
zero.example            A       0.0.0.0
                        AAAA    ::
"""

ADBLOCK: Final = """\
[Adblock Plus 2.0]
! Title: one of each
||bad.example^
||www.bad.example^
@@||good.bad.example^
||worse.good.bad.example^
||important.good.bad.example^$important
@@||but.important.good.bad.example^$important
|exact.example^
||alone.example^
@@|alone.example^
||spared.example^$denyallow=a.spared.example|b.spared.example
||spared.other.example^
||other.example^$denyallow=spared.other.example
||six.example^$dnstype=AAAA
||not-four.example^$dnstype=~A
||taken-back.example^
||taken-back.example^$badfilter
||still.example^
||still.example^$important,badfilter
||client.example^$client=192.0.2.1
bad.example##.advert
"""

DNSMASQ: Final = """\
# more than one name a line, and exceptions below
address=/bad.example/worse.example/#
server=/good.bad.example/#
address=/deep.good.bad.example/0.0.0.0
local=/local-only.example/
server=/forwarded.example/192.0.2.53
address=/mapped.example/192.0.2.7
"""

UNBOUND: Final = """\
server:
    local-zone: "bad.example." always_nxdomain
    local-zone: good.bad.example. transparent
    local-zone: "deep.good.bad.example" always_null
    local-data: "data.example. A 0.0.0.0"
    local-data: "mapped.example. A 192.0.2.7"
"""

V2FLY: Final = """\
include:other
bad.example @ads
domain:worse.example
full:exact.example @ads @cn
full:both.example
full:www.both.example
keyword:bad
regexp:^ads[0-9]+\\.example$
"""

HOSTS: Final = """\
127.0.0.1 localhost localhost.localdomain
255.255.255.255 broadcasthost
::1 ip6-localhost ip6-loopback
0.0.0.0 0.0.0.0
0.0.0.0 BAD.example. worse.example#words
192.168.1.7 nas.example
"""

# The list, and whether it blocks a question; for addresses unless a type stands behind the name.
ANSWERS: Final = [
    (ZONE, "both.example", True),
    (ZONE, "www.both.example", True),
    (ZONE, "exact.example", True),
    (ZONE, "www.exact.example", False),
    (ZONE, "below.example", False),
    (ZONE, "www.below.example", True),
    (ZONE, "a.b.below.example", True),
    (ZONE, "dropped.example", True),
    (ZONE, "zero.example", True),
    (ZONE, "www.zero.example", False),
    (ZONE, "absolute.example", True),
    (ZONE, "www.absolute.example", True),
    (ZONE, "good.both.example", False),
    (ZONE, "www.good.both.example", True),
    (ZONE, "www.open.both.example", False),
    (ZONE, "walled.example", False),
    (ZONE, "garden.example", False),
    (ZONE, "slow.example", False),
    (ZONE, "rpz.example", False),
    (ZONE, "absolute.example.rpz.example", False),
    (DUMPED_ZONE, "bad.example", True),
    (DUMPED_ZONE, "ftp.bad.example", True),
    (DUMPED_ZONE, "www.bad.example", False),
    (DUMPED_ZONE, "other.example", True),
    (DUMPED_ZONE, "zero.example", True),
    (DUMPED_ZONE, "other.example.rpz.example", False),
    (ADBLOCK, "bad.example", True),
    (ADBLOCK, "ftp.bad.example", True),
    (ADBLOCK, "good.bad.example", False),
    (ADBLOCK, "www.good.bad.example", False),
    (ADBLOCK, "worse.good.bad.example", False),
    (ADBLOCK, "important.good.bad.example", True),
    (ADBLOCK, "www.important.good.bad.example", True),
    (ADBLOCK, "but.important.good.bad.example", False),
    (ADBLOCK, "exact.example", True),
    (ADBLOCK, "www.exact.example", False),
    (ADBLOCK, "alone.example", False),
    (ADBLOCK, "www.alone.example", True),
    (ADBLOCK, "spared.example", True),
    (ADBLOCK, "c.spared.example", True),
    (ADBLOCK, "a.spared.example", False),
    (ADBLOCK, "www.b.spared.example", False),
    (ADBLOCK, "other.example", True),
    (ADBLOCK, "spared.other.example", True),
    (ADBLOCK, "six.example A", False),
    (ADBLOCK, "six.example AAAA", True),
    (ADBLOCK, "www.six.example AAAA", True),
    (ADBLOCK, "not-four.example A", False),
    (ADBLOCK, "not-four.example AAAA", True),
    (ADBLOCK, "taken-back.example", False),
    (ADBLOCK, "still.example", True),
    (ADBLOCK, "client.example", False),
    (DNSMASQ, "bad.example", True),
    (DNSMASQ, "www.worse.example", True),
    (DNSMASQ, "good.bad.example", False),
    (DNSMASQ, "www.good.bad.example", False),
    (DNSMASQ, "www.deep.good.bad.example", True),
    (DNSMASQ, "local-only.example", True),
    (DNSMASQ, "forwarded.example", False),
    (DNSMASQ, "mapped.example", False),
    (UNBOUND, "bad.example", True),
    (UNBOUND, "www.bad.example", True),
    (UNBOUND, "good.bad.example", False),
    (UNBOUND, "www.good.bad.example", False),
    (UNBOUND, "deep.good.bad.example", True),
    (UNBOUND, "data.example", True),
    (UNBOUND, "www.data.example", False),
    (UNBOUND, "mapped.example", False),
    (V2FLY, "www.bad.example", True),
    (V2FLY, "worse.example", True),
    (V2FLY, "exact.example", True),
    (V2FLY, "www.exact.example", False),
    (V2FLY, "www.both.example", True),
    (V2FLY, "ads1.example", False),
    (HOSTS, "bad.example", True),
    (HOSTS, "www.bad.example", True),
    (HOSTS, "worse.example", True),
    (HOSTS, "localhost", False),
    (HOSTS, "nas.example", False),
]
TYPES: Final = {"A": codes.A, "AAAA": codes.AAAA}


class Lists:
    """Lists of one category each, built into an index."""

    def __init__(self, folder: Path, *paths: Path) -> None:
        specs = [SourceSpec(path.name, f"file:{path}", path) for path in paths]
        report = build_index(specs, folder / "runs", folder / "lists")
        self.reports: tuple[SourceReport, ...] = report.sources
        self._index = report.index

    def blocking(self, question: str) -> set[str]:
        """The lists that block *question*: a name, or a name and a type."""
        name, _, kind = question.partition(" ")
        with closing(Index.open(self._index)) as index:
            claims = index.claims(suffixes(from_text(name)), TYPES[kind or "A"])
        return {category for _, categories in claims for category in categories}


def lists_of(folder: Path, *texts: str) -> Lists:
    paths = []
    for number, text in enumerate(texts, 1):
        paths.append(folder / f"list-{number}")
        paths[-1].write_text(text)
    return Lists(folder, *paths)


@pytest.mark.parametrize(("text", "question", "is_blocked"), ANSWERS)
def test_a_list_blocks_what_its_author_meant(
    tmp_path: Path, text: str, question: str, is_blocked: bool
) -> None:
    assert bool(lists_of(tmp_path, text).blocking(question)) is is_blocked


def test_a_zone_is_told_behind_a_long_head(tmp_path: Path) -> None:
    head = "; all of this is about the licence\n" * 1000
    lists = lists_of(tmp_path, head + ZONE)
    assert lists.blocking("exact.example")
    assert not lists.blocking("www.exact.example")


def test_a_zone_keeps_its_origin_however_long_it_is(tmp_path: Path) -> None:
    head = "$ORIGIN rpz.example.\n@ SOA a. b. 1 2 3 4 5\n$ORIGIN deep.example.rpz.example.\n"
    lists = lists_of(tmp_path, head + "".join(f"name-{n} 3600 IN CNAME .\n" for n in range(60_000)))
    assert lists.blocking("name-0.deep.example")
    assert lists.blocking("name-59999.deep.example")


@pytest.mark.parametrize(
    "exception",
    [
        "@@||good.bad.example^",
        "@@||good.bad.example^$important",
        "server=/good.bad.example/#",
        'local-zone: "good.bad.example" transparent',
        "$ORIGIN rpz.example.\n@ SOA a. b. 1 2 3 4 5\n*.good.bad.example CNAME rpz-passthru.",
    ],
)
def test_an_exception_lifts_the_claim_of_its_own_list_only(tmp_path: Path, exception: str) -> None:
    lists = lists_of(tmp_path, "bad.example\n", f"{exception}\n", "||bad.example^\n")
    assert lists.blocking("www.good.bad.example") == {"list-1", "list-3"}


def test_addresses_of_a_list_are_no_names(tmp_path: Path) -> None:
    text = "192.0.2.1              # dns.example\n192.0.2.0/24\n2001:db8::1\t# six.dns.example\n"
    lists = lists_of(tmp_path, text)
    assert lists.blocking("dns.example") == set()
    (report,) = lists.reports
    assert report.run is not None
    assert (report.run.names, report.run.addresses, report.run.skipped) == (0, 3, {})


UT1_FILES: Final = {
    "adult/domains": b"bad.example\n192.0.2.1\n",
    "adult/urls": b"whole.example/\nsite.example/path\n",
    "adult/expressions": b"(bad|worse)\n",
    "adult/usage": b"black\n",
    "adult/very_restrictive_expression": b"expression.example\n",
    "LICENSE.pdf": b"license.example\n",
}


def tarred(files: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return packed.getvalue()


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


PACKED: Final = {
    "tar": lambda: tarred(UT1_FILES),
    "tar.gz": lambda: gzip.compress(tarred(UT1_FILES)),
    "tar.xz": lambda: lzma.compress(tarred(UT1_FILES)),
    "zip": lambda: zipped(UT1_FILES.items()),
}


@pytest.mark.parametrize("packed", [*PACKED, "folder"])
def test_of_ut1_its_names_and_urls_are_read(tmp_path: Path, packed: str) -> None:
    path = tmp_path / f"adult-{packed}"
    if packed == "folder":
        path.mkdir()
        for name, content in UT1_FILES.items():
            (path / Path(name).name).write_bytes(content)
    else:
        path.write_bytes(PACKED[packed]())
    lists = Lists(tmp_path, path)
    assert all(map(lists.blocking, ("www.bad.example", "whole.example")))
    assert not any(map(lists.blocking, ("site.example", "expression.example", "license.example")))
    (report,) = lists.reports
    assert report.run is not None
    assert (report.run.names, report.run.addresses) == (2, 1)
    (skipped,) = report.run.skipped.values()
    assert skipped.examples[0].endswith("urls line 2: site.example/path")


def test_a_zip_holds_lists_of_several_formats(tmp_path: Path) -> None:
    path = tmp_path / "lists.zip"
    files = {"a.txt": HOSTS, "b.txt": ADBLOCK, "c.rpz": ZONE}
    path.write_bytes(zipped((name, text.encode()) for name, text in files.items()))
    lists = Lists(tmp_path, path)
    assert lists.blocking("worse.example")
    assert lists.blocking("exact.example")
    assert lists.blocking("absolute.example")
    assert not lists.blocking("walled.example")


def test_no_list_of_a_web_page_gives_a_name(tmp_path: Path) -> None:
    page = '<!DOCTYPE html>\n<html>\n<body>\n<a href="https://bad.example/">\n</body>\n</html>\n'
    lists = lists_of(tmp_path, page)
    assert not lists.blocking("bad.example")
    (report,) = lists.reports
    assert (report.run, report.state) == (None, State.MISSING)
    assert "those of a web page" in report.error
