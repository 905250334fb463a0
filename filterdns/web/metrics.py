"""What machines that watch over the filter read, on a listener of its own: metrics and health."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from filterdns.control.metrics_page import metrics_page
from filterdns.control.running import RunningFilter
from filterdns.history.metrics_text import CONTENT_TYPE
from filterdns.web.health import health_routes


def make_metrics_site(running: RunningFilter) -> Starlette:
    """Return the application that serves `/metrics`, `/healthz` and `/readyz` of *running*."""

    async def metrics(_: Request) -> Response:
        return Response(metrics_page(running), headers={"Content-Type": CONTENT_TYPE})

    return Starlette(routes=[Route("/metrics", metrics), *health_routes(running)])
