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
        ("3c22.fb01.0203", "mac", "3c:22:fb:01:02:03"),
    ],
)
def test_a_client_is_known_by(text: str, key: str, value: str) -> None:
    device, meaning = read_device(text)
    assert device is not None
    assert (device.key, device.value, device.is_known) == (key, value, True)
    assert not meaning


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("laptop", "mac", "the MAC of laptop"),
        ("Mia's phone", "mac", "the MAC of Mia's phone"),
        ("kid-*", "mac", "the MAC of kid-*"),
        ("tablet.fritz.box", "mac", "the MAC of tablet.fritz.box"),
        (":eth0.20", "network", "the network of eth0.20"),
    ],
)
def test_a_name_and_an_interface_leave_a_device_to_be_filled_in(
    text: str, key: str, value: str
) -> None:
    device, meaning = read_device(text)
    assert device is not None
    assert (device.key, device.value, device.is_known) == (key, value, False)
    assert meaning.startswith("kept as a comment")


@pytest.mark.parametrize("text", ["mia-9f2c71d0", "MIA-9F2C71D0"])
def test_an_id_that_nobody_guesses_is_carried_over(text: str) -> None:
    device, meaning = read_device(text, takes_ids=True)
    assert device is not None
    assert (device.key, device.value, device.is_known) == ("id", "mia-9f2c71d0", True)
    assert "asks encrypted" in meaning


@pytest.mark.parametrize("text", ["mia-phone", "a", "mia-12345678", "aabbccddeeff"])
def test_an_id_that_can_be_guessed_is_a_comment(text: str) -> None:
    device, meaning = read_device(text, takes_ids=True)
    assert device is not None
    assert (device.key, device.value, device.is_known) == ("id", text, False)
    assert "random letters" in meaning


@pytest.mark.parametrize("text", ["", "1.2.3.4/99", "0.0.0.0", "ff02::1", "12", "a/b", "a\nb"])
def test_nobody_is_known_by_anything_else(text: str) -> None:
    assert read_device(text).device is None
    assert "left out" in read_device(text).meaning


@pytest.mark.parametrize("text", ["-x", "Mia's phone", ":eth0", "tablet.lan"])
def test_no_client_sends_such_an_id(text: str) -> None:
    assert read_device(text, takes_ids=True).device is None


@pytest.mark.parametrize("text", ["01:00:5e:00:00:01", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"])
def test_the_mac_of_no_single_device_is_left_out(text: str) -> None:
    device, meaning = read_device(text)
    assert device is None
    assert "of no single device" in meaning
