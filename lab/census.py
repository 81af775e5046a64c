"""What every service itself says is there: ids of all that a test run could touch."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Census = Mapping[str, frozenset[str]]


def census(admin: Any) -> Census:
    """Return kind to the ids of all that there is of it, in all projects.

    :param admin: openstacksdk's connection.
    """
    users = list(admin.identity.users())
    counted: dict[str, Callable[[], Iterable[Any]]] = {
        'servers': lambda: admin.compute.servers(all_projects=True),
        'flavors': lambda: admin.compute.flavors(is_public=None),
        'server groups': lambda: admin.compute.server_groups(all_projects=True),
        'volumes': lambda: admin.block_storage.volumes(all_projects=True),
        'snapshots': lambda: admin.block_storage.snapshots(all_projects=True),
        'backups': lambda: admin.block_storage.backups(all_tenants=True),
        'volume types': admin.block_storage.types,
        'images': admin.image.images,
        'networks': admin.network.networks,
        'subnets': admin.network.subnets,
        'ports': admin.network.ports,
        'routers': admin.network.routers,
        'floating IPs': admin.network.ips,
        'security groups': admin.network.security_groups,
        'stacks': lambda: admin.orchestration.stacks(global_tenant=True),
        'projects': admin.identity.projects,
        'users': lambda: users,
        'groups': admin.identity.groups,
        'roles': admin.identity.roles,
        'domains': admin.identity.domains,
        'keypairs': lambda: (pair for user in users for pair in admin.compute.keypairs(user_id=user.id)),
    }
    return {name: frozenset(each.id for each in found()) for name, found in counted.items()}
