"""kill -9 at any moment of an apply: after ``run resume`` the end is that of a run that nobody disturbed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from lab.scenarios import compute, network, orchestration
from lab.scenarios.project import Project
from orphancleanup.clouds import grants
from orphancleanup.storing import journal
from tests.functional import inside_project
from tests.functional.command import Command, finish, results, selected
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox
from tests.functional.witness import Ids

pytestmark = FUNCTIONAL

KILLS = 30
VOLUMES = 25
#: seconds: no life of a run that is to be killed is waited for longer
LONGEST = 60.0


def fill(sandbox: Sandbox, project: Project) -> None:
    """Fill a project with what takes a while to remove, and with what no plan of the test names."""
    doomed = sandbox.volumes(project, 'doomed', VOLUMES)
    sandbox.snapshots(project, doomed[:5])
    sandbox.volumes(project, 'kept', 2)
    name = project.name
    stack = orchestration.stack(project, f'{name}-stack', {'vol': orchestration.volume(f'{name}-stack-vol')})
    server = compute.server(project, f'{name}-server', network.network(project, f'{name}-net'))
    orchestration.created(project, stack)
    compute.active(project, server)


def make_plan(command: Command, projects: Iterable[Project]) -> Ids:
    """Make the plan of everything in the projects but what is called ``kept-...``; return what it names."""
    scope = [each for project in projects for each in ('--project', project.project_id)]
    keep = ('--keep', '*:kept-*')
    (command.home / 'plan.json').unlink(missing_ok=True)
    plan = ('--plan-file', str(command.home / 'plan.json'))
    return selected(command.report('cleanup', '--dry-run', '--everything', *scope, *keep, *plan, code=4))


def begun(command: Command, lines: int) -> int:
    """Return how many lines the journal of the latest run has above ``lines``."""
    try:
        return len((command.last_run() / 'journal.jsonl').read_bytes().splitlines()) - lines
    except (ValueError, OSError):
        return 0


def live_and_die(command: Command, arguments: tuple[str, ...], pause: float) -> bool:
    """Begin to remove, and be killed some seconds after the journal was opened; return whether it came to that."""
    lines = begun(command, 0) if 'resume' in arguments else 0
    known = set(command.runs.iterdir()) if command.runs.exists() else set()
    process = command.start(*arguments, '--yes-remove')
    end = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < end:
        is_new = 'resume' in arguments or (command.runs.exists() and set(command.runs.iterdir()) != known)
        if is_new and begun(command, lines) > 0:
            time.sleep(pause)
            break
        time.sleep(0.02)
    # It may have ended meanwhile.
    process.kill()
    return finish(process).code == -signal.SIGKILL


def test_a_run_that_is_killed_thirty_times_ends_as_one_that_is_not(
    sandbox: Sandbox, command: Command
) -> None:
    seed = int(os.environ.get('CRASH_SEED', random.randrange(10**6)))
    print(f'CRASH_SEED={seed}')
    chance = random.Random(seed)
    projects = [sandbox.project('crash'), sandbox.project('crash')]
    roles = {project.project_id: sandbox.witness.roles(project.project_id) for project in projects}
    killed = rounds = 0
    while killed < KILLS:
        rounds += 1
        for project in projects:
            fill(sandbox, project)
        before = sandbox.witness.everything()
        named = make_plan(command, projects)
        arguments: tuple[str, ...] = (
            'cleanup',
            '--plan',
            str(command.home / 'plan.json'),
            '--max-share',
            '100',
        )
        while killed < KILLS and live_and_die(command, arguments, chance.expovariate(1 / 0.2)):
            killed += 1
            journal.read(command.last_run() / 'journal.jsonl')
            arguments = ('run', 'resume', 'latest', '--max-share', '100')
        if arguments[0] == 'cleanup':
            pytest.fail('the run ended before it could be killed')
        report = command.report('run', 'resume', 'latest', '--max-share', '100', '--yes-remove', code=0)
        assert set(results(report).values()) == {'removed'}, report['outcomes']
        assert results(report).keys() == named
        assert sandbox.witness.everything() == before - named
        for project in projects:
            assert sandbox.witness.roles(project.project_id) == roles[project.project_id]
        assert rounds < 10, f'only {killed} kills in {rounds} rounds'
    print(f'{killed} kills in {rounds} rounds')


@pytest.mark.parametrize('moment', ['grant', 'entered', 'answer'])
def test_a_temporary_role_does_not_outlive_a_run_that_is_killed(
    sandbox: Sandbox, tmp_path: Path, moment: str
) -> None:
    project = sandbox.project('roles')
    volumes = sandbox.volumes(project, 'inside', 2)
    before = sandbox.witness.roles(project.project_id)
    first = _drive(sandbox, tmp_path, ('apply', project.project_id, moment))
    assert first.returncode == -signal.SIGKILL, first.stderr
    if moment != 'grant':
        assert sandbox.witness.roles(project.project_id) > before
    second = _drive(sandbox, tmp_path, ('resume',))
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout) == dict.fromkeys(volumes, 'removed')
    assert sandbox.witness.roles(project.project_id) == before
    assert not {('cinder-volume', each) for each in volumes} & sandbox.witness.of_project(project.project_id)
    (run,) = (tmp_path / 'orphancleanup' / 'runs').iterdir()
    assert grants.open_grants(journal.read(run / 'journal.jsonl')) == ()


def _drive(sandbox: Sandbox, state: Path, arguments: tuple[str, ...]) -> 'subprocess.CompletedProcess[str]':
    environment = {
        **os.environ,
        'OS_CLIENT_CONFIG_FILE': str(sandbox.lab.clouds_yaml),
        'XDG_STATE_HOME': str(state),
        'PYTHONPATH': str(Path(inside_project.__file__).parents[2]),
    }
    return subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', inside_project.__name__, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
