"""What runs on a worker: one job, which asks the cloud. Errors become values here."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from orphancleanup import errors
from orphancleanup.clouds import timeliness, transcript
from orphancleanup.clouds.projects import find_project
from orphancleanup.discovery import discover
from orphancleanup.discovery.listings import attempt
from orphancleanup.execute import blocking, facts
from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Answer, Case, Findings, Reading, Sight, Task
from orphancleanup.execute.presence import Presence
from orphancleanup.installed import asking, ladders
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.rescue.rescuer import Rescuer
from orphancleanup.site import Site

LOG = logging.getLogger(__name__)
#: the share of the time for which a look is fresh that what it tells of a project may be older
_SHARED = 0.25


class Worker:
    """Does jobs, on any thread.

    :param planned: every resource that the plan names, as it saw it; a listing keeps no other.
    :param rescuer: takes the steps in databases; None when they were not allowed.
    """

    def __init__(self, site: Site, planned: Mapping[Ref, Resource], rescuer: Rescuer | None = None) -> None:
        self._site, self._planned, self._rescuer = site, planned, rescuer
        project_kinds = site.registry.project_kinds
        self._names: dict[str, str] = {}
        lasts = _SHARED * site.settings.execution.freshness
        self._presence = Presence(self._has_project, site.clock, lasts)
        self._kinds = frozenset(ref.kind for ref in planned)
        self._projects = frozenset(ref.id for ref in planned if ref.kind in project_kinds)

    # Steps

    def take(self, task: Task) -> Answer:
        """Take one step for one resource, unless what it rests on is too old by now."""
        at = self._site.clock.now()
        with transcript.kept() as exchanges:
            answer = self._take(task)
        return replace(answer, exchanges=tuple(exchanges), at=at)

    def _take(self, task: Task) -> Answer:
        try:
            timeliness_left = task.until - self._site.clock.monotonic()
            if timeliness_left < 0:
                return Answer(task.ref, Reply.TOO_LATE)
            with timeliness.until(task.until):
                self._run(self._step(task), task)
        except Exception as error:  # the item boundary: one broken item, or handler, must not stop the others
            return _failure(task, error)
        return Answer(task.ref, Reply.ACCEPTED)

    def _run(self, step: Step, task: Task) -> None:
        rescuer = self._rescuer
        if rescuer and step.level is Level.DATABASE and rescuer.has(task.resource, step.name):
            rescuer.take(task.resource, step.name)
        else:
            step.run(self._site.cloud, task.resource)

    def _step(self, task: Task) -> Step:
        for step in ladders.ladder(self._site.registry, task.resource):
            if step.name == task.step:
                return step
        raise errors.PluginError(f'{task.ref.kind} has no step {task.step} for {task.ref} any more')

    def investigate(self, case: Case) -> Findings:
        """Return what a service tells about a resource that would not go, and what stands in its way."""
        site = self._site
        evidence = asking.evidence(site.registry, site.cloud, case.resource)
        found = blocking.found(site.registry, site.cloud, case)
        return Findings(
            evidence, tuple(replace(each, project=self._project(each.project_id)) for each in found)
        )

    def _project(self, project_id: str) -> str:
        """Return how a project is named to people; each is asked for once."""
        if project_id and project_id not in self._names:
            try:
                project = find_project(self._site.cloud, project_id)
                self._names[project_id] = project.name if project else f'(missing) {project_id}'
            except errors.OrphancleanupError:
                self._names[project_id] = f'(unknown) {project_id}'
        return self._names.get(project_id, '')

    # Readings

    def read(self, reading: Reading) -> Sight:
        """List a kind, or look at some of it."""
        started = self._site.clock.monotonic()
        try:
            with transcript.counted() as count:
                sight = (
                    self._listed(reading, started)
                    if reading.is_listing
                    else self._completed(reading) or self._looked(reading, started)
                )
            sight = replace(sight, requests=count.requests)
            return facts.add(self._site.cloud, reading, sight, self._presence.of, self._is_there)
        except errors.OrphancleanupError as error:
            return Sight(started, failed=str(error))
        except Exception as error:  # it costs this reading only
            LOG.exception('Reading %s failed', reading.kind)
            return Sight(started, failed=_defect(error))

    def _listed(self, reading: Reading, started: float) -> Sight:
        """List a whole kind, and make sure by its id of one that now two readings have not shown.

        A service that cuts listings without a word would otherwise tell that all of it is gone.
        """
        everything, shut = self._everything(reading)
        planned = self._planned
        found = {ref: each for ref, each in everything.items() if ref in planned}
        unclear = {
            q.ref: shut[planned[q.ref].project_id]
            for q in reading.questions
            if q.ref not in found and planned[q.ref].project_id in shut
        }
        missing = next(
            (
                q.ref
                for q in reversed(reading.questions)
                if q.is_second and q.ref not in found and q.ref not in unclear
            ),
            None,
        )
        if missing and self._look(missing, has_parts=False):
            raise errors.IncompleteListing(f'the listing of {reading.kind} lacks {missing}, which is there')
        return Sight(started, found, unclear, total=len(everything), contents=self._contents(everything))

    def _everything(self, reading: Reading) -> tuple[Mapping[Ref, Resource], Mapping[str, str]]:
        """Return all of a kind, and the projects that it could not be listed in with the sentence that says why.

        None of it when nothing is asked about and its service is positively absent.
        """
        registry, cloud = self._site.registry, self._site.cloud
        if reading.questions:
            try:
                return discover.listing(registry, cloud, reading.kind, self._planned), {}
            except errors.PartlyListed as error:
                if error.unread.keys() & self._projects:
                    raise
                return {each.ref: each for each in error.found}, error.unread
        # What the plan names of the kind may be in another project by now: only a listing of all tells.
        project_ids = None if reading.kind in self._kinds else self._projects
        listed = attempt(registry, cloud, reading.kind, project_ids)
        for unread in listed.unread:
            if not unread.scope.project_id or unread.scope.project_id in self._projects:
                raise errors.IncompleteListing(unread.why)
        return {each.ref: each for each in listed.resources}, {}

    def _contents(self, everything: Mapping[Ref, Resource]) -> dict[str, tuple[Ref, ...]]:
        """Return what of a listing is in the projects that the plan names."""
        found: dict[str, list[Ref]] = {}
        for ref, resource in everything.items() if self._projects else ():
            if resource.project_id in self._projects:
                found.setdefault(resource.project_id, []).append(ref)
        return {project: tuple(refs) for project, refs in found.items()}

    def _completed(self, reading: Reading) -> Sight | None:
        """Return what a listing showed of an owner, with what it holds; None when it is to be looked at itself."""
        if reading.known is None:
            return None
        try:
            whole = discover.with_parts(self._site.registry, self._site.cloud, reading.known)
        except errors.OrphancleanupError:
            # Perhaps it is gone, which only a look at it tells.
            return None
        return Sight(reading.known_at, {whole.ref: whole})

    def _looked(self, reading: Reading, started: float) -> Sight:
        sight = Sight(started)
        refs = (question.ref for question in reading.questions)
        looks = facts.answers(self._site.cloud, lambda ref: self._look(ref, reading.is_alone), refs)
        for ref, fresh in looks.items():
            if isinstance(fresh, errors.OrphancleanupError):
                sight.unclear[ref] = str(fresh)
            elif fresh:
                sight.found[ref] = fresh
        return sight

    def _look(self, ref: Ref, has_parts: bool) -> Resource | None:
        """Look at something that the plan names: its end takes a complete listing besides, so that a 404 will do."""
        site = self._site
        fresh = asking.show(site.registry, site.cloud, ref)
        return discover.with_parts(site.registry, site.cloud, fresh) if fresh and has_parts else fresh

    def _has_project(self, project_id: str) -> bool:
        return find_project(self._site.cloud, project_id) is not None

    def _is_there(self, parent: Ref) -> bool:
        return not asking.is_gone(self._site.registry, self._site.cloud, parent)


def _failure(task: Task, error: Exception) -> Answer:
    """Return what an error says about a step. 400, 403, 409 and a database's no are refusals; no more."""
    ref = task.ref
    if isinstance(error, errors.TooLate):
        return Answer(ref, Reply.TOO_LATE, str(error))
    if isinstance(error, errors.ApiError | errors.Unreachable):
        return Answer(ref, _reply(error), error.message, error.request_id)
    if isinstance(error, errors.StepUnavailable):
        return Answer(ref, Reply.UNAVAILABLE, str(error))
    if isinstance(error, errors.DatabaseRefused | errors.ConfigurationError):
        return Answer(ref, Reply.REFUSED, str(error))
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
