"""The main job and its neighbours, as a user does them: the installed command, the lab, and a witness of its own."""

import dataclasses
import os
import pty
import select
import signal
import time
from argparse import Namespace
from collections.abc import Callable, Iterable

from lab.scenarios import compute, leaks, network, storage
from orphancleanup.storing import journal, plan_file
from tests.functional import fault_proxy
from tests.functional.command import Command, finish, read_report, results, selected, verdict
from tests.functional.fault_proxy import Fault
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox
from tests.functional.witness import SOURCES, Ids
from tests.signals import interruptible

pytestmark = FUNCTIONAL

SECONDS = 120.0


def cleaned(ids: Iterable[tuple[str, str]]) -> Ids:
    """Return what both handlers and the witness know of."""
    known = {kind for kind in SOURCES if kind.startswith(('cinder-', 'nova-', 'heat-', 'neutron-'))}
    return frozenset(each for each in ids if each[0] in known)


def wait_for(what: str, condition: Callable[[], object]) -> None:
    """Return as soon as a condition holds."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f'{what} did not come'
        time.sleep(0.1)


def test_what_a_test_run_left_goes_and_what_was_there_before_stays(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('main')
    disk = storage.volume(project, f'{project.name}-disk')
    server = compute.server(
        project, f'{project.name}-server', network.network(project, f'{project.name}-net')
    )
    data = storage.available(project, storage.volume(project, f'{project.name}-data'))
    storage.snapshot(project, f'{project.name}-snapshot', data)
    storage.available(project, disk)
    compute.attach(project, compute.active(project, server), disk)
    saved, plan = str(command.home / 'saved_state.json'), str(command.home / 'plan.json')
    before = cleaned(sandbox.witness.everything())
    assert command.run('cleanup', '--init-saved-state', saved).code == 0
    leaks.make(sandbox.seeder, Namespace(projects=[project.name], prefix='tempest'))
    leaked = cleaned(sandbox.witness.everything()) - before
    scope = ('--preserve-state', saved, '--project', project.name)
    seen = command.report('cleanup', '--dry-run', *scope, '--plan-file', plan, code=4)
    assert cleaned(selected(seen)) == leaked
    assert {each[0] for each in leaked} >= {'cinder-volume', 'cinder-backup', 'nova-server', 'heat-stack'}
    assert cleaned(sandbox.witness.everything()) == before | leaked
    applied = command.report('cleanup', '--plan', plan, '--yes-remove', code=0)
    assert set(results(applied).values()) == {'removed'}
    assert cleaned(results(applied)) == leaked
    assert cleaned(sandbox.witness.everything()) == before
    again = command.report('cleanup', '--dry-run', *scope, code=0)
    assert selected(again) == frozenset()
    assert 'nothing' in command.run('cleanup', *scope, '--yes-remove').stderr.lower()
    print(f'{applied["run"]["requests_per_removed"]:.1f} requests per removed resource')


def test_a_plan_of_another_cloud_and_one_that_was_edited_are_refused(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('plans')
    sandbox.volumes(project, 'doomed', 1)
    path = command.home / 'plan.json'
    scope = ('--everything', '--project', project.name)
    command.report('cleanup', '--dry-run', *scope, '--plan-file', str(path), code=4)
    plan = plan_file.parse(path.read_text(), str(path))
    edited = path.read_text().replace('doomed-00000', 'doomed-00001')
    foreign = dataclasses.replace(plan, cloud=dataclasses.replace(plan.cloud, fingerprint='0' * 64))
    before = sandbox.witness.everything()
    for text, sentence in ((edited, 'digest is wrong'), (plan_file.dump(foreign), 'was made for the cloud')):
        path.write_text(text)
        done = command.run('cleanup', '--plan', str(path), '--yes-remove')
        assert done.code == 1, done
        assert sentence in done.stderr
        assert 'Traceback' not in done.stderr
    assert sandbox.witness.everything() == before


def test_what_changed_after_the_plan_and_what_came_after_it_are_left_alone(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('changed')
    cinder = project.connection.block_storage
    renamed, tagged, plain = sandbox.volumes(project, 'doomed', 3)
    plan = str(command.home / 'plan.json')
    command.report(
        'cleanup', '--dry-run', '--everything', '--project', project.name, '--plan-file', plan, code=4
    )
    cinder.update_volume(renamed, name='production')
    cinder.set_volume_metadata(tagged, **{'orphancleanup:keep': 'yes'})
    newer = storage.available(project, storage.volume(project, 'doomed-newer'))
    applied = command.report('cleanup', '--plan', plan, '--yes-remove', code=4)
    assert results(applied) == {
        ('cinder-volume', renamed): 'skipped-because-it-changed',
        ('cinder-volume', tagged): 'skipped-because-it-changed',
        ('cinder-volume', plain): 'removed',
    }
    left = sandbox.witness.of_project(project.project_id)
    assert left == {('cinder-volume', each) for each in (renamed, tagged, newer.id)}


def test_a_volume_of_a_living_server_is_kept_and_the_server_is_named(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('attached')
    net = network.network(project, f'{project.name}-net')
    server = compute.server(project, f'{project.name}-server', net)
    disk = storage.available(project, storage.volume(project, 'doomed-disk'))
    compute.attach(project, compute.active(project, server), disk)
    options = ('--prefix', 'doomed-', '--project', project.name)
    report = command.report('cleanup', *options, '--force', '--yes-remove', code=0)
    told = verdict(report, 'cinder-volume', disk.id)
    assert told['decision'] == 'keep'
    assert f'{project.name}-server' in str(told['guards'])
    assert server.id in str(told['guards'])
    assert sandbox.witness.records('cinder-volume')[disk.id]['status'] == 'in-use'


def test_what_a_deleted_project_left_goes_and_what_a_living_one_has_stays(
    sandbox: Sandbox, command: Command
) -> None:
    living = sandbox.project('living')
    sandbox.volumes(living, 'kept', 1)
    dead = sandbox.dead_projects('dead')
    scope = [each for project in (*dead, living) for each in ('--project', project.project_id)]
    before = cleaned(sandbox.witness.everything())
    doomed = frozenset().union(*(sandbox.witness.of_project(project.project_id) for project in dead))
    attached = {each for each in before if each[0].startswith(('cinder-attachment', 'neutron-'))}
    report = command.report('cleanup', '--orphans', *scope, '--yes-remove', code=0)
    told = results(report)
    assert doomed <= cleaned(told) <= doomed | attached
    assert set(told.values()) == {'removed'}
    assert cleaned(sandbox.witness.everything()) == before - told.keys()
    again = command.run('cleanup', '--dry-run', '--orphans', *scope)
    assert again.code == 2, again
    assert 'nothing belongs to one that had it' in again.stderr


def test_what_is_stuck_goes_by_force_once_the_backend_works_again(sandbox: Sandbox, command: Command) -> None:
    project = sandbox.project('stuck')
    cinder = project.connection.block_storage
    fine = storage.volume(project, 'fine')
    broken, hanging = storage.volume(project, 'x-faildelete'), storage.volume(project, 'x-hangdelete')
    failed = storage.volume(project, 'x-failcreate')
    for each, state in ((broken, 'error_deleting'), (hanging, 'deleting')):
        storage.available(project, each)
        cinder.delete_volume(each)
        wait_for(state, lambda each=each, state=state: cinder.get_volume(each.id).status == state)
    storage.settled(cinder.get_volume, failed, 'error')
    storage.available(project, fine)
    time.sleep(1.1)
    stuck = {('cinder-volume', each.id) for each in (broken, hanging, failed)}
    scope = ('--stuck', '1s', '--project', project.name)
    before = sandbox.witness.everything()
    gentle = command.report('cleanup', *scope, '--exclude-kind', 'cinder-snapshot', '--yes-remove', code=4)
    told = {each['id']: each for each in gentle['outcomes']}
    assert told[failed.id]['result'] == 'removed'
    assert told[broken.id]['next_step'] == {'name': 'reset-state', 'level': 'force', 'option': '--force'}
    assert 'error_deleting' in sandbox.witness.records('cinder-volume')[broken.id]['status']
    sandbox.faults('off')
    command.report('cleanup', *scope, '--force', '--yes-remove', code=0)
    assert sandbox.witness.everything() == before - stuck


def test_ctrl_c_ends_a_run_in_order_and_resume_finishes_it(sandbox: Sandbox, command: Command) -> None:
    project = sandbox.project('interrupted')
    volumes = sandbox.volumes(project, 'doomed', 4)
    slow = storage.available(project, storage.volume(project, 'doomed-hangdelete')).id
    mine = {('cinder-volume', each) for each in (*volumes, slow)}
    before = sandbox.witness.everything()
    path = command.home / 'first.json'
    options = ('cleanup', '--everything', '--project', project.name, '--yes-remove')
    with interruptible():
        process = command.start(*options, '--report-file', str(path))
    try:
        waiting = {('cinder-volume', slow)}
        wait_for(
            'a run that waits for one volume',
            lambda: process.poll() is not None or sandbox.witness.of_project(project.project_id) == waiting,
        )
        second = command.run(*options)
        assert second.code == 1, second
        assert f'process {process.pid}' in second.stderr
        process.send_signal(signal.SIGINT)
    finally:
        first = finish(process)
    assert first.code == 130, first
    told = results(read_report(path))
    assert told.keys() == mine
    assert told['cinder-volume', slow] == 'not-removed'
    assert read_report(path)['run']['interrupted']
    last = journal.read(command.last_run() / 'journal.jsonl')[-1]
    assert (last['event'], last['interrupted']) == ('end', True)
    sandbox.faults('off')
    report = command.report('run', 'resume', 'latest', '--yes-remove', code=0)
    assert results(report) == dict.fromkeys(mine, 'removed')
    assert sandbox.witness.everything() == before - mine


def test_without_a_terminal_and_without_consent_nothing_is_removed(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('consent')
    sandbox.volumes(project, 'doomed', 1)
    before = sandbox.witness.everything()
    options = ('cleanup', '--everything', '--project', project.name)
    done = command.run(*options)
    assert done.code == 2, done
    assert '--yes-remove' in done.stderr
    assert command.run('cleanup', '--project', project.name, '--yes-remove').code == 2
    assert converse(command, options, 'yes') == 1
    assert sandbox.witness.everything() == before
    assert converse(command, options, 'lab') == 0
    assert not sandbox.witness.of_project(project.project_id)


def converse(command: Command, arguments: tuple[str, ...], answer: str) -> int:
    """Run a command on a terminal and answer its question; answer its exit code."""
    ours, theirs = pty.openpty()
    process = command.start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs, text=False)
    os.close(theirs)
    said, is_answered = b'', False
    end = time.monotonic() + SECONDS
    try:
        while process.poll() is None and time.monotonic() < end:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                said += os.read(ours, 65536)
            except OSError:
                break
            if b'type the name of the cloud' in said and not is_answered:
                os.write(ours, answer.encode() + b'\n')
                is_answered = True
        code = process.wait(10)
    finally:
        process.kill()
        os.close(ours)
    assert is_answered, said.decode(errors='replace')
    return code


def test_ctrl_c_while_reading_ends_at_once_although_a_service_hangs(
    sandbox: Sandbox, command: Command
) -> None:
    port = sandbox.lab.port('cinder')
    with fault_proxy.running(lambda each: Fault(delay=40) if each.port == port else None) as proxy:
        hanging = Command(command.lab, command.home, proxy.variables)
        with interruptible():
            process = hanging.start('cleanup', '--dry-run', '--orphans')
        while not any(each.port == port for each in proxy.seen):
            time.sleep(0.1)
        pressed = time.monotonic()
        process.send_signal(signal.SIGINT)
        done = finish(process)
    assert done.code == 130, done
    assert done.stderr.strip().endswith('Interrupted.')
    assert time.monotonic() - pressed < 10
