"""A service that fails at random, or in the worst moment: nothing kept is lost, and what the report says is so."""

import json
import os
import random
import threading

from lab.layout import Lab
from lab.scenarios import storage
from tests.functional import fault_proxy
from tests.functional.command import Command, results, selected
from tests.functional.fault_proxy import Fault, Mischief, Request
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

VOLUMES, SNAPSHOTS = 16, 6
SHARE = 0.3
FAULTS = (
    Fault(status=500),
    Fault(status=503),
    Fault(status=503, retry_after='1'),
    Fault(status=429, retry_after='1'),
    Fault(status=429),
    Fault(reset='before'),
    Fault(reset='after'),
    Fault(delay=0.7),
    Fault(cut='short'),
    Fault(cut='whole'),
)


class Chance:
    """Harms a share of the requests to one service.

    :param seed: what makes it the same again, as far as the order of the requests is.
    """

    def __init__(self, port: int, seed: int) -> None:
        self._port, self._random, self._lock = port, random.Random(seed), threading.Lock()

    def __call__(self, request: Request) -> Fault | None:
        with self._lock:
            is_chosen = request.port == self._port and self._random.random() < SHARE
            return self._random.choice(FAULTS) if is_chosen else None


def when(lab: Lab, service: str, path: str, fault: Fault) -> Mischief:
    """Harm every request of a service whose path begins so, behind the version and the project."""

    def mischief(request: Request) -> Fault | None:
        is_meant = request.port == lab.port(service) and path in request.path
        return fault if is_meant else None

    return mischief


def through(command: Command, proxy: fault_proxy.Proxy) -> Command:
    return Command(command.lab, command.home, proxy.variables)


def fill(sandbox: Sandbox, name: str) -> tuple[str, list[str], list[str]]:
    """Make a project with volumes, of which some have snapshots; return its id, and theirs."""
    project = sandbox.project(name)
    volumes = sandbox.volumes(project, 'doomed', VOLUMES)
    return project.project_id, volumes, sandbox.snapshots(project, volumes[:SNAPSHOTS])


def test_random_faults_of_cinder_lose_nothing_and_a_later_run_finishes_the_rest(
    sandbox: Sandbox, command: Command
) -> None:
    seed = int(os.environ.get('FAULT_SEED', random.randrange(10**6)))
    print(f'FAULT_SEED={seed}')
    project, volumes, snapshots = fill(sandbox, 'faults')
    mine = {('cinder-volume', each) for each in volumes} | {('cinder-snapshot', each) for each in snapshots}
    filled = sandbox.made[project]
    kept = storage.available(filled, storage.volume(filled, 'kept'))
    before = sandbox.witness.everything()
    plan = str(command.home / 'plan.json')
    scope = ('--project', project, '--keep', '*:kept')
    command.report('cleanup', '--dry-run', '--everything', *scope, '--plan-file', plan, code=4)
    with fault_proxy.running(Chance(sandbox.lab.port('cinder'), seed)) as proxy:
        report = through(command, proxy).report(
            'cleanup', '--plan', plan, '--max-share', '100', '--yes-remove', code=(0, 4)
        )
    print(f'{len(proxy.harmed)} of {len(proxy.seen)} requests were harmed')
    assert len(proxy.harmed) >= 5
    after = sandbox.witness.everything()
    told = results(report)
    assert told.keys() == mine
    assert {each for each, result in told.items() if result in ('removed', 'already-gone')} == before - after
    assert 'already-gone' not in told.values()
    assert {
        each for each, result in told.items() if result not in ('removed', 'already-gone')
    } == mine & after
    assert report['exit_code'] == (4 if mine & after else 0)
    command.report('cleanup', '--everything', *scope, '--max-share', '100', '--yes-remove', code=0)
    assert sandbox.witness.everything() == before - mine
    assert ('cinder-volume', kept.id) in sandbox.witness.everything()


def test_random_faults_while_planning_never_plan_what_is_kept(sandbox: Sandbox, command: Command) -> None:
    project = sandbox.project('planning')
    sandbox.volumes(project, 'doomed', 3)
    seed = int(os.environ.get('FAULT_SEED', random.randrange(10**6)))
    print(f'FAULT_SEED={seed}')
    whole = selected(command.report('cleanup', '--dry-run', '--orphans', '--prefix', 'doomed-', code=4))
    with fault_proxy.running(Chance(sandbox.lab.port('cinder'), seed)) as proxy:
        for _ in range(3):
            options = ('cleanup', '--dry-run', '--orphans', '--prefix', 'doomed-')
            report = through(command, proxy).report(*options, code=4)
            assert selected(report) <= whole
            assert selected(report) == whole or report['unread']
    assert proxy.harmed


def test_cinder_being_down_is_an_unread_scope_and_nothing_of_it_is_planned(
    sandbox: Sandbox, command: Command
) -> None:
    project = sandbox.project('down')
    sandbox.volumes(project, 'doomed', 2)
    with fault_proxy.running(when(sandbox.lab, 'cinder', '/', Fault(reset='before'))) as proxy:
        shaken = Command(command.lab, command.home, proxy.variables, attempts=2)
        report = shaken.report('cleanup', '--dry-run', '--everything', code=4)
        applied = shaken.report(
            'cleanup', '--everything', '--project', project.project_id, '--yes-remove', code=4
        )
    assert {each['kind'] for each in report['unread']} >= {
        'cinder-volume',
        'cinder-snapshot',
        'cinder-backup',
    }
    assert not {each for each in selected(report) if each[0].startswith('cinder-')}
    assert applied['outcomes'] is None
    assert proxy.changes() == []


def test_an_empty_list_of_projects_makes_nobody_an_orphan(sandbox: Sandbox, command: Command) -> None:
    project = sandbox.project('orphaned')
    sandbox.volumes(project, 'orphan', 2)
    sandbox.kill_project(project)
    seen = command.report('cleanup', '--dry-run', '--orphans', code=4)
    assert {each for each in selected(seen) if each in sandbox.witness.of_project(project.project_id)}
    for projects in ([], None):
        body = json.dumps({'projects': projects, 'links': {'next': None}}).encode()
        empty = when(sandbox.lab, 'keystone', '/v3/projects', Fault(status=200, body=body))
        with fault_proxy.running(empty) as proxy:
            report = through(command, proxy).report('cleanup', '--orphans', '--yes-remove', code=4)
        # Beside the list itself: the projects as resources, and what is asked for project by project.
        assert 'project' in {each['kind'] for each in report['unread']}
        assert selected(report) == frozenset()
        assert proxy.changes() == []


class SmallPages:
    """Makes Cinder answer volumes in pages of two, and breaks a page.

    :param broken: the number of the page that fails each time; none when 0.
    """

    def __init__(self, port: int, broken: int = 0) -> None:
        self.port, self.broken = port, broken

    def __call__(self, request: Request) -> Fault | None:
        if request.port != self.port or '/volumes/detail' not in request.path:
            return None
        if self.broken and self._number(request) >= self.broken:
            return Fault(status=500)
        if 'limit=' in request.path:
            return None
        return Fault(path=f'{request.path}&limit=2')

    def _number(self, request: Request) -> int:
        return 2 if 'marker=' in request.path else 1


def test_a_page_that_fails_in_the_middle_leaves_the_kind_unread(sandbox: Sandbox, command: Command) -> None:
    project = sandbox.project('pages')
    volumes = sandbox.volumes(project, 'doomed', 5)
    mine = {('cinder-volume', each) for each in volumes}
    options = ('cleanup', '--prefix', 'doomed-', '--project', project.project_id, '--yes-remove')
    with fault_proxy.running(SmallPages(sandbox.lab.port('cinder'), broken=2)) as proxy:
        report = through(command, proxy).report(*options, code=4)
    assert 'cinder-volume' in {each['kind'] for each in report['unread']}
    assert selected(report) == frozenset()
    assert proxy.changes() == []
    assert mine <= sandbox.witness.everything()
    with fault_proxy.running(SmallPages(sandbox.lab.port('cinder'))) as proxy:
        report = through(command, proxy).report(*options, code=0)
    assert results(report) == dict.fromkeys(mine, 'removed')
    assert any('marker=' in each.path for each in proxy.seen)
