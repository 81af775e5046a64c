"""What runs on a worker: one job, which asks the cloud. Errors become values here."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from orphancleanup import discover, errors, timeliness
from orphancleanup.api import Cloud
from orphancleanup.clock import Clock
from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Answer, Reading, Sight, Task
from orphancleanup.handler import GivesEvidence
from orphancleanup.ladder import Step
from orphancleanup.listings import attempt
from orphancleanup.model import Evidence, Ref, Resource, Tenant
from orphancleanup.registry import Registry

LOG = logging.getLogger(__name__)

FindProject = Callable[[Cloud, str], Tenant | None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the jobs work with.

    :param find_project: answers a project by its id, None only when Keystone positively has none.
    :param planned: every resource that the plan names, as it saw it; a listing keeps no other.
    """

    cloud: Cloud
    registry: Registry
    clock: Clock
    find_project: FindProject
    planned: Mapping[Ref, Resource]
    freshness: float


class Worker:
    """Does jobs, on any thread. What it found out about projects and parents serves as long as it is fresh."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._known: dict[object, tuple[float, bool]] = {}
        self._lock = threading.Lock()
        project_kinds = bench.registry.project_kinds
        self._projects = frozenset(ref.id for ref in bench.planned if ref.kind in project_kinds)

    # Steps

    def take(self, task: Task) -> Answer:
        """Take one step for one resource, unless what it rests on is too old by now."""
        ref, resource = task.ref, task.resource
        try:
            timeliness_left = task.until - self._bench.clock.monotonic()
            if timeliness_left < 0:
                return Answer(ref, Reply.TOO_LATE)
            with timeliness.until(task.until):
                self._step(task).run(self._bench.cloud, resource)
        except Exception as error:  # the item boundary: one broken item, or handler, must not stop the others
            return _failure(task, error)
        return Answer(ref, Reply.ACCEPTED)

    def _step(self, task: Task) -> Step:
        for step in self._bench.registry.handler(task.ref.kind).ladder(task.resource):
            if step.name == task.step:
                return step
        raise errors.PluginError(f'{task.ref.kind} has no step {task.step} for {task.ref} any more')

    def gather_evidence(self, resource: Resource) -> tuple[Evidence, ...]:
        """Return what a service tells about a resource that would not go."""
        return gather_evidence(self._bench.cloud, self._bench.registry, resource)

    # Readings

    def read(self, reading: Reading) -> Sight:
        """List a kind, or look at some of it."""
        started = self._bench.clock.monotonic()
        try:
            sight = self._listed(reading, started) if reading.is_listing else self._looked(reading, started)
            return self._with_facts(reading, sight)
        except errors.OrphancleanupError as error:
            return Sight(started, failed=str(error))
        except Exception as error:
            LOG.exception('Reading %s failed', reading.kind)
            return Sight(started, failed=_defect(error))

    def _listed(self, reading: Reading, started: float) -> Sight:
        """List a whole kind, and make sure by its id of one that the listing does not show any more.

        A service that cuts a listing without a word would otherwise tell that all of it is gone.
        """
        everything = self._everything(reading)
        found = {ref: each for ref, each in everything.items() if ref in self._bench.planned}
        missing = next((each.ref for each in reversed(reading.questions) if each.ref not in found), None)
        if missing and self._look(missing, has_parts=False):
            raise errors.IncompleteListing(f'the listing of {reading.kind} lacks {missing}, which is there')
        return Sight(started, found, total=len(everything), contents=self._contents(everything))

    def _everything(self, reading: Reading) -> Mapping[Ref, Resource]:
        """Return all of a kind; none of it when nothing is asked about and its service is positively absent."""
        handler = self._bench.registry.handler(reading.kind)
        if reading.questions:
            return discover.listing(handler, self._bench.cloud)
        listed = attempt(handler, self._bench.cloud)
        if listed.unread:
            raise errors.IncompleteListing(listed.unread[0].why)
        return {each.ref: each for each in listed.resources}

    def _contents(self, everything: Mapping[Ref, Resource]) -> dict[str, tuple[Ref, ...]]:
        """Return what of a listing is in the projects that the plan names."""
        found: dict[str, list[Ref]] = {}
        for ref, resource in everything.items() if self._projects else ():
            if resource.project_id in self._projects:
                found.setdefault(resource.project_id, []).append(ref)
        return {project: tuple(refs) for project, refs in found.items()}

    def _looked(self, reading: Reading, started: float) -> Sight:
        sight = Sight(started)
        for question in reading.questions:
            try:
                fresh = self._look(question.ref, reading.is_alone)
                if fresh:
                    sight.found[question.ref] = fresh
            except errors.OrphancleanupError as error:
                sight.unclear[question.ref] = str(error)
            except Exception as error:
                LOG.exception('Looking at %s failed', question.ref)
                sight.unclear[question.ref] = _defect(error)
        return sight

    def _look(self, ref: Ref, has_parts: bool) -> Resource | None:
        bench = self._bench
        known = bench.planned.get(ref) or Resource(ref)
        fresh = bench.registry.handler(ref.kind).look(bench.cloud, known)
        if fresh and fresh.ref != ref:
            raise errors.IncompleteListing(
                f'asked for {ref}, the handler showed {fresh.ref}; tell its author'
            )
        return discover.with_parts(bench.registry, bench.cloud, fresh) if fresh and has_parts else fresh

    def _with_facts(self, reading: Reading, sight: Sight) -> Sight:
        """Ask for the projects and the parents on whose absence reasons rest."""
        projects: dict[str, bool] = {}
        gone: set[Ref] = set()
        unclear = dict(sight.unclear)
        for question in reading.questions:
            fresh = sight.found.get(question.ref)
            if fresh is None or not question.asks_facts:
                continue
            try:
                if question.project_id:
                    projects[question.project_id] = self._exists(question.project_id)
                gone |= {p for p in fresh.parents if question.asks_parents and self._is_gone(p)}
            except errors.OrphancleanupError as error:
                unclear[question.ref] = str(error)
        return replace(sight, unclear=unclear, projects=projects, gone=frozenset(gone))

    def _exists(self, project_id: str) -> bool:
        def ask() -> bool:
            return self._bench.find_project(self._bench.cloud, project_id) is not None

        return self._remembered(('project', project_id), ask)

    def _is_gone(self, parent: Ref) -> bool:
        return self._remembered(parent, lambda: self._look(parent, has_parts=False) is None)

    def _remembered(self, key: object, ask: Callable[[], bool]) -> bool:
        with self._lock:
            at, answer = self._known.get(key, (-float('inf'), False))
        now = self._bench.clock.monotonic()
        # Half of what a look may be old: the answer serves a look that is to serve a step in turn.
        if now - at <= self._bench.freshness / 2:
            return answer
        answer = ask()
        with self._lock:
            self._known[key] = (now, answer)
        return answer


def _failure(task: Task, error: Exception) -> Answer:
    """Return what an error says about a step. Only 400, 403 and 409 are refusals: all else tells nothing about it."""
    ref = task.ref
    if isinstance(error, errors.TooLate):
        return Answer(ref, Reply.TOO_LATE, str(error))
    if isinstance(error, errors.ApiError | errors.Unreachable):
        return Answer(ref, _reply(error), error.message, error.request_id)
    if isinstance(error, errors.OrphancleanupError):
        # No token, no proof, no such step any more: nothing was refused, so nothing harsher may follow.
        return Answer(ref, Reply.UNKNOWN, str(error))
    LOG.error('The step %s of %s failed', task.step, ref, exc_info=error)
    return Answer(ref, Reply.UNKNOWN, _defect(error))


_REPLIES: Mapping[type[errors.CloudError], Reply] = {
    errors.NotFound: Reply.GONE,
    errors.Forbidden: Reply.FORBIDDEN,
    errors.BadRequest: Reply.REFUSED,
    errors.Conflict: Reply.REFUSED,
}


def _reply(error: errors.CloudError) -> Reply:
    return _REPLIES.get(type(error), Reply.UNKNOWN)


def _defect(error: Exception) -> str:
    return f'the handler failed ({type(error).__name__}: {error}); see the log'


def gather_evidence(cloud: Cloud, registry: Registry, resource: Resource) -> tuple[Evidence, ...]:
    """Return what a service tells about a resource that would not go; a failure to ask is evidence too."""
    handler = registry.handler(resource.kind)
    if not isinstance(handler, GivesEvidence):
        return ()
    try:
        return tuple(handler.evidence(cloud, resource))
    except errors.CloudError as error:
        return (Evidence('api', f'more could not be read: {error}'),)
    except Exception as error:
        LOG.exception('The evidence of %s could not be read', resource.ref)
        return (Evidence('api', f'more could not be read ({type(error).__name__}: {error}); see the log'),)
