"""Ctrl-C while things are being removed."""

import errno
import signal

import pytest

from orphancleanup.progress import Silence
from orphancleanup.runs import interruption
from tests.signals import interruptible


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_the_run_in_order(number):
    with interruptible(), interruption.watched(Silence()) as stop:
        signal.raise_signal(number)
        assert stop.is_set()


@pytest.mark.parametrize('error', [RuntimeError('reentrant call'), OSError(errno.EIO, 'gone')])
def test_a_terminal_that_takes_no_line_just_now_hinders_no_signal(error):
    class Busy(Silence):
        def note(self, text):
            raise error

    with interruptible(), interruption.watched(Busy()) as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()


def test_a_signal_that_is_ignored_stays_ignored():
    with interruptible():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with interruption.watched(Silence()) as stop:
            signal.raise_signal(signal.SIGINT)
            assert not stop.is_set()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
