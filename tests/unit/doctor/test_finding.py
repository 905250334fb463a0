import pytest

from filterdns.doctor.finding import MANY, Finding, Seen, State, Way

WAY = Way("doh", "DNS over HTTPS", "It is open.", "It is closed.", "close it")


def finding(*states: State) -> Finding:
    return Finding(WAY, tuple(Seen(f"t{n}", state, state.value) for n, state in enumerate(states)))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((State.CLOSED, State.OPEN, State.UNCLEAR), State.OPEN),
        ((State.UNCLEAR, State.CLOSED), State.CLOSED),
        ((State.UNCLEAR, State.UNCLEAR), State.UNCLEAR),
        ((State.TOLD, State.UNCLEAR), State.TOLD),
        ((), State.UNCLEAR),
    ],
)
def test_one_try_that_gets_through_is_enough(states: tuple[State, ...], expected: State) -> None:
    assert finding(*states).state is expected


def test_the_summary_tells_what_decided() -> None:
    assert finding(State.CLOSED, State.OPEN, State.OPEN).summary == "t1, t2: open"


def test_many_targets_are_counted() -> None:
    assert finding(*[State.OPEN] * (MANY + 3)).summary == "t0, t1, t2, t3 and 3 more: open"


def test_meaning_and_cure_go_with_the_state() -> None:
    assert (finding(State.OPEN).meaning, finding(State.OPEN).cure) == ("It is open.", "close it")
    assert (finding(State.CLOSED).meaning, finding(State.CLOSED).cure) == ("It is closed.", "")
    assert (finding(State.UNCLEAR).meaning, finding(State.UNCLEAR).cure) == ("", "")
