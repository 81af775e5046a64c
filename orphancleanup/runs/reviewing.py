"""From what is in a cloud to what would go, and why. Changes nothing."""

import datetime
from dataclasses import replace

from orphancleanup import errors
from orphancleanup.installed import asking, ladders
from orphancleanup.judging import classify, explanations, planning
from orphancleanup.judging.planning import Header
from orphancleanup.judging.selection import Request
from orphancleanup.judging.trials import TestRun
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Inventory, Level, Ref, Resource
from orphancleanup.outcome import NextStep
from orphancleanup.rescue import databases
from orphancleanup.results import Explanation, Review
from orphancleanup.runs import comparison
from orphancleanup.runs.acceptance import breaches, check_reach, check_request
from orphancleanup.runs.attributing import attribute
from orphancleanup.runs.surveying import ask_late, survey
from orphancleanup.sentences import clause
from orphancleanup.site import Site


def review(site: Site, request: Request) -> Review:
    """Read the cloud, judge every resource and make the plan. Changes nothing.

    :raises errors.UsageError: when the request cannot be meant.
    :raises errors.SavedStateError: when its baseline is of another cloud.
    """
    check_request(site, request)
    started, guarded = site.cloud_time(), _guarded(site, request)
    # What a resource list calls by its name must be the only one of that name, in whatever project others are.
    within = request.reach.projects if request.selection.recorded is None else None
    inventory = survey(site, _in_question(site, guarded), request.selection.refs, within)
    check_reach(request, inventory)
    inventory, verdicts = _judged(site, guarded, inventory, started)
    header = Header.of(site.cloud.identity, site.clock.now(), request)
    plan = planning.make_plan(verdicts, inventory, site.registry.order, header)
    baseline = request.selection.baseline
    vanished = comparison.vanished(baseline, inventory) if baseline else ()
    changed = comparison.changed(baseline, inventory) if baseline else ()
    return Review(
        inventory, verdicts, plan, breaches(site, plan), vanished, tuple(sorted(each.ref for each in changed))
    )


def explain(site: Site, ref: Ref, request: Request, run: TestRun | None = None) -> Explanation:
    """Tell everything known about one resource, as if ``request`` had been asked for.

    :param run: the results of a test run, one of whose tests may have left it.
    :returns: with no resource when it is gone: neither in the complete list of its kind nor found by its id.
    :raises errors.UsageError: when no handler knows its kind, or the request cannot be meant.
    :raises errors.SavedStateError: when its baseline is of another cloud.
    :raises errors.IncompleteListing: when whether it exists could not be told.
    """
    site.registry.handler(ref.kind)
    check_request(site, request)
    started = site.cloud_time()
    # What needs it, and what it needs, is told whether that may keep it or not.
    related = frozenset(kind for kind in site.registry.order if ref.kind in site.registry.knows[kind])
    inventory = survey(site, {ref.kind}, frozenset({ref}), beside=related)
    inventory, verdicts = _judged(site, _guarded(site, request), inventory, started)
    verdict = next((one for one in verdicts if one.resource.ref == ref), None)
    if verdict is None:
        if not inventory.is_gone(ref):
            why = clause(explanations.why_unread(inventory, ref))
            raise errors.IncompleteListing(f'Whether {ref} exists is not known: {why}.')
        return Explanation(None, None, '', (), (), (), absent=inventory.absent.get(ref.kind, ''))
    resource = verdict.resource
    holders = explanations.holders(resource, inventory)
    return Explanation(
        resource,
        verdict,
        explanations.project_line(resource, inventory),
        holders,
        _steps(site, resource),
        asking.evidence(site.registry, site.cloud, resource),
        explanations.relations(resource, inventory, verdicts),
        {each.ref: explanations.project_line(each, inventory) for each in holders},
        attribute(site, _beside(resource, inventory), inventory.projects, run).by_ref.get(ref)
        if run
        else None,
    )


def _in_question(site: Site, request: Request) -> frozenset[str]:
    """Return the kinds of which something may be selected, and those that were asked for by name.

    The others are read only where these need them: to list the keypairs of thousands of users takes long.
    """
    registry, reach = site.registry, request.reach
    kinds = reach.kinds or frozenset(registry.order)
    anywhere = kinds if reach.projects is None else registry.in_projects | registry.project_kinds
    may_go = {kind for kind in kinds & anywhere if request.selection.codes(kind)}
    return frozenset(may_go | (request.kinds_by_name & kinds))


def _judged(
    site: Site, request: Request, inventory: Inventory, started: datetime.datetime
) -> tuple[Inventory, tuple[Verdict, ...]]:
    """Judge everything; ask what may go and was not asked yet who loses something with it, and judge again."""
    asked: frozenset[Ref] = request.selection.refs
    while True:
        verdicts = classify.classify(inventory, request, site.registry.before, site.cautious_time())
        late = [
            each.resource
            for each in verdicts
            if each.resource.kind in site.registry.asked_late
            and each.decision is not Decision.KEEP
            and each.resource.ref not in asked
        ]
        if not late:
            return inventory, verdicts
        asked |= {each.ref for each in late}
        inventory = ask_late(site, inventory, late, started)


def _steps(site: Site, resource: Resource) -> tuple[NextStep, ...]:
    """Return the ladder of a resource, with what each step takes."""
    unset = databases.unset(site.settings.databases, site.registry.rescuers).get(resource.kind, '')
    return tuple(
        NextStep(step.name, step.level, unset if step.level is Level.DATABASE else '')
        for step in ladders.steps(site.registry, resource)
    )


def _beside(resource: Resource, inventory: Inventory) -> tuple[Resource, ...]:
    """Return a resource and what else is in its project: that may tell which tests worked there."""
    return tuple(
        each
        for each in inventory
        if each.ref == resource.ref or (each.project_id and each.project_id == resource.project_id)
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
