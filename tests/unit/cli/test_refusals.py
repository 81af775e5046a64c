"""Every refusal has its sentence and its exit code, comes before the first request, and shows no traceback."""

import json

import pytest

from orphancleanup.storing import plan_file
from tests.unit import samples

USAGE = [
    ('cleanup', 'Say what to remove: --preserve-state [FILE]'),
    ('cleanup --dry-run', 'Say what to remove'),
    ('cleanup --dry-run --project alpha', 'Say what to remove'),
    ('cleanup --everything', 'There is no terminal to ask for confirmation'),
    ('cleanup --plan plan.json', 'There is no terminal to ask for confirmation'),
    ('cleanup --dry-run --orphans --stuck 0h', "argument --stuck: The duration '0h' is zero"),
    ('cleanup --dry-run --orphans --stuck 5', "argument --stuck: '5' is not a duration"),
    ('cleanup --dry-run --orphans --older-than yesterday', "--older-than: 'yesterday' is not a duration"),
    ('cleanup --dry-run --prefix=', 'argument --prefix: an empty text is how every name starts'),
    ('cleanup --dry-run --prefix tempest-*', 'leave out the asterisk'),
    ('cleanup --dry-run --resource thing', "argument --resource: 'thing' is not KIND:ID"),
    ('cleanup --dry-run --resource thing:', 'is not KIND:ID'),
    ('cleanup --dry-run --resource think:1', "No handler knows the kind 'think'. Did you mean 'thing'?"),
    ('cleanup --dry-run --resource bit:1 --kind thing', '--resource bit:1 contradicts --namespace, --kind or'),
    ('cleanup --dry-run --everything --kind things', "No handler knows the kind 'things'"),
    ('cleanup --dry-run --everything --exclude-kind x', "No handler knows the kind 'x'"),
    ('cleanup --dry-run --everything --kind bit --exclude-kind bit', 'No kind is left: --exclude-kind'),
    ('cleanup --dry-run --everything --namespace store', "There is no namespace 'store'. Did you mean 'storehouse'?"),
    ('cleanup --dry-run --everything --namespace=', 'argument --namespace: the name is empty'),
    ('cleanup --dry-run --everything --project=', 'argument --project: the name is empty'),
    ('cleanup --dry-run --everything --keep golden', "argument --keep: 'golden' is not KIND:NAME_OR_ID"),
    ('cleanup --dry-run --everything --keep thing:', 'is not KIND:NAME_OR_ID'),
    ('cleanup --dry-run --everything --keep think:x', "No handler knows the kind 'think'"),
    ('cleanup --dry-run --everything --max-removals 0', "--max-removals: '0' is not a whole number"),
    ('cleanup --dry-run --everything --max-share 200', "--max-share: '200' is not a percentage"),
    ('cleanup --dry-run --everything --backend', '--backend: no installed handler has such steps'),
    ('cleanup --everything --yes-remove --database', '--database: no installed handler has such steps'),
    ('cleanup --dry-run --everything --database', '--database cannot go with --dry-run'),
    ('cleanup --everything --yes-remove --max-database-removals 0', "'0' is not a whole number"),
    ('cleanup --dry-run --everything --yes-remove', '--yes-remove cannot go with --dry-run'),
    ('cleanup --everything --plan-file p.json', 'cannot go with a command that removes: it needs --dry-run'),
    ('cleanup --plan p.json --everything', '--everything cannot go with --plan'),
    ('cleanup --plan p.json --stuck', '--stuck cannot go with --plan'),
    ('cleanup --plan p.json --project alpha', '--project cannot go with --plan'),
    ('cleanup --plan p.json --keep thing:x', '--keep cannot go with --plan'),
    ('cleanup --plan p.json --dry-run', '--dry-run cannot go with --plan'),
    ('cleanup --everything --max-plan-age 2d', '--max-plan-age cannot go with a plan that is made now: only a plan'),
    ('cleanup --dry-run --everything --max-plan-age 2d', '--max-plan-age cannot go with a plan that is made now'),
    ('cleanup --plan p.json --max-plan-age soon', "argument --max-plan-age: 'soon' is not a duration"),
    ('cleanup --plan=', 'argument --plan: the file name is empty'),
    ('cleanup --init-saved-state --everything', '--everything cannot go with --init-saved-state'),
    ('cleanup --init-saved-state --dry-run', '--dry-run cannot go with --init-saved-state'),
    ('cleanup --init-saved-state --kind thing', '--kind cannot go with --init-saved-state'),
    ('cleanup --init-saved-state --force --max-removals 3', '--force, --max-removals cannot go with'),
    ('cleanup --init-saved-state precious', '--init-saved-state precious: the file exists; add --overwrite'),
    ('cleanup --init-saved-state nowhere/s.json', 'cannot be written there (No such file or directory)'),
    ('cleanup --init-saved-state .', 'this is a folder; name a file in it'),
    ('cleanup --init-saved-state /dev/null --overwrite', 'this is not a regular file'),
    ('cleanup --dry-run --everything --plan-file precious', '--plan-file precious: the file exists'),
    ('cleanup --everything --yes-remove --report-file precious', '--report-file precious: the file exists'),
    ('cleanup --everything --yes-remove --report-file no/r', '--report-file no/r: cannot be written there'),
    ('cleanup --dry-run --everything --plan-file x --report-file x', 'both name the same file'),
    ('cleanup --dry-run --everything --plan-file x --report-file ./y/../x', 'both name the same file'),
    (f'cleanup --dry-run --everything --plan-file {"x" * 300}', 'cannot be written there (File name too long)'),
    (f'cleanup --init-saved-state {"x" * 300}', 'cannot be written there (File name too long)'),
    (
        'cleanup --dry-run --preserve-state precious --plan-file ./precious --overwrite',
        '--plan-file cannot go with --preserve-state precious: both name the same file',
    ),
    (
        'cleanup --dry-run --everything --resource-list precious --report-file precious --overwrite',
        '--report-file cannot go with --resource-list precious: both name the same file',
    ),
    (
        'cleanup --plan plan.json --report-file plan.json --yes-remove',
        '--report-file cannot go with --plan plan.json: both name the same file',
    ),
    ('cleanup --dry-run --everything --plan-file=~nobody-of-this-name/x', 'No such file or directory'),
    ('cleanup --everything', 'removed: look at the plan with --dry-run first, then add --yes-remove'),
    ('cleanup --plan plan.json', 'so nothing was removed: read plan.json first, then add --yes-remove'),
    ('cleanup --dry-run --everything -c nmae', "There is no column 'nmae'. Did you mean 'name'?"),
    ('cleanup --everything --yes-remove -c Decision', "There is no column 'Decision'"),
    ('cleanup --everything --yes-remove --sort-column Age', "There is no column 'Age'"),
    ('cleanup --dry-run --everything -f xml', "argument -f/--format: invalid choice: 'xml'"),
    ('cleanup --everything --yes', "There is no argument '--yes', did you mean '--yes-remove'"),
    ('cleanup --ever', "There is no argument '--ever', did you mean '--everything'"),
    ('cleanup --dry-run --everything now', "There is no argument 'now'"),
    ('clean --everything', "There is no command 'clean'. Did you mean 'cleanup'?"),
    ('saved-state', "There is no command 'saved-state'. Did you mean 'saved-state check'?"),
    ('run li', "There is no command 'run li'. Did you mean 'run list'?"),
    ('help clean', "There is no command 'clean'. Did you mean 'cleanup'?"),
    ('--vers', "There is no option '--vers'"),
    ('--os-clou x run list', "There is no option '--os-clou'"),
    ('-v -q run list', 'not allowed with argument'),
    ('explain thing', "'thing' is not KIND:ID"),
    ('explain think:1', "No handler knows the kind 'think'"),
    ('handler show think', "No handler knows the kind 'think'. Did you mean 'thing'?"),
    ('run show nothing', "There is no run 'nothing'"),
    ('run show latest', 'There is no run in'),
    (
        'run resume latest',
        'There is no terminal to ask for confirmation, so nothing was removed: see what is in its plan with '
        '"orphancleanup run show latest" first, then add --yes-remove',
    ),
    ('run resume latest --yes-remove', 'There is no run in'),
]  # fmt: skip
KNOWN = [
    ('cleanup --dry-run --preserve-state', 'There is no saved state saved_state.json'),
    ('cleanup --dry-run --preserve-state precious', 'The saved state precious is not JSON'),
    ('cleanup --plan missing --yes-remove', 'The plan missing cannot be read: No such file'),
    ('cleanup --plan precious --yes-remove', 'The plan precious is not JSON'),
    ('saved-state show', 'There is no saved state saved_state.json'),
    ('saved-state check precious', 'The saved state precious is not JSON'),
    ('saved-state diff precious', 'The saved state precious is not JSON'),
    (
        '--config-file wrong.conf cleanup --dry-run --orphans',
        'In wrong.conf, group [limits], option max_removals',
    ),
    ('--config-file no.conf cleanup --dry-run --orphans', 'The configuration file no.conf cannot be read'),
]


@pytest.fixture(autouse=True)
def files(alone):
    (alone / 'precious').write_text('precious')
    (alone / 'plan.json').write_text(plan_file.dump(samples.PLAN))
    (alone / 'wrong.conf').write_text('[limits]\nmax_removals = many\n')
    yield
    assert (alone / 'precious').read_text() == 'precious'


def refused(ended, sentence, code):
    assert sentence in ended.err
    assert ended.err.count('\n') == 1
    assert (ended.code, ended.out) == (code, '')


@pytest.mark.parametrize(('line', 'sentence'), USAGE)
def test_what_cannot_be_meant_is_a_usage_error_and_asks_the_cloud_nothing(run, house, line, sentence):
    refused(run(*line.split()), sentence, 2)
    assert house.cloud.requests == []


@pytest.mark.parametrize(('line', 'sentence'), KNOWN)
def test_what_cannot_be_trusted_is_a_known_error_and_asks_the_cloud_nothing(run, house, line, sentence):
    refused(run(*line.split()), sentence, 1)
    assert house.cloud.requests == []


def test_a_saved_state_of_another_cloud_is_refused(run, house, alone):
    assert run('cleanup', '--init-saved-state').code == 0
    document = json.loads((alone / 'saved_state.json').read_text())
    assert document['cloud']['fingerprint'] == 'fake-cloud'
    object.__setattr__(house.cloud, 'identity', samples.CLOUD)
    refused(run('cleanup', '--dry-run', '--preserve-state'), 'is another one (or was rebuilt since)', 1)
    refused(run('saved-state', 'check'), 'is another one', 1)
    refused(run('saved-state', 'diff'), 'is another one', 1)


def test_a_plan_of_another_cloud_is_refused(run, house):
    refused(run('cleanup', '--plan', 'plan.json', '--yes-remove'), 'was made for the cloud at http://127', 1)
    assert house.cloud.sent('DELETE') == []


def test_a_project_that_is_not_there_is_refused(run, house):
    house.thing('t1')
    refused(run('cleanup', '--dry-run', '--everything', '--project', 'alhpa'), "Did you mean 'alpha'?", 2)


def test_the_id_of_a_project_that_left_nothing_is_refused(run, house):
    house.thing('t1')
    line = ('cleanup', '--everything', '--yes-remove', '--project', 'f' * 32)
    refused(run(*line), 'no project has this id, and nothing belongs to one', 2)
    assert house.cloud.sent('DELETE') == []
