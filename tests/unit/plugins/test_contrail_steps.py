"""Single steps, lists and looks of Contrail's kinds that no whole run shows."""

import dataclasses
from collections.abc import Sequence

import pytest

from lab.contrail.client import Made
from lab.contrail.estate import Home
from orphancleanup.errors import ApiError, Conflict, IncompleteListing, NotFound
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.contrail_vn import listing
from orphancleanup.plugins.contrail_vn.addresses import InstanceIp
from orphancleanup.plugins.contrail_vn.interface import Interface
from orphancleanup.plugins.contrail_vn.machine import VirtualMachine
from orphancleanup.plugins.contrail_vn.network import Network
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.plugins.contrail_vn.pools import FloatingIpPool
from orphancleanup.plugins.contrail_vn.project import Project
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.fake_contrail import Contrail


@pytest.fixture
def contrail(cloud: FakeCloud) -> Contrail:
    Compute(cloud)
    return Contrail(cloud)


@pytest.fixture
def home(contrail: Contrail) -> Home:
    return contrail.home('alpha')


def seen(cloud: FakeCloud, handler: ContrailHandler, made: Made) -> Resource:
    """Return what a listing and a look say alike."""
    ref = Ref(handler.kind, made.uuid)
    (listed,) = (each for each in handler.discover(cloud) if each.ref == ref)
    assert listed == handler.look(cloud, ref)
    return listed


def names(handler: ContrailHandler, resource: Resource) -> list[tuple[str, Level]]:
    return [(step.name, step.level) for step in handler.ladder(resource)]


def climb(cloud: FakeCloud, handler: ContrailHandler, resource: Resource) -> None:
    for step in handler.ladder(resource):
        step.run(cloud, resource)


def changes(cloud: FakeCloud) -> Sequence[tuple[str, str]]:
    return [(each.method, each.path) for each in cloud.requests if each.method != 'GET']


# Lists


@pytest.mark.parametrize('page', [1, 2, 3, 500])
def test_a_list_is_read_to_its_last_page(
    cloud: FakeCloud, home: Home, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {home.network(f'net-{number}').uuid for number in range(6)}
    monkeypatch.setattr(listing, 'PAGE', page)
    found = [each.id for each in Network().discover(cloud)]
    assert made <= set(found)
    assert len(found) == len(set(found))


def test_a_list_that_goes_round_in_a_circle_is_refused(cloud: FakeCloud) -> None:
    page = {'virtual-networks': [], 'marker': 'again'}
    count = {'virtual-networks': {'count': 0}}
    cloud.route('contrail', 'GET', '/obj-perms', lambda *_: {'is_cloud_admin_role': True})
    cloud.route(
        'contrail', 'GET', '/virtual-networks', lambda _, request: count if 'count' in request.query else page
    )
    with pytest.raises(IncompleteListing, match='circle'):
        list(Network().discover(cloud))


def test_what_others_remove_meanwhile_is_no_damage(cloud: FakeCloud, contrail: Contrail, home: Home) -> None:
    made = home.network('net')
    path = f'/virtual-network/{made.uuid}'
    cloud.before(
        ('contrail', 'GET', '^/virtual-networks$'), lambda _: contrail.ask('DELETE', path) and None, after=1
    )
    assert made.uuid not in [each.id for each in Network().discover(cloud)]


def test_an_object_without_its_name_tells_nothing(cloud: FakeCloud, contrail: Contrail) -> None:
    record = {'uuid': 'one', 'id_perms': {}}
    with pytest.raises(IncompleteListing):
        Network().normal(record)


# Looks


def test_a_project_is_looked_at_in_lists_only(cloud: FakeCloud, contrail: Contrail, home: Home) -> None:
    assert seen(cloud, Project(), home.project).id == home.project.uuid
    living = '5f0c0000-0000-4000-8000-000000000000'
    contrail.identity.names[living.replace('-', '')] = 'unsynced'
    assert Project().look(cloud, Ref('contrail-project', living)) is None
    assert living not in contrail.api.store.objects


def test_a_project_that_is_listed_and_not_shown_is_not_gone(
    cloud: FakeCloud, contrail: Contrail, home: Home
) -> None:
    home.network('net')
    contrail.behaviour.unreadable = [home.project.uuid]
    with pytest.raises(IncompleteListing):
        Project().look(cloud, Ref('contrail-project', home.project.uuid))


# Interfaces and their addresses


def test_an_interface_takes_its_own_addresses_along(cloud: FakeCloud, contrail: Contrail, home: Home) -> None:
    network = home.network('net')
    port = home.port('port', network)
    found = seen(cloud, Interface(), port)
    assert found.holds == (Ref('contrail-instance-ip', home['port-ip'].uuid),)
    assert names(Interface(), found) == [('delete-with-addresses', Level.BACKEND)]
    climb(cloud, Interface(), found)
    assert not contrail.has(port)
    assert not contrail.has(home['port-ip'])


def test_an_address_that_is_gone_already_is_no_obstacle(
    cloud: FakeCloud, contrail: Contrail, home: Home
) -> None:
    port = home.port('port', home.network('net'))
    found = seen(cloud, Interface(), port)
    contrail.ask('DELETE', f'/instance-ip/{home["port-ip"].uuid}')
    climb(cloud, Interface(), found)
    assert not contrail.has(port)


def test_an_interface_without_addresses_is_simply_deleted(cloud: FakeCloud, home: Home) -> None:
    port = home.make(
        'bare', 'virtual-machine-interface', 'bare', virtual_network_refs=[home.network('net').ref]
    )
    assert names(Interface(), seen(cloud, Interface(), port)) == [('delete', Level.API)]


def test_an_address_of_two_is_changed_and_not_taken_along(
    cloud: FakeCloud, contrail: Contrail, home: Home
) -> None:
    network = home.network('net')
    ports = [
        home.make(word, 'virtual-machine-interface', word, virtual_network_refs=[network.ref])
        for word in ('one', 'two')
    ]
    shared = home.address('both', network, *ports)
    found = seen(cloud, Interface(), ports[0])
    assert (found.holds, found.alters) == ((), (Ref('contrail-instance-ip', shared.uuid),))
    climb(cloud, Interface(), found)
    assert contrail.has(shared)
    assert contrail.api.store.objects[shared.uuid].refs.keys() == {network.uuid, ports[1].uuid}
    assert seen(cloud, InstanceIp(), shared).owners == (Ref('contrail-vmi', ports[1].uuid),)


def test_an_address_of_two_belongs_to_their_project_when_it_is_one(
    cloud: FakeCloud, contrail: Contrail, home: Home
) -> None:
    network, other = home.network('net'), contrail.home('beta')
    mine = [home.port(word, network) for word in ('one', 'two')]
    theirs = other.port('three', network)
    same = seen(cloud, InstanceIp(), home.address('same', network, *mine))
    mixed = seen(cloud, InstanceIp(), home.address('mixed', network, mine[0], theirs))
    assert (same.project_id, mixed.project_id) == (home.project.uuid.replace('-', ''), '')


# Virtual machines


def test_a_virtual_machine_is_released_by_its_host_first(cloud: FakeCloud, contrail: Contrail) -> None:
    machine = contrail.client.make('virtual-machine', ('machine',))
    host = contrail.client.make(
        'virtual-router',
        ('default-global-system-config', 'host'),
        parent_type='global-system-config',
        virtual_machine_refs=[machine.ref],
    )
    found = seen(cloud, VirtualMachine(), machine)
    assert [name for name, _ in names(VirtualMachine(), found)] == ['release-host', 'delete']
    climb(cloud, VirtualMachine(), found)
    assert not contrail.has(machine)
    assert contrail.has(host)


def test_a_machine_that_has_an_interface_by_now_is_not_released(
    cloud: FakeCloud, contrail: Contrail, home: Home
) -> None:
    machine = contrail.client.make('virtual-machine', ('machine',))
    contrail.client.make(
        'virtual-router',
        ('default-global-system-config', 'host'),
        parent_type='global-system-config',
        virtual_machine_refs=[machine.ref],
    )
    found = seen(cloud, VirtualMachine(), machine)
    home.port('port', home.network('net'), virtual_machine_refs=[machine.ref])
    cloud.requests.clear()
    release = VirtualMachine().ladder(found)[0]
    with pytest.raises(Conflict):
        release.run(cloud, found)
    assert changes(cloud) == []


def test_a_machine_that_is_gone_is_not_released(cloud: FakeCloud, contrail: Contrail) -> None:
    ghost = Resource(Ref('contrail-virtual-machine', 'ghost'), details={'hosts': ['host']})
    with pytest.raises(NotFound):
        VirtualMachine().ladder(ghost)[0].run(cloud, ghost)


def test_a_machine_of_a_service_is_no_servers(cloud: FakeCloud, contrail: Contrail, home: Home) -> None:
    service = home.make('service', 'service-instance', 'service')
    machine = contrail.client.make('virtual-machine', ('machine',), service_instance_refs=[service.ref])
    found = seen(cloud, VirtualMachine(), machine)
    assert (found.owners, found.parents, found.unused) == ((), (), '')
    assert found.blockers == (Ref('contrail-service-instance', service.uuid),)


# What the server refuses


def test_a_refusal_is_told_in_the_servers_words(cloud: FakeCloud, home: Home) -> None:
    network = home.network('net')
    home.port('port', network)
    with pytest.raises(
        ApiError, match=r'Delete when resource still referred: .*virtual-machine-interface'
    ) as caught:
        Network().delete(cloud, seen(cloud, Network(), network))
    assert caught.value.status == 409


def test_times_are_those_of_the_objects_permissions(cloud: FakeCloud, contrail: Contrail, home: Home) -> None:
    network = home.network('net')
    contrail.age(network)
    found = seen(cloud, Network(), network)
    assert dataclasses.asdict(found)['created_at'].isoformat() == '2025-01-01T00:00:00+00:00'


# What belongs to what


def test_a_pool_is_of_the_project_of_its_network(cloud: FakeCloud, home: Home) -> None:
    network = home.network('net')
    pool = home.below('pool', 'floating-ip-pool', network, 'pool')
    assert seen(cloud, FloatingIpPool(), pool).project_id == home.project.uuid.replace('-', '')
    assert Ref('contrail-floating-ip-pool', pool.uuid) in seen(cloud, Network(), network).blockers


def test_a_pool_whose_network_is_gone_is_nobodys(cloud: FakeCloud, contrail: Contrail, home: Home) -> None:
    network = home.network('net')
    pool = home.below('pool', 'floating-ip-pool', network, 'default-floating-ip-pool')
    contrail.ask('DELETE', f'/virtual-network/{network.uuid}')
    found = seen(cloud, FloatingIpPool(), pool)
    assert (found.project_id, found.parents) == ('', (Ref('contrail-vn', network.uuid),))


def test_a_pool_whose_network_is_damaged_is_not_nobodys(
    cloud: FakeCloud, contrail: Contrail, home: Home
) -> None:
    network = home.network('net')
    home.below('pool', 'floating-ip-pool', network, 'pool')
    contrail.behaviour.unreadable = [network.uuid]
    with pytest.raises(IncompleteListing, match='passed over'):
        list(FloatingIpPool().discover(cloud))


def test_an_interface_of_a_server_is_a_part_of_it(cloud: FakeCloud, contrail: Contrail, home: Home) -> None:
    machine = contrail.client.make('virtual-machine', ('machine',))
    more = {'virtual_machine_refs': [machine.ref], 'virtual_machine_interface_device_owner': 'compute:nova'}
    found = seen(cloud, Interface(), home.port('port', home.network('net'), **more))
    server = Ref('nova-server', machine.uuid)
    assert found.owners == (server,)
    assert server in found.parents


def test_an_interface_of_a_pod_is_no_part_of_a_server(
    cloud: FakeCloud, contrail: Contrail, home: Home
) -> None:
    machine = contrail.client.make('virtual-machine', ('pod',))
    port = home.port('port', home.network('net'), virtual_machine_refs=[machine.ref])
    assert seen(cloud, Interface(), port).owners == ()
