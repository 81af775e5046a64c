"""All that a dead project leaves in Neutron goes in one run; what others use stays, and looking makes nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.functional import databases
from tests.functional.command import Command, results, selected, verdict
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins.neutron import Neutron
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

Make = Callable[[str], Neutron]


@pytest.fixture
def make(sandbox: Sandbox) -> Iterator[Make]:
    """Return what makes a project and its networking; all of it is taken away afterwards."""
    made: list[Neutron] = []

    def make(name: str) -> Neutron:
        made.append(Neutron(sandbox.project(name), sandbox.admin.network))
        return made[-1]

    yield make
    for each in made:
        each.clear()


def fill(neutron: Neutron) -> dict[str, str]:
    """Leave one of everything in a project, all of it in use; return kind to id."""
    policy = neutron.make('/qos/policies', name='policy')['id']
    scope = neutron.make('/address-scopes', name='scope', ip_version=4)['id']
    pool = neutron.make('/subnetpools', name='pool', prefixes=['10.70.0.0/16'], address_scope_id=scope)['id']
    addresses = neutron.make('/address-groups', name='addresses', addresses=['10.0.0.0/8'])['id']
    group = neutron.make('/security-groups', name='group')['id']
    rule = {'direction': 'ingress', 'remote_address_group_id': addresses}
    neutron.make('/security-group-rules', security_group_id=group, **rule)
    network = neutron.make('/networks', name='net', qos_policy_id=policy)['id']
    subnet = neutron.make('/subnets', network_id=network, ip_version=4, subnetpool_id=pool, prefixlen=24)
    router = neutron.router(subnet['id'])
    hop = subnet['allocation_pools'][0]['end']
    neutron.put(f'/routers/{router}', router={'routes': [{'destination': '192.168.9.0/24', 'nexthop': hop}]})
    port, parent, child = (
        neutron.make('/ports', network_id=network, security_groups=[group]) for _ in range(3)
    )
    subport = {'port_id': child['id'], 'segmentation_type': 'vlan', 'segmentation_id': 7}
    trunk = neutron.make('/trunks', port_id=parent['id'], sub_ports=[subport])['id']
    neutron.put(f'/quotas/{neutron.id}', quota={'network': 7})
    return {
        'neutron-qos-policy': policy,
        'neutron-address-scope': scope,
        'neutron-subnetpool': pool,
        'neutron-address-group': addresses,
        'neutron-security-group': group,
        'neutron-network': network,
        'neutron-subnet': subnet['id'],
        'neutron-router': router,
        'neutron-port': port['id'],
        'neutron-trunk': trunk,
        'neutron-floatingip': forwarded(neutron, port),
        'neutron-metering-label': neutron.make('/metering/metering-labels', name='label')['id'],
        'neutron-quota': neutron.id,
    }


def forwarded(neutron: Neutron, port: dict[str, Any]) -> str:
    """Make a floating IP that forwards to a port."""
    address = neutron.make('/floatingips', floating_network_id=neutron.public)['id']
    to = {'internal_port': 22, 'internal_port_id': port['id']}
    body = {
        'protocol': 'tcp',
        'external_port': 2222,
        'internal_ip_address': port['fixed_ips'][0]['ip_address'],
        **to,
    }
    answer = neutron.admin.post(f'/floatingips/{address}/port_forwardings', json={'port_forwarding': body})
    assert answer.status_code == 201, answer.text
    return str(address)


def test_a_dead_project_leaves_nothing_behind_and_its_neighbour_everything(
    sandbox: Sandbox, make: Make, command: Command
) -> None:
    dead, neighbour = make('dead-net'), make('neighbour-net')
    made = fill(dead)
    fill(neighbour)
    beside = neighbour.left()
    sandbox.kill_project(dead.project)
    scope = ('--orphans', '--project', dead.id)
    before = databases.read(command.lab)
    seen = command.report('cleanup', '--dry-run', *scope, code=4)
    assert databases.differences(before, databases.read(command.lab)) == []
    assert set(made.items()) <= selected(seen)
    applied = command.report('cleanup', *scope, '--yes-remove', code=0)
    assert set(results(applied).values()) == {'removed'}
    assert dead.left() == set()
    assert neighbour.left() == beside
    assert dead.id not in str(dead.all('/quotas'))


def test_a_network_that_a_living_project_uses_is_kept_with_its_subnet_and_its_router(
    sandbox: Sandbox, make: Make, command: Command
) -> None:
    dead, living = make('sharing-net'), make('guest-net')
    network, subnet = dead.network()
    router = dead.router(subnet)
    port = living.make('/ports', network_id=network)['id']
    sandbox.kill_project(dead.project)
    scope = ('--orphans', '--project', dead.id)
    seen = command.report('cleanup', '--dry-run', *scope, code=(0, 4))
    for kind, identifier in (
        ('neutron-network', network),
        ('neutron-subnet', subnet),
        ('neutron-router', router),
    ):
        assert verdict(seen, kind, identifier)['decision'] == 'keep', kind
    assert port in str(verdict(seen, 'neutron-network', network)['guards'])
    command.report('cleanup', *scope, '--yes-remove', code=(0, 4))
    assert {('/networks', network), ('/subnets', subnet), ('/routers', router)} <= dead.left()
    assert living.own('/ports') == {port}


def test_what_came_after_the_plan_keeps_its_network_and_is_named(make: Make, command: Command) -> None:
    neutron = make('late-net')
    network, _ = neutron.network()
    plan = str(command.home / 'plan.json')
    command.report(
        'cleanup', '--dry-run', '--resource', f'neutron-network:{network}', '--plan-file', plan, code=4
    )
    port = neutron.make('/ports', network_id=network, name='late')['id']
    applied = command.report('cleanup', '--plan', plan, '--yes-remove', code=4)
    (told,) = (each for each in applied['outcomes'] if each['kind'] == 'neutron-network')
    (blocker,) = (each['text'] for each in told['evidence'] if each['source'] == 'blocker')
    assert blocker == (
        f'neutron-port:{port} (late) of project {neutron.id} needs it; it is kept: the plan does not name it'
    )
    assert neutron.own('/networks') == {network}
