"""The first of all cases: a stack whose project was deleted by accident, with Contrail's network in it.

Heat answers its owner with 401, and nobody can delete it. Its rows are as an operator showed them: a database of
release 2014.2, a stack of one resource, and the private column ``uq_name_active``.
"""

import contextlib
import logging
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.contrail.estate import Home
from orphancleanup.errors import Conflict
from orphancleanup.installed import entry_points, registry
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level, Project, Ref
from orphancleanup.outcome import Result
from orphancleanup.progress import Silence
from orphancleanup.results import Applied
from orphancleanup.runs import apply, databases, review
from orphancleanup.settings import DatabaseSettings, ExecutionSettings, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.fake_service import Request as Asked
from orphancleanup.testing.rows import Rows
from tests.functional.in_place import announce
from tests.rows import schema, template
from tests.unit.plugins.fake_contrail import Contrail

STACK = '428ab810-5946-42c0-b18b-042d312de06f'
PROJECT = 'd45be0f0f1a7496cb5b0d4e6a2c3f1b7'
NETWORK = '811d15de-42c0-4f1b-9d3e-0a1b2c3d4e5f'
NAME = f'network_{NETWORK}'
PLUGIN = Path(__file__).resolve().parents[2] / 'plugins' / 'contrail-stand-in'
WHEN = '2014-12-01 09:00:00'
DONE = 'Stack DELETE completed successfully'


class StandIn:
    """A third party's handler, as if it were installed, instead of ours; its API has two requests."""

    kind, service = 'contrail-stand-in-network', 'network'

    def __init__(self, cloud: FakeCloud) -> None:
        self._networks = {NETWORK: {'uuid': NETWORK, 'name': 'network', 'owner': PROJECT}}
        listing, one = '/virtual-networks', f'/virtual-network/{NETWORK}'
        cloud.route(
            self.service, 'GET', listing, lambda *_: {'virtual-networks': list(self._networks.values())}
        )
        cloud.route(self.service, 'DELETE', one, lambda *_: self._networks.clear())

    @property
    def has_network(self) -> bool:
        return NETWORK in self._networks

    @staticmethod
    @contextlib.contextmanager
    def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[registry.Registry]:
        entries = entry_points.entries
        monkeypatch.setattr(
            entry_points,
            'entries',
            lambda: (each for each in entries() if not each.group.endswith('.contrail_vn')),
        )
        for path in announce(PLUGIN, folder).split(':'):
            monkeypatch.syspath_prepend(path)
        yield registry.load()
        for name in [each for each in sys.modules if each.startswith('contrail_stand_in')]:
            del sys.modules[name]


class Shipped:
    """Our own handler, and the simulator of Contrail's API server."""

    kind, service = 'contrail-vn', 'contrail'

    def __init__(self, cloud: FakeCloud) -> None:
        self._contrail = Contrail(cloud)
        self._contrail.identity.names[PROJECT] = 'demo'
        cloud.projects[PROJECT] = Project(PROJECT, 'demo', 'default')
        home = Home(self._contrail.client, self._contrail.client.project(PROJECT))
        self._made = home.network('network', uuid=NETWORK)
        self._contrail.end(home)
        self._contrail.age()

    @property
    def has_network(self) -> bool:
        return self._contrail.has(self._made)

    @staticmethod
    @contextlib.contextmanager
    def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[registry.Registry]:
        yield registry.load()


@pytest.fixture(params=[StandIn, Shipped])
def contrail(request: pytest.FixtureRequest, cloud: FakeCloud) -> Any:
    return request.param(cloud)


@pytest.fixture
def handlers(contrail: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[registry.Registry]:
    with contrail.installed(tmp_path / 'installed', monkeypatch) as found:
        yield found


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Return Heat's database, with what the operator saw in it."""
    rows = Rows.in_file(tmp_path / 'heat.sqlite', schema('heat_juno'))
    rows.put('raw_template', id=1, created_at=WHEN, template=template(network='OS::Contrail::VirtualNetwork'))
    rows.put('user_creds', id=1, username='demo', tenant_id=PROJECT, trust_id='encrypted')
    rows.put(
        'stack', id=STACK, created_at=WHEN, name=NAME, raw_template_id=1, user_creds_id=1, username='demo',
        action='CREATE', status='COMPLETE', status_reason='Stack CREATE completed successfully', tenant=PROJECT,
        disable_rollback=1, backup=0, timeout=60, uq_name_active=1, parameters='{}',
    )  # fmt: skip
    rows.put(
        'resource', id='c0ffee00-0000-4000-8000-000000000001', nova_instance=NETWORK, name='network', created_at=WHEN,
        action='CREATE', status='COMPLETE', status_reason='state changed', stack_id=STACK,
    )  # fmt: skip
    return rows


class Heat:
    """Heat as it was: what it shows is in its database, and its delete fails at a trust that nobody can use."""

    def __init__(self, cloud: FakeCloud, rows: Rows) -> None:
        self._rows = rows
        one = f'/stacks/{NAME}/{STACK}'
        for method, path, answer in (
            ('GET', '/stacks', self._page),
            ('GET', '/services', lambda *_: {'services': []}),
            ('DELETE', one, self._delete),
            ('GET', f'{one}/resources', self._resources),
            ('GET', f'{one}/template', lambda *_: {'resources': {}}),
            ('GET', f'{one}/events', lambda *_: {'events': []}),
        ):
            cloud.route('orchestration', method, path, answer)

    def _page(self, _: object, request: Asked) -> dict[str, Any]:
        living = [
            row
            for row in self._rows.all('stack')
            if not row['deleted_at'] and not request.query.get('marker')
        ]
        return {
            'stacks': [
                {
                    'id': row['id'], 'stack_name': row['name'], 'project': row['tenant'], 'stack_owner': 'demo',
                    'stack_status': f'{row["action"]}_{row["status"]}', 'creation_time': '2014-12-01T09:00:00Z',
                    'updated_time': None, 'tags': None,
                }
                for row in living
            ]
        }  # fmt: skip

    def _resources(self, *_: object) -> dict[str, Any]:
        return {
            'resources': [
                {
                    'resource_name': row['name'], 'resource_type': 'OS::Contrail::VirtualNetwork',
                    'physical_resource_id': row['nova_instance'], 'resource_status': 'CREATE_COMPLETE',
                    'resource_status_reason': '', 'links': [],
                }
                for row in self._rows.all('resource')
            ]
        }  # fmt: skip

    def _delete(self, *_: object) -> None:
        why = 'Error deleting trust: The request you have made requires authentication. (HTTP 401)'
        self._rows.change('stack', STACK, action='DELETE', status='FAILED', status_reason=why)


@pytest.fixture
def cloud(rows: Rows) -> FakeCloud:
    """Return a cloud without that project, with Heat."""
    cloud = FakeCloud()
    Heat(cloud, rows)
    cloud.route('identity', 'GET', '/users', lambda *_: {'users': []})
    return cloud


def site(cloud: FakeCloud, handlers: registry.Registry, rows: Rows, *levels: Level) -> Site:
    """Return where a run with some options works."""
    settings = Settings(
        execution=ExecutionSettings(levels=frozenset({Level.API, *levels})),
        databases=DatabaseSettings({'heat': rows.url}),
    )
    return Site(cloud, handlers, cloud.clock, settings, Silence())


def remove(where: Site, folder: Path) -> tuple[Applied, RunFolder]:
    """Do what ``cleanup --resource heat-stack:ID`` does."""
    plan = review(where, Request(Selection(refs=frozenset({Ref('heat-stack', STACK)})))).plan
    run = RunFolder.create(where.clock, folder)
    return apply(where, plan, run), run


def test_the_stack_goes_and_its_network_with_it(
    cloud: FakeCloud,
    contrail: StandIn | Shipped,
    handlers: registry.Registry,
    rows: Rows,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, 'orphancleanup')
    applied, _ = remove(site(cloud, handlers, rows, Level.BACKEND, Level.DATABASE), tmp_path / 'runs')
    assert {str(each.ref): each.result for each in applied.outcomes} == {
        f'heat-stack:{STACK}': Result.REMOVED,
        f'{contrail.kind}:{NETWORK}': Result.REMOVED,
    }
    (stack,) = rows.all('stack')
    assert (stack['action'], stack['status'], stack['status_reason']) == ('DELETE', 'COMPLETE', DONE)
    assert stack['deleted_at']
    assert stack['uq_name_active'] is None
    assert (stack['tenant'], stack['username'], stack['user_creds_id']) == (PROJECT, 'demo', 1)
    assert rows.all('resource') == []
    assert not contrail.has_network
    told = [each.getMessage() for each in caplog.records if 'rescue' in each.name]
    assert [each.partition(': ')[2] for each in told] == [
        'purge in the database of heat started',
        'gone',
        'purge completed, 2 rows changed',
    ]
    assert [each.partition(':')[0] for each in told] == ['heat-stack', contrail.kind, 'heat-stack']


def test_without_database_the_next_step_is_named_and_the_rows_stay(
    cloud: FakeCloud,
    contrail: StandIn | Shipped,
    handlers: registry.Registry,
    rows: Rows,
    tmp_path: Path,
) -> None:
    applied, _ = remove(site(cloud, handlers, rows, Level.BACKEND), tmp_path / 'runs')
    stack = next(each for each in applied.outcomes if each.ref.kind == 'heat-stack')
    assert stack.next_step
    assert (stack.next_step.name, stack.next_step.option) == ('abandon', '--force')
    assert len(rows.all('resource')) == 1
    assert contrail.has_network


def test_a_network_that_will_not_go_keeps_the_rows(
    cloud: FakeCloud,
    contrail: StandIn | Shipped,
    handlers: registry.Registry,
    rows: Rows,
    tmp_path: Path,
) -> None:
    in_use = Conflict(409, 'Delete when resource still referred: [...]')
    cloud.fail((contrail.service, 'DELETE', '.*'), in_use, times=math.inf)
    applied, _ = remove(site(cloud, handlers, rows, Level.BACKEND, Level.DATABASE), tmp_path / 'runs')
    stack = next(each for each in applied.outcomes if each.ref.kind == 'heat-stack')
    assert stack.result is Result.LEFT
    assert 'still referred' in stack.text
    assert len(rows.all('resource')) == 1


def test_an_undo_brings_the_rows_back(
    cloud: FakeCloud, handlers: registry.Registry, rows: Rows, tmp_path: Path
) -> None:
    where = site(cloud, handlers, rows, Level.DATABASE)
    before = {name: total for name, total in rows.sums().items() if name != 'stack'}
    _, run = remove(where, tmp_path / 'runs')
    (undone,) = databases.undo(where.settings.databases, run, frozenset(), cloud.clock)
    assert undone.is_restored
    assert {name: total for name, total in rows.sums().items() if name != 'stack'} == before
    assert (rows.row('stack', STACK)['status'], rows.row('stack', STACK)['uq_name_active']) == ('FAILED', 1)
