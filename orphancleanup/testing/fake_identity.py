"""The fake cloud's Keystone: its projects, and the roles in them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from orphancleanup.errors import NotFound
from orphancleanup.model import CloudIdentity, Project
from orphancleanup.testing.fake_service import Request


@dataclass(slots=True)
class Roles:
    """Roles and who has them.

    :param ids: name to id.
    :param assigned: project id, user id and role id of every direct assignment.
    :param is_truncated: whether the listing of the projects says that it was cut off.
    """

    ids: dict[str, str] = field(default_factory=lambda: {'admin': 'role-admin', 'member': 'role-member'})
    assigned: set[tuple[str, str, str]] = field(default_factory=set)
    is_truncated: bool = False


class House(Protocol):
    """What Keystone needs of the fake cloud that it is brought into."""

    identity: CloudIdentity
    projects: dict[str, Project]
    unlisted: set[str]
    shut: set[str]
    roles: Roles

    def service_types(self) -> Iterable[str]:
        """Return the types of all services."""

    def route(
        self, service: str, method: str, path: str, answer: Callable[[re.Match[str], Request], Any]
    ) -> None:
        """Answer requests with this method to this path."""


def install(cloud: House) -> None:
    """Bring Keystone into a fake cloud."""
    grant = '/projects/(?P<project>[^/]+)/users/(?P<user>[^/]+)/roles/(?P<role>[^/]+)'

    def assignment(match: re.Match[str], request: Request) -> None:
        _assignment(cloud, match, request.method)

    cloud.route('identity', 'GET', '/projects', lambda _, request: _projects(cloud, request))
    cloud.route('identity', 'GET', '/auth/projects', lambda *_: _open_projects(cloud))
    cloud.route('identity', 'GET', '/projects/(?P<id>[^/]+)', lambda match, _: _found(cloud, match['id']))
    cloud.route('identity', 'GET', '/services', lambda *_: _services(cloud))
    cloud.route('identity', 'GET', '/endpoints', lambda *_: _endpoints(cloud))
    cloud.route('identity', 'GET', '/roles', lambda _, request: _roles(cloud, request))
    for method in ('GET', 'PUT', 'DELETE'):
        cloud.route('identity', method, grant, assignment)


def _projects(cloud: House, request: Request) -> dict[str, Any]:
    # Keystone shows the projects that stand for domains only when asked for them, and then no others.
    if str(request.query.get('is_domain', 'false')).lower() in ('true', '1'):
        listed = _domains(cloud)
    else:
        listed = {identifier: _project(project) for identifier, project in cloud.projects.items()}
    projects = [project for identifier, project in listed.items() if identifier not in cloud.unlisted]
    document = {'projects': projects, 'links': {'next': None, 'self': 'http://fake/identity/v3/projects'}}
    return {**document, 'truncated': True} if cloud.roles.is_truncated else document


def _open_projects(cloud: House) -> dict[str, Any]:
    projects = [
        _project(each) for each in cloud.projects.values() if each.is_enabled and each.id not in cloud.shut
    ]
    return {'projects': projects, 'links': {'next': None, 'self': 'http://fake/identity/v3/auth/projects'}}


def _found(cloud: House, identifier: str) -> dict[str, Any]:
    known = {**_domains(cloud), **{project.id: _project(project) for project in cloud.projects.values()}}
    if identifier not in known:
        raise NotFound(404, f'Could not find project: {identifier}.', 'req-fake')
    return {'project': known[identifier]}


def _domains(cloud: House) -> dict[str, dict[str, Any]]:
    domains = sorted({project.domain_id for project in cloud.projects.values() if project.domain_id})
    return {
        each: {'id': each, 'name': each, 'domain_id': None, 'enabled': True, 'is_domain': True}
        for each in domains
    }


def _services(cloud: House) -> dict[str, Any]:
    services = [
        {'id': f'service-{each}', 'type': each, 'name': each, 'enabled': True}
        for each in cloud.service_types()
    ]
    return {'services': services, 'links': {'next': None}}


def _endpoints(cloud: House) -> dict[str, Any]:
    region = cloud.identity.region
    endpoints = [
        {
            'id': f'endpoint-{each}',
            'service_id': f'service-{each}',
            'interface': 'public',
            'region': region,
            'region_id': region,
            'url': f'http://fake/{each}',
            'enabled': True,
        }
        for each in cloud.service_types()
    ]
    return {'endpoints': endpoints, 'links': {'next': None}}


def _project(project: Project) -> dict[str, Any]:
    return {
        'id': project.id,
        'name': project.name,
        'domain_id': project.domain_id,
        'enabled': project.is_enabled,
        'is_domain': False,
    }


def _roles(cloud: House, request: Request) -> dict[str, Any]:
    wanted = request.query.get('name')
    return {'roles': [{'id': i, 'name': n} for n, i in cloud.roles.ids.items() if wanted in (None, n)]}


def _assignment(cloud: House, match: re.Match[str], method: str) -> None:
    project, user, role = match.group('project', 'user', 'role')
    if project not in cloud.projects:
        raise NotFound(404, f'Could not find project: {project}.', 'req-fake')
    if method == 'PUT':
        cloud.roles.assigned.add((project, user, role))
        return
    if (project, user, role) not in cloud.roles.assigned:
        raise NotFound(404, 'Could not find role assignment.', 'req-fake')
    if method == 'DELETE':
        cloud.roles.assigned.discard((project, user, role))
