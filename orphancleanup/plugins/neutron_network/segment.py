"""Segments: what a network is made of underneath."""

from collections.abc import Iterator

from orphancleanup.api import Cloud, Query
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Segment(TableHandler):
    """A segment goes with its network, and never while that stays: Neutron would delete the only one it has."""

    kind, service = 'neutron-segment', networking.SERVICE
    path, key = '/segments', 'segments'
    after = ('heat-stack', 'neutron-subnet', 'neutron-network')
    resource_types = ('OS::Neutron::Segment',)
    # It belongs to no project: its network does.
    project_field = ''
    in_projects = False
    filled = frozenset({'network_id'})
    owners = {'network_id': 'neutron-network'}
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'segment', super().listing(cloud, query))
