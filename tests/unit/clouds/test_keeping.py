"""What plugins open besides the cloud: once, and closed at the end whatever happens."""

import contextlib
import threading
import time

from orphancleanup.clouds.keeping import Keeper


class Session:
    def __init__(self, closed, error=None):
        self.closed, self.error = closed, error

    def close(self):
        self.closed.append(self)
        if self.error:
            raise self.error


def test_whoever_asks_for_the_same_gets_the_same():
    keeper, made = Keeper(), []

    def make():
        time.sleep(0.02)
        made.append(Session([]))
        return made[-1]

    threads = [threading.Thread(target=keeper.kept, args=('array', make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [keeper.kept('array', make)] == made


def test_what_could_not_be_opened_is_opened_the_next_time():
    keeper, session = Keeper(), Session([])

    def fail():
        raise OSError('not yet')

    with contextlib.suppress(OSError):
        keeper.kept('array', fail)
    assert keeper.kept('array', lambda: session) is session


def test_everything_is_closed_although_something_fails(caplog):
    keeper, closed = Keeper(), []
    first, second = Session(closed), Session(closed, OSError('lost'))
    keeper.kept('first', lambda: first)
    keeper.kept('second', lambda: second)
    keeper.close()
    keeper.close()
    assert closed == [second, first]
    assert 'second could not be closed: lost' in caplog.text
