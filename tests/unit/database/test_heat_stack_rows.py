"""What the fallback for stacks does to Heat's rows, and when it does nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from orphancleanup.errors import DatabaseRefused, NotFound
from orphancleanup.model import Part
from orphancleanup.plugins.mysql_fallback import heat_parts, heat_rows
from orphancleanup.plugins.mysql_fallback.heat_stack import StackRows
from orphancleanup.testing.rows import Rows
from tests.rows import (
    BACKUP,
    LONG_AGO,
    NEIGHBOUR,
    NESTED,
    PROJECT,
    STACK,
    engine,
    heat,
    part,
    stack,
    template,
    told_stack,
)  # fmt: skip

FALLBACK = StackRows()
RECENTLY = '2999-01-01 00:00:00'


@pytest.fixture(params=['heat_juno', 'heat_27'])
def rows(request: pytest.FixtureRequest, make_rows: Callable[[str], Rows]) -> Rows:
    found = make_rows(request.param)
    heat(found, is_new=request.param == 'heat_27')
    return found


@pytest.fixture
def new(make_rows: Callable[[str], Rows]) -> Rows:
    found = make_rows('heat_27')
    heat(found, is_new=True)
    return found


@pytest.fixture
def juno(make_rows: Callable[[str], Rows]) -> Rows:
    found = make_rows('heat_juno')
    heat(found, is_new=False)
    return found


def purge(rows: Rows, **told: Any) -> None:
    rows.take(FALLBACK, told_stack(**told), 'purge')


def parts(rows: Rows) -> tuple[Part, ...]:
    with rows.transaction(FALLBACK, is_rehearsal=True) as begun:
        return heat_parts.parts(begun, heat_rows.family(begun, told_stack()))


def refused(rows: Rows, why: str, **told: Any) -> None:
    before = rows.sums()
    with pytest.raises(DatabaseRefused, match=why):
        purge(rows, **told)
    assert rows.sums() == before


def test_a_purged_stack_is_as_heat_leaves_one_that_it_has_deleted(rows: Rows) -> None:
    purge(rows)
    for each in (STACK, NESTED, BACKUP):
        row = rows.row('stack', each)
        assert (row['action'], row['status']) == ('DELETE', 'COMPLETE')
        assert row['status_reason'] == 'Stack DELETE completed successfully'
        assert row['deleted_at']
    assert [row['stack_id'] for row in rows.all('resource')] == [NEIGHBOUR]
    assert [row['resource_id'] for row in rows.all('resource_data')] == [rows.all('resource')[0]['id']]
    assert [row['stack_id'] for row in rows.all('snapshot')] == [NEIGHBOUR]


def test_what_purge_deleted_takes_later_is_left_to_it(new: Rows) -> None:
    purge(new)
    assert len(new.all('event')) == 4
    assert len(new.all('raw_template')) == 4
    assert new.all('stack_tag')
    assert not new.all('sync_point') + new.all('stack_lock') + new.all('resource_snapshot')


def test_workers_with_a_message_about_the_stack_are_made_to_give_up(new: Rows) -> None:
    new.change('stack', STACK, current_traversal='traversal')
    purge(new)
    assert new.row('stack', STACK)['current_traversal'] == ''


def test_a_neighbour_is_not_touched(rows: Rows) -> None:
    before = rows.row('stack', NEIGHBOUR)
    purge(rows)
    assert rows.row('stack', NEIGHBOUR) == before


def test_credentials_go_with_the_last_stack_that_has_them(new: Rows) -> None:
    purge(new)
    assert new.row('stack', STACK)['user_creds_id'] is None
    assert [row['id'] for row in new.all('user_creds')] == [new.row('stack', NEIGHBOUR)['user_creds_id']]


def test_credentials_that_another_stack_has_stay(new: Rows) -> None:
    new.change('stack', NEIGHBOUR, user_creds_id=new.row('stack', STACK)['user_creds_id'])
    purge(new)
    assert len(new.all('user_creds')) == 2


def test_credentials_stay_where_they_may_not_be_null(juno: Rows) -> None:
    purge(juno)
    assert juno.row('stack', STACK)['user_creds_id']
    assert len(juno.all('user_creds')) == 2


def test_a_private_column_of_a_unique_key_becomes_null(juno: Rows) -> None:
    juno.change('stack', STACK, uq_name_active=1)
    purge(juno)
    assert juno.row('stack', STACK)['uq_name_active'] is None
    stack(juno, 'of-the-same-name', name=STACK, uq_name_active=1)


def test_a_stack_of_a_living_project_that_is_not_stuck_is_refused(rows: Rows) -> None:
    rows.facts.projects.add(PROJECT)
    refused(rows, 'exists')


def test_a_stack_of_a_living_project_that_is_stuck_is_purged(rows: Rows) -> None:
    rows.facts.projects.add(PROJECT)
    rows.change('stack', STACK, action='DELETE', status='FAILED')
    purge(rows)


def test_a_stack_that_was_renamed_is_refused(rows: Rows) -> None:
    rows.change('stack', STACK, name='another')
    refused(rows, "is 'another' of project")


def test_a_nested_stack_is_refused(rows: Rows) -> None:
    rows.change('stack', STACK, owner_id=NEIGHBOUR)
    refused(rows, f'nested in stack {NEIGHBOUR}')


def test_a_nested_stack_that_an_abandoned_one_left_behind_is_purged(rows: Rows) -> None:
    rows.change('stack', STACK, owner_id=NEIGHBOUR)
    rows.change('stack', NEIGHBOUR, deleted_at=LONG_AGO)
    purge(rows)


def test_a_deleted_stack_is_gone(rows: Rows) -> None:
    rows.change('stack', STACK, deleted_at=LONG_AGO)
    with pytest.raises(NotFound):
        purge(rows)


def test_a_resource_that_a_living_engine_works_on_is_refused(new: Rows) -> None:
    engine(new, 'engine-living', updated_at=RECENTLY)
    new.change('resource', 2, engine_id='engine-living')
    refused(new, 'heat-engine engine-living lives')


def test_a_lock_of_a_living_engine_is_refused(new: Rows) -> None:
    new.change('service', 'engine-dead', updated_at=RECENTLY)
    refused(new, 'heat-engine engine-dead lives')


def test_a_dead_engine_holds_nothing(new: Rows) -> None:
    new.change('resource', 1, engine_id='engine-dead')
    purge(new)


def test_where_no_table_tells_which_engines_live_a_young_lock_is_refused(juno: Rows) -> None:
    juno.put('stack_lock', stack_id=STACK, engine_id='e', created_at=RECENTLY)
    refused(juno, 'may live')


def test_where_no_table_tells_which_engines_live_an_old_lock_counts_for_nothing(juno: Rows) -> None:
    juno.put('stack_lock', stack_id=STACK, engine_id='e', created_at=LONG_AGO)
    purge(juno)


def test_a_stack_in_progress_since_just_now_is_refused(rows: Rows) -> None:
    rows.change('stack', STACK, status='IN_PROGRESS', updated_at=RECENTLY)
    refused(rows, 'less than a minute')


def test_a_database_of_something_else_is_refused(make_rows: Callable[[str], Rows]) -> None:
    wrong = make_rows('cinder_29')
    refused(wrong, "has no table 'stack'")


# What the rows name elsewhere


def test_parts_are_told_with_what_depends_on_others_first(new: Rows) -> None:
    text = template(server='OS::Nova::Server', port='OS::Neutron::Port', net='OS::Neutron::Net')
    new.change('raw_template', 1, template=text)
    part(new, 12, STACK, 'server', 's1')
    part(new, 13, STACK, 'port', 'p1')
    own = [each.id for each in parts(new) if each.resource_type != 'Invented::Thing']
    assert own == ['s1', 'p1', 'physical-1']


def test_nested_stacks_are_no_parts_and_their_own_parts_are(new: Rows) -> None:
    new.change('resource', 1, nova_instance=NESTED)
    assert {each.id for each in parts(new)} == {'physical-2', 'physical-3'}


def test_what_its_template_retains_is_told_so(rows: Rows) -> None:
    retained = {'resources': {'net': {'type': 'T', 'deletion_policy': 'Retain'}}}
    rows.change('raw_template', 1, template=json.dumps(retained))
    assert [each.id for each in parts(rows) if each.is_retained] == ['physical-1']


def test_cloud_formation_templates_are_read_as_well(rows: Rows) -> None:
    rows.change('raw_template', 1, template=json.dumps({'Resources': {'net': {'Type': 'AWS::EC2::Volume'}}}))
    assert Part('AWS::EC2::Volume', 'physical-1') in parts(rows)


def test_a_resource_that_its_template_lacks_is_refused(rows: Rows) -> None:
    rows.change('raw_template', 1, template='{}')
    with pytest.raises(DatabaseRefused, match='cannot be told'):
        parts(rows)


def test_each_resource_is_of_the_template_that_it_was_made_from(new: Rows) -> None:
    new.put('raw_template', id=9, template=template(net='Invented::Older'))
    new.change('resource', 1, current_template_id=9)
    assert Part('Invented::Older', 'physical-1') in parts(new)


# Reset


def test_a_reset_does_what_heat_manage_does(new: Rows) -> None:
    for each in (STACK, NESTED):
        new.change('stack', each, action='DELETE', status='IN_PROGRESS')
    new.change('resource', 2, status='IN_PROGRESS', engine_id='engine-dead')
    new.put('resource_data', id=99, key='pre-delete', value='{}', resource_id=2)
    new.take(FALLBACK, told_stack(status='DELETE_IN_PROGRESS'), 'reset')
    reason = 'Stack status manually reset'
    for each in (STACK, NESTED):
        row = new.row('stack', each)
        assert (row['action'], row['status'], row['status_reason']) == ('DELETE', 'FAILED', reason)
    assert new.row('stack', BACKUP)['status'] == 'COMPLETE'
    row = new.row('resource', 2)
    assert (row['status'], row['status_reason'], row['engine_id']) == ('FAILED', reason, None)
    assert 99 not in [row['id'] for row in new.all('resource_data')]
    assert not new.all('stack_lock')


def test_only_what_hangs_is_reset() -> None:
    assert [each.name for each in FALLBACK.steps(told_stack(status='DELETE_FAILED'))] == ['purge']
    assert [each.name for each in FALLBACK.steps(told_stack(status='DELETE_IN_PROGRESS'))] == [
        'reset',
        'purge',
    ]
