"""The package of docs/examples/acme-orphancleanup at work on the lab: images, networks, and the project around them."""

import os
from pathlib import Path
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import network, storage
from lab.scenarios.project import Project
from orphancleanup.storing import journal
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


def image(project: Project, name: str, **fields: Any) -> str:
    """Make an image without data."""
    glance = project.connection.image
    made = glance.post(
        '/images', json={'name': name, 'disk_format': 'raw', 'container_format': 'bare', **fields}
    )
    assert made.status_code == 201, made.text
    return str(made.json()['id'])


def unprotect(project: Project, identifier: str) -> None:
    """Take the protection from an image."""
    patch = [{'op': 'replace', 'path': '/protected', 'value': False}]
    kind = {'Content-Type': 'application/openstack-images-v2.1-json-patch'}
    answer = project.connection.image.patch(f'/images/{identifier}', json=patch, headers=kind)
    assert answer.status_code == 200, answer.text


def fill(project: Project) -> dict[str, str]:
    """Leave one of each kind in a project, and an image that is protected; return kind to id."""
    net = network.network(project, f'{project.name}-net')
    group = network.security_group(project, f'{project.name}-group')
    port = network.port(project, f'{project.name}-port', net)
    project.connection.network.update_port(port, security_groups=[group.id])
    return {
        'neutron-network': net.id,
        'neutron-security-group': group.id,
        'neutron-port': port.id,
        'glance-image': image(project, f'{project.name}-image', os_hidden=True, visibility='community'),
        'protected': image(project, f'{project.name}-protected', protected=True),
        'keystone-project': project.project_id,
    }


def default_group(ground: Ground, project: Project) -> str:
    """Return the default group, which Neutron makes with the first port of a project."""
    groups = ground.witness.records('neutron-security-group').values()
    (found,) = (
        each['id'] for each in groups if (each['name'], each['project_id']) == ('default', project.project_id)
    )
    return str(found)


def left(ground: Ground, project: Project) -> set[tuple[str, str]]:
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
    ours = project.project_id
    return {
        (kind, each['id'])
        for kind, each in found
        if ours in (each.get('project_id'), each.get('owner'), each['id'])
    }


def everything_of(project: Project) -> tuple[str, ...]:
    return ('--everything', '--project', project.name, '--resource', f'keystone-project:{project.project_id}')


def test_the_package_is_found_and_has_no_findings(acme: Command) -> None:
    checked = acme.run('handler', 'check', 'acme-orphancleanup')
    assert checked.code == 0, checked
    assert 'acme-orphancleanup 1.0: 6 handlers checked, nothing is wrong.' in checked.stderr
    listed = acme.run('handler', 'list', '-f', 'value', '-c', 'Kind', '-c', 'Package')
    assert {line.split()[0] for line in listed.stdout.splitlines() if 'acme' in line} == KINDS


def test_each_kind_agrees_with_itself_when_it_is_tried(ground: Ground, acme: Command) -> None:
    fill(ground.project('acme-try'))
    for kind in sorted(KINDS):
        tried = acme.run('handler', 'try', kind, '--sample', '20', '-f', 'json')
        assert tried.code == 0, f'{kind}: {tried}'


def test_a_project_goes_last_and_stays_while_something_is_left_in_it(ground: Ground, acme: Command) -> None:
    project, neighbour = ground.project('acme'), ground.project('acme-neighbour')
    made = fill(project)
    fill(neighbour)
    protected, itself = ('glance-image', made.pop('protected')), ('keystone-project', project.project_id)
    doomed = {*made.items(), ('neutron-security-group', default_group(ground, project))} - {itself}
    beside = left(ground, neighbour)
    assert left(ground, project) == doomed | {protected, itself}
    seen = acme.report('cleanup', '--dry-run', *everything_of(project), code=4)
    assert selected(seen) == doomed
    assert 'its owner has protected it' in str(verdict(seen, *protected)['guards'])
    assert protected[1] in str(verdict(seen, *itself)['guards'])
    assert left(ground, project) == doomed | {protected, itself}
    applied = acme.report('cleanup', *everything_of(project), '--yes-remove', code=(0, 4))
    assert results(applied) == dict.fromkeys(doomed, 'removed')
    assert left(ground, project) == {protected, itself}
    unprotect(project, protected[1])
    again = acme.report('cleanup', *everything_of(project), '--yes-remove', code=(0, 4))
    assert results(again) == dict.fromkeys([protected, itself], 'removed')
    assert left(ground, project) == set()
    assert left(ground, neighbour) == beside


def test_the_project_waits_for_all_that_is_planned_in_it(ground: Ground, acme: Command) -> None:
    project = ground.project('acme-whole')
    made = fill(project)
    unprotect(project, made['protected'])
    applied = acme.report('cleanup', *everything_of(project), '--yes-remove', code=(0, 4))
    assert set(results(applied).values()) == {'removed'}
    assert left(ground, project) == set()
    steps = [each for each in journal.read(acme.last_run() / 'journal.jsonl') if each['event'] == 'intent']
    assert (steps[-1]['kind'], steps[-1]['id']) == ('keystone-project', project.project_id)


def test_what_appears_in_a_project_after_the_plan_keeps_it(ground: Ground, acme: Command) -> None:
    project = ground.project('acme-late')
    scope = ('--resource', f'keystone-project:{project.project_id}')
    plan = str(acme.home / 'plan.json')
    seen = acme.report('cleanup', '--dry-run', *scope, '--plan-file', plan, code=4)
    assert selected(seen) == {('keystone-project', project.project_id)}
    late = storage.available(project, storage.volume(project, f'{project.name}-late'))
    applied = acme.report('cleanup', '--plan', plan, '--yes-remove', code=4)
    assert results(applied)['keystone-project', project.project_id] != 'removed'
    assert late.id in str(applied['outcomes'])
    assert project.project_id in ground.witness.records('keystone-project')


def test_a_living_project_keeps_what_nobody_asked_for(ground: Ground, acme: Command) -> None:
    project = ground.project('acme-living')
    fill(project)
    before = left(ground, project)
    seen = acme.report('cleanup', '--dry-run', '--orphans', '--project', project.name, code=0)
    assert selected(seen) == frozenset()
    assert left(ground, project) == before


def test_what_a_deleted_project_left_goes_and_looking_makes_no_more_of_it(
    ground: Ground, acme: Command
) -> None:
    project = ground.project('acme-dead')
    made = fill(project)
    unprotect(project, made['protected'])
    ground.kill_project(project)
    before = left(ground, project)
    scope = ('--orphans', '--project', project.project_id)
    seen = acme.report('cleanup', '--dry-run', *scope, code=4)
    assert selected(seen) == before == left(ground, project)
    acme.report('cleanup', *scope, '--yes-remove', code=0)
    assert left(ground, project) == set()
