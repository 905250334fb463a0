import pytest

from filterdns.importing.devices import read_device


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("192.168.1.20", "ip", "192.168.1.20"),
        ("FD00::20", "ip", "fd00::20"),
        ("::ffff:192.168.1.20", "ip", "192.168.1.20"),
        ("192.168.1.7/24", "network", "192.168.1.0/24"),
        ("3C-22-FB-01-02-03", "mac", "3c:22:fb:01:02:03"),
        ("mia-phone", "id", "mia-phone"),
    ],
)
def test_a_client_is_known_by(text: str, key: str, value: str) -> None:
    device = read_device(text)
    assert device is not None
    assert (device.key, device.value) == (key, value)


@pytest.mark.parametrize("text", ["", ":eth0", "1.2.3.4/99", "Mia's phone", "ff02::1", "-x"])
def test_nobody_is_known_by_anything_else(text: str) -> None:
    assert read_device(text) is None
