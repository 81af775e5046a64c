"""Projects and what they share, as an operator finds them before some of them are deleted in Keystone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lab.contrail.client import Client, Made

KINDS = {'virtual-network': 'contrail-vn', 'virtual-machine-interface': 'contrail-vmi'}


def kind_of(type_name: str) -> str:
    """Return a type as orphancleanup spells it."""
    return KINDS.get(type_name, f'contrail-{type_name}')


@dataclass
class Home:
    """One project and what is in it.

    :ivar made: what was made in it, by a word of its own.
    """

    client: Client
    project: Made
    made: dict[str, Made] = field(default_factory=dict)

    def __getitem__(self, word: str) -> Made:
        return self.made[word]

    def __iter__(self) -> Iterator[Made]:
        return iter(self.made.values())

    def make(self, word: str, kind: str, *below: str, **more: Any) -> Made:
        """Make something below the project."""
        parent = {'parent_type': 'project'} if len(below) == 1 else {}
        self.made[word] = self.client.make(kind, (*self.project.name, *below), **parent, **more)
        return self.made[word]

    def network(self, word: str, **more: Any) -> Made:
        """Make a network."""
        return self.make(word, 'virtual-network', word, **more)

    def port(self, word: str, network: Made, **more: Any) -> Made:
        """Make an interface on a network, with an address."""
        port = self.make(word, 'virtual-machine-interface', word, virtual_network_refs=[network.ref], **more)
        self.address(f'{word}-ip', network, port)
        return port

    def address(self, word: str, network: Made, *ports: Made) -> Made:
        """Make an address that interfaces have."""
        self.made[word] = self.client.make(
            'instance-ip',
            (f'{self.project.uuid}-{word}',),
            virtual_network_refs=[network.ref],
            virtual_machine_interface_refs=[each.ref for each in ports],
        )
        return self.made[word]

    def floating_ip(self, word: str, pool: Made, *ports: Made) -> Made:
        """Make a floating IP of this project in a pool."""
        self.made[word] = self.client.make(
            'floating-ip',
            (*pool.name, f'{self.project.uuid}-{word}'),
            parent_type='floating-ip-pool',
            project_refs=[self.project.ref],
            virtual_machine_interface_refs=[each.ref for each in ports],
        )
        return self.made[word]

    def below(self, word: str, kind: str, parent: Made, name: str, **more: Any) -> Made:
        """Make something below something else than the project."""
        self.made[word] = self.client.make(kind, (*parent.name, name), parent_type=parent.type, **more)
        return self.made[word]


def settle(living: Home, dying: Home) -> None:
    """Make all that there is in both; what is there already is left alone. Of one, nobody else uses anything."""
    public = living.network('public', router_external=True)
    pool = living.below('pool', 'floating-ip-pool', public, 'public')
    lent = living.network('lent', is_shared=True)
    own = living.network('net')
    living.floating_ip('floating-ip', pool, living.port('port', own))
    dying.port('guest', lent)
    settle_alone(dying, pool)


def entangle(living: Home, dying: Home) -> None:
    """Let a living project use what is another one's: a network that is shared with it, and one that is not."""
    living.port('visitor', dying.network('borrowed', is_shared=True))
    living.port('squatter', dying.network('squatted'))


def settle_alone(dying: Home, pool: Made) -> None:
    """Make what nobody else uses: one of each type."""
    client = dying.client
    policy = dying.make('policy', 'network-policy', 'policy')
    ipam = dying.make('ipam', 'network-ipam', 'ipam')
    table = dying.make('table', 'route-table', 'table')
    group = dying.make('group', 'security-group', 'group')
    network = dying.network(
        'net', network_policy_refs=[policy.ref], network_ipam_refs=[ipam.ref], route_table_refs=[table.ref]
    )
    port = dying.port('port', network, security_group_refs=[group.ref])
    dying.floating_ip('floating-ip', pool, port)
    gate = dying.port('gate', network)
    dying.make('router', 'logical-router', 'router', virtual_machine_interface_refs=[gate.ref])
    dying.made['machine'] = client.make('virtual-machine', (f'{dying.project.uuid}-machine',))
    dying.port(
        'machine-port',
        network,
        virtual_machine_refs=[dying['machine'].ref],
        virtual_machine_interface_device_owner='compute:nova',
    )
    dying.below('default-pool', 'floating-ip-pool', network, 'default-floating-ip-pool')
    aliases = dying.below('aliases', 'alias-ip-pool', network, 'aliases')
    dying.below(
        'alias',
        'alias-ip',
        aliases,
        'alias',
        project_refs=[dying.project.ref],
        virtual_machine_interface_refs=[port.ref],
    )
    dying.below('bridge', 'bridge-domain', network, 'bridge')
