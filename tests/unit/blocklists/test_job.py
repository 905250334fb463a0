"""A job and what a build says survive the way through JSON."""

from pathlib import Path

import pytest

from filterdns.blocklists.formats.item import Reason
from filterdns.blocklists.job import (
    BuildReport,
    Job,
    Progress,
    SourceReport,
    SourceSpec,
    from_line,
    to_line,
)
from filterdns.blocklists.parse_report import Skipped
from filterdns.blocklists.run import RunReport
from filterdns.errors import BlocklistError

RUN = RunReport(9, 1, 4, 1, 1, 2, skipped={Reason.URL: Skipped(2, ["line 3: bad.example/x"])})
REPORT = BuildReport(
    index=Path("lists/index-00.idx"),
    key="00",
    is_new=True,
    names=4,
    file_bytes=1000,
    seconds=0.5,
    sources=(
        SourceReport("adult", "starter", RUN, Path("runs/00.run")),
        SourceReport("adult", "file:/x", None, None, "/x: cannot be read: No such file"),
    ),
)


def test_a_job_is_read_as_it_was_written() -> None:
    job = Job((SourceSpec("adult", "starter", Path("adult.txt")),), Path("runs"), Path("lists"))
    assert Job.from_json(job.to_json()) == job


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sources": [{}]}', '{"sources": 1}', "\udcff"])
def test_what_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(BlocklistError, match="the build got no job"):
        Job.from_json(text)


@pytest.mark.parametrize("said", [REPORT, Progress("read", "adult starter", 10, 20)])
def test_what_a_build_says_is_read_as_it_was_written(said: BuildReport | Progress) -> None:
    line = to_line(said)
    assert "\n" not in line
    assert from_line(line) == said


def test_a_failed_build_is_raised_with_its_words() -> None:
    with pytest.raises(BlocklistError, match=r"^no space$"):
        from_line(to_line(BlocklistError("no space")))


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"t": "report"}', '{"t": "progress", "x": 1}'])
def test_what_is_no_line_of_a_build_is_refused(line: str) -> None:
    with pytest.raises(BlocklistError, match="the build said"):
        from_line(line)
