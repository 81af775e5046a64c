"""A clock that passes only when somebody sleeps."""

import datetime
import threading
import time


class FakeClock:
    """Time for tests: :meth:`sleep` moves it on and returns at once. For many threads.

    :param start: aware, UTC.
    """

    def __init__(self, start: datetime.datetime | None = None) -> None:
        self._start = start or datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        self._seconds = 0.0
        self._lock = threading.Lock()
        #: every pause that was asked for, in seconds
        self.pauses: list[float] = []

    def now(self) -> datetime.datetime:
        """Return the start plus all that was slept."""
        return self._start + datetime.timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return the seconds that were slept."""
        with self._lock:
            return self._seconds

    def sleep(self, seconds: float) -> None:
        """Move on."""
        with self._lock:
            self._seconds += max(0.0, seconds)
            self.pauses.append(seconds)
        # Other threads get their turn, as they would in a real pause.
        time.sleep(0)

    def advance(self, seconds: float) -> None:
        """Move on without anybody having slept."""
        with self._lock:
            self._seconds += seconds
