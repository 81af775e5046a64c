"""``python -m lab.inside.catalog DIR``: the service users and the endpoints in Keystone."""

import sys
from pathlib import Path
from typing import Any

from lab import layout
from lab.inside import cloud

TYPES = {
    'glance': 'image',
    'placement': 'placement',
    'neutron': 'network',
    'nova': 'compute',
    'cinder': 'block-storage',
    'heat': 'orchestration',
}


def fill(identity: Any, lab: layout.Lab) -> None:
    """Make everything that the services need in Keystone, once."""
    project = identity.create_project(name='service', domain_id='default')
    roles = [identity.find_role(name) for name in ('admin', 'service')]
    for name, kind in TYPES.items():
        user = identity.create_user(
            name=name, password=lab.password, domain_id='default', default_project_id=project.id
        )
        for role in roles:
            identity.assign_project_role_to_user(project, user, role)
        publish(identity, name, kind, lab.endpoint(name))
    _prepare_heat(identity, lab.password, roles[0])


def publish(identity: Any, name: str, kind: str, url: str) -> None:
    """Put a service into the catalogue.

    :param kind: its service type.
    """
    service = identity.create_service(name=name, type=kind)
    for interface in ('public', 'internal'):
        identity.create_endpoint(service_id=service.id, interface=interface, url=url, region_id=layout.REGION)


def _prepare_heat(identity: Any, password: str, admin_role: Any) -> None:
    """Make the domain of the users that stacks create."""
    domain = identity.create_domain(name='heat')
    user = identity.create_user(name='heat_domain_admin', password=password, domain_id=domain.id)
    identity.assign_domain_role_to_user(domain, user, admin_role)
    for name in ('heat_stack_user', 'heat_stack_owner'):
        identity.create_role(name=name)


if __name__ == '__main__':
    found = layout.load(Path(sys.argv[1]))
    fill(cloud.admin(found.clouds_yaml).identity, found)
