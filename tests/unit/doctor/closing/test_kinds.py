import pytest

from filterdns.doctor.closing.kinds import KINDS
from filterdns.doctor.closing.plan import make_plan
from filterdns.doctor.targets import built_in_targets
from filterdns.upstreams.endpoint import Endpoint

SERVERS = [Endpoint("192.168.1.2", 53), Endpoint("fd00::2", 53)]


@pytest.mark.parametrize("name", KINDS)
def test_lines_are_written_for_every_kind_and_fit_on_a_screen(name: str) -> None:
    text = KINDS[name].write(make_plan(SERVERS, "br-lan", built_in_targets().doh_addresses()))
    assert "192.168.1.2" in text
    assert text.endswith("\n")
    assert max(map(len, text.expandtabs(4).splitlines())) <= 120
