"""Questions are explained alike by a config and by the filter that runs with it."""

import asyncio
from pathlib import Path

from filterdns.cli.asking import Answers, explainer
from filterdns.control.explain import Asked
from tests.support.api import served_filter
from tests.support.control import family

QUESTIONS = [
    Asked("mia", "games.example", "2026-03-05 12:00"),
    Asked("nobody", "games.example"),
    Asked("ben", "example.com", "2026-03-05 21:00", "AAAA"),
]


def explained(config: Path | None, directory: Path | None) -> Answers:
    with explainer(config, directory) as explain:
        return explain(QUESTIONS)


def test_a_config_answers_as_its_running_filter_does(tmp_path: Path) -> None:
    family(tmp_path)

    async def ask() -> Answers:
        async with served_filter(tmp_path):
            return await asyncio.to_thread(explained, None, tmp_path)

    running = asyncio.run(ask())
    assert explained(tmp_path / "config.yaml", None) == running
    assert [answer.get("verdict") for answer in running] == ["blocked", None, "blocked"]
    assert "nobody is called" in running[1]["error"]["problems"][0]
