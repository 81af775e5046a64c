"""What an apply works with."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from orphancleanup.clock import Clock
from orphancleanup.execute.worker import Opener
from orphancleanup.journal import Journal
from orphancleanup.progress import Progress
from orphancleanup.settings import HttpSettings


@dataclass(frozen=True, slots=True)
class Watch:
    """The time, who watches, and whether to go on.

    :param should_stop: answers whether Ctrl-C was pressed.
    """

    clock: Clock
    progress: Progress
    should_stop: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Means:
    """What an apply works with.

    :param opener: answers cloud and handlers on a worker.
    """

    executor: Executor
    opener: Opener
    journal: Journal
    watch: Watch
    http: HttpSettings
