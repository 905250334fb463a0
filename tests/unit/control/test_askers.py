"""Who has asked, by what workers tell."""

import pytest

from filterdns.control import askers as askers_module
from filterdns.control.askers import Askers
from filterdns.devices.detections import Asker, FindingKind, unmarked_routers
from filterdns.devices.makers import Makers
from filterdns.devices.seen import SeenDevices

MIA, BEN = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04"
ITSELF, OTHERS, BEHIND = 0, 1, 2
NOON = 1_000_000 * 1800.0


class Stage:
    """Askers, and the devices that they tell of; Mia is at 192.168.1.20."""

    def __init__(self) -> None:
        self.seen = SeenDevices(Makers([]))
        self.askers = Askers(
            self.seen,
            lambda address: MIA if address == "192.168.1.20" else "",
            lambda address: address == "192.168.1.2",
        )

    def take(self, *rows: list[object], at: float = NOON) -> None:
        self.askers.take([row if len(row) > 4 else [*row, []] for row in rows], at)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_who_asks_is_seen_to_ask(stage: Stage) -> None:
    stage.take(["192.168.1.20", "", ITSELF, 7], ["10.9.9.9", "", ITSELF, 1])
    mia, stranger = stage.seen.find(MIA), stage.seen.find("10.9.9.9")
    assert mia is not None
    assert stranger is not None
    assert mia.asked_at == stranger.asked_at == NOON
    assert set(stage.askers.of_last_hour(NOON)) == {Asker("192.168.1.20", 7), Asker("10.9.9.9", 1)}


def test_this_host_is_no_device_of_the_house(stage: Stage) -> None:
    stage.take(["192.168.1.2", "", ITSELF, 7])
    assert not len(stage.seen)
    assert stage.askers.of_last_hour(NOON) == []


def test_behind_a_forwarder_the_device_is_seen_and_the_forwarder_is_marked(stage: Stage) -> None:
    stage.take(["192.168.1.1", BEN, BEHIND, 5], ["192.168.1.1", MIA, BEHIND, 2])
    stage.take(["192.168.1.1", "", OTHERS, 7])
    ben = stage.seen.find(BEN)
    assert ben is not None
    assert ben.asked_at == NOON
    assert stage.askers.of_last_hour(NOON) == [Asker("192.168.1.1", 7, is_marked=True)]
    assert not list(stage.askers.unmarked_forwarders(NOON))


def test_a_forwarder_that_does_not_tell_is_known(stage: Stage) -> None:
    stage.take(["192.168.1.1", "", BEHIND, 5])
    assert list(stage.askers.unmarked_forwarders(NOON)) == [("192.168.1.1", 5)]
    assert len(stage.seen) == 0


def test_it_is_forgotten_after_an_hour(stage: Stage) -> None:
    stage.take(["10.9.9.9", "", ITSELF, 7])
    stage.take(["10.9.9.9", "", ITSELF, 2], at=NOON + 1800)
    assert stage.askers.of_last_hour(NOON + 3599) == [Asker("10.9.9.9", 9)]
    assert stage.askers.of_last_hour(NOON + 3600) == [Asker("10.9.9.9", 2)]
    assert stage.askers.of_last_hour(NOON - 7200) == []  # the clock was set


def test_which_devices_are_behind_an_address_is_known_for_an_hour(stage: Stage) -> None:
    stage.take(["10.9.9.9", "", ITSELF, 7, ["captive.apple.com", "diary.example", 5]])
    stage.take(["10.9.9.9", "", ITSELF, 2, ["msftconnecttest.com"]], at=NOON + 1800)
    [asker] = stage.askers.of_last_hour(NOON + 1800)
    assert asker.names == {"captive.apple.com", "msftconnecttest.com"}  # and no other name
    assert [kind.kind for kind in unmarked_routers([asker], ())] == [FindingKind.UNMARKED_ROUTER]
    [asker] = stage.askers.of_last_hour(NOON + 3600)
    assert asker.names == {"msftconnecttest.com"}


def test_addresses_that_anybody_makes_up_are_bounded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(askers_module, "MAX_ADDRESSES", 5)
    for number in range(50):
        stage.take([f"10.0.0.{number}", "", ITSELF, 1])
    assert len(stage.askers.of_last_hour(NOON)) == 5


@pytest.mark.parametrize(
    "rows",
    [
        None,
        {},
        [None],
        [[]],
        [["10.0.0.1", "", 0]],
        [["10.0.0.1", "", 0, 1]],
        [["10.0.0.1", "", 0, 1, "captive.apple.com"]],
        [["10.0.0.1", "", 0, 0, []]],
        [["10.0.0.1", "", 0, -1, []]],
        [["10.0.0.1", "", 0, True, []]],
        [["10.0.0.1", "", 0, 1 << 41, []]],
        [["10.0.0.1", "", 9, 1, []]],
        [["10.0.0.1", "kitchen", 2, 1, []]],
        [["nowhere", "", 0, 1, []]],
        [[7, "", 0, 1, []]],
    ],
)
def test_what_no_worker_says_is_refused(stage: Stage, rows: object) -> None:
    with pytest.raises(ValueError, match=r"asker|address|Role"):
        stage.askers.take(rows, NOON)
