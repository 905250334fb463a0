"""A job and what a fetch says survive the way through JSON."""

from pathlib import Path

import pytest

from filterdns.blocklists.fetching.job import (
    Done,
    Fetched,
    FetchJob,
    FetchProgress,
    NameServer,
    Said,
    State,
    WebSource,
    from_line,
    to_line,
)
from filterdns.blocklists.fetching.limits import Limits
from filterdns.errors import BlocklistError

JOB = FetchJob(
    sources=(WebSource("adult", "big", "https://lists.example/big.txt", "ab" * 32),),
    folder=Path("fetched"),
    upstreams=(NameServer("192.0.2.1", 53, "tcp"),),
    allow_private=True,
    allowed_networks=("192.0.2.0/24",),
    force=True,
    limits=Limits(max_bytes=5, retry_seconds=(1.0, 2.0)),
)


def test_a_job_is_read_as_it_was_written() -> None:
    assert FetchJob.from_json(JOB.to_json()) == JOB


def test_a_job_needs_no_more_than_sources_and_a_folder() -> None:
    assert FetchJob.from_json('{"sources": [], "folder": "x"}') == FetchJob((), Path("x"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"sources": [{}], "folder": "x"}',
        '{"sources": [], "folder": "x", "limits": {"no": 1}}',
        '{"sources": [], "folder": "x", "allowed_networks": ["no"]}',
        '{"sources": [["adult", "big"]], "folder": "x"}',
    ],
)
def test_what_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(BlocklistError, match="the fetch got no job"):
        FetchJob.from_json(text)


def test_a_checksum_that_is_none_is_refused_and_one_in_upper_case_is_read() -> None:
    job = JOB.to_json()
    with pytest.raises(BlocklistError, match="expected 64 hex digits"):
        FetchJob.from_json(job.replace("ab" * 32, "abc"))
    assert FetchJob.from_json(job.replace("ab" * 32, "AB" * 32)) == JOB


@pytest.mark.parametrize(
    "said",
    [
        FetchProgress("big", 1, 2),
        Fetched("adult", "big", State.NEW, Path("fetched/ab.text"), "ab", 7),
        Fetched("adult", "big", State.FAILED, error="no"),
        Done(),
    ],
)
def test_what_a_fetch_says_is_read_as_it_was_written(said: Said) -> None:
    line = to_line(said)
    assert "\n" not in line
    assert from_line(line) == said


def test_a_failed_fetch_is_raised_with_its_words() -> None:
    with pytest.raises(BlocklistError, match=r"^no space$"):
        from_line(to_line(BlocklistError("no space")))


@pytest.mark.parametrize(
    "line",
    ["", "[]", "{}", '{"t": "fetched"}', '{"t": "progress", "x": 1}', '{"t": "done", "x": 1}'],
)
def test_what_is_no_line_of_a_fetch_is_refused(line: str) -> None:
    with pytest.raises(BlocklistError, match="the fetch said"):
        from_line(line)
