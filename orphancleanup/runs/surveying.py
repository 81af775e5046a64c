"""From a cloud to what is in it: for a saved state, a comparison, or a plan to come. Changes nothing."""

import datetime
import functools
import importlib.metadata
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from orphancleanup import errors
from orphancleanup.discovery import discover
from orphancleanup.discovery.discover import Surveyor
from orphancleanup.discovery.listings import attempt
from orphancleanup.installed import asking
from orphancleanup.judging.baseline import Baseline, KnownResource
from orphancleanup.model import Inventory, Ref, Resource
from orphancleanup.results import Comparison, Saved
from orphancleanup.runs import comparison
from orphancleanup.runs.acceptance import check_baseline
from orphancleanup.sentences import clause
from orphancleanup.site import Site


def save_state(site: Site) -> Saved:
    """Read the whole cloud and return its baseline; kinds that could not be read are not complete in it.

    :raises errors.IncompleteListing: when the projects could not be read, or not one kind: to an account without
        the role admin a cloud looks empty, and a baseline of nothing would make all of it seem new.
    """
    started = site.cloud_time()
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
            each.ref: KnownResource(each.name, each.project_id, each.created_at, each.values)
            for each in inventory
        },
        complete=complete,
        projects={project.id: project.name for project in inventory.projects.values()},
        cloud=site.cloud.identity,
        # What was made while the cloud was read may be missing, and is new.
        created_at=started,
        tool_version=importlib.metadata.version('orphancleanup'),
    )
    return Saved(baseline, inventory.unread, inventory.absent)


def survey(
    site: Site,
    kinds: Iterable[str],
    named: frozenset[Ref] = frozenset(),
    within: frozenset[str] | None = None,
    beside: frozenset[str] = frozenset(),
) -> Inventory:
    """Read the given kinds, what is needed to judge them, and what is named.

    :param beside: kinds that are read, too, for what they tell of these.
    :param within: the ids of the projects of which alone something is asked for; None when it may be in any.
    :raises errors.UsageError: when no handler knows one of them.
    """
    kinds = tuple(kinds)
    for kind in kinds:
        site.registry.handler(kind)
    introduce(site)
    with workers(site) as executor:
        return discover.survey(Surveyor(site, executor, within), kinds, named, beside)


def ask_late(
    site: Site, inventory: Inventory, owners: Iterable[Resource], started: datetime.datetime
) -> Inventory:
    """Ask owners that may go for what loses something when they do; see ``Handler.parts_only_alter``."""
    with workers(site) as executor:
        return discover.ask_late(Surveyor(site, executor), inventory, owners, started)


def diff(site: Site, baseline: Baseline) -> Comparison:
    """Compare a baseline with the cloud as it is now.

    :raises errors.SavedStateError: when it is of another cloud.
    """
    check_baseline(site, baseline)
    return comparison.compare(baseline, survey(site, site.registry.order))


def absent(site: Site, kinds: Iterable[str]) -> Mapping[str, str]:
    """Return which kinds are not looked for in this cloud, and why: their service is absent, or not configured."""
    found = {kind: attempt(site.registry, site.cloud, kind).absent for kind in kinds}
    return {kind: why for kind, why in found.items() if why}


def introduce(site: Site) -> None:
    """Let handlers ask about kinds that they do not know."""
    site.cloud.ask_with(functools.partial(asking.answer, site.registry, site.cloud))


@contextmanager
def workers(site: Site) -> Iterator[Executor]:
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
