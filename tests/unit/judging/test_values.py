"""In which of its values something that stays differs from what it was."""

from typing import Any

import pytest

from orphancleanup.judging.values import differences


@pytest.mark.parametrize(
    ('before', 'now', 'told'),
    [
        ({'cores': 10}, {'cores': 10}, ()),
        ({'cores': 10}, {'cores': -1}, ('cores: was 10, is -1',)),
        ({'enabled': True}, {'enabled': False}, ('enabled: was true, is false',)),
        ({'zone': None}, {'zone': 'az'}, ('zone: was nothing, is az',)),
        ({'description': 'x'}, {'description': ''}, ('description: was x, is ""',)),
        (
            {'specs': {'a': '1', 'b': '2'}},
            {'specs': {'b': '3', 'c': '4'}},
            ('specs a: was 1, is nothing', 'specs b: was 2, is 3', 'specs c: was nothing, is 4'),
        ),
        ({'hosts': ['a', 'b']}, {'hosts': ['b', 'c']}, ('hosts: a is gone', 'hosts: c is new')),
        ({'pools': [{'start': 1}]}, {'pools': []}, ('pools: {"start": 1} is gone',)),
        ({'hosts': ['a']}, {'hosts': 'a'}, ('hosts: was ["a"], is a',)),
        ({'hosts': None}, {'hosts': ['a']}, ('hosts: was nothing, is ["a"]',)),
        ({'specs': {}}, {'specs': 'none'}, ('specs: was {}, is none',)),
    ],
)
def test_each_value_that_is_another_one_is_told(
    before: dict[str, Any], now: dict[str, Any], told: tuple[str, ...]
) -> None:
    assert differences(before, now) == told


def test_what_only_one_of_both_tells_is_no_difference() -> None:
    assert differences({}, {'cores': 1}) == ()
    assert differences({'old': 1, 'cores': 1}, {'cores': 1, 'new': 2}) == ()
