"""All that is served over HTTP."""

from filterdns.control.running import RunningFilter
from filterdns.web.api import make_api
from filterdns.web.metrics import make_metrics_site
from filterdns.web.server import WebServer
from filterdns.web.sockets import Sockets


def make_servers(running: RunningFilter, sockets: Sockets) -> list[WebServer]:
    """Return who serves *running* on *sockets*, which they own."""
    servers = [WebServer(make_api(running), sockets.control)]
    if sockets.metrics is not None:
        servers.append(WebServer(make_metrics_site(running), sockets.metrics))
    return servers
