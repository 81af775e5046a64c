"""The journey of a clean-up, readable at a glance: survey, judge, plan, apply, report."""

import datetime
import functools
import importlib.metadata
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from orphancleanup import (
    asking,
    classify,
    comparison,
    discover,
    errors,
    explanations,
    interruption,
    journal,
    lock,
    plan_file,
    planning,
    resumption,
)
from orphancleanup.acceptance import (
    breaches,
    check_agreed,
    check_baseline,
    check_limits,
    check_origin,
    check_plan,
    check_reach,
    check_request,
)
from orphancleanup.baseline import Baseline, Known
from orphancleanup.clouds import grants
from orphancleanup.clouds.projects import find_project, read_projects
from orphancleanup.discover import Surveyor
from orphancleanup.execute import records
from orphancleanup.execute.crew import Threads
from orphancleanup.execute.engine import Engine
from orphancleanup.execute.loop import Loop, Watch
from orphancleanup.execute.policy import Policy, Start
from orphancleanup.execute.worker import Bench, Worker
from orphancleanup.journal import Journal
from orphancleanup.model import Inventory, Ref
from orphancleanup.plan import Plan
from orphancleanup.planning import Header
from orphancleanup.results import Applied, Comparison, Explanation, Review, Saved
from orphancleanup.run_folder import RunFolder
from orphancleanup.selection import Request
from orphancleanup.sentences import clause
from orphancleanup.site import OpenCloud, Site

__all__ = [
    'Applied',
    'Comparison',
    'Explanation',
    'OpenCloud',
    'Review',
    'Saved',
    'Site',
    'apply',
    'breaches',
    'check_baseline',
    'check_origin',
    'check_plan',
    'diff',
    'explain',
    'resume',
    'review',
    'save_state',
    'survey',
]


def save_state(site: Site) -> Saved:
    """Read the whole cloud and return its baseline; kinds that could not be read are not complete in it.

    :raises errors.IncompleteListing: when the projects could not be read, or not one kind: to an account without
        the role admin a cloud looks empty, and a baseline of nothing would make all of it seem new.
    """
    started = site.clock.now()
    inventory = survey(site, site.registry.order)
    # Not the kinds whose service is absent: a catalogue may hide from one account what another sees.
    complete = frozenset(inventory.listed - inventory.incomplete)
    if inventory.unread and not (inventory.known_projects and complete):
        what = 'not one kind could be' if inventory.known_projects else 'the projects could not be'
        raise errors.IncompleteListing(
            f'No saved state was taken, because {what} read completely ({clause(inventory.unread[0].why)}); '
            f'it takes an account with the role admin.'
        )
    baseline = Baseline(
        resources={
            resource.ref: Known(resource.name, resource.project_id, resource.created_at)
            for resource in inventory
        },
        complete=complete,
        projects={project.id: project.name for project in inventory.projects.values()},
        cloud=site.cloud.identity,
        # What was made while the cloud was read may be missing, and is new.
        created_at=started,
        tool_version=importlib.metadata.version('orphancleanup'),
    )
    return Saved(baseline, inventory.unread, inventory.absent)


def survey(site: Site, kinds: Iterable[str], named: frozenset[Ref] = frozenset()) -> Inventory:
    """Read the given kinds, what is needed to judge them, and what is named.

    :raises errors.UsageError: when no handler knows one of them.
    """
    kinds = tuple(kinds)
    for kind in kinds:
        site.registry.handler(kind)
    _introduce(site)
    with _workers(site) as executor:
        surveyor = Surveyor(
            cloud=site.cloud,
            registry=site.registry,
            executor=executor,
            read_projects=read_projects,
            find_project=find_project,
            clock=site.clock,
            progress=site.progress,
        )
        return discover.survey(surveyor, kinds, named)


def review(site: Site, request: Request) -> Review:
    """Read the cloud, judge every resource and make the plan. Changes nothing.

    :raises errors.UsageError: when the request cannot be meant.
    :raises errors.SavedStateError: when its baseline is of another cloud.
    """
    check_request(site, request)
    inventory = survey(site, request.reach.kinds or site.registry.order, request.selection.refs)
    check_reach(request, inventory)
    verdicts = classify.classify(inventory, _guarded(site, request), site.registry.before, site.clock.now())
    header = Header.of(site.cloud.identity, site.clock.now(), request)
    plan = planning.make_plan(verdicts, inventory, site.registry.order, header)
    return Review(inventory, verdicts, plan, breaches(site, plan))


def apply(site: Site, plan: Plan, folder: RunFolder, agreed: str | None = None) -> Applied:
    """Apply a plan: exactly its entries, each looked at again, under the lock of the cloud.

    :param folder: of a new run.
    :param agreed: the digest of the plan that somebody was shown and agreed to
        (:func:`orphancleanup.plan_file.digest`); None when ``plan`` itself is what the caller decides for.
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
        folder.begin(kept.text)
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
    _introduce(site)
    engine = Engine(plan, _policy(site, plan), records.tried(earlier))
    with Journal.open(folder.journal, site.clock) as written, interruption.watched(site.progress) as stop:
        written.write({'event': 'start', 'run_id': folder.run_id, 'digest': accepted.digest})
        with (
            _changing(site.cloud),
            _granting(site, plan, written, earlier) as failures,
            _workers(site) as executor,
        ):
            watch = Watch(site.clock, site.progress, stop.is_set)
            outcomes = Loop(engine, _crew(site, plan, executor), written, watch).run()
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
        warnings=tuple(failures),
    )


def _introduce(site: Site) -> None:
    """Let handlers ask about kinds that they do not know."""
    site.cloud.ask_with(functools.partial(asking.answer, site.registry, site.cloud))


def _policy(site: Site, plan: Plan) -> Policy:
    start = Start(site.clock.now(), site.clock.monotonic())
    return Policy(site.registry, site.settings.execution, _named(plan), start, plan.stuck)


def _crew(site: Site, plan: Plan, executor: Executor) -> Threads:
    planned = {entry.ref: entry.resource for entry in plan.entries}
    bench = Bench(site.cloud, site.registry, site.clock, find_project, planned)
    return Threads(executor, Worker(bench), site.cloud.room)


def _named(plan: Plan) -> frozenset[Ref]:
    return frozenset(entry.ref for entry in plan.entries)


@contextmanager
def _changing(cloud: OpenCloud) -> Iterator[None]:
    """Let changes through for the time of an apply: what a script does afterwards with the same site only reads."""
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


def diff(site: Site, baseline: Baseline) -> Comparison:
    """Compare a baseline with the cloud as it is now.

    :raises errors.SavedStateError: when it is of another cloud.
    """
    check_baseline(site, baseline)
    return comparison.compare(baseline, survey(site, site.registry.order))


def explain(site: Site, ref: Ref, request: Request) -> Explanation:
    """Tell everything known about one resource, as if ``request`` had been asked for.

    :returns: with no resource when it is gone: neither in the complete list of its kind nor found by its id.
    :raises errors.UsageError: when no handler knows its kind, or the request cannot be meant.
    :raises errors.SavedStateError: when its baseline is of another cloud.
    :raises errors.IncompleteListing: when whether it exists could not be told.
    """
    site.registry.handler(ref.kind)
    check_request(site, request)
    inventory = survey(site, {ref.kind}, frozenset({ref}))
    verdicts = classify.classify(inventory, _guarded(site, request), site.registry.before, site.clock.now())
    verdict = next((one for one in verdicts if one.resource.ref == ref), None)
    if verdict is None:
        if not inventory.is_gone(ref):
            why = clause(explanations.why_unread(inventory, ref))
            raise errors.IncompleteListing(f'Whether {ref} exists is not known: {why}.')
        return Explanation(None, None, '', (), (), ())
    resource = verdict.resource
    return Explanation(
        resource,
        verdict,
        explanations.project_line(resource, inventory),
        explanations.holders(resource, inventory),
        tuple(asking.steps(site.registry, resource)),
        asking.evidence(site.registry, site.cloud, resource),
        explanations.relations(resource, inventory, verdicts),
    )


def _guarded(site: Site, request: Request) -> Request:
    """Add what always holds: the caller's own things and the services' projects stay, and what may select a kind."""
    own_project = site.cloud.identity.project_id
    is_named = own_project in (request.reach.projects or ())
    protection = replace(
        request.protection,
        own_ids=request.protection.own_ids | site.cloud.own_ids,
        own_project='' if is_named else own_project,
        service_projects=request.protection.service_projects | site.settings.guards.service_projects,
        clock_margin=datetime.timedelta(seconds=site.settings.guards.clock_margin),
    )
    selection = replace(request.selection, selected_by=site.registry.selected_by)
    return replace(request, selection=selection, protection=protection)


@contextmanager
def _workers(site: Site) -> Iterator[Executor]:
    executor = ThreadPoolExecutor(site.settings.http.workers, thread_name_prefix='worker')
    is_patient = True
    try:
        yield executor
    except KeyboardInterrupt:
        # While only reading: a service that does not answer must not hold up whoever wants to leave.
        is_patient = False
        raise
    finally:
        executor.shutdown(wait=is_patient, cancel_futures=True)
