"""What no listing shows is asked for by its id before anything follows from its absence."""

import math

import pytest

from orphancleanup import runs
from orphancleanup.errors import ApiError, NotFound, Unreachable
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Project, Ref
from orphancleanup.results import Review
from tests.unit.storehouse import SERVICE, Storehouse, hide

ORPHANS = Request(Selection(orphans=True))
LATER = '2026-03-01T00:00:01+00:00'


def review(house: Storehouse, request: Request = ORPHANS) -> Review:
    return runs.review(house.site(), request)


def scopes(plan: Plan) -> list[str]:
    return [str(unread.scope) for unread in plan.unread]


def asked(house: Storehouse, path: str) -> int:
    return house.cloud.sent('GET').count(path)


def leave_out(house: Storehouse, name: str) -> None:
    """Have Keystone's list lack a project that it shows."""
    house.cloud.before(
        ('identity', 'GET', '/projects$'), lambda _: house.cloud.projects.pop(name, None), math.inf
    )
    house.cloud.before(('identity', 'GET', f'/projects/{name}$'), lambda _: house.project(name), math.inf)


def test_a_living_project_that_keystones_list_lacks_is_not_missing(house: Storehouse) -> None:
    house.thing('one', project_id='alive')
    leave_out(house, 'alive')
    result = review(house)
    assert not result.plan.entries
    assert result.inventory.projects['alive'] == Project('alive', 'alive', 'default')
    assert scopes(result.plan) == ['the list of projects']
    assert "Keystone's list lacks the living project alive (alive)" in result.plan.unread[0].why


def test_a_list_of_projects_that_lacks_one_is_not_believed_for_others(house: Storehouse) -> None:
    house.thing('one', project_id='alive')
    house.thing('two', project_id='ghost')
    leave_out(house, 'alive')
    assert not review(house, Request(Selection(everything=True, orphans=True))).plan.entries


def test_each_missing_project_is_asked_for_once(house: Storehouse) -> None:
    for number in range(5):
        house.thing(f't{number}', project_id='ghost')
        house.thing(f'n{number}', project_id='')
        house.thing(f'a{number}')
    assert len(review(house).plan.entries) == 5
    assert [path for path in house.cloud.sent('GET', 'identity') if path != '/projects'] == [
        '/projects/ghost'
    ]


@pytest.mark.parametrize('error', [Unreachable('504'), ApiError.of(403, 'no'), ApiError.of(401, 'no')])
def test_a_project_about_which_nothing_can_be_learned_is_not_missing(
    house: Storehouse, error: ApiError
) -> None:
    house.thing('one', project_id='ghost')
    house.cloud.fail(('identity', 'GET', '/projects/ghost'), error, math.inf)
    result = review(house)
    assert not result.plan.entries
    assert 'whether the project ghost exists could not be read' in result.plan.unread[0].why


@pytest.mark.parametrize(
    'fields', [{'used_by': ['late']}, {'alters': ['late']}, {'in_box': ['late']}, {'hangs_on': ['late']}]
)
def test_what_a_resource_names_and_no_listing_shows_is_asked_for(
    house: Storehouse, fields: dict[str, list[str]]
) -> None:
    house.thing('x-one', **fields)
    (house.box if 'in_box' in fields else house.thing)('late', created_at=LATER)
    hide(house.things, 'late')
    hide(house.boxes, 'late')
    result = review(house, Request(Selection(prefixes=('x-',))))
    ref = Ref('box' if 'in_box' in fields else 'thing', 'late')
    assert ref in result.inventory.resources
    assert bool(result.plan.entries) == ('hangs_on' in fields)
    assert not result.plan.unread
    assert asked(house, '/boxes/late') + asked(house, '/things/late') == 1


def test_what_is_older_than_the_survey_and_not_listed_proves_the_listing_short(house: Storehouse) -> None:
    house.thing('lacking', created_at='2026-02-28T23:59:59+00:00')
    house.thing('other')
    house.bit('bit', hangs_on=['lacking'])
    hide(house.things, 'lacking')
    result = review(house, Request(Selection(everything=True)))
    assert scopes(result.plan) == ['thing']
    assert 'its listing lacks thing:lacking' in result.plan.unread[0].why
    assert {entry.ref.kind for entry in result.plan.entries} == {'bit'}


def test_what_does_not_tell_its_age_proves_the_listing_short_too(house: Storehouse) -> None:
    house.thing('lacking', created_at=None)
    house.bit('bit', hangs_on=['lacking'])
    hide(house.things, 'lacking')
    assert scopes(review(house).plan) == ['thing']


def test_what_does_not_tell_its_age_and_is_listed_a_moment_later_was_made_meanwhile(
    house: Storehouse,
) -> None:
    house.bit('bit', hangs_on=['late'])

    house.cloud.before((SERVICE, 'GET', '/things/late$'), lambda _: house.thing('late', created_at=None))
    result = review(house)
    assert not result.plan.unread
    assert not result.plan.entries
    assert Ref('thing', 'late') in result.inventory.resources


def test_what_else_a_listing_lacked_for_once_is_taken_from_the_new_one(house: Storehouse) -> None:
    """A saved state would else be complete without it, and what is not in a saved state is new."""
    house.bit('bit', hangs_on=['named'])
    for name in ('named', 'unnamed', 'full'):
        house.thing(name, created_at=None)
    house.things.unlisted |= {'named', 'unnamed'}
    house.cloud.before((SERVICE, 'GET', '/things/named$'), lambda _: house.things.unlisted.clear())
    saved = runs.save_state(house.site()).baseline
    assert 'thing' in saved.complete
    assert {ref.id for ref in saved.resources if ref.kind == 'thing'} == {'named', 'unnamed', 'full'}


def test_what_was_made_while_the_cloud_was_read_proves_nothing(house: Storehouse) -> None:
    house.thing('late', created_at=LATER)
    house.bit('bit', hangs_on=['late'])
    hide(house.things, 'late')
    result = review(house)
    assert not result.plan.unread
    assert not result.plan.entries


def test_what_is_found_by_its_id_is_asked_for_what_it_names_and_holds(house: Storehouse) -> None:
    house.bit('bit', hangs_on=['late'])
    house.thing('late', created_at=LATER, in_box=['box'])
    house.box('box', 'late', created_at=LATER)
    hide(house.things, 'late')
    hide(house.boxes, 'box')
    found = review(house).inventory
    assert found.resources[Ref('box', 'box')].holds == (Ref('thing', 'late'),)


def test_each_missing_resource_is_asked_for_once(house: Storehouse) -> None:
    for number in range(5):
        house.bit(f'b{number}', hangs_on=['lost'], used_by=['lost'])
    assert len(review(house).plan.entries) == 5
    assert asked(house, '/things/lost') == 1


def test_what_was_asked_for_is_not_asked_for_again_for_what_was_found_later(house: Storehouse) -> None:
    house.bit('bit', hangs_on=['late', 'lost'])
    house.thing('late', created_at=LATER, used_by=['lost'])
    hide(house.things, 'late')
    review(house)
    assert asked(house, '/things/lost') == 1


def test_what_cannot_be_told_to_be_gone_keeps_and_leaves_the_rest_of_its_kind_alone(
    house: Storehouse,
) -> None:
    house.bit('bit', hangs_on=['lost'])
    house.thing('used', used_by=['lost'])
    house.thing('other')
    house.cloud.fail((SERVICE, 'GET', '/things/lost'), Unreachable('504'), math.inf)
    result = review(house, Request(Selection(everything=True)))
    codes = {each.resource.id: [guard.code for guard in each.guards] for each in result.verdicts}
    assert codes == {'bit': ['parent-unknown'], 'used': ['in-use-unknown'], 'other': []}
    assert scopes(result.plan) == ['whether thing:lost exists']
    assert result.inventory.uncertain == {Ref('thing', 'lost'): '504'}


def test_a_handler_that_shows_something_else_tells_nothing(house: Storehouse) -> None:
    house.bit('bit', hangs_on=['lost'])
    house.things.document = lambda _: {'thing': {'id': 'wrong'}}  # type: ignore[method-assign]
    result = review(house)
    assert not result.plan.entries
    assert 'showed thing:wrong' in result.plan.unread[0].why


def test_what_was_named_and_is_not_listed_is_asked_for(house: Storehouse) -> None:
    house.thing('one')
    hide(house.things, 'one')
    result = review(house, Request(Selection(refs=frozenset({Ref('thing', 'one')}))))
    assert scopes(result.plan) == ['thing']
    assert not result.inventory.is_gone(Ref('thing', 'one'))


@pytest.mark.parametrize(
    'request_',
    [
        Request(Selection(everything=True), Reach(kinds=frozenset({'thing'}))),
        Request(Selection(refs=frozenset({Ref('thing', 'one')}))),
    ],
)
def test_a_kind_that_was_asked_for_by_name_and_has_no_service_is_said(
    house: Storehouse, request_: Request
) -> None:
    house.cloud.remove_service(SERVICE)
    assert scopes(review(house, request_).plan) == ['thing']


def test_a_kind_that_an_exclusion_leaves_was_not_asked_for_by_name(house: Storehouse) -> None:
    house.cloud.remove_service(SERVICE)
    reach = Reach(kinds=frozenset({'thing', 'bit'}), is_rest=True)
    assert not review(house, Request(Selection(everything=True), reach)).plan.unread


def test_parts_that_are_not_found_say_nothing_about_their_owner(house: Storehouse) -> None:
    house.thing('part', status='error', updated_at='2026-01-01T00:00:00+00:00')
    house.thing('other')
    house.box('box', 'part', tags=['orphancleanup:keep'])
    house.cloud.fail((SERVICE, 'GET', '/boxes/box/content'), NotFound(404, 'no template'), math.inf)
    result = review(house, Request(Selection(everything=True)))
    assert not result.plan.entries
    assert Ref('box', 'box') in result.inventory.resources
    assert scopes(result.plan) == ['what box:box holds']


def test_an_owner_that_is_listed_is_not_gone_because_it_cannot_be_shown(house: Storehouse) -> None:
    house.box('box')
    for path in ('/boxes/box/content', '/boxes/box$'):
        house.cloud.fail((SERVICE, 'GET', path), NotFound(404, 'no route'), math.inf)
    result = review(house, Request(Selection(everything=True)))
    assert scopes(result.plan) == ['what box:box holds']
    assert {each.resource.id: each.decision for each in result.verdicts} == {'box': Decision.KEEP}


def test_an_owner_that_ended_meanwhile_is_gone_when_it_and_a_new_listing_say_so(house: Storehouse) -> None:
    house.box('box')
    house.thing('part')

    def end(_: object) -> None:
        house.boxes.remove('box')
        raise NotFound(404, 'no such box')

    house.cloud.before((SERVICE, 'GET', '/boxes/box/content'), end)
    result = review(house)
    assert not result.plan.unread
    assert Ref('box', 'box') not in result.inventory.resources
    assert asked(house, '/boxes') == 2


def test_an_owner_stays_when_the_new_listing_fails(house: Storehouse) -> None:
    house.box('box')

    def end(_: object) -> None:
        house.boxes.remove('box')
        raise NotFound(404, 'no such box')

    house.cloud.before((SERVICE, 'GET', '/boxes/box/content'), end)
    house.cloud.fail((SERVICE, 'GET', '/boxes$'), Unreachable('503'), math.inf, after=1)
    assert scopes(review(house).plan) == ['what box:box holds']


@pytest.mark.parametrize('is_shown', [True, False])
def test_only_the_owner_itself_says_that_it_is_gone(house: Storehouse, is_shown: bool) -> None:
    house.box('box')

    def vanish(_: object) -> None:
        hide(house.boxes, 'box')
        raise NotFound(404, 'no template')

    house.cloud.before((SERVICE, 'GET', '/boxes/box/content'), vanish)
    if not is_shown:
        house.cloud.fail((SERVICE, 'GET', '/boxes/box$'), Unreachable('504'), math.inf)
    result = review(house)
    assert scopes(result.plan) == ['what box:box holds']
    assert Ref('box', 'box') in result.inventory.resources
