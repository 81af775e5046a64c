"""Beside what stands in the way it is said whether the plan removes that."""

import pytest

from orphancleanup.execute import causes, item
from orphancleanup.execute.item import Item, State
from orphancleanup.judging.plan import Entry
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.outcome import Result

PORT = Ref('neutron-port', 'port-1')
PLANNED = item.begin(Entry(Resource(PORT), ()), is_ours=False)
REMOVED = PLANNED._replace(state=State.DONE, result=Result.REMOVED)


@pytest.mark.parametrize(
    ('items', 'fate'),
    [
        ({}, 'it is kept: the plan does not name it'),
        ({PORT: PLANNED}, 'the plan names it, and it is not gone'),
        ({PORT: REMOVED}, 'the plan removed it'),
    ],
)
def test_a_blocker_says_whether_it_is_kept(items: dict[Ref, Item], fate: str) -> None:
    (told,) = causes.with_fates([Evidence('blocker', f'{PORT} needs it', 'req-1', PORT)], items)
    assert told == Evidence('blocker', f'{PORT} needs it; {fate}', 'req-1', PORT)


def test_what_is_no_blocker_is_told_as_it_is() -> None:
    fault = Evidence('fault', 'on fire', 'req-1')
    assert causes.with_fates([fault], {}) == (fault,)


def test_what_is_asked_about_something_left_has_its_parts_though_a_listing_does_not_tell_them() -> None:
    stack = Ref('heat-stack', 's1')
    owner = item.begin(Entry(Resource(stack, holds=(PORT,)), ()), is_ours=False)
    listed = owner._replace(fresh=Resource(stack, status='DELETE_FAILED'))
    case = causes.case_of(listed, {stack: listed}, {})
    assert (case.resource.status, case.resource.holds) == ('DELETE_FAILED', (PORT,))
