"""Ports of Neutron: most are a part of something else, which takes them along."""

import dataclasses

from orphancleanup import records
from orphancleanup.model import Ref, Resource
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: how the word for what a port was made for begins, to the kind of that; an owner of a kind that nobody knows keeps it
OWNERS = {
    'compute:': 'nova-server',
    'network:router_': 'neutron-router',
    'network:ha_router_': 'neutron-router',
    'network:floatingip': 'neutron-floating-ip',
    'trunk:': 'neutron-trunk',
    'Octavia': 'octavia-load-balancer',
    'baremetal:': 'ironic-node',
}


class Port(TableHandler):
    """A port of Neutron."""

    kind = 'neutron-port'
    service = 'network'
    path = '/ports'
    key = 'ports'
    after = ('nova-server',)
    resource_types = ('OS::Neutron::Port',)
    tag_fields = ('tags',)
    filled = frozenset({'network_id'})
    parents = {'network_id': 'neutron-network', 'security_groups': 'neutron-security-group'}

    def resource(self, record: Record) -> Resource:
        plain = super().resource(record)
        # Administrators only are shown this one: to anybody else a listing is not the whole.
        records.present(record, 'binding:host_id', self.kind)
        made_for = records.required(record, 'device_owner', self.kind)
        if made_for == 'network:dhcp':
            network = tuple(each for each in plain.parents if each.kind == 'neutron-network')
            return dataclasses.replace(plain, owners=network, parents=())
        owners = _owners(made_for, records.required(record, 'device_id', self.kind))
        is_strange = made_for and not owners
        protection = f'it was made for {made_for!r}, of which nothing is known' if is_strange else ''
        return dataclasses.replace(plain, owners=owners, protection=protection)


def _owners(made_for: str, identifier: str) -> tuple[Ref, ...]:
    found = [kind for begin, kind in OWNERS.items() if made_for.startswith(begin)]
    return (Ref(found[0], identifier),) if found and identifier else ()
