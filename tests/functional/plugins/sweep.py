"""Removes a test's tenant with what a failed test left in it, without the code under test."""

import contextlib
from typing import Any

from openstack import exceptions

from lab.inside.cloud import wait_until
from lab.scenarios.tenant import Tenant


def remove(tenant: Tenant, admin: Any) -> None:
    """Remove a tenant, its user and everything in it."""
    heat, nova, storage = (
        tenant.connection.orchestration,
        tenant.connection.compute,
        tenant.connection.block_storage,
    )
    for volume in storage.volumes():
        # A name without a fault in it.
        storage.update_volume(volume, name='swept')
    for stack in heat.get('/stacks').json()['stacks']:
        heat.delete(f'/stacks/{stack["stack_name"]}/{stack["id"]}')
    wait_until('the end of the stacks', lambda: not heat.get('/stacks').json()['stacks'])
    for server in nova.servers():
        nova.delete_server(server, force=True)
    wait_until('the end of the servers', lambda: not list(nova.servers()))
    _storage(storage, admin.block_storage)
    neutron = tenant.connection.network
    for kind in ('router', 'port', 'network'):
        for each in getattr(neutron, f'{kind}s')(project_id=tenant.project_id):
            getattr(neutron, f'delete_{kind}')(each)
    for group in admin.network.security_groups(project_id=tenant.project_id):
        admin.network.delete_security_group(group)
    admin.identity.delete_project(tenant.project_id)
    user = admin.identity.find_user(tenant.username)
    if user:
        admin.identity.delete_user(user)


def _storage(own: Any, admin: Any) -> None:
    for transfer in own.transfers():
        own.delete_transfer(transfer)
    for each in own.attachments():
        own.delete_attachment(each)
    for kind in ('group_snapshot', 'snapshot', 'backup', 'group', 'volume'):
        wait_until(f'the end of each {kind}', lambda kind=kind: _round(kind, own, admin))


def _round(kind: str, own: Any, admin: Any) -> bool:
    """Ask for the removal of all of a kind; answer whether none is left."""
    left = list(getattr(own, f'{kind}s')())
    for each in left:
        with contextlib.suppress(exceptions.HttpException):
            if kind == 'group':
                own.delete_group(each, delete_volumes=True)
            elif kind == 'group_snapshot':
                own.delete_group_snapshot(each)
            else:
                getattr(admin, f'delete_{kind}')(each.id, force=kind in ('volume', 'backup'))
    return not left
