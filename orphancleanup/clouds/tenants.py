"""Which tenants exist: all of them, in all domains, disabled ones included."""

from collections.abc import Mapping
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import IncompleteListing
from orphancleanup.model import Tenant


def read_tenants(cloud: Cloud) -> Mapping[str, Tenant]:
    """Answer every tenant that exists, by id; what is not in it is missing.

    Keystone lists the projects of all domains to an administrator, Heat's stack users' domain included, but those
    that stand for domains only with ``is_domain=true``, and then no others (Identity API, "List projects").

    :raises IncompleteListing: when the list cannot be the whole: it is empty, cut off, or lacks our own project.
    """
    identity = cloud.service('identity')
    tenants: dict[str, Tenant] = {}
    for query in ({}, {'is_domain': 'true'}):
        for project in identity.pages('/projects', 'projects', query):
            tenant = _tenant(project)
            tenants[tenant.id] = tenant
    if cloud.project_id not in tenants:
        raise IncompleteListing(
            f'Keystone lists {len(tenants)} projects, but not {cloud.project_id}, from which we ask: the list cannot '
            f'be the whole; use the credentials of an administrator of the cloud.'
        )
    return tenants


def _tenant(project: Mapping[str, Any]) -> Tenant:
    try:
        return Tenant(
            id=str(project['id']),
            name=str(project['name']),
            domain_id=str(project.get('domain_id') or ''),
            is_enabled=bool(project.get('enabled', True)),
        )
    except KeyError as error:
        raise IncompleteListing(f'Keystone lists a project without its {error}.') from error
