import signal
import threading

from filterdns.supervisor.signals import Signals


def raise_signal(number: int) -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, number)


def test_signals_can_be_waited_for() -> None:
    with Signals() as signals:
        raise_signal(signal.SIGHUP)
        raise_signal(signal.SIGTERM)
        assert sorted(signals.received()) == [signal.SIGHUP, signal.SIGTERM]


def test_no_signal_is_no_number() -> None:
    with Signals() as signals:
        assert signals.received() == []


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Signals():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
