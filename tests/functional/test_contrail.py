"""Contrail beside the lab: what deleted projects left in it goes, by the installed command, and nothing else does."""

import dataclasses
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.contrail import check
from lab.contrail.client import Made
from lab.contrail.estate import Home, entangle, kind_of, settle
from tests.functional.command import Command, read_report, results, selected, verdict
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox
from tests.functional.simulated_contrail import SimulatedContrail, configuration

pytestmark = FUNCTIONAL

SCOPE = ('--orphans', '--namespace', 'contrail-vn', '--max-share', '100')
APPLY = (*SCOPE, '--backend', '--yes-remove')
DERIVED = {'routing-instance', 'route-target', 'access-control-list'}


@dataclasses.dataclass
class World:
    """Projects in Keystone and Contrail: one that will be deleted, and one that lives."""

    sandbox: Sandbox
    contrail: SimulatedContrail
    dead: Home
    living: Home

    def end(self) -> None:
        """Delete the one in Keystone."""
        (project,) = (each for each in self.sandbox.made.values() if each.name == self.dead.project.name[-1])
        self.sandbox.kill_project(project)


@pytest.fixture
def contrail(sandbox: Sandbox, tmp_path: Path) -> Iterator[SimulatedContrail]:
    found = SimulatedContrail(sandbox, tmp_path / 'contrail.json')
    found.start()
    yield found
    found.stop()


@pytest.fixture
def world(sandbox: Sandbox, contrail: SimulatedContrail) -> World:
    dead, living = (contrail.home(sandbox.project(name)) for name in ('vn-dead', 'vn-living'))
    settle(living, dead)
    return World(sandbox, contrail, dead, living)


@pytest.fixture
def program(command: Command, contrail: SimulatedContrail) -> Command:
    return dataclasses.replace(command, configuration=configuration(contrail.url))


def ref(made: Made) -> tuple[str, str]:
    return kind_of(made.type), made.uuid


def codes(found: dict[str, Any]) -> set[str]:
    return {each['code'] for each in found['guards']}


def test_the_table_of_cases_holds_with_the_tokens_of_a_real_keystone(
    sandbox: Sandbox, contrail: SimulatedContrail
) -> None:
    member = sandbox.project('member')
    tokens = {
        'admin': sandbox.admin.session.get_token(),
        'member': member.connection.session.get_token(),
    }
    found = list(check.Checker(contrail.url, tokens, is_simulator=True).results(check.cases()))
    assert [each for each in found if each.fault or each.is_skipped] == []


def test_exactly_what_is_of_the_deleted_project_goes(world: World, program: Command) -> None:
    world.end()
    before = world.contrail.objects
    wanted = {each.uuid for each in (*world.dead, world.dead.project)}
    seen = program.report('cleanup', '--dry-run', *SCOPE, code=4)
    assert {identifier for _, identifier in selected(seen)} == wanted
    assert world.contrail.objects == before
    report = program.report('cleanup', *APPLY, code=0)
    assert {identifier for _, identifier in results(report)} == wanted
    assert set(results(report).values()) == {'removed'}
    gone = before.keys() - world.contrail.objects.keys()
    assert {before[each] for each in gone - wanted if before[each][0] not in DERIVED} == set()
    assert wanted <= gone
    assert program.run('cleanup', '--dry-run', *SCOPE).code == 0


def test_what_a_living_project_uses_is_kept_and_explained(world: World, program: Command) -> None:
    entangle(world.living, world.dead)
    world.end()
    report = program.report('cleanup', '--dry-run', *SCOPE, '--all', code=4)
    squatted = verdict(report, *ref(world.dead['squatted']))
    assert codes(squatted) == {'in-use'}
    assert world.living['squatter'].uuid in str(squatted) or world.living['squatter-ip'].uuid in str(squatted)
    assert codes(verdict(report, *ref(world.dead['borrowed']))) == {'protected'}
    program.report('cleanup', *APPLY, code=(0, 4))
    kept = (*world.living, world.dead['squatted'], world.dead['borrowed'], world.dead.project)
    assert all(world.contrail.has(each) for each in kept)
    assert not world.contrail.has(world.dead['net'])


def test_without_backend_the_next_step_is_told(world: World, program: Command) -> None:
    world.end()
    report = program.report('cleanup', *SCOPE, '--yes-remove', code=4)
    assert world.contrail.has(world.dead['net'])
    assert 'delete-with-addresses' in str(report)


def test_who_is_no_administrator_of_contrail_learns_so(world: World, program: Command) -> None:
    member = dataclasses.replace(
        program,
        extra={
            'OS_CLIENT_CONFIG_FILE': os.devnull,
            'OS_CLOUD': 'envvars',
            'OS_AUTH_URL': world.sandbox.lab.endpoint('keystone'),
            'OS_USERNAME': world.living.project.name[-1],
            'OS_PASSWORD': world.sandbox.lab.password,
            'OS_PROJECT_NAME': world.living.project.name[-1],
            'OS_USER_DOMAIN_NAME': 'Default',
            'OS_PROJECT_DOMAIN_NAME': 'Default',
        },
    )
    for mode in ('rbac', 'cloud-admin'):
        world.contrail.steer(aaa_mode=mode)
        done = member.run('handler', 'try', 'contrail-vn')
        assert done.code, done
        assert 'cloud_admin_role' in done.stdout + done.stderr, done


def test_of_two_servers_one_may_be_down(world: World, program: Command) -> None:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        down = f'http://127.0.0.1:{probe.getsockname()[1]}'
    world.end()
    both = dataclasses.replace(program, configuration=configuration(down, world.contrail.url))
    both.report('cleanup', *APPLY, code=0)
    assert not any(world.contrail.has(each) for each in (*world.dead, world.dead.project))


def test_of_two_servers_of_different_installations_neither_is_believed(
    world: World, program: Command, tmp_path: Path
) -> None:
    world.end()
    other = SimulatedContrail(world.sandbox, tmp_path / 'other.json')
    other.start()
    try:
        before = world.contrail.objects
        for addresses in ((world.contrail.url, other.url), (other.url, world.contrail.url)):
            both = dataclasses.replace(program, configuration=configuration(*addresses))
            report = both.report('cleanup', *APPLY, code=4)
            assert 'not of one installation' in str(report)
        assert world.contrail.objects == before
    finally:
        other.stop()


def test_what_kubernetes_made_in_a_project_of_its_own_stays(world: World, program: Command) -> None:
    client = world.contrail.client
    name = ('default-domain', f'k8s-{world.dead.project.name[-1]}')
    namespace = Home(client, client.make('project', name, parent_type='domain'))
    namespace.port('pod', namespace.network('pods'))
    world.end()
    program.report('cleanup', *APPLY, code=0)
    assert all(world.contrail.has(each) for each in (*namespace, namespace.project))
    assert not world.contrail.has(world.dead['net'])


def test_subnets_that_were_left_behind_are_told_and_stay(world: World, program: Command) -> None:
    subnet = str(uuid.uuid4())
    pair = {'key': subnet, 'value': f'{world.dead["net"].uuid} 10.0.0.0/24'}
    world.contrail.client.ask('POST', '/useragent-kv', {'operation': 'STORE', **pair})
    world.end()
    report = program.report('cleanup', *APPLY, code=0)
    assert [each['ref'] for each in report['run']['left_behind']] == [f'contrail-subnet-key:{subnet}']
    report = program.report('cleanup', '--dry-run', *SCOPE, '--all', code=0)
    assert codes(verdict(report, 'contrail-subnet-key', subnet)) == {'protected'}
    asked = {'operation': 'RETRIEVE', 'key': subnet}
    assert world.contrail.client.ask('POST', '/useragent-kv', asked) == {'value': pair['value']}


def test_what_the_schema_transformer_left_is_told_by_the_run_itself(world: World, program: Command) -> None:
    world.end()
    world.contrail.steer(has_transformer=False)
    group = world.dead['group'].name
    of_group = {each for each, (kind, *name) in world.contrail.objects.items() if (*group,) == (*name[:-1],)}
    path = program.home / 'report.json'
    done = program.run('cleanup', *APPLY, '--report-file', str(path))
    assert done.code == 0, done
    left = {each['ref']: each['why'] for each in read_report(path)['run']['left_behind']}
    why = f'its security-group {world.dead["group"].uuid} is gone'
    assert left == {f'contrail-access-control-list:{each}': why for each in of_group}
    assert len(left) == 2
    assert 'Left behind: contrail-access-control-list 2 (' in done.stderr
    assert program.run('cleanup', '--dry-run', *SCOPE).code == 0


def test_a_server_that_dies_in_the_middle_costs_nothing_of_the_living(world: World, program: Command) -> None:
    world.end()
    before = world.contrail.objects
    revival = world.contrail.revive()
    world.contrail.steer(dies_after=70)
    report = program.report('cleanup', *APPLY, code=(0, 4))
    revival.join()
    told = {identifier for (_, identifier), result in results(report).items() if result == 'removed'}
    assert told
    assert told <= before.keys() - world.contrail.objects.keys()
    program.run('cleanup', *APPLY)
    assert not any(world.contrail.has(each) for each in (*world.dead, world.dead.project))
    assert all(world.contrail.has(each) for each in (*world.living, world.living.project))


def test_without_zookeeper_nothing_is_changed(world: World, program: Command) -> None:
    world.end()
    before = world.contrail.objects
    world.contrail.steer(has_zookeeper=False)
    report = program.report('cleanup', *APPLY, code=4)
    assert 'removed' not in results(report).values()
    assert world.contrail.objects == before


def test_a_referrer_that_appears_after_the_plan_keeps_what_it_uses(world: World, program: Command) -> None:
    world.end()
    plan = str(program.home / 'plan.json')
    program.report('cleanup', '--dry-run', *SCOPE, '--plan-file', plan, code=4)
    world.living.port('late', world.dead['net'])
    report = program.report('cleanup', '--plan', plan, '--backend', '--yes-remove', code=4)
    assert results(report)[ref(world.dead['net'])] != 'removed'
    assert all(
        world.contrail.has(each)
        for each in (world.dead['net'], world.living['late'], world.living['late-ip'])
    )
