"""What the tests of an apply share."""

import dataclasses
import datetime

from orphancleanup import runs
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level
from orphancleanup.outcome import Result
from orphancleanup.results import Applied
from orphancleanup.settings import ExecutionSettings
from orphancleanup.site import Site
from tests.unit.storehouse import SERVICE, Storehouse

API = frozenset({Level.API})
EVERYTHING = Request(Selection(everything=True))
HOURS = datetime.timedelta(hours=6)
STUCK = Request(Selection(stuck=HOURS))
ORPHANS = Request(Selection(orphans=True))
#: what stands long enough to count as stuck
OLD = '2026-01-01T00:00:00+00:00'


def plan(house: Storehouse, request: Request = EVERYTHING) -> Plan:
    """Return the plan of a dry run."""
    return runs.review(house.site(), request).plan


def apply(house: Storehouse, made: Plan, levels: frozenset[Level] = API) -> Applied:
    """Apply a plan."""
    return runs.apply(house.site(levels), made, house.folder())


def clean(house: Storehouse, levels: frozenset[Level] = API, request: Request = EVERYTHING) -> Applied:
    """Plan, and apply the plan."""
    return apply(house, plan(house, request), levels)


def results(applied: Applied) -> dict[str, Result]:
    """Return id to result."""
    return {outcome.ref.id: outcome.result for outcome in applied.outcomes}


def texts(applied: Applied) -> dict[str, str]:
    """Return id to sentence."""
    return {outcome.ref.id: outcome.text for outcome in applied.outcomes}


def deletes(house: Storehouse) -> list[str]:
    """Return the paths of all DELETE requests."""
    return house.cloud.sent('DELETE', SERVICE)


def with_execution(site: Site, **changes: object) -> Site:
    """Return a site with other settings of execution."""
    execution: ExecutionSettings = dataclasses.replace(site.settings.execution, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(site, settings=dataclasses.replace(site.settings, execution=execution))
