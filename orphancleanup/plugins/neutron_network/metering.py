"""Labels by which Neutron's agents count traffic."""

from collections.abc import Iterator

from orphancleanup.api import Cloud, Query
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class MeteringLabel(TableHandler):
    """A metering label; its rules go with it."""

    kind, service = 'neutron-metering-label', networking.SERVICE
    path, key = '/metering/metering-labels', 'metering_labels'
    after = ('heat-stack',)
    resource_types = ('OS::Neutron::MeteringLabel',)
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'metering', super().listing(cloud, query))
