"""The package of docs/examples/acme-orphancleanup at work on the lab: images, networks, and the project around them."""

import os
from pathlib import Path
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import network, storage
from lab.scenarios.tenant import Tenant
from orphancleanup import journal
from tests.functional.command import Command, results, selected, verdict
from tests.functional.ground import Ground
from tests.functional.in_place import announce
from tests.functional.marks import FUNCTIONAL

pytestmark = FUNCTIONAL

PROJECT = Path(__file__).resolve().parents[2] / 'docs' / 'examples' / 'acme-orphancleanup'
KINDS = {
    'glance-image',
    'keystone-domain',
    'keystone-project',
    'neutron-network',
    'neutron-port',
    'neutron-security-group',
}


@pytest.fixture
def acme(the_lab: Lab, tmp_path: Path) -> Command:
    """Return the command with the third party's package beside it."""
    path = [announce(PROJECT, tmp_path / 'installed'), *filter(None, [os.environ.get('PYTHONPATH')])]
    return Command(the_lab, tmp_path, {'PYTHONPATH': os.pathsep.join(path)})


def image(tenant: Tenant, name: str, **fields: Any) -> str:
    """Make an image without data."""
    glance = tenant.connection.image
    made = glance.post(
        '/images', json={'name': name, 'disk_format': 'raw', 'container_format': 'bare', **fields}
    )
    assert made.status_code == 201, made.text
    return str(made.json()['id'])


def unprotect(tenant: Tenant, identifier: str) -> None:
    """Take the protection from an image."""
    patch = [{'op': 'replace', 'path': '/protected', 'value': False}]
    kind = {'Content-Type': 'application/openstack-images-v2.1-json-patch'}
    answer = tenant.connection.image.patch(f'/images/{identifier}', json=patch, headers=kind)
    assert answer.status_code == 200, answer.text


def fill(tenant: Tenant) -> dict[str, str]:
    """Leave one of each kind in a project, and an image that is protected; return kind to id."""
    net = network.network(tenant, f'{tenant.name}-net')
    group = network.security_group(tenant, f'{tenant.name}-group')
    port = network.port(tenant, f'{tenant.name}-port', net)
    tenant.connection.network.update_port(port, security_groups=[group.id])
    return {
        'neutron-network': net.id,
        'neutron-security-group': group.id,
        'neutron-port': port.id,
        'glance-image': image(tenant, f'{tenant.name}-image', os_hidden=True, visibility='community'),
        'protected': image(tenant, f'{tenant.name}-protected', protected=True),
        'keystone-project': tenant.project_id,
    }


def default_group(ground: Ground, tenant: Tenant) -> str:
    """Return the default group, which Neutron makes with the first port of a project."""
    groups = ground.witness.records('neutron-security-group').values()
    (found,) = (
        each['id'] for each in groups if (each['name'], each['project_id']) == ('default', tenant.project_id)
    )
    return str(found)


def left(ground: Ground, tenant: Tenant) -> set[tuple[str, str]]:
    """Return what the services still have of a project, the project included; subnets go with their network."""
    found = [
        (kind, record)
        for kind in ('keystone-project', 'neutron-network', 'neutron-security-group')
        for record in ground.witness.records(kind).values()
    ]
    found += [('neutron-port', record) for record in ground.admin.network.get('/ports').json()['ports']]
    for is_hidden in ('false', 'true'):
        answer = ground.admin.image.get(f'/images?visibility=all&limit=1000&os_hidden={is_hidden}')
        found += [('glance-image', record) for record in answer.json()['images']]
    ours = tenant.project_id
    return {
        (kind, each['id'])
        for kind, each in found
        if ours in (each.get('project_id'), each.get('owner'), each['id'])
    }


def everything_of(tenant: Tenant) -> tuple[str, ...]:
    return ('--everything', '--project', tenant.name, '--resource', f'keystone-project:{tenant.project_id}')


def test_the_package_is_found_and_has_no_findings(acme: Command) -> None:
    checked = acme.run('handler', 'check', 'acme-orphancleanup')
    assert checked.code == 0, checked
    assert 'acme-orphancleanup 1.0: 6 handlers checked, nothing is wrong.' in checked.stderr
    listed = acme.run('handler', 'list', '-f', 'value', '-c', 'Kind', '-c', 'Package')
    assert {line.split()[0] for line in listed.stdout.splitlines() if 'acme' in line} == KINDS


def test_each_kind_agrees_with_itself_when_it_is_tried(ground: Ground, acme: Command) -> None:
    fill(ground.tenant('acme-try'))
    for kind in sorted(KINDS):
        tried = acme.run('handler', 'try', kind, '--sample', '20', '-f', 'json')
        assert tried.code == 0, f'{kind}: {tried}'


def test_a_project_goes_last_and_stays_while_something_is_left_in_it(ground: Ground, acme: Command) -> None:
    tenant, neighbour = ground.tenant('acme'), ground.tenant('acme-neighbour')
    made = fill(tenant)
    fill(neighbour)
    protected, project = ('glance-image', made.pop('protected')), ('keystone-project', tenant.project_id)
    doomed = {*made.items(), ('neutron-security-group', default_group(ground, tenant))} - {project}
    beside = left(ground, neighbour)
    assert left(ground, tenant) == doomed | {protected, project}
    seen = acme.report('cleanup', '--dry-run', *everything_of(tenant), code=4)
    assert selected(seen) == doomed
    assert 'its owner has protected it' in str(verdict(seen, *protected)['guards'])
    assert protected[1] in str(verdict(seen, *project)['guards'])
    assert left(ground, tenant) == doomed | {protected, project}
    applied = acme.report('cleanup', *everything_of(tenant), '--yes-remove', code=(0, 4))
    assert results(applied) == dict.fromkeys(doomed, 'removed')
    assert left(ground, tenant) == {protected, project}
    unprotect(tenant, protected[1])
    again = acme.report('cleanup', *everything_of(tenant), '--yes-remove', code=(0, 4))
    assert results(again) == dict.fromkeys([protected, project], 'removed')
    assert left(ground, tenant) == set()
    assert left(ground, neighbour) == beside


def test_the_project_waits_for_all_that_is_planned_in_it(ground: Ground, acme: Command) -> None:
    tenant = ground.tenant('acme-whole')
    made = fill(tenant)
    unprotect(tenant, made['protected'])
    applied = acme.report('cleanup', *everything_of(tenant), '--yes-remove', code=(0, 4))
    assert set(results(applied).values()) == {'removed'}
    assert left(ground, tenant) == set()
    steps = [each for each in journal.read(acme.last_run() / 'journal.jsonl') if each['event'] == 'intent']
    assert (steps[-1]['kind'], steps[-1]['id']) == ('keystone-project', tenant.project_id)


def test_what_appears_in_a_project_after_the_plan_keeps_it(ground: Ground, acme: Command) -> None:
    tenant = ground.tenant('acme-late')
    scope = ('--resource', f'keystone-project:{tenant.project_id}')
    plan = str(acme.home / 'plan.json')
    seen = acme.report('cleanup', '--dry-run', *scope, '--plan-file', plan, code=4)
    assert selected(seen) == {('keystone-project', tenant.project_id)}
    late = storage.available(tenant, storage.volume(tenant, f'{tenant.name}-late'))
    applied = acme.report('cleanup', '--plan', plan, '--yes-remove', code=4)
    assert results(applied)['keystone-project', tenant.project_id] != 'removed'
    assert late.id in str(applied['outcomes'])
    assert tenant.project_id in ground.witness.records('keystone-project')


def test_a_living_project_keeps_what_nobody_asked_for(ground: Ground, acme: Command) -> None:
    tenant = ground.tenant('acme-living')
    fill(tenant)
    before = left(ground, tenant)
    seen = acme.report('cleanup', '--dry-run', '--orphans', '--project', tenant.name, code=0)
    assert selected(seen) == frozenset()
    assert left(ground, tenant) == before


def test_what_a_deleted_project_left_goes_and_looking_makes_no_more_of_it(
    ground: Ground, acme: Command
) -> None:
    tenant = ground.tenant('acme-dead')
    made = fill(tenant)
    unprotect(tenant, made['protected'])
    ground.kill_tenant(tenant)
    before = left(ground, tenant)
    scope = ('--orphans', '--project', tenant.project_id)
    seen = acme.report('cleanup', '--dry-run', *scope, code=4)
    assert selected(seen) == before == left(ground, tenant)
    acme.report('cleanup', *scope, '--yes-remove', code=0)
    assert left(ground, tenant) == set()
