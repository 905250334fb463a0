from filterdns.supervisor.back_off import BackOff


def test_each_failure_makes_the_next_try_later_up_to_a_bound() -> None:
    back_off = BackOff(0.5, 3.0)
    waits = []
    for now in (10.0, 20.0, 30.0, 40.0, 50.0):
        back_off.fail(now)
        waits.append(back_off.due_at - now)
    assert waits == [0.5, 1.0, 2.0, 3.0, 3.0]
    assert back_off.failures == 5


def test_success_makes_the_next_try_due_at_once() -> None:
    back_off = BackOff(0.5, 3.0)
    back_off.fail(10.0)
    back_off.succeed()
    assert back_off.due_at <= 10.0
    back_off.fail(20.0)
    assert back_off.due_at == 20.5


def test_failures_without_end_are_no_error() -> None:
    back_off = BackOff(0.5, 3.0)
    for _ in range(5_000):
        back_off.fail(10.0)
    assert back_off.due_at == 13.0
