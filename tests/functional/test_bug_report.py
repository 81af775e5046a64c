"""What the report holds of what a real cloud would not give up, and the text for a tracker that is made of it."""

import json

from lab.scenarios import orchestration
from tests.functional.command import Command
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL


def test_a_stack_whose_nested_volume_will_not_go_is_told_with_the_services_own_words(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('report')
    name = f'{project.name}-stack'
    inner = {'count': 1, 'resource_def': orchestration.volume(f'faildelete-{name}')}
    group = {'type': 'OS::Heat::ResourceGroup', 'properties': inner}
    stack = orchestration.created(project, orchestration.stack(project, name, {'group': group}))
    scope = ('cleanup', '--everything', '--project', project.name, '--yes-remove', '--kind', 'heat-stack')
    report = command.report(*scope, code=4)
    told = next(each for each in report['outcomes'] if each['id'] == stack.id)
    assert (told['result'], told['status'], told['project_state']) == (
        'not-removed',
        'DELETE_FAILED',
        'living',
    )
    requests = [each for attempt in told['attempts'] for each in attempt['requests']]
    assert any(each['method'] == 'DELETE' and each['status'] == 204 for each in requests)
    assert all(each['request_id'].startswith('req-') for each in requests)
    sources = [each['source'] for each in told['evidence']]
    assert {'user', 'status', 'event'} <= set(sources)
    events = [each['text'] for each in told['evidence'] if each['source'] == 'event']
    assert any('in stack' in each and 'DELETE_FAILED' in each and 'error_deleting' in each for each in events)
    text = command.run('run', 'bug-report', 'latest', f'heat-stack:{stack.id}')
    assert text.code == 0, text
    assert text.stdout.startswith('# A heat-stack could not be removed\n')
    assert requests[0]['request_id'] in text.stdout
    assert stack.id in command.run('run', 'bug-report', 'latest', '-f', 'rst').stdout


def test_a_volume_that_needs_force_is_told_with_its_backend_and_its_message(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('report')
    volumes = project.connection.block_storage
    volume = volumes.create_volume(size=1, name=f'faildelete-{project.name}')
    volumes.wait_for_status(volume, 'available', wait=60)
    scope = ('cleanup', '--everything', '--project', project.name, '--yes-remove', '--kind', 'cinder-volume')
    report = command.report(*scope, code=4)
    (told,) = report['outcomes']
    evidence = {each['source']: each['text'] for each in told['evidence']}
    assert evidence['backend'].startswith('lab@lab')
    assert evidence['user']
    assert told['next_step']['option'] == '--force'
    shown = json.loads(command.run('explain', f'cinder-volume:{volume.id}', '-f', 'json').stdout)
    assert {'backend', 'user'} <= {each['source'] for each in shown['evidence']}
    assert [step['option'] for step in shown['ladder']] == ['--force', '--force', '--database']
