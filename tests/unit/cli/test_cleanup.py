"""What ``cleanup`` shows, asks, does and ends with."""

import csv
import dataclasses
import importlib.resources
import json
import stat

import jsonschema
import pytest

from orphancleanup import errors, runs
from orphancleanup.cli import applying, screen
from orphancleanup.judging.plan import Unresolved
from orphancleanup.model import Level, Ref
from orphancleanup.report import document, verdicts
from orphancleanup.storing import run_folder

EVERYTHING = ('cleanup', '--everything')
EVIL = 'evil\x1b[2J\n\u202ename'


def table(text):
    """Return the cells of a table, the heading first."""
    lines = [line for line in text.splitlines() if line.startswith('|')]
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in lines]


def left(house):
    return sorted(house.things.items) + sorted(house.bits.items)


def valid(path):
    report = json.loads(path.read_text())
    schema = importlib.resources.files('orphancleanup.report').joinpath('schema.json').read_text()
    jsonschema.validate(report, json.loads(schema))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return report


def test_a_dry_run_shows_what_would_go_and_removes_nothing(run, house):
    house.thing('t1')
    house.thing('t2', tags=['orphancleanup:keep'])
    house.bit('b1', hangs_on=['t1'], project_id='gone')
    ended = run('cleanup', '--dry-run', '--everything')
    assert ended.code == 4
    assert table(ended.out) == [
        ['Kind', 'ID', 'Name'],
        ['Project: (missing) gone'],
        ['remove: selected by --everything'],
        ['bit', 'b1', 'b1'],
        ['Project: alpha'],
        ['remove: selected by --everything'],
        ['thing', 't1', 't1'],
        ['keep: it is tagged orphancleanup:keep (otherwise: selected by --everything)'],
        ['thing', 't2', 't2'],
    ]
    assert (
        '3 resources seen: 2 to remove, 0 to remove with their owner, 1 to keep (1 of these selected, but protected).'
        in ended.err
    )
    assert house.cloud.read_only
    assert left(house) == ['t1', 't2', 'b1']


def test_a_dry_run_that_finds_nothing_is_clean(run, house):
    house.thing('t1')
    ended = run('cleanup', '--dry-run', '--orphans')
    assert (ended.code, ended.out.strip()) == (0, '')
    assert '1 resource seen: 0 to remove' in ended.err


def test_all_shows_what_nothing_selects(run, house):
    house.thing('t1')
    ended = run('cleanup', '--dry-run', '--orphans', '--all')
    assert table(ended.out)[2:] == [['keep: not selected'], ['thing', 't1', 't1']]


def test_machines_get_every_resource_and_nothing_but_json(run, house):
    house.thing('t1')['name'] = EVIL
    house.thing('t2', project_id='gone')
    ended = run('cleanup', '--dry-run', '--orphans', '-f', 'json')
    records = json.loads(ended.out)
    assert [(one['id'], one['decision']) for one in records] == [('t1', 'keep'), ('t2', 'remove')]
    assert tuple(records[0]) == verdicts.FIELDS
    assert records[0]['name'] == EVIL
    assert records[1]['next_step'] == {'name': 'delete', 'level': 'api', 'option': ''}


@pytest.mark.parametrize('format', ['table', 'value', 'csv'])
def test_no_name_reaches_a_terminal_raw(run, house, format):
    house.thing('t1', project_id='gone\x1b]0;title\x07')['name'] = EVIL
    for line in (('cleanup', '--dry-run', '--everything'), (*EVERYTHING, '--yes-remove')):
        ended = run(*line, '-f', format)
        for text in (ended.out, ended.err):
            assert all(character.isprintable() or character in '\r\n' for character in text)
        assert r'evil\x1b[2J\n\u202ename' in ended.out.replace('\\\\', '\\')


def test_a_scope_that_could_not_be_read_is_named_and_work_is_left(run, house):
    house.cloud.fail(('storehouse', 'GET', '^/bits$'), errors.ApiError.of(500, 'oops', 'req-1'), times=99)
    ended = run('cleanup', '--dry-run', '--orphans')
    assert ended.code == 4
    assert 'Could not be read: bit: ' in ended.err
    assert 'HTTP 500: oops (req-1). Nothing in it is touched.' in ended.err
    ended = run('cleanup', '--orphans', '--yes-remove')
    assert (ended.code, house.cloud.sent('DELETE')) == (4, [])


def test_a_kept_plan_is_applied_exactly(run, house, alone):
    house.thing('t1')
    ended = run('cleanup', '--dry-run', '--everything', '--plan-file', 'plan.json')
    assert 'apply it with: orphancleanup cleanup --plan plan.json' in ended.err
    house.thing('t2')
    ended = run('cleanup', '--plan', 'plan.json', '--yes-remove')
    assert (ended.code, left(house)) == (0, ['t2'])
    assert table(ended.out)[1:] == [['Project: alpha'], ['removed'], ['thing', 't1', 't1']]
    assert ['already gone'] in table(run('cleanup', '--plan', 'plan.json', '--yes-remove').out)


def test_an_apply_shows_the_plan_on_stderr_and_what_became_of_it_on_stdout(run, house):
    house.thing('t1')
    ended = run(*EVERYTHING, '--yes-remove')
    assert (ended.code, left(house)) == (0, [])
    assert table(ended.err)[2:] == [['remove: selected by --everything'], ['thing', 't1', 't1']]
    assert table(ended.out)[2:] == [['removed'], ['thing', 't1', 't1']]
    assert 'Of 1 resource: 1 removed' in ended.err
    assert 'per removed resource' in ended.err


def test_a_quiet_apply_says_nothing_but_the_result(run, house):
    house.thing('t1')
    ended = run('-q', *EVERYTHING, '--yes-remove', '-f', 'json')
    assert ended.err == ''
    assert [record['result'] for record in json.loads(ended.out)] == ['removed']


def test_what_is_left_says_why_and_which_option_goes_on(run, house):
    house.thing('t1', refuse=lambda: errors.ApiError.of(400, 'stubborn', 'req-7'))
    ended = run(*EVERYTHING, '--yes-remove', '-f', 'json')
    (record,) = json.loads(ended.out)
    assert (ended.code, record['result']) == (4, 'not-removed')
    assert record['next_step'] == {'name': 'reset', 'level': 'force', 'option': '--force'}
    assert 'With --force, "reset" would be tried next on 1 resource.' in ended.err
    assert run(*EVERYTHING, '--yes-remove', '--force').code == 0
    assert left(house) == []


def test_nothing_to_do_is_clean(run, house):
    ended = run(*EVERYTHING, '--yes-remove')
    assert ended.code == 0
    assert 'There is nothing to remove.' in ended.err


def test_a_plan_beyond_a_limit_is_shown_whole_and_not_applied(run, house, alone):
    for number in range(5):
        house.thing(f't{number}')
    ended = run(*EVERYTHING, '--yes-remove', '--max-removals', '4', '--report-file', 'r.json')
    assert (ended.code, ended.out) == (1, '')
    assert [row[1] for row in table(ended.err)[3:]] == ['t0', 't1', 't2', 't3', 't4']
    assert 'Limit: 5 resources would be removed, more than 4' in ended.err
    assert '--max-removals 5' in ended.err
    assert len(left(house)) == 5
    report = valid(alone / 'r.json')
    assert (report['exit_code'], report['outcomes'], len(report['breaches'])) == (1, None, 1)
    assert run(*EVERYTHING, '--yes-remove', '--max-removals', '5').code == 0


def test_a_kept_plan_keeps_to_the_limits_too(run, house):
    for number in range(20):
        house.thing(f't{number}')
    run('cleanup', '--dry-run', '--everything', '--plan-file', 'plan.json')
    ended = run('cleanup', '--plan', 'plan.json', '--yes-remove')
    assert ended.code == 1
    assert '--max-share 100' in ended.err
    assert run('cleanup', '--plan', 'plan.json', '--yes-remove', '--max-share', '100').code == 0


@pytest.mark.parametrize('answer', ['', 'yes', 'y', 'FAKE', 'lab'])
def test_another_answer_than_the_cloud_s_name_removes_nothing(run, house, answer):
    house.thing('t1')
    ended = run(*EVERYTHING, answer=answer)
    assert (ended.code, left(house)) == (1, ['t1'])
    assert 'That is not the name of the cloud, so nothing was removed.' in ended.err
    assert house.cloud.read_only


@pytest.mark.parametrize(('options', 'name'), [((), 'fake'), (('--os-cloud', 'lab'), 'lab')])
def test_the_cloud_s_name_is_asked_for_after_the_plan_is_shown(run, house, options, name):
    house.thing('t1')
    ended = run(*options, *EVERYTHING, answer=name)
    assert (ended.code, left(house)) == (0, [])
    question = (
        f'This removes 1 resource of 1 project from the cloud {name} (http://fake/identity, region RegionOne)'
    )
    assert ended.err.index('selected by --everything') < ended.err.index(question)


@pytest.mark.parametrize(
    ('homes', 'said'),
    [
        (['', ''], '2 resources of no project'),
        (['alpha', ''], '2 resources of 1 project and of none'),
        (['alpha', 'p2'], '2 resources of 2 projects from'),
    ],
)
def test_what_is_in_no_project_is_counted_as_no_project(run, house, homes, said):
    for number, home in enumerate(homes):
        house.thing(f't{number}', project_id=home)
    assert f'This removes {said}' in run(*EVERYTHING, answer='no').err


def test_a_mistyped_keep_is_told_by_the_dry_run(run, house):
    house.thing('golden')
    ended = run('cleanup', '--dry-run', '--everything', '--keep', 'thing:goldn*')
    assert '--keep thing:goldn* matches nothing, so nothing is kept by it.' in ended.err


def test_the_report_is_written_for_machines(run, house, alone):
    house.thing('t1')
    house.thing('t2', refuse=lambda: errors.ApiError.of(400, 'stubborn'))
    run('cleanup', '--dry-run', '--everything', '--report-file', 'dry.json')
    report = valid(alone / 'dry.json')
    assert (report['mode'], report['exit_code'], len(report['verdicts'])) == ('dry-run', 4, 2)
    run(*EVERYTHING, '--yes-remove', '--report-file', 'apply.json')
    report = valid(alone / 'apply.json')
    assert [one['result'] for one in report['outcomes']] == ['removed', 'not-removed']
    assert report['run']['requests']['storehouse DELETE'] >= 2
    assert run('run', 'show', 'latest', '-f', 'json').out
    assert report['plan_digest'].startswith('sha256:')


def test_a_report_that_cannot_be_written_after_all_does_not_hide_what_was_done(run, house, monkeypatch):
    house.thing('t1')

    def refuse(*_):
        raise errors.ConfigurationError('r.json cannot be written: No space left on device.')

    monkeypatch.setattr('orphancleanup.cli.output_files.write_json', refuse)
    ended = run(*EVERYTHING, '--yes-remove', '--report-file', 'r.json')
    assert ended.code == 1
    assert 'No space left' in ended.err
    assert 'removed' in ended.out


def test_levels_are_allowed_by_their_options_only(run, house, monkeypatch):
    seen = []
    review = runs.review
    monkeypatch.setattr(
        runs, 'review', lambda site, request: seen.append(site.settings) or review(site, request)
    )
    run('cleanup', '--dry-run', '--everything')
    run('cleanup', '--dry-run', '--everything', '--force', '--max-removals', '7')
    assert [settings.execution.levels for settings in seen] == [{Level.API}, {Level.API, Level.FORCE}]
    assert [settings.limits.max_removals for settings in seen] == [1000, 7]


def test_the_selection_is_what_was_typed(run, monkeypatch):
    seen = []
    review = runs.review
    monkeypatch.setattr(runs, 'review', lambda site, request: seen.append(request) or review(site, request))
    run('cleanup', '--init-saved-state')
    line = 'cleanup --dry-run --preserve-state --orphans --stuck --prefix a --prefix b --resource thing:x:y'
    run(
        *line.split(),
        *['--project', 'alpha', '--exclude-kind', 'bit', '--older-than', '1d', '--keep', '*:gold'],
    )
    (request,) = seen
    selection = request.selection
    assert selection.baseline
    assert selection.orphans
    assert not selection.everything
    assert (selection.stuck.total_seconds(), selection.prefixes) == (3600, ('a', 'b'))
    assert [str(ref) for ref in selection.refs] == ['thing:x:y']
    assert (request.reach.kinds, request.reach.projects) == ({'thing', 'box'}, {'alpha'})
    assert (request.protection.older_than.days, request.protection.excluded) == (1, {'bit'})
    assert [(one.kind, one.pattern) for one in request.protection.patterns] == [('*', 'gold')]


def test_a_named_resource_that_is_not_there_is_said(run):
    assert 'thing:t9 does not exist.' in run('cleanup', '--dry-run', '--resource', 'thing:t9').err


def test_a_saved_state_keeps_what_was_there(run, house):
    house.thing('t1')
    ended = run('cleanup', '--init-saved-state')
    assert ended.code == 0
    assert table(ended.out)[1:] == [['bit', '0', 'True'], ['box', '0', 'True'], ['thing', '1', 'True']]
    house.thing('t2', created_at='2026-03-02T00:00:00+00:00')
    assert run('cleanup', '--preserve-state', '--yes-remove').code == 0
    assert left(house) == ['t1']


def test_a_saved_state_with_a_gap_names_it_and_leaves_work(run, house):
    house.thing('t1')
    house.cloud.fail(('storehouse', 'GET', '^/bits$'), errors.ApiError.of(500, 'oops'), times=99)
    ended = run('cleanup', '--init-saved-state')
    assert ended.code == 4
    assert 'Could not be read: bit' in ended.err
    house.cloud.fail(('storehouse', 'GET', '^/nothing$'), errors.ApiError.of(500, 'oops'))


def test_a_run_that_cannot_begin_leaves_no_folder(run, house, monkeypatch):
    house.thing('t1')

    def refuse(site, plan, folder, agreed):
        folder.plan.write_text('{}')
        raise errors.LockedError('Another run works on the cloud.')

    monkeypatch.setattr(runs, 'apply', refuse)
    ended = run(*EVERYTHING, '--yes-remove')
    assert ended.code == 1
    assert 'Another run works on the cloud.' in ended.err
    assert table(run('run', 'list').out) == []


def test_a_resume_that_cannot_begin_leaves_the_run_as_it_is(run, house, monkeypatch):
    house.thing('t1', refuse=lambda: errors.ApiError.of(400, 'stubborn'))
    run(*EVERYTHING, '--yes-remove')
    (folder,) = run_folder.list_runs()
    folder.report.unlink()
    folder.journal.unlink()

    def refuse(*_):
        raise errors.LockedError('The run has only just begun.')

    monkeypatch.setattr(runs, 'resume', refuse)
    assert run('run', 'resume', 'latest', '--yes-remove').code == 1
    assert table(run('run', 'list').out)[1][1:] == ['unfinished', 'http://fake/identity', '1', '', '']


def test_an_interrupted_run_says_how_to_go_on(run, house, monkeypatch):
    house.bit('b1', refuse=lambda: errors.Conflict(409, 'busy'))
    apply = runs.apply

    def interrupted(site, plan, folder, agreed):
        applied = apply(site, plan, folder, agreed)
        return type(applied)(applied.run_id, plan, applied.outcomes, applied.started, applied.ended, True)

    monkeypatch.setattr(runs, 'apply', interrupted)
    ended = run(*EVERYTHING, '--yes-remove')
    assert ended.code == 130
    assert 'go on with it: orphancleanup run resume 2026' in ended.err
    assert 'fix the cause' not in ended.err
    assert table(run('run', 'list').out)[1][1] == 'interrupted'


def test_ctrl_c_while_reading_ends_with_130(run, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, 'review', interrupt)
    ended = run('cleanup', '--dry-run', '--everything')
    assert (ended.code, ended.err) == (130, 'Interrupted.\n')


def test_a_defect_is_one_sentence(run, monkeypatch):
    def fail(*_):
        raise KeyError('surprise')

    monkeypatch.setattr(runs, 'review', fail)
    ended = run('cleanup', '--dry-run', '--everything')
    assert (ended.code, ended.err.count('\n')) == (3, 1)
    assert "a defect stopped the program (KeyError: 'surprise')" in ended.err
    assert '--debug' in ended.err


def test_the_report_s_document_is_what_the_docs_say():
    assert all(
        name in document.__doc__ for name in ('plan_digest', 'breaches', 'outcomes', 'requests_per_removed')
    )


def test_a_kept_plan_tells_its_age_and_keeps_to_a_limit(run, house):
    house.thing('t1')
    run('cleanup', '--dry-run', '--everything', '--plan-file', 'plan.json')
    house.cloud.clock.advance(3600 * 3)
    ended = run('cleanup', '--plan', 'plan.json', answer='no')
    told = 'The plan was made 3h ago, at 2026-03-01 00:00:00 UTC.'
    assert ended.err.count(told) == 2
    assert ended.err.index('What is removed cannot be brought back. The plan was made 3h ago') > 0
    house.cloud.clock.advance(3600 * 22)
    ended = run('cleanup', '--plan', 'plan.json', '--yes-remove')
    assert (ended.code, left(house)) == (1, ['t1'])
    assert 'The plan is 1d1h old, and may be 1d' in ended.err
    assert run('cleanup', '--plan', 'plan.json', '--yes-remove', '--max-plan-age', '2h').code == 1
    assert run('cleanup', '--plan', 'plan.json', '--yes-remove', '--max-plan-age', '1d2h').code == 0
    assert left(house) == []


def test_an_answer_that_comes_after_a_day_comes_too_late(run, house, monkeypatch):
    house.thing('t1')
    ask = screen.Screen.ask
    late = 25 * 3600
    monkeypatch.setattr(
        screen.Screen, 'ask', lambda *args: house.cloud.clock.advance(late) or ask(*args), raising=True
    )
    ended = run(*EVERYTHING, answer='fake')
    assert (ended.code, left(house)) == (1, ['t1'])
    assert 'The plan is 1d1h old' in ended.err


def test_what_is_applied_is_what_was_shown(run, house, monkeypatch):
    house.thing('t1')
    ask = screen.Screen.ask
    shown = []

    def swapped(*args):
        (plan,) = shown
        plan.seen['thing'] = 7
        return ask(*args)

    show = applying.show_plan
    monkeypatch.setattr(applying, 'show_plan', lambda *args: shown.append(args[1]) or show(*args))
    monkeypatch.setattr(screen.Screen, 'ask', swapped)
    ended = run(*EVERYTHING, answer='fake')
    assert (ended.code, left(house)) == (1, ['t1'])
    assert 'is not the one that was shown and agreed to' in ended.err


@pytest.mark.parametrize('name', ['=HYPERLINK("http://evil")', '+1', '-1', '@SUM(A1)', '\t=1'])
def test_no_name_is_a_formula_in_csv(run, house, name):
    house.thing('t1')['name'] = name
    for line in (('cleanup', '--dry-run', '--everything'), (*EVERYTHING, '--yes-remove')):
        cells = next(row for row in csv.reader(run(*line, '-f', 'csv').out.splitlines()) if row[1] == 't1')
        assert not cells[2].startswith(('=', '+', '-', '@', '\t', '\r'))
        house.thing('t1')['name'] = name


def test_what_needs_a_person_is_work_left_and_named(run, house, monkeypatch):
    review = runs.review
    needs = Unresolved(Ref('thing', 't9'), 'it waits for itself.')

    def reviewed(site, request):
        result = review(site, request)
        plan = dataclasses.replace(result.plan, unresolved=(needs,))
        return dataclasses.replace(result, plan=plan)

    monkeypatch.setattr(runs, 'review', reviewed)
    for line in (('cleanup', '--dry-run', '--everything'), (*EVERYTHING, '--yes-remove')):
        ended = run(*line)
        assert ended.code == 4
        assert 'Needs a person: thing:t9: it waits for itself.\n' in ended.err
    house.thing('t1')
    ended = run(*EVERYTHING, '--yes-remove')
    assert (ended.code, left(house)) == (4, [])
    assert ended.err.rstrip().endswith('Needs a person: thing:t9: it waits for itself.')


def test_the_caller_s_own_project_goes_only_by_name(run, house):
    house.thing('mine', project_id='project-admin')
    ended = run(*EVERYTHING, '--yes-remove')
    assert (ended.code, left(house)) == (0, ['mine'])
    ended = run('cleanup', '--dry-run', '--everything')
    assert 'it is in the project that this command works from' in ' '.join(ended.out.split())
    assert run(*EVERYTHING, '--yes-remove', '--project', 'admin').code == 0
    assert left(house) == []


def test_a_saved_state_by_an_account_that_sees_nothing_is_refused_at_once(run, house, alone):
    house.thing('t1')
    house.cloud.fail(('storehouse', 'GET', ''), errors.ApiError.of(403, 'Not allowed.'), times=99)
    ended = run('cleanup', '--init-saved-state')
    assert (ended.code, ended.out, ended.err.count('\n')) == (1, '', 1)
    assert 'it takes an account with the role admin' in ended.err
    assert not (alone / 'saved_state.json').exists()
