"""Takes the steps of handlers for a database step: what a stack's rows name goes first, by its own service's API."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from orphancleanup.clouds import timeliness
from orphancleanup.errors import (
    ApiError,
    CloudError,
    DatabaseRefused,
    Forbidden,
    NotFound,
    OrphancleanupError,
    StepUnavailable,
)
from orphancleanup.installed import asking, ladders
from orphancleanup.judging import rules
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Level, Ref, Resource
from orphancleanup.rescue.tools import Tools
from orphancleanup.strangers import guarded

#: seconds that an error state from before a step may still show after it
_GRACE = 10.0
LOG = logging.getLogger(__name__)
_REPLIES = {400: 'refused', 403: 'forbidden', 404: 'gone', 409: 'refused'}


@dataclass(slots=True)
class _Tried:
    """What was tried for one part.

    :ivar spent: the steps that were refused, or have failed.
    :ivar is_forbidden: whether one was answered with 403.
    :ivar why: what came of the last one.
    """

    spent: set[str] = field(default_factory=set)
    is_forbidden: bool = False
    why: str = 'it was not removed'


class Remover:
    """Removes resources one after another, and waits until each is gone."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def remove(self, refs: Iterable[Ref]) -> None:
        """Remove them, in this order; what is refused is tried again after another one has gone.

        :raises DatabaseRefused: when one stays, or the plan does not name it.
        """
        waiting = list(dict.fromkeys(refs))
        while waiting:
            why: dict[Ref, str] = {}
            for ref in waiting:
                left = self._remove(ref)
                if left:
                    why[ref] = left
                else:
                    LOG.info('%s: gone', ref)
            if len(why) == len(waiting):
                ref = waiting[0]
                raise DatabaseRefused(
                    f'{ref} must go first: {why[ref]}; nothing was changed in the database.'
                )
            waiting = [ref for ref in waiting if ref in why]

    def repeat(self, resource: Resource, name: str) -> None:
        """Take one step for a resource as it is now.

        :raises CloudError: when it is refused, not allowed or no longer there.
        """
        fresh = self._look(resource.ref)
        if fresh is None:
            return
        for step in ladders.own_ladder(self._tools.registry, fresh):
            if step.name == name and self._is_allowed(step):
                self._take(step, fresh)
                return
        raise DatabaseRefused(f'The step {name} for {resource.ref} is not there any more, or is not allowed.')

    def _remove(self, ref: Ref) -> str | None:
        """Try to remove one; return why it is still there, None when it is gone."""
        tried = _Tried()
        while True:
            fresh = self._look(ref)
            if fresh is None:
                return None
            why_not = self._why_not(fresh)
            if why_not:
                return why_not
            step = next(iter(self._open(fresh, tried)), None)
            if step is None:
                return tried.why
            tried.spent.add(step.name)
            try:
                self._take(step, fresh)
            except (ApiError, DatabaseRefused, StepUnavailable) as error:
                tried.is_forbidden = tried.is_forbidden or isinstance(error, Forbidden)
                tried.why = f'{step.name}: {error}'
                continue
            if step.removes and self._is_gone_in_time(fresh, tried, step.name):
                return None

    def _why_not(self, fresh: Resource) -> str | None:
        """Return why a part must be left alone: the plan does not name it, or it has changed since."""
        planned = self._tools.planned.get(fresh.ref)
        if planned is None:
            return f'the plan does not name it; name it with --resource {fresh.ref}'
        return rules.changed_since(planned, fresh, frozenset(self._tools.planned))

    def _open(self, fresh: Resource, tried: _Tried) -> Iterable[Step]:
        """Yield the steps that may be tried: none after the first one that is not allowed."""
        for step in ladders.own_ladder(self._tools.registry, fresh):
            if step.name in tried.spent or (step.after_forbidden and not tried.is_forbidden):
                continue
            if not self._is_allowed(step):
                tried.why = f'the step {step.name} is needed, which --{step.level} allows'
                return
            yield step

    def _is_allowed(self, step: Step) -> bool:
        return step.level in self._tools.settings.execution.levels and step.level is not Level.DATABASE

    def _is_gone_in_time(self, before: Resource, tried: _Tried, name: str) -> bool:
        """Wait until something is gone, or its removal has failed."""
        tools = self._tools
        settings = tools.settings.execution
        limit = settings.deadlines.get(before.kind, tools.registry.handler(before.kind).deadline)
        started, pause = tools.clock.monotonic(), settings.first_poll
        while True:
            now = self._look(before.ref)
            if now is None:
                return True
            waited = tools.clock.monotonic() - started
            has_failed = now.condition is Condition.DELETION_FAILED
            if waited > limit or (has_failed and (now.status != before.status or waited > _GRACE)):
                tried.why = f'{name}: it is still {now.status or "there"} after {waited:.0f} s'
                return False
            tools.clock.sleep(pause)
            pause = min(settings.last_poll, 2 * pause)

    def _look(self, ref: Ref) -> Resource | None:
        return asking.look(self._tools.registry, self._tools.cloud, ref)

    def _take(self, step: Step, fresh: Resource) -> None:
        """Take a step; the journal says so before and after it."""
        tools, reply, text = self._tools, 'unknown', ''

        def failed(error: Exception) -> Exception:
            return CloudError(f'the handler of {fresh.kind} failed ({error!r})')

        named = {'kind': fresh.kind, 'id': fresh.id, 'step': step.name}
        tools.journal.write({'event': 'intent', **named})
        try:
            until = tools.clock.monotonic() + tools.settings.execution.freshness
            with timeliness.until(until), guarded(failed, OrphancleanupError):
                step.run(tools.cloud, fresh)
            reply = 'accepted'
        except NotFound as error:
            reply, text = 'gone', error.message
        except OrphancleanupError as error:
            reply, text = _reply(error), str(error)
            raise
        finally:
            tools.journal.note({'event': 'answer', **named, 'reply': reply, 'text': text, 'request_id': ''})


def _reply(error: OrphancleanupError) -> str:
    if isinstance(error, StepUnavailable):
        return 'unavailable'
    return _REPLIES.get(error.status, 'unknown') if isinstance(error, ApiError) else 'unknown'
