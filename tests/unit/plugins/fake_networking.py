"""A fake Neutron: it refuses what the real one refuses, takes along what that takes along, and may lack extensions."""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from orphancleanup.errors import ApiError, BadRequest, Conflict, Forbidden, NotFound
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, FakeCloud, Request

SERVICE = 'network'
PROJECT = 'project-1'
AUTO_DELETED = ('network:dhcp', 'network:distributed', 'network:floatingip_agent_gateway')
#: key to path, where it is not the key with hyphens
PATHS = {
    'policies': '/qos/policies',
    'metering_labels': '/metering/metering-labels',
}
KEYS = (
    'floatingips', 'routers', 'ports', 'trunks', 'subnets', 'networks', 'security_groups', 'security_group_rules',
    'subnetpools', 'address_scopes', 'address_groups', 'rbac_policies', 'policies', 'metering_labels', 'segments',
    'quotas',
)  # fmt: skip
SINGULAR = {'policies': 'policy', 'rbac_policies': 'rbac_policy'}
#: the fields that records have besides an id, a name and a project
FIELDS: dict[str, Item] = {
    'floatingips': {
        'floating_network_id': 'net-public', 'router_id': None, 'port_id': None, 'floating_ip_address': '172.24.0.9',
        'port_forwardings': [], 'qos_policy_id': None, 'tags': ['blue'],
    },
    'routers': {'external_gateway_info': None, 'routes': [], 'tags': ['blue']},
    'ports': {
        'network_id': 'net-0', 'security_groups': [], 'fixed_ips': [], 'device_owner': '', 'device_id': '',
        'binding:host_id': '', 'allowed_address_pairs': [], 'qos_policy_id': None, 'tags': ['blue'],
    },
    'trunks': {'port_id': 'port-0', 'sub_ports': [], 'tags': ['blue']},
    'subnets': {'network_id': 'net-0', 'subnetpool_id': None, 'segment_id': None, 'tags': ['blue']},
    'networks': {
        'subnets': [],
        'shared': False,
        'provider:network_type': 'vxlan',
        'qos_policy_id': None,
        'tags': ['blue'],
    },
    'security_groups': {'security_group_rules': [], 'shared': False, 'tags': ['blue']},
    'security_group_rules': {'security_group_id': 'group-0', 'remote_group_id': None},
    'subnetpools': {'address_scope_id': None, 'shared': False, 'is_default': False, 'tags': ['blue']},
    'address_scopes': {'shared': False},
    'address_groups': {'shared': False},
    'rbac_policies': {'object_type': 'network', 'object_id': 'net-0', 'target_tenant': 'project-9'},
    'policies': {'shared': False, 'tags': ['blue']},
    'metering_labels': {'shared': False},
    'segments': {'network_id': 'net-0'},
    'quotas': {'network': 7},
}  # fmt: skip
EXTENSIONS = (
    'address-group', 'address-scope', 'metering', 'qos', 'quota_details', 'rbac-policies', 'router', 'segment', 'trunk',
)  # fmt: skip
_numbers = itertools.count(1)


class Networking:
    """All of a fake Neutron, by the keys of its collections.

    :ivar lists_all: whether the caller is an administrator.
    :ivar own_groups: how many security groups the caller's own project has that are not among the records.
    :ivar extensions: the aliases that it names; a path of one that it lacks is not found.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.lists_all, self.own_groups = True, 1
        self.extensions = set(EXTENSIONS)
        cloud.route(
            SERVICE,
            'GET',
            '/extensions',
            lambda *_: {'extensions': [{'alias': each} for each in sorted(self.extensions)]},
        )
        cloud.route(SERVICE, 'GET', '/quotas/(?P<id>0+)', self._shown_quota)
        cloud.route(SERVICE, 'GET', '/quotas/(?P<id>[^/]+)/details', self._details)
        cloud.route(SERVICE, 'GET', '/security-groups', self._listed_groups)
        cloud.route(SERVICE, 'GET', '/ports', self._listed_ports)
        cloud.route(SERVICE, 'PUT', '/routers/(?P<id>[^/]+)', self._changed_router)
        cloud.route(SERVICE, 'PUT', '/routers/(?P<id>[^/]+)/remove_router_interface', self._removed_interface)
        cloud.route(SERVICE, 'DELETE', '/networks/(?P<id>[^/]+)', self._deleted_network)
        cloud.route(
            SERVICE, 'DELETE', '/floatingips/(?P<id>[^/]+)/port_forwardings/(?P<pf>[^/]+)', self._unforwarded
        )
        self.of = {key: self._collection(key) for key in KEYS}

    def _collection(self, key: str) -> Collection:
        refusals: dict[str, Callable[[Item], ApiError | None]] = {
            'ports': self._port_refusal, 'routers': self._router_refusal, 'networks': self._network_refusal,
            'subnets': self._subnet_refusal, 'floatingips': self._floatingip_refusal,
            'security_groups': self._group_refusal, 'subnetpools': self._pool_refusal, 'trunks': self._trunk_refusal,
        }  # fmt: skip
        options = CollectionOptions(
            all_tenants='', singular=SINGULAR.get(key, ''), refuse=refusals.get(key, lambda _: None)
        )
        return self.cloud.collection(SERVICE, PATHS.get(key, f'/{key.replace("_", "-")}'), key, options)

    def add(self, key: str, **fields: Any) -> Item:
        """Put a record of a collection in; it has all the fields that Neutron's have."""
        number = next(_numbers)
        owner: Item = {} if key == 'segments' else {'project_id': PROJECT}
        basic = {'id': f'{key}-{number}', 'name': f'{key} {number}', **owner}
        if key != 'quotas':
            basic['created_at'] = f'2026-11-20T12:00:{number % 60:02}Z'
        return self.of[key].add(**{**basic, **FIELDS[key], **fields})

    # What it shows

    def _extensions(self, match: re.Match[str], request: Request) -> Item:
        return {'extensions': [{'alias': each} for each in sorted(self.extensions)]}

    def _shown_quota(self, match: re.Match[str], request: Request) -> Item:
        if not self.lists_all:
            raise Forbidden(403, 'rule:get_quota is disallowed by policy', 'req-fake')
        return {'quota': {'network': 100}}

    def _details(self, match: re.Match[str], request: Request) -> Item:
        if 'quota_details' not in self.extensions:
            raise NotFound(404, 'The resource could not be found.', 'req-fake')
        groups = self.of['security_groups'].items.values()
        own = self.own_groups if match['id'] == ADMIN_PROJECT else 0
        used = own + sum(each['project_id'] == match['id'] for each in groups)
        return {'quota': {'security_group': {'limit': 10, 'used': used, 'reserved': 0}}}

    def _listed_groups(self, match: re.Match[str], request: Request) -> Item:
        of = str(request.query.get('project_id', request.project_id))
        groups = self.of['security_groups']
        has_own = self.own_groups and of == ADMIN_PROJECT
        defaults = [each['project_id'] for each in groups.items.values() if each['name'] == 'default']
        if not has_own and of not in defaults:
            self.add('security_groups', name='default', project_id=of)
        return groups.page(request.query, request.project_id, is_project=False)

    def _listed_ports(self, match: re.Match[str], request: Request) -> Item:
        query = dict(request.query)
        asked = query.pop('fixed_ips', [])
        addresses = [asked] if isinstance(asked, str) else list(asked)
        subnets = {each.removeprefix('subnet_id=') for each in addresses}
        group = query.pop('security_groups', '')
        document = self.of['ports'].page(query, request.project_id, is_project=False)
        if subnets:
            document['ports'] = [each for each in document['ports'] if subnets & set(_subnets(each))]
        if group:
            document['ports'] = [each for each in document['ports'] if group in each['security_groups']]
        return document

    # What it does

    def _changed_router(self, match: re.Match[str], request: Request) -> Item:
        router = self.of['routers'].get(match['id'])
        router.update(request.body['router'])
        return {'router': router}

    def _removed_interface(self, match: re.Match[str], request: Request) -> Item:
        router, port = self.of['routers'].get(match['id']), request.body['port_id']
        if router['routes']:
            raise Conflict(409, 'The interface is required by one or more routes.', 'req-fake')
        if any(each['router_id'] == match['id'] for each in self.of['floatingips'].items.values()):
            raise Conflict(409, 'The interface is required by one or more floating IPs.', 'req-fake')
        self.of['ports'].get(port)
        self.of['ports'].remove(port)
        return {}

    def _deleted_network(self, match: re.Match[str], request: Request) -> None:
        self.of['networks'].delete(match['id'])
        for key in ('subnets', 'segments', 'ports', 'rbac_policies'):
            for item in list(self.of[key].items.values()):
                if match['id'] in (item.get('network_id'), item.get('object_id')):
                    self.of[key].remove(item['id'])

    def _unforwarded(self, match: re.Match[str], request: Request) -> None:
        address = self.of['floatingips'].get(match['id'])
        left = [each for each in address['port_forwardings'] if each['id'] != match['pf']]
        if len(left) == len(address['port_forwardings']):
            raise NotFound(404, 'There is no such port forwarding.', 'req-fake')
        address['port_forwardings'] = left

    # What it refuses

    def _ports(self) -> Iterator[Item]:
        return iter(self.of['ports'].items.values())

    def _port_refusal(self, port: Item) -> ApiError | None:
        for trunk in self.of['trunks'].items.values():
            if port['id'] in (trunk['port_id'], *(each['port_id'] for each in trunk['sub_ports'])):
                return Conflict(409, f'Port {port["id"]} is in use by trunk {trunk["id"]}.', 'req-fake')
        if (
            port['device_owner'].startswith('network:router_')
            and port['device_id'] in self.of['routers'].items
        ):
            return Conflict(
                409, f'Port {port["id"]} cannot be deleted directly via the port API.', 'req-fake'
            )
        return None

    def _trunk_refusal(self, trunk: Item) -> ApiError | None:
        parent = self.of['ports'].items.get(trunk['port_id'])
        if parent and parent['device_owner'].startswith('compute:'):
            return Conflict(409, f'Trunk {trunk["id"]} is in use.', 'req-fake')
        return None

    def _router_refusal(self, router: Item) -> ApiError | None:
        left = [
            each['id']
            for each in self._ports()
            if each['device_id'] == router['id'] and not _is_gateway(each)
        ]
        if left:
            return Conflict(
                409, f'Router {router["id"]} has ports still attached: {",".join(left)}', 'req-fake'
            )
        if any(each['router_id'] == router['id'] for each in self.of['floatingips'].items.values()):
            return Conflict(409, 'The gateway is required by one or more floating IPs.', 'req-fake')
        return None

    def _network_refusal(self, network: Item) -> ApiError | None:
        on_it = [each for each in self._ports() if each['network_id'] == network['id']]
        left = [each['id'] for each in on_it if each['device_owner'] not in AUTO_DELETED]
        text = f'There are one or more ports still in use on the network, id for these ports is: {",".join(left)}.'
        return Conflict(409, text, 'req-network') if left else None

    def _subnet_refusal(self, subnet: Item) -> ApiError | None:
        if any(
            subnet['id'] in _subnets(each)
            for each in self._ports()
            if each['device_owner'] not in AUTO_DELETED
        ):
            return Conflict(409, 'One or more ports have an IP allocation from this subnet.', 'req-fake')
        return None

    def _floatingip_refusal(self, address: Item) -> ApiError | None:
        if address['port_forwardings']:
            return Conflict(
                409, f'Floating IP {address["id"]} in use by Port Forwarding resources.', 'req-fake'
            )
        return None

    def _group_refusal(self, group: Item) -> ApiError | None:
        if any(group['id'] in each['security_groups'] for each in self._ports()):
            return Conflict(409, f'Security Group {group["id"]} in use.', 'req-fake')
        return None

    def _pool_refusal(self, pool: Item) -> ApiError | None:
        if any(each['subnetpool_id'] == pool['id'] for each in self.of['subnets'].items.values()):
            return BadRequest(
                400, 'Unable to delete subnet pool: Subnet pool has existing allocations.', 'req-fake'
            )
        return None


def _subnets(port: Item) -> list[str]:
    return [each['subnet_id'] for each in port['fixed_ips']]


def _is_gateway(port: Item) -> bool:
    return bool(port['device_owner'] == 'network:router_gateway')
