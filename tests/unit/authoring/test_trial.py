"""``handler try`` tells where a handler disagrees with the cloud, and changes nothing."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.authoring.trial import try_kind
from orphancleanup.authoring.tried import Tried
from orphancleanup.handler import Handler
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Part, Ref, Resource
from tests.unit.storehouse import SERVICE, Bits, Boxes, Storehouse, Things


def try_it(house: Storehouse, *handlers: Handler, kind: str = 'thing', sample: int = 5) -> dict[str, Tried]:
    """Try a kind among handlers, and return what came of it by what was tried."""
    registry = build(
        Loaded(each, 'storehouse', 'tests 1.0') for each in handlers or (Things(), Bits(), Boxes())
    )
    site = dataclasses.replace(house.site(), registry=registry)
    return {each.what: each for each in try_kind(site, kind, sample)}


def wrong(tried: dict[str, Tried]) -> dict[str, str]:
    return {each.what: each.told for each in tried.values() if not each.is_well}


def test_a_handler_that_keeps_the_contract_is_well(house: Storehouse) -> None:
    house.thing('t1')
    house.thing('t2', status='error')
    tried = try_it(house)
    assert wrong(tried) == {}
    assert tried['discover'].told == f'2 in 0.0 s (1 {SERVICE} GET)'
    assert tried['look'].told == '2 of 2 that were looked at are as discover told them'
    assert tried['look for an id that nobody has'].told == 'it says that it is gone'
    assert (
        tried['ladder of available, error'].told
        == '1. delete (api), 2. reset (force, prepares), 3. force-delete (force)'
    )
    assert tried['evidence'].told == '2 asked: 2'


def test_nothing_is_changed(house: Storehouse) -> None:
    house.thing('t1')
    try_it(house)
    assert {request.method for request in house.cloud.requests} == {'GET'}
    assert house.cloud.read_only


def test_a_handler_that_changes_something_is_told(house: Storehouse) -> None:
    class Meddling(Things):
        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            self.delete(cloud, Resource(ref))
            return super().look(cloud, ref)

    house.thing('t1')
    told = wrong(try_it(house, Meddling()))
    assert 'while only reading' in told['look at thing:t1']
    assert list(house.things.items) == ['t1']


@pytest.mark.parametrize(
    ('change', 'told'),
    [
        ({'tags': frozenset()}, 'tags: discover a, b, look nothing'),
        ({'is_system': True}, 'is_system: discover False, look True'),
        ({'parents': ()}, 'parents: discover thing:t0, look nothing'),
        ({'name': 'other'}, 'name: discover t1, look other'),
        ({'details': {'size': 1}}, "details: discover {}, look {'size': 1}"),
    ],
)
def test_a_field_that_look_tells_otherwise_is_named_with_both_values(
    house: Storehouse, change: dict[str, Any], told: str
) -> None:
    class Forgetful(Things):
        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            found = super().look(cloud, ref)
            return dataclasses.replace(found, **change) if found and found.id == 't1' else found

    house.thing('t0')
    house.thing('t1', tags=['a', 'b'], hangs_on=['t0'])
    tried = try_it(house, Forgetful())
    assert wrong(tried) == {'look at thing:t1': told}
    assert tried['look'].told.startswith('1 of 2')


def test_what_is_listed_and_called_gone_is_told(house: Storehouse) -> None:
    class Blind(Things):
        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            return None

    house.thing('t1')
    assert wrong(try_it(house, Blind())) == {
        'look at thing:t1': 'look says that it is gone, discover lists it'
    }


def test_what_changes_between_listing_and_look_is_read_once_more(house: Storehouse) -> None:
    item = house.thing('t1', status='creating')
    house.cloud.before((SERVICE, 'GET', '/things/t1'), lambda _: item.update(status='available'))
    house.thing('t2')
    house.cloud.before((SERVICE, 'GET', '/things/t2'), lambda _: house.things.remove('t2'))
    assert wrong(try_it(house)) == {}


def test_a_listing_that_fails_ends_the_trial_with_its_sentence(house: Storehouse) -> None:
    house.cloud.fail((SERVICE, 'GET', '^/things$'), errors.ApiError.of(500, 'oops'), times=99)
    tried = try_it(house)
    assert list(tried) == ['discover']
    assert 'HTTP 500: oops' in wrong(tried)['discover']


def test_a_404_that_is_raised_instead_of_none_is_told(house: Storehouse) -> None:
    class Raising(Things):
        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            cloud.service(SERVICE).get(f'/things/{ref.id}')
            return super().look(cloud, ref)

    told = wrong(try_it(house, Raising()))
    assert told == {
        'look for an id that nobody has': 'it raises NotFound; return None for the 404 of the resource itself'
    }


def test_a_resource_made_of_nothing_is_told(house: Storehouse) -> None:
    class Inventing(Things):
        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            return Resource(ref)

    assert 'it found thing:' in wrong(try_it(house, Inventing()))['look for an id that nobody has']


def test_a_relation_to_a_kind_that_nobody_knows_is_told(house: Storehouse) -> None:
    house.bit('b1', hangs_on=['t1'])
    told = wrong(try_it(house, Bits(), kind='bit'))
    assert 'no installed handler knows the kind thing' in told['depends on thing']


def test_how_many_other_ends_are_there_is_told(house: Storehouse) -> None:
    house.thing('t1')
    house.bit('b1', hangs_on=['t1'])
    house.bit('b2', hangs_on=['gone'])
    tried = try_it(house, kind='bit')
    assert wrong(tried) == {}
    assert tried['depends on thing'].told == '1 of 2 are there'


def test_a_relation_of_which_no_other_end_is_there_is_told(house: Storehouse) -> None:
    house.bit('b1', hangs_on=['name-not-id'])
    told = wrong(try_it(house, kind='bit'))
    assert told['depends on thing'] == '0 of 1 are there: is name-not-id really the id of a thing?'


def test_a_relation_whose_other_ends_could_not_be_read_is_told(house: Storehouse) -> None:
    house.thing('t1')
    house.bit('b1', hangs_on=['t1'])
    house.cloud.fail((SERVICE, 'GET', '^/things$'), errors.ApiError.of(500, 'oops'), times=99)
    assert 'thing could not be read' in wrong(try_it(house, kind='bit'))['depends on thing']


@pytest.mark.parametrize(
    ('relation', 'words'), [('hangs_on', 'depends on thing'), ('used_by', 'is needed by thing')]
)
def test_a_relation_the_wrong_way_round_is_told(house: Storehouse, relation: str, words: str) -> None:
    class Late(Bits):
        after = ('thing',)

    class Early(Things):
        after = ()

    house.thing('t1')
    house.bit('b1', **{relation: ['t1']})
    handlers = (Late(), Early()) if relation == 'hangs_on' else (Bits(), Things(), Boxes())
    told = wrong(try_it(house, *handlers, kind='bit'))
    assert 'turn one of them round' in told[words]


LADDERS: list[tuple[Sequence[Step], str]] = [
    ((), 'no step; so nothing ever removes it'),
    ((Step('reset', print, removes=False),), 'the last step removes nothing'),
    ((Step('delete', print), Step('delete', print)), 'two steps'),
    ((Step('force', print, Level.FORCE), Step('delete', print)), 'a harsher step comes before a gentler one'),
    ((Step('rows', print, Level.DATABASE),), '"levels"'),
]


@pytest.mark.parametrize(('steps', 'told'), LADDERS)
def test_a_ladder_that_breaks_the_contract_is_told(
    house: Storehouse, steps: Sequence[Step], told: str
) -> None:
    class Odd(Things):
        def ladder(self, resource: Resource) -> Sequence[Step]:
            return steps

    house.thing('t1')
    assert told in wrong(try_it(house, Odd()))['ladder of available']


def test_a_ladder_that_fails_for_a_status_is_told_with_the_status(house: Storehouse) -> None:
    class Picky(Things):
        def ladder(self, resource: Resource) -> Sequence[Step]:
            return {'available': super().ladder(resource)}[resource.status]

    house.thing('t1')
    house.thing('t2', status='error')
    assert "KeyError: 'error'" in wrong(try_it(house, Picky()))['ladder of error']


def test_a_sample_has_one_of_each_status_first(house: Storehouse) -> None:
    asked: list[str] = []

    class Watched(Things):
        def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
            asked.append(ref.id)
            return super().look(cloud, ref)

    for number in range(6):
        house.thing(f't{number}')
    house.thing('t9', status='error')
    try_it(house, Watched(), sample=2)
    assert asked[:2] == ['t0', 't9']
    assert len(asked) == 3


def test_parts_are_asked_for_and_a_failure_is_told(house: Storehouse) -> None:
    house.thing('t1')
    house.box('b1', 't1')
    assert try_it(house, kind='box')['parts'].told == '1 asked: 1'

    class Broken(Boxes):
        def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
            raise KeyError('content')

    assert 'box:b1' in wrong(try_it(house, Broken(), kind='box'))['parts']
