"""The REST API on the control socket: JSON in, JSON out, every verb a function of `control`.

Errors are `{"error": {"problems": ["…"]}}`. What goes on for a while answers with one JSON object a
line.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from filterdns.blocklists.fetching.job import Fetched, FetchProgress
from filterdns.blocklists.guards.reviews import SourceKey
from filterdns.blocklists.job import BuildReport, Progress
from filterdns.control.devices import read_devices
from filterdns.control.explain import Asked, explain
from filterdns.control.plain_meaning import to_values
from filterdns.control.query_log import Wanted, follow_log, read_log
from filterdns.control.refresh import build_lists
from filterdns.control.reload import problems_of, reload
from filterdns.control.restart import restart
from filterdns.control.reviews import decide, waiting
from filterdns.control.running import RunningFilter
from filterdns.control.status import read_lists, read_status
from filterdns.control.timetable import WantedTimetable, read_timetable
from filterdns.control.web_lists import update_lists
from filterdns.control.who import who
from filterdns.errors import BlocklistError, ControlError, FilterdnsError, StateError

MAX_QUESTIONS: Final = 1000
MAX_BODY_BYTES: Final = 1 << 20
EXPLAINED_AT_ONCE: Final = 20  # then other requests and the workers' records get their turn
LINES: Final = "application/x-ndjson"


def make_api(running: RunningFilter) -> Starlette:
    """Return the application that serves *running*."""
    api = _Api(running)
    return Starlette(
        routes=[
            Route("/api/status", api.status),
            Route("/api/reload", api.reload, methods=["POST"]),
            Route("/api/restart", api.restart, methods=["POST"]),
            Route("/api/schedule", api.schedule),
            Route("/api/explain", api.explain),
            Route("/api/explain", api.explain_all, methods=["POST"]),
            Route("/api/meaning", api.meaning),
            Route("/api/log", api.log),
            Route("/api/devices", api.devices),
            Route("/api/lists", api.lists),
            Route("/api/lists/build", api.build_lists, methods=["POST"]),
            Route("/api/lists/update", api.update_lists, methods=["POST"]),
            Route("/api/lists/review", api.review),
            Route("/api/lists/review", api.decide, methods=["POST"]),
            Route("/api/lists/who", api.who),
        ],
        exception_handlers={
            FilterdnsError: _on_error,
            HTTPException: _on_http_error,
            Exception: _on_fault,
        },
    )


Tell = Callable[[dict[str, Any]], None]


class _Api:
    def __init__(self, running: RunningFilter) -> None:
        self._running = running

    async def status(self, _: Request) -> Response:
        return JSONResponse(read_status(self._running))

    async def reload(self, _: Request) -> Response:
        return JSONResponse({"warnings": await reload(self._running)})

    async def restart(self, _: Request) -> Response:
        await restart(self._running)
        return JSONResponse({"restarting": True})

    async def explain(self, request: Request) -> Response:
        return JSONResponse(self._explain(dict(request.query_params)))

    async def schedule(self, request: Request) -> Response:
        wanted = WantedTimetable.from_texts(dict(request.query_params))
        rules, now = self._running.in_force.rules, self._running.clock.now()
        return JSONResponse(await asyncio.to_thread(read_timetable, wanted, rules, now))

    async def explain_all(self, request: Request) -> Response:
        try:
            questions = json.loads(await _body(request))["questions"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ControlError('the body has to be like {"questions": [{"who": …}]}') from None
        if not isinstance(questions, list) or len(questions) > MAX_QUESTIONS:
            raise ControlError(f"questions have to be a list of at most {MAX_QUESTIONS}")
        answers = []
        for number, question in enumerate(questions):
            if number % EXPLAINED_AT_ONCE == 0:
                await asyncio.sleep(0)
            try:
                answers.append(self._explain(question))
            except ControlError as error:
                answers.append(_error(error))
        return JSONResponse({"answers": answers})

    async def meaning(self, _: Request) -> Response:
        running = self._running
        options, meaning = running.options, running.in_force.rules.compiled
        # A school's is megabytes: other requests get their turn meanwhile.
        values = await asyncio.to_thread(to_values, meaning)
        given = [key for key in ("upstreams", "workers") if getattr(options, key)]
        return JSONResponse({"meaning": values, "given": given})

    async def log(self, request: Request) -> Response:
        parameters = dict(request.query_params)
        is_followed = parameters.pop("follow", "") not in ("", "0")
        wanted = Wanted.from_texts(parameters)
        page = await read_log(self._running, wanted)
        if not is_followed:
            return JSONResponse({"rows": [asdict(row) for row in page.rows]})
        rows = follow_log(self._running, wanted, page)
        return StreamingResponse(_lines(rows), media_type=LINES)

    async def devices(self, _: Request) -> Response:
        return JSONResponse(await read_devices(self._running))

    async def lists(self, _: Request) -> Response:
        return JSONResponse(read_lists(self._running))

    async def build_lists(self, _: Request) -> Response:
        return self._told(self._build)

    async def update_lists(self, request: Request) -> Response:
        is_forced = request.query_params.get("force", "") not in ("", "0")
        return self._told(lambda tell: self._update(tell, force=is_forced))

    async def review(self, _: Request) -> Response:
        return JSONResponse({"waiting": waiting(self._running)})

    async def decide(self, request: Request) -> Response:
        try:
            values = json.loads(await _body(request))
            source = SourceKey(str(values["category"]), str(values["list"]))
            names = [str(name) for name in values.get("names", [])]
            is_accepted = {"accept": True, "reject": False}[values["decision"]]
        except (ValueError, KeyError, TypeError):
            raise ControlError(
                'a decision has "category", "list", "decision": accept or reject, and "names"'
            ) from None
        done = await decide(self._running, source, names, is_accepted=is_accepted)
        return JSONResponse({"done": done})

    async def who(self, request: Request) -> Response:
        return JSONResponse(await who(self._running, request.query_params.get("name", "")))

    def _told(self, work: Callable[[Tell], Awaitable[None]]) -> Response:
        """Answer with what *work* tells, a line each, and with its error if it has one."""
        said: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        # A task of its own: whoever asked may go away, and the work goes on to its end.
        self._running.tasks.spawn(_tell_all(work, said))
        return StreamingResponse(_lines(_until_none(said)), media_type=LINES)

    async def _build(self, tell: Tell) -> None:
        report = await build_lists(
            self._running, lambda progress: tell({"t": "progress", **progress._asdict()})
        )
        tell({"t": "report", **self._result(report)})

    async def _update(self, tell: Tell, *, force: bool) -> None:
        def hear(said: FetchProgress | Fetched | Progress) -> None:
            match said:
                case Progress():
                    tell({"t": "progress", **said._asdict()})
                case FetchProgress():
                    tell({"t": "progress", "step": "fetch", **said._asdict()})

        fetched = await update_lists(self._running, hear, force=force)
        report = self._running.lists.report
        assert report is not None
        web = [{**each._asdict(), "path": str(each.path or "")} for each in fetched]
        tell({"t": "report", **self._result(report), "fetched": web})

    def _result(self, report: BuildReport) -> dict[str, Any]:
        sources = read_lists(self._running)["sources"]
        return {"names": report.names, "seconds": report.seconds, "sources": sources}

    def _explain(self, values: object) -> dict[str, Any]:
        if not isinstance(values, dict):
            raise ControlError("a question has to be an object")
        running = self._running
        return explain(
            Asked.from_values(values),
            running.in_force.rules,
            running.clock.now(),
            is_time_known=running.clock.is_known,
            bindings=running.nearby.bindings,
        )


async def _body(request: Request) -> bytes:
    """Return the body of *request*; raises `ControlError` where it is too long to be meant."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise ControlError(f"the body is over {MAX_BODY_BYTES} bytes; ask in several parts")
    return bytes(body)


async def _tell_all(
    work: Callable[[Tell], Awaitable[None]], said: asyncio.Queue[dict[str, Any] | None]
) -> None:
    try:
        await work(said.put_nowait)
    except FilterdnsError as error:
        said.put_nowait({"t": "error", **_error(error)})
    except Exception as error:
        said.put_nowait({"t": "error", **_error(error)})
        raise  # the task tells the log
    finally:
        said.put_nowait(None)


async def _until_none(
    said: asyncio.Queue[dict[str, Any] | None],
) -> AsyncIterator[dict[str, Any]]:
    while (message := await said.get()) is not None:
        yield message


async def _lines(messages: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    async for message in messages:
        yield json.dumps(message).encode() + b"\n"


def _error(error: Exception) -> dict[str, Any]:
    return {"error": {"problems": problems_of(error)}}


async def _on_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, FilterdnsError)
    is_of_disk = isinstance(error, StateError | BlocklistError)
    return JSONResponse(_error(error), status_code=503 if is_of_disk else 422)


async def _on_http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": {"problems": [error.detail]}}, status_code=error.status_code)


async def _on_fault(_: Request, error: Exception) -> Response:
    """Answer an error of ours; it is raised again behind us, and the log has all of it."""
    return JSONResponse(_error(error), status_code=500)
