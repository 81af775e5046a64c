"""When the next step of a ladder is taken, and when it is not."""

import math

import pytest

from orphancleanup import runs
from orphancleanup.errors import (
    ApiError,
    AuthenticationFailed,
    CloudError,
    Conflict,
    Forbidden,
    IncompleteListing,
    Unreachable,
)
from orphancleanup.outcome import Result
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import clean, deletes, plan, results
from tests.unit.storehouse import FORCE, SERVICE, Storehouse


@pytest.mark.parametrize(
    'error',
    [
        Unreachable('reset by peer', 'req-7'),
        ApiError(500, 'a traceback', 'req-7'),
        AuthenticationFailed('Keystone gives us no token any more'),
        IncompleteListing('a cell does not answer'),
    ],
)
def test_unknown_is_no_reason_to_climb(house: Storehouse, error: CloudError) -> None:
    house.thing('one')
    made = plan(house)
    house.cloud.fail((SERVICE, 'DELETE', '/things'), error, times=math.inf)
    applied = runs.apply(house.site(FORCE), made, house.folder())
    outcome = applied.outcomes[0]
    assert outcome.result is Result.LEFT
    assert outcome.steps == ('delete', 'delete', 'delete')
    assert house.cloud.sent('POST', SERVICE) == []
    assert outcome.evidence[0].request_id == getattr(error, 'request_id', '')


def test_an_unknown_answer_that_worked_counts_as_removed(house: Storehouse) -> None:
    house.thing('one')
    made = plan(house)

    def vanish(_: object) -> None:
        house.things.remove('one')
        raise Unreachable('reset by peer')

    house.cloud.before((SERVICE, 'DELETE', '/things'), vanish)
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete',)


def test_the_harsher_step_comes_only_when_allowed(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    applied = clean(house)
    outcome = applied.outcomes[0]
    assert outcome.result is Result.LEFT
    assert outcome.next_step is not None
    assert (outcome.next_step.name, outcome.next_step.option) == ('reset', '--force')
    assert [evidence.source for evidence in outcome.evidence] == ['status', 'fault']
    assert 'one' in house.things.items


def test_the_ladder_is_climbed_when_the_gentler_step_failed(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    applied = clean(house, FORCE)
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete', 'reset', 'force-delete')


def test_forbidden_is_not_tried_again_in_any_pass(house: Storehouse) -> None:
    house.thing('other')
    house.box('box', 'part', refuse=lambda: Forbidden(403, 'not yours', 'req-1'))
    house.thing('part', status='error')
    applied = clean(house, FORCE)
    assert results(applied) == {'box': Result.LEFT, 'other': Result.REMOVED, 'part': Result.LEFT}
    assert deletes(house).count('/boxes/box') == 1
    assert 'not yours' in applied.outcomes[0].text


def test_what_is_refused_is_tried_once_more(house: Storehouse) -> None:
    item = house.thing('one', refuse=lambda: Conflict(409, 'busy'))
    house.cloud.before((SERVICE, 'DELETE', '/things'), lambda _: item.pop('refuse'), after=1)
    applied = clean(house)
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete', 'delete')


def test_a_broken_handler_does_not_stop_the_others(house: Storehouse) -> None:
    house.thing('one')
    house.thing('two')
    made = plan(house)

    def stumble(request: object) -> None:
        raise KeyError('surprise')

    house.cloud.before((SERVICE, 'DELETE', '/things/one'), stumble, times=math.inf)
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.LEFT, 'two': Result.REMOVED}
