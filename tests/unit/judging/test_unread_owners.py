"""What an owner holds that could not be asked keeps whatever may be a part of it."""

import dataclasses

import pytest

from orphancleanup.judging import classify
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Ref, Scope, Unread
from tests.unit.inventories import EVERYTHING, NOW, REGISTRY, inventory, thing

UNREAD = (Unread(Scope('box', 'beta', Ref('box', 'far')), 'HTTP 500'),)


def decisions(request: Request = EVERYTHING) -> dict[str, Decision]:
    found = inventory(
        thing('far', 'box', project_id='beta'),
        thing('global', project_id=''),
        thing('near', project_id='beta'),
        thing('elsewhere'),
        thing('bit', 'bit', project_id=''),
        unread=UNREAD,
    )
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    return {each.resource.id: each.decision for each in verdicts}


def test_what_is_in_no_project_may_be_a_part_of_an_owner_in_any() -> None:
    found = decisions()
    assert found['global'] is Decision.KEEP
    assert found['near'] is Decision.KEEP
    assert found['far'] is Decision.KEEP


def test_what_is_in_another_project_or_goes_before_every_owner_is_no_part() -> None:
    found = decisions()
    assert found['elsewhere'] is Decision.REMOVE
    assert found['bit'] is Decision.REMOVE


@pytest.mark.parametrize('reason', [{'prefixes': ('glob',)}, {'refs': frozenset({Ref('thing', 'global')})}])
def test_it_is_kept_whatever_selects_it(reason: dict[str, object]) -> None:
    request = Request(dataclasses.replace(Selection(), **reason))  # type: ignore[arg-type]
    assert decisions(request)['global'] is Decision.KEEP
