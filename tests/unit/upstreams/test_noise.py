"""Random bytes in bulk."""

from filterdns.upstreams.noise import Noise


def test_no_bytes_are_handed_out_twice() -> None:
    noise = Noise()
    taken = [noise.take(16) for _ in range(1000)]
    assert len(set(taken)) == 1000


def test_as_many_bytes_come_as_are_asked_for() -> None:
    noise = Noise()
    assert [len(noise.take(count)) for count in (2, 255, 1000, 0, 1024)] == [2, 255, 1000, 0, 1024]


def test_two_sources_differ() -> None:
    assert Noise().take(16) != Noise().take(16)
