import asyncio
import threading

from filterdns.control.latest_write import LatestWrite
from filterdns.tasks import Tasks


def test_what_is_written_is_there_when_the_wait_is_over() -> None:
    async def run() -> None:
        written: list[int] = []
        assert await LatestWrite(Tasks()).write(lambda: written.append(1))
        assert written == [1]

    asyncio.run(run())


def test_a_disk_that_stands_still_holds_up_one_thread_and_nobody_else() -> None:
    async def run() -> None:
        written: list[int] = []
        disk = threading.Event()

        def first() -> None:
            disk.wait(10)
            written.append(1)

        tasks = Tasks()
        place = LatestWrite(tasks, patience_seconds=0.05)
        assert not await place.write(first)
        threads = threading.active_count()
        for number in (2, 3, 4):
            assert not await place.write(lambda number=number: written.append(number))  # type: ignore[misc]
        assert threading.active_count() == threads
        assert written == []
        disk.set()
        await tasks.finish(10)
        assert written == [1, 4]  # what was named over is not written

    asyncio.run(run())


def test_an_error_leaves_the_place_usable() -> None:
    async def run() -> None:
        written: list[int] = []
        place = LatestWrite(Tasks())
        await place.write(lambda: written.append(1 // 0))
        assert await place.write(lambda: written.append(2))
        assert written == [2]

    asyncio.run(run())
