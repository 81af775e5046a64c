from orphancleanup.report import outcomes
from tests.unit import samples


def rows():
    return [outcomes.row(outcome, samples.PLAN.tenants) for outcome in samples.OUTCOMES]


def test_a_row_tells_the_result_the_steps_why_and_the_option_that_goes_on():
    assert rows()[1] == (
        'nova-server',
        's1',
        'web',
        '(missing) gone',
        'left',
        ('delete',),
        ('it is still there after 300 s', 'fault: No valid host (req-2)'),
        'force-delete (--force)',
    )


def test_what_went_has_nothing_to_explain():
    assert rows()[0][4:] == ('removed', ('delete',), (), '')


def test_a_record_has_every_field():
    records = [outcomes.record(outcome, samples.PLAN.tenants) for outcome in samples.OUTCOMES]
    assert all(tuple(record) == outcomes.FIELDS for record in records)
    assert records[1]['next_step'] == {'name': 'force-delete', 'level': 'force', 'option': '--force'}
    assert records[1]['evidence'] == [{'source': 'fault', 'text': 'No valid host', 'request_id': 'req-2'}]
