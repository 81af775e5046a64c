"""What a run may be asked for: a request that can be meant, a plan that may be applied here and now.

Every refusal that keeps a cloud safe is made here or below, so that a script is as safe as the command line.
"""

import datetime

from orphancleanup.errors import PlanError, UsageError
from orphancleanup.judging import classify, planning
from orphancleanup.judging.baseline import Baseline
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.reasons import CODES
from orphancleanup.judging.selection import Request
from orphancleanup.model import Inventory, Resource
from orphancleanup.report.projects import project_name
from orphancleanup.sentences import clause
from orphancleanup.site import Site
from orphancleanup.storing import validity


def check_baseline(site: Site, baseline: Baseline) -> None:
    """Refuse a baseline of another cloud.

    :raises SavedStateError: when it is one.
    """
    validity.check_baseline(baseline, site.cloud.identity)


def check_request(site: Site, request: Request) -> None:
    """Refuse what would silently select more than was meant, or keep less.

    :raises UsageError: when it selects nothing, or names a kind that no handler knows, or an age that is none.
    :raises SavedStateError: when its baseline is of another cloud.
    """
    selection, protection = request.selection, request.protection
    if selection.is_empty:
        raise UsageError('Nothing is selected: a request needs a reason to remove something.')
    if selection.baseline is not None:
        check_baseline(site, selection.baseline)
    named = {ref.kind for ref in selection.refs} | {each.kind for each in protection.patterns} - {'*'}
    for kind in named | protection.excluded | (request.reach.kinds or frozenset()):
        site.registry.handler(kind)
    _check_named(site, request)
    for age in (selection.stuck, protection.older_than):
        if age is not None and age <= datetime.timedelta():
            raise UsageError(f'An age of {age.total_seconds():g} s is not an age: give a time above 0.')


def _check_named(site: Site, request: Request) -> None:
    for ref in sorted(request.selection.refs):
        if request.reach.kinds is not None and ref.kind not in request.reach.kinds:
            raise UsageError(
                f'{ref} is named, and {ref.kind} is not among the kinds that the request is about.'
            )
        allowed = site.registry.selected_by.get(ref.kind, CODES)
        if 'named' not in allowed:
            raise UsageError(
                f'{ref} is named, and {ref.kind} never goes by name: it is selected by {", ".join(sorted(allowed))} '
                f'only.'
            )


def check_reach(request: Request, inventory: Inventory) -> None:
    """Refuse the id of a project that neither lives nor has left anything, and what is named outside of the reach.

    When something could not be read, that is told instead: what the project has left may be in it.

    :raises UsageError: when there is one: it was mistyped, or looked for in the wrong cloud.
    """
    for ref in sorted(request.selection.refs & inventory.resources.keys()):
        resource = inventory.resources[ref]
        if not classify.is_in_reach(resource, inventory, request):
            raise UsageError(
                f'--resource {ref} is in {_project_of(resource, inventory)}, and --project does not name that: name '
                f'it, too, or leave one of the two out.'
            )
    owners = {resource.project_id for resource in inventory}
    for project in sorted(request.reach.projects or ()):
        if project not in inventory.projects and project not in owners and not inventory.unread:
            raise UsageError(
                f'--project {project!r}: no project has this id, and nothing belongs to one that had it; check the id '
                f'and the cloud.'
            )


def _project_of(resource: Resource, inventory: Inventory) -> str:
    if not resource.project_id:
        return 'no project'
    name = project_name(resource.project_id, inventory.projects, inventory.known_projects)
    return f'project {name}'


def breaches(site: Site, plan: Plan) -> tuple[str, ...]:
    """Return a sentence for each limit that a plan breaks; :func:`check_limits` refuses a plan with one."""
    return planning.breaches(plan, site.settings.limits)


def check_plan(site: Site, plan: Plan) -> None:
    """Refuse a plan that must not be applied here and now; for its limits see :func:`check_limits`.

    :raises PlanError: when it belongs to another cloud, is too old, or of a time to come, or names what no
        installed handler knows.
    """
    check_origin(site, plan)
    validity.check_age(plan, site.clock.now(), site.settings.limits.max_plan_age)


def check_origin(site: Site, plan: Plan) -> None:
    """Refuse a plan that must not be applied here, however old it is; a run may go on with an old one.

    :raises PlanError: as :func:`check_plan`, but for its age.
    """
    validity.check_plan(plan, site.cloud.identity, site.clock.now())
    planning.check(plan, frozenset(site.registry.order))
    if len({entry.ref for entry in plan.entries}) < len(plan.entries):
        raise PlanError('The plan names a resource twice: nothing was removed; make a new one.')


def check_agreed(digest: str, agreed: str | None) -> None:
    """Refuse a plan that is not the one that somebody agreed to.

    :param digest: of the plan that is to be applied.
    :param agreed: the digest of the plan that was shown; None when nobody was asked.
    :raises PlanError: when it is another one.
    """
    if agreed is not None and agreed != digest:
        raise PlanError(
            'The plan is not the one that was shown and agreed to: nothing was removed; look at it again.'
        )


def check_limits(site: Site, plan: Plan) -> None:
    """Refuse a plan that breaks a limit.

    :raises PlanError: when it does; tells each limit and the option that raises it.
    """
    broken = breaches(site, plan)
    if broken:
        raise PlanError(f'The plan breaks a limit, so nothing was removed: {"; ".join(map(clause, broken))}.')
