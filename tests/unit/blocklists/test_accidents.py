"""Real publications that were broken: caught; the last good copy stays, the list comes back."""

import lzma
from pathlib import Path

import pytest

from filterdns.blocklists.build import build_index
from filterdns.blocklists.job import SourceReport, SourceSpec, State
from tests.support.pack import LISTS, has_pack

pytestmark = pytest.mark.skipif(not has_pack(), reason="the pack of public lists is not there")

GAMBLING = "incidents/blp_gambling_1_before_2026-06-23.hosts.xz"
PORN = "adult/4skin_HOSTS.hosts.xz"


def built(folder: Path, text: bytes) -> SourceReport:
    path = folder / "list"
    path.write_bytes(text)
    spec = SourceSpec("adult", "file:list", path)
    [report] = build_index([spec], folder / "runs", folder, patterns={}).sources
    return report


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GAMBLING, "incidents/blp_gambling_2_emptied_2026-06-23.hosts.xz"),
        (GAMBLING, "incidents/blp_gambling_3_partial_2026-06-28.hosts.xz"),
        (GAMBLING, "gambling/blp_gambling_2020.hosts.xz"),  # grown, and full of advertising
        (PORN, "incidents/blp_porn_1_emptied_2026-06-23.hosts.xz"),
        (PORN, "incidents/blp_porn_2_partial_2026-06-24.hosts.xz"),
        ("malware/blp_phishing.domains.xz", "incidents/ut1_phishing_shrunk_2026-06-08.domains.xz"),
    ],
)
def test_an_accident_is_caught_and_the_way_back_works(
    tmp_path: Path, before: str, after: str
) -> None:
    good, bad = (lzma.decompress((LISTS / name).read_bytes()) for name in (before, after))
    first = built(tmp_path, good)
    assert first.state is State.GOOD
    accident = built(tmp_path, bad)
    assert accident.state is State.QUARANTINED
    assert accident.run == first.run
    assert built(tmp_path, good + b"\nback.example\n").state is State.GOOD
