"""What only looks changes nothing: on the wire, in the services' databases, and even when a handler would."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from lab.scenarios import compute, network, orchestration, storage
from orphancleanup import runs
from orphancleanup.api import Cloud
from orphancleanup.clock import SystemClock
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.handler import Handler
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.progress import Silence
from orphancleanup.settings import Settings
from orphancleanup.site import Site
from tests.functional import databases, fault_proxy
from tests.functional.command import Command, selected
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL


def fill(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Leave something for every handler to look at; answer all of it."""
    project = sandbox.project('purity')
    name = project.name
    data = storage.volume(project, f'{name}-data')
    disk = storage.volume(project, f'{name}-disk')
    given = storage.volume(project, f'{name}-given')
    doomed = storage.volume(project, f'{name}-faildelete')
    stack = orchestration.stack(project, f'{name}-stack', {'vol': orchestration.volume(f'{name}-stack-vol')})
    server = compute.server(project, f'{name}-server', network.network(project, f'{name}-net'))
    storage.snapshot(project, f'{name}-snapshot', storage.available(project, data))
    storage.backup(project, f'{name}-backup', data)
    storage.transfer(project, f'{name}-transfer', storage.available(project, given))
    storage.available(project, doomed)
    project.connection.block_storage.delete_volume(doomed)
    storage.settled(project.connection.block_storage.get_volume, doomed, 'error_deleting')
    storage.available(project, disk)
    compute.attach(project, compute.active(project, server), disk)
    orchestration.created(project, stack)
    group = storage.group(project, f'{name}-group')
    member = storage.volume(project, f'{name}-member', group_id=group.id, volume_type='lab')
    storage.available(project, member)
    storage.group_snapshot(project, f'{name}-group-snapshot', group)
    orphaned = sandbox.project('purity-dead')
    storage.available(orphaned, storage.volume(orphaned, f'{orphaned.name}-data'))
    sandbox.kill_project(orphaned)
    return [(each['kind'], each['id']) for each in (*project.made, *orphaned.made)]


def test_what_only_looks_sends_nothing_but_reading_and_changes_no_row(
    sandbox: Sandbox, command: Command
) -> None:
    made = fill(sandbox)
    baseline = str(command.home / 'saved_state.json')
    with fault_proxy.running() as proxy:
        watched = Command(command.lab, command.home, proxy.variables)
        before = databases.read(command.lab)
        everything = watched.report('cleanup', '--dry-run', '--everything', code=4)
        watched.report('cleanup', '--dry-run', '--orphans', '--stuck', '1s', code=4)
        assert watched.run('cleanup', '--init-saved-state', baseline).code == 0
        assert watched.run('saved-state', 'diff', baseline).code == 0
        assert watched.run('saved-state', 'check', baseline).code == 0
        watched.report('cleanup', '--dry-run', '--preserve-state', baseline, code=0)
        for kind in ('cinder-volume', 'nova-server', 'heat-stack'):
            identifier = next(each[1] for each in made if each[0] == kind)
            assert watched.run('explain', f'{kind}:{identifier}').code == 0
        after = databases.read(command.lab)
    moved = databases.differences(before, after)
    assert moved == [], '\n'.join(moved)
    assert proxy.changes() == []
    assert len(proxy.seen) > 50
    assert {each for each in made if each[0].startswith(('cinder', 'nova', 'heat'))} <= selected(everything)


class Vandal(Handler):
    """A handler that changes something where it should only look."""

    kind = 'vandal'
    service = 'block-storage'

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        cloud.service(self.service).post('/volumes', {})
        return ()

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        return None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return ()


def test_a_handler_that_changes_something_while_it_looks_is_stopped_before_the_wire(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(sandbox.lab.clouds_yaml))
    monkeypatch.setenv('XDG_STATE_HOME', str(tmp_path))
    with fault_proxy.running() as proxy:
        for name, value in proxy.variables.items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        cloud = open_cloud(CloudSpec('lab'), settings.http)
        try:
            registry = build([Loaded(Vandal(), 'vandals', 'tests 1.0')])
            site = Site(cloud, registry, SystemClock(), settings, Silence())
            (unread,) = runs.review(site, Request(Selection(everything=True))).inventory.unread
        finally:
            cloud.close()
    assert 'ReadOnlyViolation' in unread.why
    assert len(proxy.seen) > 2
    assert proxy.changes() == []
