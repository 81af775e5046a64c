"""What Contrail derives from networks and groups, and sometimes leaves behind: told about, and never removed."""

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from orphancleanup.api import Cloud
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.contrail_vn.homes import homes
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.records import Record

_REASON = (
    'the schema transformer of Contrail makes and removes it; when it was left behind, the documentation '
    'has the way out'
)


class Derived(ContrailHandler):
    """A kind without steps: its orphans are shown, with why they stay. None of them keeps what it was derived from."""

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield records with whether what they were derived from is gone."""
        kept = list(found)
        parents: dict[str, set[str]] = defaultdict(set)
        for each in kept:
            if each['parent_uuid']:
                parents[str(each.get('parent_type'))].add(str(each['parent_uuid']))
        living = {uuid for kind, uuids in parents.items() for uuid in homes(self.api(cloud), kind, uuids)}
        for each in kept:
            yield {**each, 'is_left': bool(each['parent_uuid']) and each['parent_uuid'] not in living}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        found = super().resource(record)
        unused = (
            f'its {record.get("parent_type")} {record["parent_uuid"]} is gone' if record['is_left'] else ''
        )
        return dataclasses.replace(found, protection=_REASON, unused=unused)

    def stayed(self, cloud: Cloud, gone: Collection[Ref]) -> Iterator[Resource]:
        """See :class:`orphancleanup.handler.StaysBehind`."""
        ids = {each.id for each in gone}
        self.require_all(cloud)
        for record in self.listing(cloud):
            if record['parent_uuid'] in ids:
                yield self.resource({**record, 'is_left': True})

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`: none."""
        return ()


class AccessControlList(Derived):
    """The access list of a network or of a security group."""

    kind, type_name = 'contrail-access-control-list', 'access-control-list'
    belongs_to = ('contrail-vn', 'contrail-security-group')
    resource_types = ('OS::ContrailV2::AccessControlList',)


class RoutingInstance(Derived):
    """A routing instance of a network."""

    kind, type_name = 'contrail-routing-instance', 'routing-instance'
    belongs_to = ('contrail-vn',)
    resource_types = ('OS::ContrailV2::RoutingInstance',)


class RouteTarget(Derived):
    """A route target; unused when neither a routing instance nor a router has it."""

    kind, type_name = 'contrail-route-target', 'route-target'
    fields = ('routing_instance_back_refs', 'logical_router_back_refs')
    resource_types = ('OS::ContrailV2::RouteTarget',)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        is_used = any(record[field] for field in self.fields)
        found = super().resource(record)
        return dataclasses.replace(
            found, unused='' if is_used else 'no routing instance and no router has it'
        )
