"""Lists from the web are built from the copies that there are."""

from pathlib import Path

from filterdns.blocklists.fetching.copies import Copies, Copy
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.job import NOWHERE, SourceSpec, Wanted
from filterdns.control.located import located

URL = "https://x.example/list.txt"
WEB = SourceSpec("ads", URL, NOWHERE, URL)
FILE = SourceSpec("ads", "file:x", Path("x"))


def test_a_list_is_where_its_copy_is_and_a_file_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "1.text").write_text("bad.example\n")
    Copies(tmp_path).write(Copy(URL, file="1.text"))
    found = located(Wanted((FILE, WEB), GuardSettings(), URL), tmp_path)
    assert found.sources == (FILE, WEB._replace(path=tmp_path / "1.text"))
    assert found.guards.popularity == str(tmp_path / "1.text")


def test_a_list_without_a_copy_is_nowhere(tmp_path: Path) -> None:
    Copies(tmp_path).write(Copy(URL, file="gone.text"))
    found = located(Wanted((WEB,), GuardSettings(), "https://x.example/top"), tmp_path)
    assert (found.sources, found.guards.popularity) == ((WEB,), "")
