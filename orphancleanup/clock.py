"""Time as the package sees it: UTC now, and a monotonic count of seconds."""

import datetime
import time
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime.datetime:
        """Return the current time, aware, UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
