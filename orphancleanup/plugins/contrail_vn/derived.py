"""What Contrail derives from networks and groups, and sometimes leaves behind: told about, and never removed."""

import dataclasses
from collections.abc import Sequence

from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.records import Record

_REASON = 'the schema transformer of Contrail makes and removes it; when it was left behind, the documentation tells what to do'


class Derived(ContrailHandler):
    """A kind without steps: its orphans are shown, with why they stay."""

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        return dataclasses.replace(super().resource(record), protection=_REASON)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`: none."""
        return ()


class AccessControlList(Derived):
    """The access list of a network or of a security group."""

    kind, type_name = 'contrail-access-control-list', 'access-control-list'
    path, key = '/access-control-list', 'access-control-lists'
    resource_types = ('OS::ContrailV2::AccessControlList',)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        kinds = {'virtual-network': 'contrail-vn', 'security-group': 'contrail-security-group'}
        kind = kinds.get(str(record.get('parent_type')))
        parents = (Ref(kind, str(record['parent_uuid'])),) if kind and record['parent_uuid'] else ()
        return dataclasses.replace(super().resource(record), parents=parents)


class RoutingInstance(Derived):
    """A routing instance of a network."""

    kind, type_name = 'contrail-routing-instance', 'routing-instance'
    path, key = '/routing-instance', 'routing-instances'
    parents = {'parent_uuid': 'contrail-vn'}
    resource_types = ('OS::ContrailV2::RoutingInstance',)


class RouteTarget(Derived):
    """A route target; unused when neither a routing instance nor a router has it."""

    kind, type_name = 'contrail-route-target', 'route-target'
    path, key = '/route-target', 'route-targets'
    fields = ('routing_instance_back_refs', 'logical_router_back_refs')
    resource_types = ('OS::ContrailV2::RouteTarget',)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        is_used = any(record[field] for field in self.fields)
        found = super().resource(record)
        return dataclasses.replace(
            found, unused='' if is_used else 'no routing instance and no router has it'
        )
