import datetime
import io
import json
from pathlib import Path

import jsonschema
import pytest
import subunit

import orphancleanup.report
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
