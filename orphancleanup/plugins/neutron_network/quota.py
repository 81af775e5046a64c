"""Quotas of projects that have others than the default ones."""

import dataclasses

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

_WHOSE = frozenset({'id', 'project_id', 'tenant_id'})


class Quota(TableHandler):
    """The quotas of one project, under the project's id; removed, the project has the default ones again.

    Neutron shows quotas for any id that it is asked for, so that only its list tells which projects have their own.
    """

    kind, service = 'neutron-quota', networking.SERVICE
    path, key = '/quotas', 'quotas'
    require_all = staticmethod(networking.require_administrator)

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """See :meth:`TableHandler.record`."""
        self.require_all(cloud)
        listed = self.listing(cloud)
        return next(
            (each for each in listed if records.required(each, 'project_id', self.kind) == ref.id), None
        )

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource({**record, 'id': records.identifier(record, self.kind, 'project_id')})
        limits = {name: limit for name, limit in record.items() if name not in _WHOSE}
        return dataclasses.replace(plain, mark=records.mark(limits), values=limits)
