"""Trunks: a parent port with subports, none of which can be deleted while the trunk is there."""

import dataclasses
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import NotFound
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

_PORTS = '/ports'


class Trunk(TableHandler):
    """A trunk goes before its ports, which stay, and after the server that its parent port is bound to.

    Neutron refuses to delete a trunk whose parent is bound, where its driver cannot do that (ParentPortInUse).
    """

    kind, service = 'neutron-trunk', networking.SERVICE
    path, key = '/trunks', 'trunks'
    after = ('heat-stack',)
    resource_types = ('OS::Neutron::Trunk',)
    tag_fields, filled = networking.TAGS, frozenset({'port_id'})
    parents = {'port_id': 'neutron-port', 'sub_ports.port_id': 'neutron-port'}
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'trunk', super().listing(cloud, query))

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return trunks with their parent ports."""
        trunks = list(found)
        ports: dict[str, Record] = {}
        if len(trunks) > 1:
            listed = self.api(cloud).pages(_PORTS, 'ports')
            ports = {records.identifier(each, 'neutron-port'): each for each in listed}
        for trunk in trunks:
            name = records.identifier(trunk, self.kind, 'port_id')
            parent = ports.get(name) or self._parent(cloud, name)
            yield {**trunk, 'parent': parent}

    def _parent(self, cloud: Cloud, name: str) -> Record:
        """Return a port that was made after the ports were listed; one that is gone is no server's any more."""
        try:
            document = self.api(cloud).get(f'{_PORTS}/{records.segment(name)}')
        except NotFound:
            return {'id': name, 'device_owner': '', 'device_id': ''}
        return records.one(document, 'port', f'neutron-port {name}')

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        parent = record.get('parent') or {}
        is_bound = str(records.first(parent, 'device_owner') or '').startswith('compute:')
        server = str(records.first(parent, 'device_id') or '')
        blockers = (Ref('nova-server', server),) if is_bound and server else ()
        return dataclasses.replace(super().resource(record), blockers=blockers)
