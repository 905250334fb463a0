"""When an upstream counts as down, and when it is tried again."""

from filterdns.upstreams.health import Health, State


def fallen(now: float = 100.0) -> Health:
    health = Health()
    for _ in range(3):
        health.failed("no answer in time", now)
    return health


def test_the_third_failure_in_a_row_is_the_one_that_counts() -> None:
    health = Health()
    assert [health.failed("x", 100.0) for _ in range(5)] == [False, False, True, False, False]


def test_an_answer_starts_the_count_anew() -> None:
    health = Health()
    for _ in range(5):
        health.failed("x", 100.0)
        health.failed("x", 100.0)
        health.answered()
    assert health.state is State.UP


def test_an_upstream_that_is_down_is_due_after_a_second() -> None:
    health = fallen(100.0)
    assert not health.is_due(100.9)
    assert health.is_due(101.0)


def test_only_one_question_tries_an_upstream_that_is_down() -> None:
    health = fallen(100.0)
    health.try_again(101.0)
    assert not health.is_due(101.0)


def test_pauses_double_up_to_a_minute() -> None:
    health, now, pauses = fallen(100.0), 101.0, []
    for _ in range(8):
        health.try_again(now)
        pause = next(seconds for seconds in range(1, 100) if health.is_due(now + seconds))
        pauses.append(pause)
        now += pause
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]


def test_the_pause_starts_anew_with_the_next_fall() -> None:
    health = fallen(100.0)
    health.try_again(101.0)
    health.answered()
    for _ in range(3):
        health.failed("x", 200.0)
    assert health.is_due(201.0)


def test_one_answer_puts_it_up_and_is_news_once() -> None:
    health = fallen()
    assert [health.answered(), health.answered()] == [True, False]
    assert (health.state, health.failures) == (State.UP, 0)


def test_the_last_error_stays_to_be_read() -> None:
    health = fallen()
    health.answered()
    assert health.last_error == "no answer in time"


def test_a_loop_is_never_due_and_no_answer_ends_it() -> None:
    health = Health()
    assert [health.looped(), health.looped()] == [True, False]
    health.answered()
    assert not health.is_due(1e9)


def test_a_loop_ends_when_probes_are_silent() -> None:
    health = Health()
    health.looped()
    assert [health.looped_no_more(), health.looped_no_more()] == [True, False]
    assert health.is_due(0.0)


def test_silent_probes_do_not_put_up_what_is_down() -> None:
    health = fallen()
    health.looped_no_more()
    assert health.state is State.DOWN
