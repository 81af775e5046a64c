"""What tempest has recorded by its name alone goes only when one resource has that name."""

import pytest

from orphancleanup.judging.selection import Recorded, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Ref
from tests.unit.inventories import codes, inventory, judge, thing

NAMED = Recorded(names=frozenset({Ref('thing', 'key')}))
TWO = (thing('ann/key', name='key'), thing('bob/key', name='key'))


def request(recorded: Recorded = NAMED, **more: object) -> Request:
    return Request(Selection(recorded=recorded, **more))  # type: ignore[arg-type]


def test_of_several_with_the_name_none_goes_and_each_says_why() -> None:
    verdicts = judge(inventory(*TWO), request())
    assert {each.decision for each in verdicts.values()} == {Decision.KEEP}
    assert codes(verdicts['ann/key']) == ({'named'}, {'namesakes'})
    assert '2 resources of its kind are called key' in verdicts['bob/key'].guards[0].text


def test_the_only_one_with_the_name_goes() -> None:
    found = judge(inventory(TWO[0], thing('key', 'bit', name='key'), thing('other')), request())
    assert found['ann/key'].decision is Decision.REMOVE


@pytest.mark.parametrize(
    'asked',
    [
        request(refs=frozenset({TWO[0].ref})),
        request(Recorded(frozenset({TWO[0].ref}), NAMED.names)),
        request(prefixes=('ke',)),
    ],
)
def test_what_something_else_tells_goes_all_the_same(asked: Request) -> None:
    assert judge(inventory(*TWO), asked)['ann/key'].decision is Decision.REMOVE
