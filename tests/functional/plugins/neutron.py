"""What tests make in the lab's Neutron, by its own API; and the taking away of what a sandbox does not know."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lab.scenarios.project import Project

#: what is named otherwise than its path, without the hyphens and the plural
_KEYS = {
    '/qos/policies': 'policy',
    '/rbac-policies': 'rbac_policy',
    '/metering/metering-labels': 'metering_label',
    '/metering/metering-label-rules': 'metering_label_rule',
}
#: the order in which things go
_PATHS = (
    '/trunks', '/floatingips', '/routers', '/ports', '/networks', '/security-groups', '/subnetpools', '/address-scopes',
    '/address-groups', '/rbac-policies', '/qos/policies', '/metering/metering-labels',
)  # fmt: skip


@dataclass
class Neutron:
    """The networking of one project.

    :ivar admin: the network proxy of openstacksdk, as an administrator.
    """

    project: Project
    admin: Any
    _made: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.project.project_id

    def make(self, path: str, **fields: Any) -> dict[str, Any]:
        """Make something that belongs to the project, and return its record."""
        key = _KEYS.get(path) or path.strip('/').replace('-', '_')[:-1]
        owner = {} if path == '/segments' else {'project_id': self.id}
        answer = self.admin.post(path, json={key: {**owner, **fields}})
        assert answer.status_code == 201, f'{path}: {answer.status_code} {answer.text}'
        record: dict[str, Any] = answer.json()[key]
        return record

    def network(self, cidr: str = '10.20.0.0/24', **fields: Any) -> tuple[str, str]:
        """Make a network with a subnet; return the ids of both."""
        network = self.make('/networks', **fields)['id']
        return network, self.make('/subnets', network_id=network, ip_version=4, cidr=cidr)['id']

    def router(self, subnet: str, **fields: Any) -> str:
        """Make a router that joins a subnet, and the public network."""
        public = {'network_id': self.public}
        router = self.make('/routers', external_gateway_info=public, **fields)['id']
        self.put(f'/routers/{router}/add_router_interface', subnet_id=subnet)
        return str(router)

    @property
    def public(self) -> str:
        """The id of the lab's public network."""
        return str(self.admin.find_network('public').id)

    def put(self, path: str, **body: Any) -> dict[str, Any]:
        """Change something."""
        answer = self.admin.put(path, json=body)
        assert answer.status_code == 200, f'{path}: {answer.status_code} {answer.text}'
        changed: dict[str, Any] = answer.json()
        return changed

    def all(self, path: str) -> list[dict[str, Any]]:
        """Return the records of all projects."""
        (listed,) = (
            value for name, value in self.admin.get(path).json().items() if not name.endswith('_links')
        )
        return list(listed)

    def own(self, path: str) -> set[str]:
        """Return the ids of what belongs to the project."""
        return {each['id'] for each in self.all(path) if each.get('project_id') == self.id}

    def left(self) -> set[tuple[str, str]]:
        """Return everything that belongs to the project."""
        return {(path, each) for path in (*_PATHS, '/subnets') for each in self.own(path)}

    def clear(self) -> None:
        """Take everything away; the default group last, since whoever looks for groups makes it."""
        for router in self.own('/routers'):
            self.admin.put(f'/routers/{router}', json={'router': {'routes': []}})
        for path in _PATHS:
            for each in self.own(path):
                self._prepare(path, each)
                self.admin.delete(f'{path}/{each}')
        self.admin.delete(f'/quotas/{self.id}')

    def _prepare(self, path: str, identifier: str) -> None:
        if path == '/floatingips':
            for each in self._forwardings(identifier):
                self.admin.delete(f'/floatingips/{identifier}/port_forwardings/{each}')
        if path == '/routers':
            for port in self.all(f'/ports?device_id={identifier}'):
                self.admin.put(f'/routers/{identifier}/remove_router_interface', json={'port_id': port['id']})

    def _forwardings(self, identifier: str) -> Iterator[str]:
        for each in self.all(f'/floatingips/{identifier}/port_forwardings'):
            yield each['id']
