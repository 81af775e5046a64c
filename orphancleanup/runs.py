"""The journey of a clean-up, readable at a glance: survey, judge, plan, apply, report."""

import datetime
import importlib.metadata
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from orphancleanup import (
    classify,
    discover,
    errors,
    explanations,
    files,
    interruption,
    journal,
    lock,
    plan_file,
    planning,
)
from orphancleanup.baseline import Baseline, Known
from orphancleanup.clouds import grants
from orphancleanup.clouds.tenants import find_tenant, read_tenants
from orphancleanup.discover import Surveyor
from orphancleanup.execute import records, worker
from orphancleanup.execute.crew import Threads
from orphancleanup.execute.engine import Engine
from orphancleanup.execute.loop import Loop, Watch
from orphancleanup.execute.policy import Policy, Start
from orphancleanup.execute.worker import Bench, Worker
from orphancleanup.journal import Journal
from orphancleanup.model import Inventory, Ref, Resource
from orphancleanup.plan import Plan
from orphancleanup.planning import Header
from orphancleanup.results import Applied, Difference, Explanation, Review, Saved
from orphancleanup.run_folder import RunFolder
from orphancleanup.selection import Request
from orphancleanup.site import OpenCloud, Site

__all__ = [
    'Applied',
    'Difference',
    'Explanation',
    'OpenCloud',
    'Review',
    'Saved',
    'Site',
    'apply',
    'check_limits',
    'check_plan',
    'diff',
    'explain',
    'resume',
    'review',
    'save_state',
    'survey',
]


def save_state(site: Site) -> Saved:
    """Read the whole cloud and answer its baseline; kinds that could not be read are not complete in it.

    :raises errors.IncompleteListing: when the tenants could not be read.
    """
    started = site.clock.now()
    inventory = survey(site, site.registry.order)
    if not inventory.known_tenants:
        raise errors.IncompleteListing(inventory.unread[0].why)
    baseline = Baseline(
        resources={
            resource.ref: Known(resource.name, resource.project_id, resource.created_at)
            for resource in inventory
        },
        # Not the kinds whose service is absent: a catalogue may hide from one account what another sees.
        complete=frozenset(inventory.listed - inventory.incomplete),
        tenants={tenant.id: tenant.name for tenant in inventory.tenants.values()},
        cloud=site.cloud.identity,
        # What was made while the cloud was read may be missing, and is new.
        created_at=started,
        tool_version=importlib.metadata.version('orphancleanup'),
    )
    return Saved(baseline, inventory.unread, inventory.absent)


def survey(site: Site, kinds: Iterable[str], named: frozenset[Ref] = frozenset()) -> Inventory:
    """Read the given kinds, what is needed to judge them, and what is named."""
    with _workers(site) as executor:
        surveyor = Surveyor(
            cloud=site.cloud,
            registry=site.registry,
            executor=executor,
            read_tenants=read_tenants,
            find_tenant=find_tenant,
            clock=site.clock,
            progress=site.progress,
        )
        return discover.survey(surveyor, kinds, named)


def review(site: Site, request: Request) -> Review:
    """Read the cloud, judge every resource and make the plan. Changes nothing."""
    kinds = request.reach.kinds or site.registry.order
    inventory = survey(site, kinds, request.selection.refs)
    verdicts = classify.classify(inventory, _guarded(site, request), site.registry.before, site.clock.now())
    header = Header.of(site.cloud.identity, site.clock.now(), request)
    plan = planning.make_plan(verdicts, inventory, site.registry.order, header)
    return Review(inventory, verdicts, plan, planning.breaches(plan, site.settings.limits))


def check_limits(site: Site, plan: Plan) -> tuple[str, ...]:
    """Answer a sentence for each limit that a plan breaks (for ``--plan FILE``)."""
    return planning.breaches(plan, site.settings.limits)


def check_plan(site: Site, plan: Plan) -> None:
    """Refuse a plan that must not be applied here.

    :raises errors.PlanError: when it belongs to another cloud, or names what no installed handler knows.
    """
    here = site.cloud.identity
    if (plan.cloud.fingerprint, plan.cloud.region) != (here.fingerprint, here.region):
        raise errors.PlanError(
            f'The plan was made for the cloud at {plan.cloud.auth_url}, region {plan.cloud.region or "(none)"}, '
            f'and this is {here.auth_url}, region {here.region or "(none)"}; make a new one with --dry-run.'
        )
    planning.check(plan, frozenset(site.registry.order))


def apply(site: Site, plan: Plan, folder: RunFolder) -> Applied:
    """Apply a plan: exactly its entries, each looked at again, under the lock of the cloud.

    :raises errors.PlanError: when the plan must not be applied here.
    :raises errors.LockedError: when another run works on the cloud.
    """
    check_plan(site, plan)
    with lock.hold(site.cloud.identity, folder.run_id, site.clock):
        files.atomic_write(folder.plan, plan_file.dump(plan))
        return _execute(site, plan, folder, ())


def resume(site: Site, folder: RunFolder) -> Applied:
    """Go on with a run that was killed: undo its role grants, look at every entry again, and finish.

    :raises errors.PlanError: when its plan must not be applied here.
    :raises errors.JournalError: when its journal cannot be read.
    :raises errors.LockedError: when another run works on the cloud.
    """
    plan = plan_file.parse(_read(folder.plan), str(folder.plan))
    check_plan(site, plan)
    with lock.hold(site.cloud.identity, folder.run_id, site.clock):
        # Killed before its journal began, it has done nothing yet.
        earlier = journal.read(folder.journal) if folder.journal.exists() else ()
        return _execute(site, plan, folder, earlier)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise errors.JournalError(
            f'{path} cannot be read ({error.strerror}); the run cannot be resumed.'
        ) from error


def _execute(site: Site, plan: Plan, folder: RunFolder, earlier: tuple[records.Record, ...]) -> Applied:
    """Bring every entry to its end.

    :param earlier: the journal of the life before this one, when the run is resumed.
    """
    started = site.clock.now()
    # Whoever may not read the projects cannot tell whether one that was missing is back.
    read_tenants(site.cloud)
    engine = Engine(plan, _policy(site, plan), records.tried(earlier))
    with Journal.open(folder.journal, site.clock) as written, interruption.watched(site.progress) as stop:
        written.write({'event': 'start', 'run_id': folder.run_id, 'digest': plan_file.digest(plan)})
        site.cloud.allow_changes()
        with _granting(site, written, earlier) as failures, _workers(site) as executor:
            watch = Watch(site.clock, site.progress, stop.is_set)
            outcomes = Loop(engine, _crew(site, plan, executor), written, watch).run()
        written.write({'event': 'end', 'interrupted': stop.is_set()})
    return Applied(
        run_id=folder.run_id,
        plan=plan,
        outcomes=outcomes,
        started=started,
        ended=site.clock.now(),
        interrupted=stop.is_set(),
        requests=site.cloud.request_counts(),
        warnings=tuple(failures),
    )


def _policy(site: Site, plan: Plan) -> Policy:
    start = Start(site.clock.now(), site.clock.monotonic())
    return Policy(site.registry, site.settings.execution, _named(plan), start, plan.stuck)


def _crew(site: Site, plan: Plan, executor: Executor) -> Threads:
    freshness = site.settings.execution.freshness
    bench = Bench(site.cloud, site.registry, site.clock, find_tenant, _named(plan), freshness)
    return Threads(executor, Worker(bench), site.cloud.room)


def _named(plan: Plan) -> frozenset[Ref]:
    return frozenset(entry.ref for entry in plan.entries)


@contextmanager
def _granting(site: Site, written: Journal, earlier: tuple[records.Record, ...]) -> Iterator[list[str]]:
    """Take back what the life before has granted, and afterwards what this one grants.

    Answers the list of what could not be taken back; it is whole when the context has ended.
    """
    identity = site.cloud.service('identity')
    failures = list(grants.undo(earlier, identity, written))
    granted = grants.Grants(identity, site.cloud.identity.user_id, written)
    site.cloud.grant_with(granted.grant)
    try:
        yield failures
    finally:
        failures += granted.revoke_all()


def diff(site: Site, baseline: Baseline) -> tuple[Difference, ...]:
    """Compare a baseline with the cloud as it is now."""
    inventory = survey(site, site.registry.order)
    now = [
        Difference(resource.ref, change, resource.name, resource.project_id)
        for resource in inventory
        if (change := _change(resource, baseline, inventory))
    ]
    then = [
        Difference(ref, 'vanished', known.name, known.project_id)
        for ref, known in baseline.resources.items()
        if inventory.is_gone(ref)
    ]
    return tuple(sorted((*now, *then), key=lambda difference: difference.ref))


def _change(resource: Resource, baseline: Baseline, inventory: Inventory) -> str:
    if baseline.has(resource.ref):
        return ''
    return 'appeared' if baseline.covers(resource, inventory.tenants) else 'not-covered'


def explain(site: Site, ref: Ref, request: Request) -> Explanation:
    """Tell everything known about one resource, as if ``request`` had been asked for.

    :raises errors.UsageError: when no handler knows its kind.
    :raises errors.IncompleteListing: when its kind could not be read.
    """
    handler = site.registry.handler(ref.kind)
    inventory = survey(site, {ref.kind}, frozenset({ref}))
    verdicts = classify.classify(inventory, _guarded(site, request), site.registry.before, site.clock.now())
    verdict = next((one for one in verdicts if one.resource.ref == ref), None)
    if verdict is None:
        if not inventory.is_gone(ref):
            raise errors.IncompleteListing(
                f'Whether {ref} exists is not known: {explanations.why_unread(inventory, ref)}'
            )
        return Explanation(None, None, '', (), (), ())
    resource = verdict.resource
    return Explanation(
        resource,
        verdict,
        explanations.tenant_line(resource, inventory),
        explanations.holders(resource, inventory),
        tuple(handler.ladder(resource)),
        worker.gather_evidence(site.cloud, site.registry, resource),
    )


def _guarded(site: Site, request: Request) -> Request:
    """Add what is always kept: the caller's own things, and the tenants of the cloud's services."""
    protection = replace(
        request.protection,
        own_ids=request.protection.own_ids | site.cloud.own_ids,
        service_projects=request.protection.service_projects | site.settings.guards.service_projects,
        clock_margin=datetime.timedelta(seconds=site.settings.guards.clock_margin),
    )
    return replace(request, protection=protection)


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
