"""`/healthz` and `/readyz`: a code for machines, a few words for whoever looks at them."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from filterdns.control.health import Health, is_alive, is_ready
from filterdns.control.running import RunningFilter

WELL, UNWELL = 200, 503
HEADERS: Final = {"Cache-Control": "no-store"}


def health_routes(running: RunningFilter) -> list[Route]:
    """Return the routes that tell the health of *running*; in JSON for those who ask for it."""

    async def healthz(request: Request) -> Response:
        return _answer(request, is_alive(running))

    async def readyz(request: Request) -> Response:
        return _answer(request, is_ready(running))

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _answer(request: Request, health: Health) -> Response:
    code = WELL if health.is_well else UNWELL
    if _wants_json(request):
        return JSONResponse(health.to_values(), code, HEADERS)
    return PlainTextResponse(health.to_text(), code, HEADERS)


def _wants_json(request: Request) -> bool:
    is_accepted = "application/json" in request.headers.get("accept", "")
    return is_accepted or request.query_params.get("format") == "json"
