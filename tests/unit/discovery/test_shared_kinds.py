"""What the whole cloud shares is read once something names it, also something that only goes along with its owner."""

import dataclasses
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.errors import Unreachable
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Ref
from orphancleanup.results import Review
from orphancleanup.table import TableHandler
from orphancleanup.testing.collection import Collection, CollectionOptions
from tests.unit.storehouse import SERVICE, Boxes, Storehouse

BOXES = Request(Selection(everything=True), Reach(kinds=frozenset({'box'})))


class People(TableHandler):
    """Somebody in a realm, as a user is in a domain; a box may hold one."""

    kind, service = 'person', SERVICE
    path, key, singular, project_field, name_field = '/people', 'people', 'person', '', 'id'
    resource_types = ('Invented::Thing',)
    in_projects = False
    parents = {'realm_id': 'realm'}


class Realms(TableHandler):
    """What people are in, and which they keep."""

    kind, service = 'realm', SERVICE
    path, key, project_field, name_field = '/realms', 'realms', '', 'id'
    after = ('person',)
    in_projects, keeps_nothing = False, True


class World:
    """A house with a box, in which there may be a person of a realm."""

    def __init__(self, root: Path) -> None:
        self.house = Storehouse(root)
        self.people, self.realms = self._collection('/people', 'person'), self._collection('/realms', 'realm')
        self.house.box('big')

    def _collection(self, path: str, singular: str) -> Collection:
        return self.house.cloud.collection(SERVICE, path, path[1:], CollectionOptions(singular=singular))

    def settle(self) -> None:
        """Put a person into the box."""
        self.realms.add(id='realm')
        self.people.add(id='ann', realm_id='realm')
        # The fake house tells of what is in a box only what is there.
        self.house.things.add(id='ann')
        self.house.contents['big'] = ['ann']

    def review(self) -> Review:
        handlers = build(Loaded(each(), 'tests', 'tests 1.0') for each in (People, Realms, Boxes))
        return runs.review(dataclasses.replace(self.house.site(), registry=handlers), BOXES)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_an_owner_goes_with_a_part_that_is_in_something_of_the_whole_cloud(world: World) -> None:
    world.settle()
    found = {each.resource.ref: each for each in world.review().verdicts}
    assert found[Ref('box', 'big')].decision is Decision.REMOVE, found[Ref('box', 'big')].guards
    assert found[Ref('person', 'ann')].decision is Decision.HELD
    assert found[Ref('person', 'ann')].guards == ()


def test_where_nothing_is_in_it_neither_is_read(world: World) -> None:
    assert world.review().inventory.listed == {'box'}
    assert not [each for each in world.house.cloud.requests if each.path in ('/people', '/realms')]


def test_what_cannot_be_read_keeps_the_owner(world: World) -> None:
    world.settle()
    world.house.cloud.fail((SERVICE, 'GET', '/realms'), Unreachable('down'), times=99)
    review = world.review()
    assert not review.plan.entries
    assert [str(each.scope) for each in review.inventory.unread] == ['realm']
