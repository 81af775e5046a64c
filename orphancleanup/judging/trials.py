"""What a test run came to: its tests, when each ran, and how it ended. Pure."""

import datetime
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


class Ending(enum.StrEnum):
    """How a test ended; the first need a look first."""

    FAILED = 'failed'
    KILLED = 'killed'
    PASSED = 'passed'
    SKIPPED = 'skipped'
    NOT_RUN = 'not run'


@dataclass(frozen=True, slots=True)
class Trial:
    """One test of a run, or the set-up of a class.

    :param id: without the tags that tempest writes behind it in brackets.
    :param class_name: with its module; empty when the id has none.
    :param began: aware, UTC, by the clock of the machine that ran it; None when it is not told.
    :param ended: likewise; None while it ran, too.
    :param failure: the line of its traceback that says what went wrong; empty when it did not fail.
    """

    id: str
    class_name: str
    ending: Ending
    began: datetime.datetime | None = None
    ended: datetime.datetime | None = None
    failure: str = ''

    def ran_at(self, since: datetime.datetime, until: datetime.datetime) -> bool:
        """Return whether it ran at some time of an interval; what was killed ran to the end."""
        if self.began is None or self.began > until:
            return False
        return self.ended >= since if self.ended else self.ending is Ending.KILLED


@dataclass(frozen=True)
class TestRun:
    """The tests of a run.

    :param source: the file that they were read from.
    :param is_torn: whether what was written of it ends in the middle.
    """

    #: pytest is not to take it for a test
    __test__ = False

    trials: tuple[Trial, ...]
    source: str = ''
    is_torn: bool = False

    @cached_property
    def span(self) -> tuple[datetime.datetime, datetime.datetime] | None:
        """The first and the last moment that it tells of; None when it tells no times."""
        times = [each for trial in self.trials for each in (trial.began, trial.ended) if each]
        return (min(times), max(times)) if times else None

    @cached_property
    def is_cut(self) -> bool:
        """Whether it was killed: it is torn, or some tests did not come to their end, or to their beginning."""
        return self.is_torn or any(self.ending_of(each) is Ending.KILLED for each in self.trials)

    @cached_property
    def _told_off(self) -> frozenset[str]:
        """The classes whose set-up failed or was skipped: that is why their tests were not run."""
        return frozenset(each.class_name for each in self.trials if each.id.startswith('setUpClass'))

    def ending_of(self, trial: Trial) -> Ending:
        """Return how a trial ended; what was announced and did not come to its turn, nor was told off, was killed."""
        is_left = trial.ending is Ending.NOT_RUN and trial.class_name not in self._told_off
        return Ending.KILLED if is_left else trial.ending

    @cached_property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """The last part of a class's name to all classes whose name ends so."""
        found: dict[str, dict[str, None]] = {}
        for trial in self.trials:
            if trial.class_name:
                found.setdefault(trial.class_name.rpartition('.')[2], {})[trial.class_name] = None
        return {name: tuple(classes) for name, classes in found.items()}

    @cached_property
    def of_class(self) -> Mapping[str, tuple[Trial, ...]]:
        """Class to its trials."""
        found: dict[str, list[Trial]] = {}
        for trial in self.trials:
            found.setdefault(trial.class_name, []).append(trial)
        return {name: tuple(trials) for name, trials in found.items()}
