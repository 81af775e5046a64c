"""Every kind of Contrail keeps the contract; what the API server does differently is overridden in sight."""

import uuid
from collections.abc import Callable

import pytest

from lab.contrail.client import Made
from lab.contrail.estate import Home
from orphancleanup.errors import CloudError, IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Resource
from orphancleanup.plugins.contrail_vn.addresses import AliasIp, FloatingIp, InstanceIp
from orphancleanup.plugins.contrail_vn.interface import Interface
from orphancleanup.plugins.contrail_vn.logical_router import LogicalRouter
from orphancleanup.plugins.contrail_vn.machine import VirtualMachine
from orphancleanup.plugins.contrail_vn.network import Network
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.plugins.contrail_vn.pools import AliasIpPool, BridgeDomain, FloatingIpPool
from orphancleanup.plugins.contrail_vn.project import Project
from orphancleanup.plugins.contrail_vn.rules import NetworkIpam, NetworkPolicy, RouteTable, SecurityGroup
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.fake_contrail import Contrail

Make = Callable[[Home, str], Made]


class ContrailConformance(HandlerConformance):
    """What holds for all kinds of Contrail."""

    handler_class: type[ContrailHandler]

    def make(self, home: Home, word: str) -> Made:
        """Make one of the kind that nothing keeps."""
        raise NotImplementedError

    @pytest.fixture
    def handler(self) -> Handler:
        return self.handler_class()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            contrail, _ = Contrail(cloud), Compute(cloud)
            vars(cloud)['contrail'] = contrail
            homes = [contrail.home('alpha'), contrail.home('beta')]
            for number in range(count):
                self.make(homes[number % 2], f'one-{number}')

        return seed

    def choose(self, handler: Handler, cloud: FakeCloud) -> Resource:
        """Choose one that Contrail does not keep for itself."""
        found = [each for each in handler.discover(cloud) if not each.protection]
        return min(found, key=lambda each: (each.name, each.ref))

    def vanish(self, cloud: FakeCloud, resource: Resource) -> None:
        """Take it out of the server, whatever refers to it."""
        store = vars(cloud)['contrail'].api.store
        store.remove(store.objects[resource.id])

    def test_a_record_without_its_id_is_refused(self, subject: Subject) -> None:
        """The id is the uuid."""

        def strip(_: int, request: object, document: object) -> object:
            return _without(document, 'uuid')

        cloud = subject.cloud()
        for read in subject.readings(subject.victim(cloud).ref).values():
            with pytest.raises(CloudError):
                read(ObservedCloud(cloud, rewrite=strip))

    def test_whoever_owns_it_it_is_listed(self, subject: Subject) -> None:
        """The owner is the parent, whose uuid is Keystone's id with dashes."""
        cloud = subject.cloud()
        projects = {uuid.UUID(each.uuid).hex for each in vars(cloud)['contrail'].api.store.of_type('project')}
        owners = {each.project_id for each in subject.discover(cloud)} - {''}
        assert owners <= projects

    def test_a_listing_that_says_it_was_cut_is_refused(self, subject: Subject) -> None:
        """The server never says so; fewer than it counts are no whole list."""
        cloud = subject.cloud()
        vars(cloud)['contrail'].behaviour.unreadable = [subject.victim(cloud).id]
        with pytest.raises(IncompleteListing, match='passed over the others without a word'):
            subject.discover(cloud)


def _without(document: object, field: str) -> object:
    if isinstance(document, dict):
        return {name: _without(each, field) for name, each in document.items() if name != field}
    if isinstance(document, list):
        return [_without(each, field) for each in document]
    return document


class OfProject(ContrailConformance):
    """Kinds that are below a project."""

    def make(self, home: Home, word: str) -> Made:
        return home.make(word, self.handler_class.type_name, word)


class OfNetwork(ContrailConformance):
    """Kinds that are below a network."""

    def make(self, home: Home, word: str) -> Made:
        network = home.make('net', 'virtual-network', 'net')
        return home.below(word, self.handler_class.type_name, network, word)


class TestNetwork(ContrailConformance):
    handler_class = Network

    def make(self, home: Home, word: str) -> Made:
        return home.network(word)

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        contrail: Contrail = vars(cloud)['contrail']
        network = contrail.api.store.objects[resource.id]
        Home(contrail.client, Made('project', '', network.name[:-1])).make(
            'port',
            'virtual-machine-interface',
            'port',
            virtual_network_refs=[{'to': list(network.name), 'uuid': network.uuid}],
        )


class TestInterface(ContrailConformance):
    handler_class = Interface

    def make(self, home: Home, word: str) -> Made:
        network = home.make('net', 'virtual-network', 'net')
        return home.make(word, 'virtual-machine-interface', word, virtual_network_refs=[network.ref])


class TestInstanceIp(ContrailConformance):
    handler_class = InstanceIp
    is_global = True

    def make(self, home: Home, word: str) -> Made:
        network = home.make('net', 'virtual-network', 'net')
        port = home.make(word, 'virtual-machine-interface', word, virtual_network_refs=[network.ref])
        return home.address(word, network, port)


class TestFloatingIpPool(OfNetwork):
    handler_class = FloatingIpPool


class TestFloatingIp(ContrailConformance):
    handler_class = FloatingIp

    def make(self, home: Home, word: str) -> Made:
        network = home.make('net', 'virtual-network', 'net')
        return home.floating_ip(word, home.below('pool', 'floating-ip-pool', network, 'pool'))


class TestAliasIpPool(OfNetwork):
    handler_class = AliasIpPool


class TestAliasIp(ContrailConformance):
    handler_class = AliasIp

    def make(self, home: Home, word: str) -> Made:
        network = home.make('net', 'virtual-network', 'net')
        pool = home.below('pool', 'alias-ip-pool', network, 'pool')
        return home.below(word, 'alias-ip', pool, word, project_refs=[home.project.ref])


class TestBridgeDomain(OfNetwork):
    handler_class = BridgeDomain


class TestLogicalRouter(OfProject):
    handler_class = LogicalRouter


class TestVirtualMachine(ContrailConformance):
    handler_class = VirtualMachine
    is_global = True

    def make(self, home: Home, word: str) -> Made:
        return home.client.make('virtual-machine', (f'{home.project.uuid}-{word}',))


class TestSecurityGroup(OfProject):
    handler_class = SecurityGroup


class TestNetworkPolicy(OfProject):
    handler_class = NetworkPolicy


class TestNetworkIpam(OfProject):
    handler_class = NetworkIpam


class TestRouteTable(OfProject):
    handler_class = RouteTable


class TestProject(ContrailConformance):
    handler_class = Project
    # A look reads the list, so that the suite does not know where one is.
    may_touch = {'delete': ('/project',)}

    def make(self, home: Home, word: str) -> Made:
        name = ('default-domain', f'{home.project.name[-1]}-{word}')
        return home.client.make('project', name, parent_type='domain', uuid=str(uuid.uuid4()))
