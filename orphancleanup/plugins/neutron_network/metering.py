"""Labels by which Neutron's agents count traffic."""

import dataclasses
from collections.abc import Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.model import Resource
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

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; a shared one counts the traffic of all projects."""
        is_for_all = bool(records.present(record, 'shared', self.kind))
        return dataclasses.replace(super().resource(record), is_for_all=is_for_all)
