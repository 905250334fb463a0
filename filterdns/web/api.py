"""The REST API on the control socket: JSON in, JSON out, every verb a function of `control`.

Errors are `{"error": {"problems": ["…"]}}`. What goes on for a while answers with one JSON object a
line.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from filterdns.blocklists.job import Progress
from filterdns.control.explain import Asked, explain
from filterdns.control.lists import describe_source
from filterdns.control.query_log import Wanted, follow_log, read_log
from filterdns.control.refresh import build_lists
from filterdns.control.reload import problems_of, reload
from filterdns.control.restart import restart
from filterdns.control.running import RunningFilter
from filterdns.control.status import read_lists, read_status
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
            Route("/api/explain", api.explain),
            Route("/api/explain", api.explain_all, methods=["POST"]),
            Route("/api/log", api.log),
            Route("/api/lists", api.lists),
            Route("/api/lists/build", api.build_lists, methods=["POST"]),
        ],
        exception_handlers={
            FilterdnsError: _on_error,
            HTTPException: _on_http_error,
            Exception: _on_fault,
        },
    )


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

    async def log(self, request: Request) -> Response:
        parameters = dict(request.query_params)
        is_followed = parameters.pop("follow", "") not in ("", "0")
        wanted = Wanted.from_texts(parameters)
        page = await read_log(self._running, wanted)
        if not is_followed:
            return JSONResponse({"rows": [asdict(row) for row in page.rows]})
        rows = follow_log(self._running, wanted, page)
        return StreamingResponse(_lines(rows), media_type=LINES)

    async def lists(self, _: Request) -> Response:
        return JSONResponse(read_lists(self._running))

    async def build_lists(self, _: Request) -> Response:
        said: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        # A task of its own: whoever asked may go away, and the build goes on to its end.
        self._running.tasks.spawn(self._build(said))
        return StreamingResponse(_lines(_until_none(said)), media_type=LINES)

    async def _build(self, said: asyncio.Queue[dict[str, Any] | None]) -> None:
        def tell(progress: Progress) -> None:
            said.put_nowait({"t": "progress", **progress._asdict()})

        try:
            report = await build_lists(self._running, tell)
        except FilterdnsError as error:
            said.put_nowait({"t": "error", **_error(error)})
        except Exception as error:
            said.put_nowait({"t": "error", **_error(error)})
            raise  # the task tells the log
        else:
            sources = [describe_source(source) for source in report.sources]
            said.put_nowait(
                {
                    "t": "report",
                    "names": report.names,
                    "seconds": report.seconds,
                    "sources": sources,
                }
            )
        finally:
            said.put_nowait(None)

    def _explain(self, values: object) -> dict[str, Any]:
        if not isinstance(values, dict):
            raise ControlError("a question has to be an object")
        running = self._running
        return explain(
            Asked.from_values(values),
            running.in_force.rules,
            running.clock.now(),
            is_time_known=running.clock.is_known,
        )


async def _body(request: Request) -> bytes:
    """Return the body of *request*; raises `ControlError` where it is too long to be meant."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise ControlError(f"the body is over {MAX_BODY_BYTES} bytes; ask in several parts")
    return bytes(body)


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
