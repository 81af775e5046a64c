"""What the lab holds, told by the services' own APIs through openstacksdk: nothing of orphancleanup is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Ids = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Source:
    """Where one kind is listed."""

    proxy: str
    path: str
    key: str
    microversion: str | None = None


SOURCES: Mapping[str, _Source] = {
    'cinder-volume': _Source('block_storage', '/volumes/detail?all_tenants=1', 'volumes'),
    'cinder-snapshot': _Source('block_storage', '/snapshots/detail?all_tenants=1', 'snapshots'),
    'cinder-backup': _Source('block_storage', '/backups/detail?all_tenants=1', 'backups', '3.18'),
    'cinder-transfer': _Source(
        'block_storage', '/volume-transfers/detail?all_tenants=1', 'transfers', '3.57'
    ),
    'cinder-group': _Source('block_storage', '/groups/detail?all_tenants=1', 'groups', '3.58'),
    'cinder-group-snapshot': _Source(
        'block_storage', '/group_snapshots/detail?all_tenants=1', 'group_snapshots', '3.58'
    ),
    'cinder-attachment': _Source('block_storage', '/attachments?all_tenants=1', 'attachments', '3.27'),
    'nova-server': _Source('compute', '/servers/detail?all_tenants=1', 'servers'),
    'heat-stack': _Source('orchestration', '/stacks?global_tenant=true', 'stacks'),
    'neutron-network': _Source('network', '/networks', 'networks'),
    'neutron-subnet': _Source('network', '/subnets', 'subnets'),
    'neutron-router': _Source('network', '/routers', 'routers'),
    'neutron-security-group': _Source('network', '/security-groups', 'security_groups'),
    'glance-image': _Source('image', '/images', 'images'),
    # Heat keeps projects and users of its stacks in a domain of its own; they go with the stacks.
    'keystone-project': _Source('identity', '/projects?domain_id=default', 'projects'),
    'keystone-user': _Source('identity', '/users?domain_id=default', 'users'),
}


class Witness:
    """An administrator who only looks.

    :param admin: openstacksdk's connection.
    """

    def __init__(self, admin: Any) -> None:
        self._admin = admin

    def records(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return everything of a kind, by id, as the service shows it."""
        source = SOURCES[kind]
        answer = getattr(self._admin, source.proxy).get(source.path, microversion=source.microversion)
        assert answer.status_code == 200, f'{kind}: {answer.status_code} {answer.text}'
        return {record['id']: record for record in answer.json()[source.key]}

    def everything(self) -> Ids:
        """Return all that is there, of all kinds and projects, with every role that anybody has."""
        return frozenset(self._everything())

    def of_project(self, project_id: str) -> Ids:
        """Return what block storage, compute and orchestration keep for a project."""
        names = ('os-vol-tenant-attr:tenant_id', 'os-extended-snapshot-attributes:project_id')
        names += (
            'os-backup-project-attr:project_id',
            'tenant_id',
            'project',
            'project_id',
            'source_project_id',
        )
        return frozenset(
            (kind, identifier)
            for kind in SOURCES
            if kind.startswith(('cinder-', 'nova-', 'heat-'))
            for identifier, record in self.records(kind).items()
            if project_id in [record.get(name) for name in names]
        )

    def roles(self, project_id: str) -> frozenset[str]:
        """Return who has which role in a project, as ``user role`` ids."""
        answer = self._admin.identity.get(f'/role_assignments?scope.project.id={project_id}')
        assert answer.status_code == 200, answer.text
        return frozenset(
            f'{each.get("user", each.get("group"))["id"]} {each["role"]["id"]}'
            for each in answer.json()['role_assignments']
        )

    def _everything(self) -> Iterator[tuple[str, str]]:
        for kind in SOURCES:
            yield from ((kind, identifier) for identifier in self.records(kind))
        answer = self._admin.identity.get('/role_assignments')
        assert answer.status_code == 200, answer.text
        for each in answer.json()['role_assignments']:
            yield 'role', f'{each.get("user")} {each.get("group")} {each["role"]["id"]} {each["scope"]}'
