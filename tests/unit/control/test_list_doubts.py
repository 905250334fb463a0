from pathlib import Path

import pytest

from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.job import SourceReport
from filterdns.control.list_doubts import doubt_about


def report(folder: Path, content: bytes, error: str = "") -> SourceReport:
    (folder / "list").write_bytes(content)
    run = compile_run(folder / "list", folder, b"key")
    run.close()
    return SourceReport("drugs", "file:list", run.report, run.path, error)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html>\n<p>Gone</p>\n", "a line of a web page: line 1: <!doctype html>"),
        (bytes(range(128, 256)) * 9, "no domain name: line 1: "),
        (
            b"||tracker.example^$third-party\n",
            "a rule with a condition that is not met here: line 1: ||tracker",
        ),
    ],
    ids=["web page", "picture", "format"],
)
def test_what_gives_no_name_is_doubtful(tmp_path: Path, content: bytes, reason: str) -> None:
    doubt = doubt_about(report(tmp_path, content))
    assert doubt is not None
    assert "no line of" in doubt.message
    assert reason in doubt.message
    assert doubt.cure


@pytest.mark.parametrize(
    "content",
    [b"", b"# to come\n", b"pills.example\n", b"pills.example\n<p>and a line of a page</p>\n"],
    ids=["empty", "comments", "names", "a name"],
)
def test_what_gives_names_or_says_nothing_is_not(tmp_path: Path, content: bytes) -> None:
    assert doubt_about(report(tmp_path, content)) is None


def test_what_has_failed_has_its_error_already(tmp_path: Path) -> None:
    assert doubt_about(report(tmp_path, b"<p>", "cannot be read")) is None
