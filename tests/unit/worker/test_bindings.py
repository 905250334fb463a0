"""Bindings on their way from control to the client slots."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from filterdns.resolver.bindings import Bindings, write_bindings
from filterdns.tasks import Tasks
from filterdns.worker.bindings import BindingsReader, known_bindings
from tests.support.control import eventually
from tests.support.plane import Plane

TABLET, PHONE = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04"


class Stage:
    """A reader of bindings and the slots that it fills."""

    def __init__(self, folder: Path) -> None:
        self.plane = Plane()
        self.tasks = Tasks()
        self.reader = BindingsReader(self.plane.slots, self.tasks.spawn)
        self.path = folder / "bindings"

    def known(self) -> dict[str, str]:
        return self.plane.slots.bindings.mac_by_address

    def name_file(self) -> None:
        self.reader.hear({"t": "bindings", "path": str(self.path)})

    def tell(self, *pairs: tuple[str, str]) -> None:
        self.reader.hear({"t": "bindings", "pairs": [list(each) for each in pairs]})


Scene = Callable[[Stage], Coroutine[Any, Any, None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        async def inside() -> None:
            stage = Stage(tmp_path)
            await scene(stage)
            await stage.tasks.finish(5.0)

        asyncio.run(inside())

    return run


def test_what_changes_is_in_the_slots_at_once(play: Callable[..., None]) -> None:
    async def scene(stage: Stage) -> None:
        stage.tell(("10.0.0.1", TABLET), ("10.0.0.2", PHONE))
        stage.tell(("10.0.0.2", ""))
        assert stage.known() == {"10.0.0.1": TABLET}

    play(scene)


def test_a_file_takes_the_place_of_all_that_was_known(play: Callable[..., None]) -> None:
    async def scene(stage: Stage) -> None:
        stage.tell(("10.0.0.9", PHONE))
        write_bindings(Bindings({"10.0.0.1": TABLET}, ("10.0.0.0/8",)), stage.path)
        stage.name_file()
        assert await eventually(lambda: stage.known() == {"10.0.0.1": TABLET})
        assert stage.plane.slots.bindings.links == ("10.0.0.0/8",)

    play(scene)


def test_what_comes_while_the_file_is_read_is_said_after_it(play: Callable[..., None]) -> None:
    async def scene(stage: Stage) -> None:
        many = {f"10.{n >> 8}.{n & 255}.1": TABLET for n in range(5000)}
        write_bindings(Bindings(many, ()), stage.path)
        stage.name_file()
        await asyncio.sleep(0)  # it has begun
        stage.tell(("10.0.1.1", PHONE))
        stage.tell(("10.0.2.1", PHONE), ("10.0.2.1", ""))
        many |= {"10.0.1.1": PHONE}
        del many["10.0.2.1"]
        assert await eventually(lambda: stage.known() == many)

    play(scene)


def test_of_files_named_meanwhile_the_last_one_counts(
    play: Callable[..., None], tmp_path: Path
) -> None:
    async def scene(stage: Stage) -> None:
        write_bindings(Bindings({"10.0.0.1": TABLET}, ()), stage.path)
        stage.name_file()
        await asyncio.sleep(0)
        stage.path = tmp_path / "other"
        write_bindings(Bindings({"10.0.0.2": TABLET}, ()), stage.path)
        stage.name_file()
        stage.name_file()
        assert await eventually(lambda: stage.known() == {"10.0.0.2": TABLET})

    play(scene)


def test_a_damaged_file_changes_nothing_and_is_told(
    play: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(stage: Stage) -> None:
        stage.tell(("10.0.0.1", TABLET))
        stage.path.write_text("nonsense")
        stage.name_file()
        assert await eventually(lambda: "those that were known before stay" in caplog.text)
        assert stage.known() == {"10.0.0.1": TABLET}
        stage.tell(("10.0.0.2", PHONE))
        assert await eventually(lambda: "10.0.0.2" in stage.known())

    play(scene)


def test_a_worker_is_born_with_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "bindings"
    write_bindings(Bindings({"10.0.0.1": TABLET}, ("10.0.0.0/8",)), path)
    born = asyncio.run(known_bindings(path))
    assert born.mac_by_address == {"10.0.0.1": TABLET}
    assert born.links == ("10.0.0.0/8",)


@pytest.mark.parametrize("text", [None, "nonsense"])
def test_without_a_file_it_waits_for_everybody(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "bindings"
    if text is not None:
        path.write_text(text)
    for born in (asyncio.run(known_bindings(path)), asyncio.run(known_bindings(None))):
        assert born.links is None
