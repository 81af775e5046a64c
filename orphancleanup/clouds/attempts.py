"""How often and after which pauses a request is tried again."""

import random
from collections.abc import Callable
from typing import TypeVar

import tenacity
from tenacity.stop import stop_base

from orphancleanup.clock import Clock
from orphancleanup.errors import CloudError
from orphancleanup.settings import HttpSettings

T = TypeVar('T')

_FIRST_PAUSE = 0.5


class Again(Exception):
    """An attempt failed in a way that may pass.

    :param error: what is raised when it is not tried again.
    :param pause: the least seconds to wait, as the service asked; 0 when it did not.
    :param is_harmless: whether the service surely did not act on the request.
    """

    def __init__(self, error: CloudError, pause: float = 0.0, is_harmless: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause
        self.is_harmless = is_harmless


class _WaitedEnough(stop_base):
    """Stops when the pauses of one request add up to what nobody should wait for it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        return retry_state.idle_for >= self._seconds


class Attempts:
    """The retries of all requests of a cloud: exponential pauses with jitter, never shorter than Retry-After."""

    def __init__(self, http: HttpSettings, clock: Clock) -> None:
        self._longest = http.longest_wait
        self._growing = tenacity.wait_random_exponential(multiplier=_FIRST_PAUSE, max=http.longest_wait)
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Again),
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(max(1, http.attempts)), _WaitedEnough(2 * http.longest_wait)
            ),
            wait=self._pause,
            sleep=clock.sleep,
            reraise=True,
        )

    def make(self, attempt: Callable[[], T]) -> T:
        """Try until it works.

        :param attempt: raises :class:`Again` when it may be tried again.
        :raises CloudError: the error of the last attempt.
        """
        try:
            return attempt()
        except Again as again:
            failed = [again]

        def following() -> T:
            if failed:
                raise failed.pop()
            return attempt()

        try:
            return self._retrying(following)
        except Again as again:
            raise again.error from again.__cause__

    def _pause(self, state: tenacity.RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.pause if isinstance(failure, Again) else 0.0
        # Everybody who was told the same moment would come back in that moment.
        jittered = asked * random.uniform(1.0, 1.1)
        return min(self._longest, max(jittered, self._growing(state)))
