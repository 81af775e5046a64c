"""What became of the entries of a plan."""

import enum
from dataclasses import dataclass

from orphancleanup.model import Evidence, Level, Ref


class Result(enum.StrEnum):
    """How an entry of a plan ended."""

    REMOVED = 'removed'
    ALREADY_GONE = 'already-gone'
    LEFT = 'not-removed'
    CHANGED = 'skipped-because-it-changed'
    BLOCKED = 'blocked'
    UNTRIED = 'not-attempted'

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of the resource."""
        return self in (Result.REMOVED, Result.ALREADY_GONE)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step that would have been tried next, had its level been allowed.

    :param option: the option of ``cleanup`` that allows it (``--force``); empty when it is allowed.
    """

    name: str
    level: Level

    @property
    def option(self) -> str:
        return '' if self.level is Level.API else f'--{self.level}'


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry.

    :param text: one sentence: why it is not gone, or what took it along.
    :param steps: the names of the steps that were tried, in order.
    :param evidence: what explains the failure; empty when there is none.
    """

    ref: Ref
    name: str
    project_id: str
    result: Result
    text: str = ''
    steps: tuple[str, ...] = ()
    next_step: NextStep | None = None
    evidence: tuple[Evidence, ...] = ()
