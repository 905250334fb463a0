"""The hash of a name under the key of one installation."""

from filterdns.blocklists.name_hash import make_name_hash
from filterdns.dns.names import from_text

NAME = from_text("bad.example")


def test_the_hash_stays_what_files_on_disk_were_made_with() -> None:
    # Another value here needs another format version of runs and index.
    assert list(make_name_hash(bytes(16))([NAME])) == [1680922602315403853]


def test_another_key_gives_another_hash() -> None:
    assert make_name_hash(b"a" * 16)([NAME]) != make_name_hash(b"b" * 16)([NAME])
