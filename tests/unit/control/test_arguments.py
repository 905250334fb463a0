from pathlib import Path

from filterdns.control.arguments import read_arguments

NEEDED = ["--config", "c.yaml", "--state", "/s", "--run", "/r", "--fd", "5"]


def test_arguments_are_read() -> None:
    options, descriptor = read_arguments([*NEEDED, "--upstream", "a", "--upstream", "b"])
    assert descriptor == 5
    assert options.upstreams == ("a", "b")
    assert options.folders.control_socket == Path("/r/control.sock")
    assert options.workers is None
    assert options.in_use is None


def test_what_is_in_use_is_where_is_listened_and_how_many_work() -> None:
    options, _ = read_arguments([*NEEDED, "--in-use", '[[["::1", 53]], 2]'])
    assert options.in_use == ((("::1", 53),), 2)
