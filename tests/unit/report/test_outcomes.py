import dataclasses
import weakref
from collections.abc import Iterator
from typing import Any

from orphancleanup.model import Level
from orphancleanup.outcome import NextStep
from orphancleanup.report import outcomes
from tests.unit import samples


def records():
    return list(outcomes.records(samples.OUTCOMES, samples.PLAN))


def test_a_row_tells_the_result_the_steps_why_and_the_option_that_goes_on():
    assert outcomes.rows([records()[1]])[0] == (
        'nova-server',
        's1',
        'web',
        '(missing) gone',
        'not-removed',
        [
            'it is still there after 300 s',
            'fault: No valid host (req-2)',
            'tried: delete',
            'next: force-delete (--force)',
        ],
    )


def test_what_went_has_nothing_to_explain():
    assert outcomes.rows([records()[0]])[0][4:] == ('removed', [])


def test_what_failed_twice_with_the_same_words_is_told_once():
    told = {**records()[1], 'text': 'no', 'steps': ['delete', 'delete', 'reset-state']}
    told['evidence'] = [
        {'source': 'api', 'text': 'no', 'request_id': 'req-1'},
        {'source': 'fault', 'text': 'fire', 'request_id': ''},
        {'source': 'api', 'text': 'no', 'request_id': 'req-2'},
        {'source': 'fault', 'text': 'fire', 'request_id': ''},
    ]
    assert outcomes.rows([told])[0][5][:3] == [
        'no (req-1)',
        'fault: fire',
        'tried: delete (2 times), reset-state',
    ]


def test_a_row_says_what_the_next_step_lacks():
    step = NextStep('purge', Level.DATABASE, '[mysql-fallback] heat_connection')
    stubborn = dataclasses.replace(samples.OUTCOMES[1], next_step=step)
    (told,) = outcomes.records([stubborn], samples.PLAN)
    assert outcomes.rows([told])[0][5][-1] == 'next: purge (--database and [mysql-fallback] heat_connection)'
    assert told['next_step']['setting'] == '[mysql-fallback] heat_connection'
    told['next_step'] = {'name': 'purge', 'level': 'database', 'option': '--database'}
    assert outcomes.rows([told])[0][5][-1] == 'next: purge (--database)'


def test_a_record_has_every_field():
    found = records()
    assert all(tuple(record) == outcomes.FIELDS for record in found)
    assert found[1]['next_step'] == {'name': 'force-delete', 'level': 'force', 'option': '--force'}
    assert found[1]['evidence'] == [{'source': 'fault', 'text': 'No valid host', 'request_id': 'req-2'}]


def test_no_record_is_kept_while_rows_are_made_of_many() -> None:
    class Told(dict[str, Any]):
        """One that can be referred to weakly."""

    made: list[weakref.ref[Told]] = []

    def many() -> Iterator[Told]:
        for _ in range(9):
            assert sum(each() is not None for each in made) <= 1
            told = Told(records()[0])
            made.append(weakref.ref(told))
            yield told

    assert len(outcomes.rows(many())) == 9
