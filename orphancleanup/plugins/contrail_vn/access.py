"""Whether Contrail shows us everything: in the mode rbac it leaves out of lists what we may not see, without a word."""

import functools

from orphancleanup.api import Cloud, Service
from orphancleanup.errors import Forbidden, IncompleteListing, NotConfigured, ServiceAbsent
from orphancleanup.records import first

SERVICE = 'contrail'
_NO_ADMIN = (
    'Contrail does not take this user for an administrator of the cloud, and shows such users a part only, or nothing; '
    'use one with its cloud_admin_role (admin, unless its configuration says otherwise).'
)


def server(cloud: Cloud) -> Service:
    """Return the API server.

    :raises NotConfigured: when neither the configuration file nor Keystone names one: many a Contrail is in no
        catalogue, so that what is in it may be there all the same.
    """
    try:
        return cloud.service(SERVICE)
    except ServiceAbsent as error:
        raise NotConfigured(str(error)) from error


def require_administrator(cloud: Cloud) -> None:
    """Return when the API server takes us for an administrator of the cloud, or asks nobody who they are.

    :raises IncompleteListing: when it does not.
    """
    cloud.once('Contrail takes us for an administrator', functools.partial(_require, server(cloud)))


def _require(service: Service) -> None:
    try:
        permissions = service.get('/obj-perms')
        if first(_mapping(permissions), 'is_cloud_admin_role') is True:
            return
        # Nobody is an administrator where nobody is asked for a token.
        mode = service.get('/aaa-mode')
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error
    if first(_mapping(mode), 'aaa-mode') != 'no-auth':
        raise IncompleteListing(_NO_ADMIN)


def _mapping(document: object) -> dict[str, object]:
    return document if isinstance(document, dict) else {}
