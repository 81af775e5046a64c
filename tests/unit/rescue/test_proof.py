"""What the journal of a run must show before a database is opened."""

from typing import Any

import pytest

from orphancleanup.errors import DatabaseRefused
from orphancleanup.ladder import Step
from orphancleanup.model import Ref
from orphancleanup.rescue.proof import require_tried

REF = Ref('thing', 'one')
STEPS = [Step('delete', lambda *_: None), Step('force', lambda *_: None)]


def answer(step: str, reply: str = 'refused', **fields: Any) -> dict[str, Any]:
    return {'event': 'answer', 'kind': 'thing', 'id': 'one', 'step': step, 'reply': reply, **fields}


@pytest.mark.parametrize('reply', ['refused', 'forbidden', 'accepted', 'unavailable', 'gone'])
def test_steps_that_were_answered_are_tried(reply: str) -> None:
    require_tried(REF, STEPS, [answer('delete', reply), answer('force', reply)])


@pytest.mark.parametrize('reply', ['unknown', 'too-late'])
def test_a_step_that_nobody_answered_is_not_tried(reply: str) -> None:
    with pytest.raises(DatabaseRefused, match='the step force was tried'):
        require_tried(REF, STEPS, [answer('delete'), answer('force', reply)])


def test_an_intent_alone_proves_nothing() -> None:
    with pytest.raises(DatabaseRefused, match='the step delete'):
        require_tried(REF, STEPS, [answer('delete', event='intent'), answer('force')])


@pytest.mark.parametrize('fields', [{'id': 'two'}, {'kind': 'bit'}])
def test_what_was_tried_for_another_resource_proves_nothing(fields: dict[str, str]) -> None:
    with pytest.raises(DatabaseRefused):
        require_tried(REF, STEPS, [answer('delete', **fields), answer('force', **fields)])


def test_without_any_gentler_step_the_database_is_left_alone() -> None:
    with pytest.raises(DatabaseRefused, match='any gentler step'):
        require_tried(REF, [], [])


def test_a_step_that_only_a_403_calls_for_is_wanted_after_one_only() -> None:
    steps = [STEPS[0], Step('unlock', lambda *_: None, after_forbidden=True)]
    require_tried(REF, steps, [answer('delete')])
    with pytest.raises(DatabaseRefused, match='the step unlock was tried'):
        require_tried(REF, steps, [answer('delete', 'forbidden')])
    require_tried(REF, steps, [answer('delete', 'forbidden'), answer('unlock')])


def test_a_step_that_leaves_things_behind_need_not_be_tried() -> None:
    require_tried(REF, [STEPS[0], Step('abandon', lambda *_: None, keeps_parts=True)], [answer('delete')])
