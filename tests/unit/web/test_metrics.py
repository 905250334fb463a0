import asyncio
import urllib.request
from pathlib import Path

from filterdns.web.metrics import make_metrics_site
from filterdns.web.server import WebServer, tcp_listener
from tests.support.control import running_filter


def test_the_page_is_served_as_prometheus_wants_it(tmp_path: Path) -> None:
    async def run() -> tuple[str, bytes]:
        async with running_filter(tmp_path) as running:
            listener = tcp_listener("127.0.0.1", 0)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/metrics"
            server = WebServer(make_metrics_site(running), listener)
            running.tasks.spawn(server.run())
            found = await asyncio.to_thread(read, url)
            server.stop()
            return found

    content_type, page = asyncio.run(run())
    assert content_type.startswith("text/plain; version=0.0.4")
    assert b"filterdns_build_info" in page


def read(url: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.headers["Content-Type"], response.read()
