import datetime
import io
import json
from pathlib import Path

import jsonschema
import pytest
import subunit

import orphancleanup.report
from orphancleanup.errors import Conflict
from orphancleanup.tempest import kinds

SCHEMA = Path(orphancleanup.report.__file__).with_name('schema.json')

CONF = '[compute]\nimage_ref = t1\n'


def decided(ended):
    return {
        row['id']: (row['decision'], [each['code'] for each in row['guards']])
        for row in json.loads(ended.out)
    }


def dry_run(run, *options):
    return run('cleanup', '--dry-run', '--all', '-f', 'json', *options)


def test_what_a_tempest_conf_names_is_kept(run, house, alone, monkeypatch):
    monkeypatch.setattr('orphancleanup.tempest.configuration._OPTIONS', things_instead_of_images())
    house.thing('t1')
    house.thing('t2')
    (alone / 'tempest.conf').write_text(CONF)
    found = decided(dry_run(run, '--everything', '--tempest-conf', 'tempest.conf'))
    assert found == {'t1': ('keep', ['in-tempest-conf']), 't2': ('remove', [])}


def test_the_configuration_may_name_it_for_every_run(run, house, alone, monkeypatch):
    monkeypatch.setattr('orphancleanup.tempest.configuration._OPTIONS', things_instead_of_images())
    house.thing('t1')
    (alone / 'tempest.conf').write_text(CONF)
    (alone / 'my.conf').write_text(f'[tempest]\nconfig_file = {alone}/tempest.conf\n')
    ended = run('--config-file', 'my.conf', 'cleanup', '--dry-run', '--all', '-f', 'json', '--everything')
    assert decided(ended) == {'t1': ('keep', ['in-tempest-conf'])}


def test_a_tempest_conf_that_is_not_there_ends_the_run_before_the_cloud_is_asked(run, house):
    house.thing('t1')
    house.cloud.requests.clear()
    ended = run('cleanup', '--everything', '--yes-remove', '--tempest-conf', 'missing.conf')
    assert (ended.code, 'missing.conf cannot be read' in ended.err) == (1, True)
    assert house.cloud.requests == []


def test_what_tempest_has_recorded_is_selected_and_its_list_is_left_as_it_was(run, house, alone, monkeypatch):
    monkeypatch.setattr('orphancleanup.tempest.resource_list.KINDS', {**kinds.KINDS, 'things': 'thing'})
    house.thing('t1')
    house.thing('t2')
    text = json.dumps({'things': {'t1': '', 'gone': ''}, 'gizmos': {'g1': ''}})
    (alone / 'resource_list.json').write_text(text)
    ended = dry_run(run, '--resource-list')
    assert {name: decision for name, (decision, _) in decided(ended).items()} == {
        't1': 'remove',
        't2': 'keep',
    }
    assert 'of types that no kind is known for, so left alone: gizmos 1.' in ended.err
    assert run('cleanup', '--resource-list', '--yes-remove').code == 0
    assert (alone / 'resource_list.json').read_text() == text
    assert run('cleanup', '--resource-list', '--yes-remove').code == 0


def things_instead_of_images():
    from orphancleanup.tempest.configuration import _Option

    return (_Option('compute', 'image_ref', 'thing'),)


LEFT = 'tempest-VolumesGetTest-Volume-1'
NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
RUN = 'tempest.api.volume.test_volumes_get.VolumesGetTest'


def a_stream(now):
    moments = (now - datetime.timedelta(seconds=5), now + datetime.timedelta(seconds=5))
    output = io.BytesIO()
    writer = subunit.v2.StreamResultToBytes(output)
    for status, moment in zip(('inprogress', 'fail'), moments, strict=True):
        writer.status(test_id=f'{RUN}.test_create', test_status=status, timestamp=moment)
    return output.getvalue()


@pytest.mark.parametrize('command', ['--dry-run', '--yes-remove'])
def test_the_test_that_left_something_is_told_and_is_in_the_report(run, house, alone, command):
    house.thing(LEFT, created_at=NOON.isoformat())
    house.thing('t2')
    (alone / 'stream').write_bytes(a_stream(NOON))
    ended = run(
        'cleanup', '--everything', command, '--tempest-results', 'stream', '--report-file', 'report.json'
    )
    assert f'Left by {RUN}.test_create (failed): 1 resource.' in ended.err
    assert 'No test of this run can be told to have made: thing:t2.' in ended.err
    report = json.loads((alone / 'report.json').read_text())
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    (leaking,) = report['tests']['leaking']
    assert (leaking['test'], leaking['ending']) == (f'{RUN}.test_create', 'failed')
    assert [each['ref'] for each in leaking['resources']] == [f'thing:{LEFT}']


def test_a_kept_plan_tells_the_tests_too(run, house, alone):
    house.thing(LEFT, created_at=NOON.isoformat())
    (alone / 'stream').write_bytes(a_stream(NOON))
    run('cleanup', '--everything', '--dry-run', '--plan-file', 'plan.json')
    ended = run('cleanup', '--plan', 'plan.json', '--yes-remove', '--tempest-results', 'stream')
    assert f'Left by {RUN}.test_create (failed): 1 resource.' in ended.err


def test_results_that_cannot_be_read_end_the_run_before_the_cloud_is_asked(run, house, alone):
    house.cloud.requests.clear()
    (alone / 'stream').write_text('nothing')
    ended = run('cleanup', '--everything', '--yes-remove', '--tempest-results', 'stream')
    assert (ended.code, 'There are no tests in' in ended.err) == (2, True)
    assert house.cloud.requests == []


CERTAIN = 'its name has the class, and it was created while the test ran'
TOLD = {
    'name': f'{RUN}.test_create',
    'ending': 'failed',
    'certainty': 'certain',
    'how': CERTAIN,
    'failure': '',
    'candidates': [f'{RUN}.test_create'],
}


@pytest.fixture
def leak(house, alone):
    """Have something left by a test, something by nobody, and the stream of the test's run."""
    house.thing(LEFT, created_at=NOON.isoformat())
    house.thing('t2')
    (alone / 'stream').write_bytes(a_stream(NOON))


@pytest.mark.parametrize('command', ['--dry-run', '--yes-remove'])
def test_each_row_for_programs_names_its_test(run, leak, command):
    ended = run('cleanup', '--everything', command, '--tempest-results', 'stream', '-f', 'json')
    assert {row['id']: row['test'] for row in json.loads(ended.out)} == {LEFT: TOLD, 't2': None}


def test_each_row_for_programs_names_its_test_when_a_kept_plan_is_applied(run, leak):
    run('cleanup', '--everything', '--dry-run', '--plan-file', 'plan.json')
    ended = run('cleanup', '--plan', 'plan.json', '--yes-remove', '--tempest-results', 'stream', '-f', 'json')
    assert {row['id']: row['test'] for row in json.loads(ended.out)} == {LEFT: TOLD, 't2': None}


@pytest.mark.parametrize('command', ['--dry-run', '--yes-remove'])
def test_each_line_names_its_test_and_a_table_has_no_room_for_that(run, house, leak, command):
    results = ('--tempest-results', 'stream')
    ended = run('cleanup', '--everything', command, *results, '-f', 'value', '-c', 'ID', '-c', 'Test')
    assert set(ended.out.splitlines()) == {f'{LEFT} {RUN}.test_create (failed)', 't2 '}
    house.thing(LEFT, created_at=NOON.isoformat())
    assert f'{RUN}.test_create' not in run('cleanup', '--everything', command, *results, '--long').out
    house.thing(LEFT, created_at=NOON.isoformat())
    assert run('cleanup', '--everything', command, '-f', 'value', '-c', 'Test').code == 2


@pytest.mark.parametrize('command', ['--dry-run', '--yes-remove'])
def test_the_report_names_the_test_of_each_row(run, alone, leak, command):
    run('cleanup', '--everything', command, '--tempest-results', 'stream', '--report-file', 'report.json')
    report = json.loads((alone / 'report.json').read_text())
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    for rows in (report['verdicts'], report['outcomes'] or report['verdicts']):
        assert {row['id']: row['test'] for row in rows} == {LEFT: TOLD, 't2': None}


def test_explain_tells_which_test_left_something(run, leak):
    told = json.loads(run('explain', f'thing:{LEFT}', '--tempest-results', 'stream', '-f', 'json').out)
    assert told['test'] == TOLD
    for reference, options in (('thing:t2', ('--tempest-results', 'stream')), (f'thing:{LEFT}', ())):
        assert json.loads(run('explain', reference, *options, '-f', 'json').out)['test'] is None
    shown = run('explain', f'thing:{LEFT}', '--tempest-results', 'stream', '-f', 'value', '-c', 'test').out
    assert shown.strip() == f'{RUN}.test_create (failed); certain: {CERTAIN}'


def test_explain_tells_the_class_of_what_has_no_telling_name_by_what_else_is_in_its_project(run, house, leak):
    house.thing('nameless', created_at=NOON.isoformat(), project_id='gone')
    house.thing(f'{LEFT}0', project_id='gone')
    told = json.loads(run('explain', 'thing:nameless', '--tempest-results', 'stream', '-f', 'json').out)
    assert told['test']['name'] == f'{RUN}.test_create'
    assert told['test']['how'].startswith(f'{LEFT}0 is in its project')


def test_explain_refuses_results_that_cannot_be_read_before_it_asks_the_cloud(run, house, leak):
    house.cloud.requests.clear()
    ended = run('explain', f'thing:{LEFT}', '--tempest-results', 'missing')
    assert (ended.code, 'missing cannot be read' in ended.err) == (2, True)
    assert house.cloud.requests == []


def test_a_bug_report_names_the_test(run, house, leak):
    house.things.items[LEFT]['refuse'] = lambda: Conflict(409, 'in use')
    run('cleanup', '--everything', '--yes-remove', '--tempest-results', 'stream')
    (row,) = json.loads(run('run', 'list', '-f', 'json').out)
    told = run('run', 'bug-report', row['run'], f'thing:{LEFT}').out
    assert f'Left by the test: {RUN}.test_create (failed); certain: {CERTAIN}' in told
