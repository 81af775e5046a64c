"""The commands that only look: runs, saved states, handlers, and one resource."""

import json
from pathlib import Path

import pytest

from orphancleanup import errors
from orphancleanup.cli import explain
from orphancleanup.execute import loop
from orphancleanup.model import Project
from orphancleanup.storing import run_folder
from tests.unit.cli.test_cleanup import EVERYTHING, table
from tests.unit.storehouse import Things


def test_a_killed_run_is_unfinished_and_can_be_resumed(run, house, monkeypatch):
    house.thing('t1')
    house.thing('t2')

    original = loop.Loop.run
    monkeypatch.setattr(loop.Loop, 'run', lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run(*EVERYTHING, '--yes-remove').code == 130
    monkeypatch.setattr(loop.Loop, 'run', original)
    (folder,) = run_folder.list_runs()
    assert table(run('run', 'list').out)[1][1:] == ['unfinished', 'http://fake/identity', '2', '', '']
    ended = run('run', 'show', 'latest')
    assert f'To go on with it: orphancleanup run resume {folder.run_id}' in ended.err
    ended = run('run', 'resume', folder.run_id, '--yes-remove')
    assert ended.code == 0
    assert [row[0] for row in table(ended.out)[2:]] == ['removed', 'thing', 'thing']
    assert table(run('run', 'list').out)[1][1:] == ['finished', 'http://fake/identity', '2', '2', '0']


def test_resuming_asks_as_an_apply_does(run, house):
    house.thing('t1', refuse=lambda: errors.ApiError.of(400, 'stubborn'))
    run(*EVERYTHING, '--yes-remove')
    ended = run('run', 'resume', 'latest', '--force', answer='no')
    assert (ended.code, list(house.things.items)) == (1, ['t1'])
    ended = run('run', 'resume', 'latest', '--force', answer='fake')
    assert (ended.code, list(house.things.items)) == (0, [])


def test_a_run_shows_what_the_apply_showed(run, house):
    item = house.thing('t1', refuse=lambda: errors.ApiError.of(400, 'stubborn', 'req-7'))
    item['name'] = 'evil\x1bname'
    house.thing('t2')
    for options in ((), ('-f', 'json')):
        applied = run(*EVERYTHING, '--yes-remove', *options)
        shown = run('run', 'show', 'latest', *options)
        assert shown.out == applied.out
        assert (applied.code, shown.code) == (4, 0)


def test_a_run_that_cannot_be_read_is_listed_as_such(run, house):
    house.thing('t1')
    run(*EVERYTHING, '--yes-remove')
    (folder,) = run_folder.list_runs()
    folder.report.write_text('{')
    assert table(run('run', 'list').out)[1][1] == 'unreadable'
    ended = run('run', 'show', 'latest')
    assert (ended.code, 'is cut off' in ended.err) == (1, True)


@pytest.mark.parametrize('change', [{'outcomes': [{}]}, {'outcomes': [7]}, {'run': None}, {'version': 1}])
def test_a_report_that_is_none_is_a_sentence(run, house, change):
    house.thing('t1')
    run(*EVERYTHING, '--yes-remove')
    (folder,) = run_folder.list_runs()
    folder.report.write_text(json.dumps({**json.loads(folder.report.read_text()), **change}))
    assert table(run('run', 'list').out)[1][1] == 'unreadable'
    ended = run('run', 'show', 'latest')
    assert (ended.code, ended.out) == (1, '')


def test_a_saved_state_is_shown_without_the_cloud(run, house):
    house.thing('t1')
    run('cleanup', '--init-saved-state')
    house.cloud.requests.clear()
    shown = json.loads(run('saved-state', 'show', '-f', 'json').out)
    assert (shown['cloud'], shown['resources']) == ('http://fake/identity', ['thing: 1'])
    assert house.cloud.requests == []


def test_a_saved_state_is_checked_against_the_kinds_that_are_known(run, house, alone):
    run('cleanup', '--init-saved-state')
    assert run('saved-state', 'check').code == 0
    ours = house.site().cloud.identity.project_id
    (alone / 'tempest.json').write_text(json.dumps({'projects': {ours: 'p'}, 'servers': {}}))
    ended = run('saved-state', 'check', 'tempest.json')
    assert ended.code == 4
    assert [row[2] for row in table(ended.out)[1:]] == ['False', 'False', 'False']


def test_a_difference_is_told_and_is_exit_code_4(run, house):
    house.thing('t1')
    run('cleanup', '--init-saved-state')
    ended = run('saved-state', 'diff')
    assert (ended.code, ended.out.strip()) == (0, '')
    assert 'The cloud is as it was' in ended.err
    house.thing('t2')
    house.things.remove('t1')
    ended = run('saved-state', 'diff')
    assert ended.code == 4
    assert table(ended.out)[1:] == [
        ['Project: alpha'],
        ['vanished'],
        ['thing', 't1', 't1', ''],
        ['appeared'],
        ['thing', 't2', 't2', ''],
    ]


def test_a_difference_names_the_project_as_it_is_called_now_or_was_called_then(run, house):
    house.thing('old', project_id='alpha')
    run('cleanup', '--init-saved-state')
    house.cloud.projects['p2'] = Project('p2', 'tempest-Test-2', 'default')
    house.thing('new', project_id='p2')
    house.thing('orphan', project_id='p3')
    house.things.remove('old')
    del house.cloud.projects['alpha']
    told = run('saved-state', 'diff', '-f', 'value', '-c', 'ID', '-c', 'Project').out.splitlines()
    assert sorted(told) == ['new tempest-Test-2', 'old alpha', 'orphan (missing) p3']


def test_what_is_set_otherwise_than_in_the_saved_state_is_told_and_stays_so(run, house, alone):
    house.thing('t1', values={'size': 1, 'gone': 'x'})
    house.thing('t2', values={'size': 1})
    run('cleanup', '--init-saved-state')
    house.things.get('t1')['values'] = {'size': 2, 'new': 'y'}
    ended = run('saved-state', 'diff')
    assert ended.code == 4
    assert table(ended.out)[2:] == [['changed'], ['thing', 't1', 't1', 'size: was 1, is 2']]
    ended = run('cleanup', '--dry-run', '--preserve-state', '--report-file', 'report.json')
    assert ended.code == 0
    assert 'Set otherwise than in the saved state: 1 (thing 1). No clean-up sets it back' in ended.err
    assert json.loads((alone / 'report.json').read_text())['changed'] == ['thing:t1']
    house.things.get('t1')['values'] = {'size': 1}
    assert run('saved-state', 'diff').code == 0


def test_what_is_gone_since_the_saved_state_is_told_since_no_clean_up_brings_it_back(run, house, alone):
    house.thing('t1')
    house.thing('t2')
    run('cleanup', '--init-saved-state')
    house.things.remove('t1')
    ended = run('cleanup', '--dry-run', '--preserve-state', '--report-file', 'report.json')
    assert ended.code == 0
    told = 'Gone since the saved state: 1 (thing 1). No clean-up brings it back'
    assert told in ended.err
    assert json.loads((alone / 'report.json').read_text())['vanished'] == ['thing:t1']
    house.cloud.fail(('storehouse', 'GET', '^/things$'), errors.ApiError.of(500, 'oops'), times=99)
    assert told not in run('cleanup', '--dry-run', '--preserve-state').err


def test_handlers_are_listed_in_the_order_in_which_they_go(run):
    rows = table(run('handler', 'list').out)
    assert [row[1] for row in rows[1:]] == ['bit', 'box', 'thing']
    assert rows[3] == ['storehouse', 'thing', 'storehouse', 'api, force', 'tests 1.0']


def test_a_handler_is_shown(run):
    shown = json.loads(run('handler', 'show', 'thing', '-f', 'json').out)
    assert shown['description'] == 'A thing: delete, then by force reset and force-delete.'
    assert (shown['goes_after'], shown['deadline']) == (['bit', 'box'], 60.0)
    assert shown['abilities'] == ['gives evidence of failures']


def test_one_resource_is_explained_with_everything_known(run, house):
    house.thing('t1', project_id='gone')['name'] = 'evil\x1b'
    house.bit('b1', hangs_on=['t1'])
    told = json.loads(run('explain', 'thing:t1', '-f', 'json').out)
    assert tuple(told) == explain.FIELDS
    assert (told['project'], told['asked']) == ('missing: no project has the id gone', '--orphans --stuck')
    assert [reason['code'] for reason in told['reasons']] == ['project-missing']
    assert [guard['code'] for guard in told['guards']] == ['in-use']
    assert told['relations'] == [
        {
            'relation': 'has to wait for',
            'ref': 'bit:b1',
            'name': 'b1',
            'standing': 'status available; stays; project alpha (alpha)',
        }
    ]
    assert [step['name'] for step in told['ladder']] == ['delete', 'reset', 'force-delete']
    assert told['evidence'][0]['source'] == 'fault'
    ended = run('explain', 'thing:t1')
    assert '2. reset (force, needs --force)' in ended.out
    assert '\x1b' not in ended.out
    assert house.cloud.read_only


def test_an_explanation_is_as_if_the_selection_had_been_asked_for(run, house):
    house.thing('t1')
    assert 'not selected' in run('explain', 'thing:t1').out
    ended = run('explain', 'thing:t1', '--everything', '--keep', 'thing:t*')
    assert 'selected by --everything' in ended.out
    assert '--keep thing:t* matches it' in ended.out


@pytest.mark.parametrize('path', [('run', 'interrupted'), ('outcomes',), ('cloud',)])
def test_a_report_that_was_edited_hides_no_other_run(run, house, path):
    for name in ('t1', 't2'):
        house.thing(name)
        assert run(*EVERYTHING, '--yes-remove').code == 0
        house.cloud.clock.sleep(5)
    first, _ = run_folder.list_runs()
    report = json.loads(first.report.read_text())
    place = report['run'] if len(path) == 2 else report
    del place[path[-1]]
    first.report.write_text(json.dumps(report))
    assert [row[1] for row in table(run('run', 'list').out)[1:]] == ['unreadable', 'finished']
    for command in ('show', 'bug-report'):
        ended = run('run', command, first.run_id)
        assert ended.code == 1
        assert f'The report {first.report} is damaged; what was done is in' in ended.err


def test_what_is_gone_is_explained_as_gone(run):
    ended = run('explain', 'thing:t1')
    assert (ended.code, ended.out) == (1, '')
    assert ended.err == 'orphancleanup: thing:t1 does not exist: its service says so.\n'


def test_what_no_service_of_the_cloud_could_say_is_not_said_in_its_name(run, house, monkeypatch):
    said = 'The cloud has no storehouse service.'

    def absent(*_):
        raise errors.ServiceAbsent(said)

    monkeypatch.setattr(house.cloud, 'service_in', absent)
    ended = run('explain', 'thing:t1')
    assert (ended.code, ended.err) == (
        1,
        'orphancleanup: thing:t1 does not exist: The cloud has no storehouse service.\n',
    )


def test_what_could_not_be_read_is_not_explained(run, house):
    house.cloud.fail(('storehouse', 'GET', '^/things$'), errors.ApiError.of(500, 'oops'), times=99)
    ended = run('explain', 'thing:t1')
    assert (ended.code, ended.out) == (1, '')
    assert 'Whether thing:t1 exists is not known' in ended.err


def test_a_resume_keeps_to_the_limits_and_tells_the_age_of_its_plan(run, house):
    for number in range(3):
        house.thing(f't{number}', refuse=lambda: errors.ApiError.of(400, 'stubborn'))
    run(*EVERYTHING, '--yes-remove')
    house.cloud.clock.advance(30 * 86400)
    ended = run('run', 'resume', 'latest', '--force', '--yes-remove', '--max-removals', '2')
    assert (ended.code, len(house.things.items)) == (1, 3)
    assert 'Limit: 3 resources would be removed, more than 2' in ended.err
    assert len(table(ended.err)) == 6
    ended = run('run', 'resume', 'latest', '--force', answer='fake')
    assert ended.err.count('The plan was made 30d ago, at 2026-03-01 00:00:00 UTC.') == 2
    assert (ended.code, len(house.things.items)) == (0, 0)


def test_a_resume_of_another_plan_is_refused(run, house):
    house.thing('t1')
    run(*EVERYTHING, '--yes-remove')
    house.thing('t2')
    run('cleanup', '--dry-run', '--everything', '--plan-file', 'other.json')
    (folder,) = run_folder.list_runs()
    folder.plan.write_text(Path('other.json').read_text())
    ended = run('run', 'resume', 'latest', '--yes-remove')
    assert (ended.code, list(house.things.items)) == (1, ['t2'])
    assert 'is not the one that the run began with' in ended.err


def test_a_difference_that_could_not_be_read_is_exit_code_4(run, house):
    house.thing('t1')
    run('cleanup', '--init-saved-state')
    house.cloud.fail(('storehouse', 'GET', '^/bits$'), errors.ApiError.of(500, 'Oops.'), times=99)
    ended = run('saved-state', 'diff')
    assert ended.code == 4
    assert 'What could be read is as it was' in ended.err
    assert 'Could not be read: bit: ' in ended.err
    house.cloud.remove_service('storehouse')
    ended = run('saved-state', 'diff')
    assert ended.code == 4
    assert 'Not looked for: thing: ' in ended.err


def test_a_saved_state_by_another_account_is_not_called_another_cloud(run, house):
    run('cleanup', '--init-saved-state')
    there = house.cloud.identity
    house.cloud.identity = type(there)(there.auth_url, there.region, 'you', 'yours', 'without-admin')
    for line in (
        ('cleanup', '--dry-run', '--preserve-state'),
        ('saved-state', 'check'),
        ('saved-state', 'diff'),
    ):
        ended = run(*line)
        assert ended.code == 1
        assert 'by another account (user user-admin, project project-admin; this is user you' in ended.err
        assert 'another one' not in ended.err


@pytest.fixture
def stubborn(run, house):
    """A run that could not remove one of two things."""
    house.thing('t1', refuse=lambda: errors.ApiError.of(400, 'stubborn', 'req-7'))
    house.thing('t2')
    run(*EVERYTHING, '--yes-remove')


def test_a_bug_report_is_written_from_what_a_run_kept(run, stubborn):
    ended = run('run', 'bug-report', 'latest')
    assert (ended.code, ended.err) == (0, '')
    assert ended.out.startswith('# A thing could not be removed\n')
    assert 'DELETE storehouse /things/t1 -> HTTP 400 (req-7): stubborn' in ended.out
    assert 'fault: the storehouse is on fire' in ended.out
    assert run('run', 'bug-report', 'latest', 'thing:t1').out == ended.out
    assert run('run', 'bug-report', 'latest', '-f', 'rst').out.startswith(
        'A thing could not be removed\n===='
    )


def test_a_bug_report_about_what_went_is_refused(run, stubborn):
    ended = run('run', 'bug-report', 'latest', 'thing:t2')
    assert (ended.code, ended.out) == (2, '')
    assert 'has not left thing:t2 behind' in ended.err


def test_a_report_for_machines_has_the_causes(run, house, tmp_path):
    house.thing('t1', refuse=lambda: errors.ApiError.of(400, 'stubborn', 'req-7'))
    path = tmp_path / 'report.json'
    ended = run(*EVERYTHING, '--yes-remove', '-f', 'json', '--report-file', str(path))
    (shown,), (kept,) = json.loads(ended.out), json.loads(path.read_text())['outcomes']
    assert shown == kept
    assert kept['attempts'][0]['requests'][0]['request_id'] == 'req-7'
    assert (kept['project_state'], kept['reasons'][0]['code']) == ('living', 'everything')


def test_a_kind_that_may_stay_behind_says_so(run, monkeypatch):
    monkeypatch.setattr(Things, 'belongs_to', ('box',), raising=False)
    monkeypatch.setattr(Things, 'stayed', lambda *_: (), raising=False)
    shown = json.loads(run('handler', 'show', 'thing', '-f', 'json').out)
    assert 'tells at the end of a run what of it has stayed behind' in shown['abilities']
