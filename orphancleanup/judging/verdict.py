"""What is judged of a resource: why it would go, why it stays all the same, and what follows. Values."""

import enum
from dataclasses import dataclass

from orphancleanup.model import Ref, Resource


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a resource is selected: a code for machines, a sentence for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Guard:
    """Why a resource is kept although it may be selected."""

    code: str
    text: str


class Decision(enum.StrEnum):
    """What a verdict comes to."""

    REMOVE = 'remove'
    HELD = 'remove-with-its-owner'
    KEEP = 'keep'


@dataclass(frozen=True, slots=True)
class Verdict:
    """A resource with everything that speaks for and against its removal.

    :param owners: the resources in the plan that take this one along; with any, the decision is ``HELD``.
    """

    resource: Resource
    reasons: tuple[Reason, ...] = ()
    guards: tuple[Guard, ...] = ()
    owners: tuple[Ref, ...] = ()

    @property
    def owner(self) -> Ref | None:
        """The first of its owners."""
        return self.owners[0] if self.owners else None

    @property
    def decision(self) -> Decision:
        if self.guards or not self.reasons:
            return Decision.KEEP
        return Decision.HELD if self.owner else Decision.REMOVE
