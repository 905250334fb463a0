import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from filterdns import __version__
from filterdns.cli.client import ControlClient
from filterdns.control.plain_meaning import from_values
from filterdns.errors import ControlError, FilterUnavailable
from tests.support.api import served_filter, with_client
from tests.support.control import FAMILY

WITH_LIST = FAMILY.replace("categories: {", "categories: {drugs: {sources: ['file:list']}, ")


def test_the_status_is_answered(tmp_path: Path) -> None:
    found = with_client(tmp_path, lambda client: client.get("/api/status"))
    assert (found["version"], found["people"]) == (__version__, 3)


def test_what_is_in_force_is_answered_compiled(tmp_path: Path) -> None:
    found = with_client(tmp_path, lambda client: client.get("/api/meaning"))
    assert found["given"] == []
    assert from_values(found["meaning"]).ruleset.people.keys() == {"mia", "ben", "ada"}


def test_a_question_is_explained(tmp_path: Path) -> None:
    found = with_client(
        tmp_path,
        lambda client: client.get("/api/explain", who="mia", name="games.example", at="12:00"),
    )
    assert (found["verdict"], found["row"]) == ("blocked", "A10")


def test_a_timetable_is_answered(tmp_path: Path) -> None:
    found = with_client(tmp_path, lambda client: client.get("/api/schedule", who="mia", days="2"))
    assert [window["schedule"] for window in found["windows"]] == ["bedtime"]
    assert len(found["days"]) == 2


def test_many_questions_are_explained_each_with_its_own_error(tmp_path: Path) -> None:
    questions = [{"who": who, "name": "games.example"} for who in ["mia", "nobody", "ada"] * 30]
    answers = with_client(
        tmp_path, lambda client: client.post("/api/explain", {"questions": questions})
    )["answers"]
    assert len(answers) == 90
    assert answers[0]["verdict"] == "blocked"
    assert 'nobody is called "nobody"' in answers[1]["error"]["problems"][0]
    assert answers[2]["verdict"] == "allowed"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"questions": [{"who": "mia", "name": "a.example"}] * 1001}, "a list of at most 1000"),
        ({"questions": [{"who": "m" * (1 << 20)}]}, "over 1048576 bytes"),
        ({"questions": 7}, "a list of at most 1000"),
        ({}, 'like {"questions"'),
    ],
)
def test_more_than_can_be_meant_is_refused(
    tmp_path: Path, body: dict[str, Any], complaint: str
) -> None:
    def ask(client: ControlClient) -> None:
        with pytest.raises(ControlError, match=complaint):
            client.post("/api/explain", body)

    with_client(tmp_path, ask)


def test_a_reload_answers_with_warnings(tmp_path: Path) -> None:
    assert with_client(tmp_path, lambda client: client.post("/api/reload")) == {"warnings": []}


def test_a_refused_reload_answers_with_every_problem(tmp_path: Path) -> None:
    def ask(client: ControlClient) -> str:
        (tmp_path / "config.yaml").write_text("people: 7\npolicies: 8\n")
        with pytest.raises(ControlError) as refused:
            client.post("/api/reload")
        return str(refused.value)

    problems = with_client(tmp_path, ask).splitlines()
    assert any(problem.startswith("config.yaml:1:") for problem in problems)
    assert any(problem.startswith("config.yaml:2:") for problem in problems)


def test_a_build_tells_its_progress_and_its_end(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("pills.example\n")
    lines = with_client(
        tmp_path, lambda client: list(client.follow("POST", "/api/lists/build")), WITH_LIST
    )
    assert lines[0]["t"] == "progress"
    assert lines[-1]["t"] == "report"
    assert "drugs" in [source["category"] for source in lines[-1]["sources"]]


def test_a_failed_build_tells_why(tmp_path: Path) -> None:
    def ask(client: ControlClient) -> list[Any]:
        (tmp_path / "state" / "lists" / "runs").write_text("in the way")
        return list(client.follow("POST", "/api/lists/build"))

    [line] = with_client(tmp_path, ask)
    assert line["t"] == "error"
    assert line["error"]["problems"]


def test_lists_are_told_with_what_became_of_their_lines(tmp_path: Path) -> None:
    def ask(client: ControlClient) -> Any:
        list(client.follow("POST", "/api/lists/build"))
        return client.get("/api/lists")

    found = with_client(tmp_path, ask)
    assert found["names"] > 1000
    assert found["sources"][0]["names"] > 0


def test_the_log_is_read(tmp_path: Path) -> None:
    async def run() -> Any:
        async with served_filter(tmp_path) as running:
            now = int(running.clock.now())
            rows = [["mia", "tablet", "games.example", "", "A10", "block", now, now, 2]]
            running.recorder.add(rows, now)
            client = ControlClient(running.options.folders.control_socket)
            return await asyncio.to_thread(client.get, "/api/log", who="mia")

    [row] = asyncio.run(run())["rows"]
    assert (row["name"], row["count"]) == ("games.example", 2)


def test_a_follower_gets_a_line_for_each_row_until_the_end(tmp_path: Path) -> None:
    async def run() -> list[Any]:
        async with served_filter(tmp_path) as running:
            now = int(running.clock.now())
            rows = [["mia", "tablet", "games.example", "", "A10", "block", now, now, 2]]
            running.recorder.add(rows, now)
            client = ControlClient(running.options.folders.control_socket)
            lines = client.follow("GET", "/api/log", follow=1)
            first = await asyncio.to_thread(next, lines)
            running.is_over.set()
            return [first, *await asyncio.to_thread(list, lines)]

    [row] = asyncio.run(run())
    assert row["name"] == "games.example"


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda client: client.get("/api/explain"), "who and name are needed"),
        (lambda client: client.get("/api/explain", who="mia", nam="x"), '"nam" cannot be asked'),
        (lambda client: client.post("/api/explain", {"x": 1}), "the body has to be like"),
        (lambda client: client.post("/api/explain", {"questions": 7}), "have to be a list"),
        (lambda client: client.get("/api/log", since="ever"), "since: "),
        (lambda client: client.get("/api/nothing"), "Not Found"),
        (lambda client: client.post("/api/status"), "Method Not Allowed"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    tmp_path: Path, ask: Callable[[ControlClient], Any], complaint: str
) -> None:
    with pytest.raises(ControlError, match=complaint):
        with_client(tmp_path, ask)


def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    def ask(client: ControlClient) -> Any:
        (tmp_path / "run" / "image").unlink()
        (tmp_path / "run" / "image").mkdir()
        return client.post("/api/reload")

    with pytest.raises(ControlError, match="the image cannot be written"):
        with_client(tmp_path, ask)


def test_an_error_of_ours_is_told_and_the_log_has_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with served_filter(tmp_path) as running:
            client = ControlClient(running.options.folders.control_socket)
            lists, running.lists = running.lists, None  # type: ignore[assignment]
            with pytest.raises(
                FilterUnavailable, match=r"^internal error: AttributeError\("
            ) as told:
                await asyncio.to_thread(client.post, "/api/reload")
            lines = await asyncio.to_thread(lambda: list(client.follow("POST", "/api/lists/build")))
            running.lists = lists
            assert str(told.value).endswith("; the log has more")
            assert lines[-1]["error"]["problems"][0].startswith("internal error: ")

    asyncio.run(run())
    assert caplog.text.count("Traceback") == 2
