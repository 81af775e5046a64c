"""What rules over others: QoS policies, and policies that share something with other projects (RBAC)."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.plugins.neutron_network.floatingip import FloatingIP
from orphancleanup.plugins.neutron_network.network import Network
from orphancleanup.plugins.neutron_network.port import Port
from orphancleanup.plugins.neutron_network.router import Router
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: what a policy shares, as Neutron names it, to the kind; any other is of a kind that nobody knows, which keeps it
SHARED: Mapping[str, str] = {
    'network': 'neutron-network',
    'qos_policy': 'neutron-qos-policy',
    'security_group': 'neutron-security-group',
    'subnetpool': 'neutron-subnetpool',
    'address_scope': 'neutron-address-scope',
    'address_group': 'neutron-address-group',
}


class QosPolicy(TableHandler):
    """A QoS policy with its rules; it goes after what it is applied to."""

    kind, service = 'neutron-qos-policy', networking.SERVICE
    path, key = '/qos/policies', 'policies'
    singular = 'policy'
    after = ('heat-stack', 'neutron-floatingip', 'neutron-router', 'neutron-port', 'neutron-network')
    resource_types = ('OS::Neutron::QoSPolicy',)
    tag_fields = networking.TAGS
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'qos', super().listing(cloud, query))

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return policies with the projects that they are shared with."""
        return networking.shared_with(self, cloud, found, 'qos_policy')

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        is_for_all = bool(records.present(record, 'shared', self.kind))
        return networking.shares(super().resource(record), record, is_for_all)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield what the policy is applied to."""
        for handler in (Network(), Port(), FloatingIP(), Router()):
            # Networks cannot be filtered by their policy.
            yield from networking.users(cloud, resource, handler, {})


class RbacPolicy(TableHandler):
    """A policy that shares something with a project, or with all.

    One that shares with a project that is gone is an orphan; one that shares with a project that lives is none,
    although the project that made it is gone. One for all is what makes its object shared or external: it is a part of
    it, and never goes while that stays.
    """

    kind, service = 'neutron-rbac-policy', networking.SERVICE
    path, key = '/rbac-policies', 'rbac_policies'
    singular = 'rbac_policy'
    after = ('heat-stack', 'neutron-router', 'neutron-port', *SHARED.values())
    resource_types = ('OS::Neutron::RBACPolicy',)
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'rbac-policies', super().listing(cloud, query))

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        shared = records.identifier(record, self.kind, 'object_type')
        kind = SHARED.get(shared) or f'neutron-{shared.replace("_", "-")}'
        thing = Ref(kind, records.identifier(record, self.kind, 'object_id'))
        target = records.identifier(record, self.kind, 'target_tenant')
        plain = super().resource(record)
        if target == networking.EVERYBODY:
            return dataclasses.replace(plain, owners=(thing,))
        return dataclasses.replace(
            plain, goes_with=(thing,), parents=(Ref('keystone-project', target),), serves=frozenset({target})
        )

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the ports of other projects on a network that the policy shares."""
        for thing in (*resource.owners, *resource.goes_with):
            query = {'network_id': thing.id}
            for port in networking.read(cloud, Port(), query) if thing.kind == Network.kind else ():
                if port.project_id not in ('', resource.project_id):
                    yield networking.blocker(port)
