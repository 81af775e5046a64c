"""Steps: what a handler can do to remove one resource."""

from collections.abc import Callable
from dataclasses import dataclass

from orphancleanup.api import Cloud
from orphancleanup.model import Level, Resource


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder.

    :param name: unique in its ladder, the word that the journal and the report use (``force-delete``).
    :param run: asks the cloud for it; returning means accepted, not done. :class:`orphancleanup.errors.NotFound`
        means that the resource is gone already, :class:`orphancleanup.errors.StepUnavailable` that the step has changed
        nothing since it cannot be taken here; any other error of the tree that the step failed.
    :param level: what must be allowed for it.
    :param removes: False for a step that only prepares the next one (``reset-state``): the engine looks
        again and goes on to the next step of the ladder without waiting for the resource to go.
    :param after_forbidden: True for a step that is of use only when one before it was answered with 403, and that is
        left out otherwise.
    :param keeps_parts: True for a step that removes the resource only, and leaves behind what it held (``abandon``):
        the report tells what of it no handler knows.
    """

    name: str
    run: Callable[[Cloud, Resource], None]
    level: Level = Level.API
    removes: bool = True
    after_forbidden: bool = False
    keeps_parts: bool = False
