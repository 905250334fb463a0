"""Many questions explained: by the running filter, or by a config without one."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from filterdns.cli.client import running_filter
from filterdns.cli.offline import built_lists, compiled_config, offline_calendars
from filterdns.cli.options import folders_to_serve
from filterdns.control.explain import Asked, explain
from filterdns.control.rules import Rules
from filterdns.errors import ControlError

ASKED_AT_ONCE: Final = 500  # the filter takes 1,000 in one request

Answers = list[dict[str, Any]]
Explain = Callable[[Sequence[Asked]], Answers]
"""Answers questions in their order; one that cannot be answered is an `error` in its place."""


@contextmanager
def explainer(config: Path | None, directory: Path | None) -> Iterator[Explain]:
    """Give what explains: the running filter of *directory*, or *config* with its lists.

    No more than `ASKED_AT_ONCE` questions at a time. Raises what both raise.
    """
    if config is None:
        client = running_filter(directory)

        def ask_filter(questions: Sequence[Asked]) -> Answers:
            asked = [question._asdict() for question in questions]
            answers: Answers = client.post("/api/explain", {"questions": asked})["answers"]
            return answers

        yield ask_filter
        return
    compiled = compiled_config(config, offline_calendars(directory))
    lists_folder = folders_to_serve(directory).lists if directory is not None else None
    with built_lists(compiled, lists_folder) as built:
        rules = Rules(compiled, built.index, {})
        yield lambda questions: [_explained(question, rules) for question in questions]


def _explained(question: Asked, rules: Rules) -> dict[str, Any]:
    try:
        return explain(question, rules, time.time())
    except ControlError as error:
        return {"error": {"problems": [str(error)]}}
