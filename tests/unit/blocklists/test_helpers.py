"""Helpers do what they are given, in order, and never leave anybody waiting."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from filterdns.blocklists.helpers import ALONE, Helpers, helper_count
from filterdns.blocklists.mapped import map_file
from filterdns.errors import BlocklistError


def test_results_come_in_the_order_of_the_tasks_whoever_is_slower() -> None:
    with Helpers(2) as helpers:
        pauses = [0.2, *[0.0] * 12, 0.1, 0.0]
        assert list(helpers.map(time.sleep, ((pause,) for pause in pauses))) == [None] * len(pauses)
        assert list(helpers.map(divmod, ((n, 7) for n in range(30)))) == [
            divmod(n, 7) for n in range(30)
        ]


def test_alone_the_work_is_done_here() -> None:
    assert list(ALONE.map(os.getpid, [()])) == [os.getpid()]


def test_helpers_are_other_processes_and_end_with_the_build() -> None:
    with Helpers(2) as helpers:
        pids = set(helpers.map(os.getpid, [()] * 20))
        assert os.getpid() not in pids
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_large_tasks_and_results_pass() -> None:
    with Helpers(2) as helpers:
        texts = [b"%d" % n * 3_000_000 for n in range(6)]
        assert list(helpers.map(bytes.upper, ((text,) for text in texts))) == texts


def test_what_the_work_raises_is_raised_here() -> None:
    with Helpers(1) as helpers, pytest.raises(BlocklistError, match="cannot be read"):
        list(helpers.map(map_file, [(Path("/none"),)]))


def test_a_helper_that_is_gone_is_an_error_in_words() -> None:
    with Helpers(1) as helpers, pytest.raises(BlocklistError, match="a helper of the build ended"):
        list(helpers.map(os._exit, [(3,)]))


def test_tasks_are_taken_only_when_there_is_somebody_to_do_them() -> None:
    taken = []

    def tasks() -> Iterator[tuple[int]]:
        for number in range(100):
            taken.append(number)
            yield (number,)

    with Helpers(2) as helpers:
        results = helpers.map(abs, tasks())
        assert next(results) == 0
        assert len(taken) < 10


def test_one_core_has_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert helper_count() == 0
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert helper_count() == 2
