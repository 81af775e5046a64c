"""What cannot be selected is not listed for its own sake: some is listed user by user, or project by project."""

import dataclasses
import re

import pytest

from orphancleanup import runs
from orphancleanup.judging.selection import Reach, Recorded, Request, Selection
from orphancleanup.model import Project, Ref
from orphancleanup.settings import Limits
from orphancleanup.site import Site
from tests.unit import leaky
from tests.unit.leaky import Leaky

HOME = Reach(projects=frozenset({'home'}))
KEYPAIR = Ref('nova-keypair', 'user-0/tempest-keypair')


@pytest.fixture
def world() -> Leaky:
    world = Leaky()
    world.project(0)
    world.keystone.add_project(id='home', name='home')
    world.cloud.projects['home'] = Project('home', 'home', 'default')
    return world


def listed(world: Leaky, request: Request) -> frozenset[str]:
    """Return the kinds that a review listed."""
    return runs.review(leaky.site(world.cloud), request).inventory.listed


@pytest.mark.parametrize(
    ('request_', 'is_listed'),
    [
        (Request(Selection(everything=True), HOME), False),
        (Request(Selection(everything=True)), False),
        # Of the project of a user who is gone it is none.
        (Request(Selection(orphans=True), HOME), False),
        (Request(Selection(orphans=True)), True),
        (Request(Selection(prefixes=('tempest-',))), True),
        (Request(Selection(refs=frozenset({KEYPAIR}))), True),
        (Request(Selection(recorded=Recorded(names=frozenset({KEYPAIR})))), True),
        (Request(Selection(recorded=Recorded(frozenset({Ref('nova-flavor', 'f')})))), False),
        # Whoever names a kind is told what there is of it, and why it stays.
        (Request(Selection(everything=True), Reach(frozenset({'nova-keypair'}))), True),
        (Request(Selection(everything=True), Reach(frozenset({'nova-keypair'}), is_rest=True)), False),
    ],
)
def test_a_kind_is_listed_when_something_of_it_may_be_selected(
    world: Leaky, request_: Request, is_listed: bool
) -> None:
    assert (KEYPAIR.kind in listed(world, request_)) is is_listed
    asked = [each for each in world.cloud.requests if each.path.startswith('/os-keypairs')]
    assert bool(asked) is is_listed


def test_what_cannot_be_selected_is_listed_where_it_may_keep_something(world: Leaky) -> None:
    found = listed(world, Request(Selection(everything=True), HOME))
    assert {'nova-server', 'neutron-segment', 'keystone-project'} <= found
    unseen = {'nova-flavor', 'cinder-volume-type', 'keystone-domain', 'keystone-role', 'keystone-region'}
    assert found.isdisjoint(unseen | {'keystone-user', 'keystone-application-credential', 'keystone-trust'})


@pytest.mark.parametrize('region', ['RegionOne', None])
def test_what_the_whole_cloud_shares_is_listed_once_something_names_it(
    world: Leaky, region: str | None
) -> None:
    owner = {'project_id': 'home', 'domain_id': None}
    world.keystone.limits.add(id='limit', service_id='unified', region_id=region, resource_name='l', **owner)
    review = runs.review(leaky.site(world.cloud), Request(Selection(everything=True), HOME))
    assert ('keystone-region' in review.inventory.listed) is bool(region)
    assert 'nova-flavor' not in review.inventory.listed


def test_of_a_project_that_nobody_selects_it_is_not_said_that_what_is_in_it_was_not_read(
    world: Leaky,
) -> None:
    verdicts = runs.review(leaky.site(world.cloud), Request(Selection(everything=True), HOME)).verdicts
    home = next(each for each in verdicts if each.resource.ref == Ref('keystone-project', 'home'))
    assert (home.reasons, home.guards) == ((), ())


def test_a_project_that_is_named_is_asked_about_whatever_may_be_in_it(world: Leaky) -> None:
    named = Selection(refs=frozenset({Ref('keystone-project', 'home')}))
    assert KEYPAIR.kind in listed(world, Request(named, HOME))


def quotas_of(world: Leaky) -> set[str]:
    """Return the projects whose quota of Nova was asked for."""
    found = (re.fullmatch('/os-quota-sets/([^/]+)', each.path) for each in world.cloud.requests)
    return {each[1] for each in found if each}


@pytest.mark.parametrize('selection', [Selection(everything=True), Selection(orphans=True)])
def test_of_what_is_listed_project_by_project_only_the_projects_asked_for_are(
    world: Leaky, selection: Selection
) -> None:
    found = runs.review(leaky.site(world.cloud), Request(selection, HOME)).inventory
    assert quotas_of(world) == {'home'}
    assert found.partial == {'nova-quota', 'cinder-quota'}
    # Of the others nothing follows.
    assert found.is_read('nova-quota')
    assert not found.is_gone(Ref('nova-quota', 'elsewhere'))


@pytest.mark.parametrize(
    'request_',
    [
        Request(Selection(everything=True)),
        # What is named may be elsewhere, and stays there: it is told so.
        Request(Selection(refs=frozenset({Ref('nova-quota', 'elsewhere')})), HOME),
        # Another one of the same name would keep it.
        Request(
            Selection(orphans=True, recorded=Recorded(names=frozenset({Ref('nova-quota', 'home')}))), HOME
        ),
        # Projects may go, and others with them.
        Request(Selection(prefixes=('tempest-',)), HOME),
        Request(Selection(refs=frozenset({Ref('keystone-project', 'home')})), HOME),
    ],
)
def test_else_all_are(world: Leaky, request_: Request) -> None:
    found = runs.review(leaky.site(world.cloud), request_).inventory
    assert quotas_of(world) >= {each.id for each in found if each.kind == 'keystone-project'} > {'home'}
    assert 'nova-quota' not in found.partial


def limited(world: Leaky, limits: Limits) -> Site:
    ours = leaky.site(world.cloud)
    return dataclasses.replace(ours, settings=dataclasses.replace(ours.settings, limits=limits))


@pytest.mark.parametrize(
    ('share_from', 'is_partial'),
    # One of a kind is no more than half of two, of three, and of any other number.
    [(2, True), (1, False)],
)
def test_of_what_may_be_too_large_a_share_everything_is_read(
    world: Leaky, share_from: int, is_partial: bool
) -> None:
    for project in world.keystone.projects.items:
        world.quotas.add(project, cores=99)
    everything = Request(Selection(everything=True), HOME)
    found = runs.review(limited(world, Limits(share_from=share_from)), everything)
    assert ('nova-quota' in found.inventory.partial) is is_partial
    assert found.plan.seen['nova-quota'] == (1 if is_partial else len(world.keystone.projects.items))
    assert Ref('nova-quota', 'home') in {entry.ref for entry in found.plan.entries}
    assert found.breaches == ()


def test_a_listing_of_all_is_known_to_ask_for_each_project(world: Leaky) -> None:
    for _ in range(50):
        added = world.keystone.add_project(name='other')
        world.cloud.projects[added['id']] = Project(added['id'], added['name'], 'default')
    found = runs.review(leaky.site(world.cloud), Request(Selection(everything=True), HOME))
    assert found.plan.requests['nova-quota'] >= 50
    assert quotas_of(world) == {'home'}


def test_what_a_service_that_is_absent_would_have_is_gone(world: Leaky) -> None:
    world.cloud.remove_service('compute')
    found = runs.review(leaky.site(world.cloud), Request(Selection(everything=True), HOME)).inventory
    assert found.is_gone(Ref('nova-quota', 'elsewhere'))
