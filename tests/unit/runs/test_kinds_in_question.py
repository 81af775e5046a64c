"""What cannot be selected is not listed for its own sake: keypairs and their like are listed user by user."""

import pytest

from orphancleanup import runs
from orphancleanup.judging.selection import Reach, Recorded, Request, Selection
from orphancleanup.model import Project, Ref
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


def test_what_cannot_be_selected_is_listed_where_something_depends_on_it(world: Leaky) -> None:
    found = listed(world, Request(Selection(everything=True), HOME))
    assert {'nova-flavor', 'cinder-volume-type', 'keystone-user', 'keystone-project'} <= found


def test_a_project_that_is_named_is_asked_about_whatever_may_be_in_it(world: Leaky) -> None:
    named = Selection(refs=frozenset({Ref('keystone-project', 'home')}))
    assert KEYPAIR.kind in listed(world, Request(named, HOME))
