"""From a plan to what became of its entries, in a run of its own or in one that was killed."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from orphancleanup.clouds import grants
from orphancleanup.clouds.projects import read_projects
from orphancleanup.execute import records
from orphancleanup.execute.crew import Threads
from orphancleanup.execute.engine import Engine
from orphancleanup.execute.loop import Loop, LoopControl
from orphancleanup.execute.policy import Policy, Start
from orphancleanup.execute.worker import Worker
from orphancleanup.judging.plan import Plan
from orphancleanup.model import Ref, Resource
from orphancleanup.rescue import databases
from orphancleanup.rescue.databases import Databases
from orphancleanup.rescue.rescuer import Rescuer
from orphancleanup.rescue.tools import Tools
from orphancleanup.results import Applied
from orphancleanup.runs import interruption, leftovers, resumption
from orphancleanup.runs.acceptance import check_agreed, check_limits, check_origin, check_plan
from orphancleanup.runs.surveying import introduce, workers
from orphancleanup.site import OpenCloud, Site
from orphancleanup.storing import journal, lock, plan_file
from orphancleanup.storing.journal import Journal
from orphancleanup.storing.run_folder import RunFolder


def apply(site: Site, plan: Plan, folder: RunFolder, agreed: str | None = None) -> Applied:
    """Apply a plan: exactly its entries, each looked at again, under the lock of the cloud.

    :param folder: of a new run.
    :param agreed: the digest of the plan that somebody was shown and agreed to
        (:func:`orphancleanup.storing.plan_file.digest`); None when ``plan`` itself is what the caller decides for.
    :raises errors.PlanError: when the plan must not be applied here and now, breaks a limit of ``site.settings``,
        or is not the one that was agreed to.
    :raises errors.LockedError: when another run works on the cloud.
    :raises errors.ConfigurationError: when the folder is that of another run, or cannot be written.
    """
    check_plan(site, plan)
    kept = plan_file.sealed(plan)
    check_agreed(kept.digest, agreed)
    check_limits(site, plan)
    with lock.hold(site.cloud.identity, folder.run_id, site.clock):
        folder.begin(kept.pieces)
        return _execute(site, _Accepted(plan, kept.digest), folder, ())


def resume(site: Site, folder: RunFolder, agreed: str | None = None) -> Applied:
    """Go on with a run that was killed: undo its role grants, look at every entry again, and finish.

    :param agreed: as with :func:`apply`; the plan is read from the folder.
    :raises errors.PlanError: when its plan is not the one that it began with, must not be applied here, breaks a
        limit, or is not the one that was agreed to.
    :raises errors.JournalError: when its journal cannot be read, or is none.
    :raises errors.LockedError: when another run works on the cloud.
    """
    plan = plan_file.read(folder.plan)
    check_origin(site, plan)
    digest = plan_file.digest(plan)
    check_agreed(digest, agreed)
    check_limits(site, plan)
    with lock.hold(site.cloud.identity, folder.run_id, site.clock):
        # Killed before its journal began, it has done nothing yet.
        earlier = journal.read(folder.journal) if folder.journal.exists() else ()
        resumption.check(earlier, digest, folder.journal)
        return _execute(site, _Accepted(plan, digest), folder, earlier)


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A plan that may be applied here and now."""

    plan: Plan
    digest: str


@dataclass(frozen=True, slots=True)
class _Applied:
    """A plan that is being applied, as steps may ask about it."""

    named: frozenset[Ref]
    folder: RunFolder

    def is_planned(self, ref: Ref) -> bool:
        return ref in self.named

    def set_aside(self, name: str, document: Any) -> str:
        return str(self.folder.set_aside(name, document))


def _execute(
    site: Site, accepted: _Accepted, folder: RunFolder, earlier: tuple[records.Record, ...]
) -> Applied:
    """Bring every entry to its end.

    :param earlier: the journal of the life before this one, when the run is resumed.
    """
    started, plan = site.clock.now(), accepted.plan
    if any(reason.code == 'project-missing' for entry in plan.entries for reason in entry.reasons):
        # Whoever may not read the projects cannot tell whether one that was missing is back.
        read_projects(site.cloud)
    introduce(site)
    engine = Engine(plan, _policy(site, plan), records.tried(earlier))
    with Journal.open(folder.journal, site.clock) as written, interruption.watched(site.progress) as stop:
        written.write({'event': 'start', 'run_id': folder.run_id, 'digest': accepted.digest})
        with (
            _changing(site.cloud, _Applied(_named(plan), folder)),
            _granting(site, plan, written, earlier) as failures,
            _rescuing(site, plan, written, folder) as rescue,
            workers(site) as executor,
        ):
            failures += rescue.recover(site.progress.note)
            control = LoopControl(site.clock, site.progress, stop.is_set)
            with _crew(site, plan, executor, rescue) as crew:
                outcomes = Loop(engine, crew, written, control).run()
        left = leftovers.of_run(site, outcomes, stop.is_set)
        written.write({'event': 'end', 'interrupted': stop.is_set()})
    return Applied(
        run_id=folder.run_id,
        plan=plan,
        outcomes=outcomes,
        started=started,
        ended=site.clock.now(),
        digest=accepted.digest,
        interrupted=stop.is_set(),
        requests=site.cloud.request_counts(),
        warnings=(*failures, *left.unread),
        left_behind=left.resources,
    )


def _policy(site: Site, plan: Plan) -> Policy:
    start = Start(site.cautious_time(), site.clock.monotonic())
    unset = databases.unset(site.settings.databases, site.registry.rescuers)
    return Policy(site.registry, site.settings.execution, _named(plan), start, plan.stuck, unset)


def _crew(site: Site, plan: Plan, executor: Executor, rescuer: Rescuer) -> Threads:
    return Threads(executor, Worker(site, _planned(plan), rescuer), site.cloud.room)


def _planned(plan: Plan) -> dict[Ref, Resource]:
    return {entry.ref: entry.resource for entry in plan.entries}


def _named(plan: Plan) -> frozenset[Ref]:
    return frozenset(entry.ref for entry in plan.entries)


@contextmanager
def _rescuing(site: Site, plan: Plan, written: Journal, folder: RunFolder) -> Iterator[Rescuer]:
    """Let databases be opened for the time of an apply; each of them only when a step needs it."""
    opened = Databases(site.settings.databases)
    tools = Tools(site, written, opened, _planned(plan))
    try:
        yield Rescuer(tools, folder.path)
    finally:
        opened.dispose()


@contextmanager
def _changing(cloud: OpenCloud, applied: _Applied) -> Iterator[None]:
    """Let changes through for the time of an apply: what a script does afterwards with the same site only reads.

    :param applied: what steps may ask about the plan.
    """
    cloud.apply_with(applied)
    cloud.allow_changes()
    try:
        yield
    finally:
        cloud.forbid_changes()


@contextmanager
def _granting(
    site: Site, plan: Plan, written: Journal, earlier: tuple[records.Record, ...]
) -> Iterator[list[str]]:
    """Take back what the life before has granted, and afterwards what this one grants.

    Yields the list of what could not be taken back; it is whole when the context has ended.
    """
    identity = site.cloud.service('identity')
    bounds = grants.Bounds(
        site.cloud.identity.user_id, frozenset(entry.resource.project_id for entry in plan.entries)
    )
    failures = list(grants.undo(earlier, identity, written, bounds))
    granted = grants.Grants(identity, bounds.user_id, written, bounds.role)
    site.cloud.grant_with(granted.grant)
    try:
        yield failures
    finally:
        failures += granted.revoke_all()
