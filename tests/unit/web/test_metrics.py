from pathlib import Path

from tests.support.site import asked


def test_the_page_is_served_as_prometheus_wants_it(tmp_path: Path) -> None:
    answer = asked(tmp_path, "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "filterdns_build_info" in answer.body
