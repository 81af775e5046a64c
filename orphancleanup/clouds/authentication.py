"""Logging in, and what Keystone tells about us."""

import copy
import hashlib
from typing import Any

from keystoneauth1 import exceptions, loading
from keystoneauth1 import session as keystone
from keystoneauth1.access import AccessInfo
from keystoneauth1.plugin import BaseAuthPlugin
from openstack.config.cloud_region import CloudRegion

from orphancleanup.clouds import answers
from orphancleanup.errors import AuthenticationFailed, CloudError, ConfigurationError, Unreachable
from orphancleanup.model import CloudIdentity

_SCOPE = ('project', 'tenant', 'domain', 'system', 'trust')


def access_of(session: keystone.Session, auth_url: str) -> AccessInfo:
    """Log in, unless it has been done.

    :raises AuthenticationFailed: when Keystone refuses us.
    :raises Unreachable: when it does not answer.
    :raises ConfigurationError: when there is no Keystone at the address, the way of logging in knows no Keystone, or a
        file of a certificate is not there.
    """
    if not hasattr(session.auth, 'get_access'):
        raise ConfigurationError(
            'This auth_type does not log in to a Keystone; use password or application credentials.'
        )
    try:
        return session.auth.get_access(session)  # type: ignore[union-attr,no-any-return]
    except exceptions.ClientException as error:
        raise _translated(error, auth_url) from error
    except OSError as error:
        # requests looks for the files of certificates only when it is to use them.
        raise ConfigurationError(
            f'The certificates for {auth_url} cannot be used: {answers.printable(str(error))}; set cacert, cert and '
            f'key of the cloud in clouds.yaml.'
        ) from error


def _translated(error: exceptions.ClientException, auth_url: str) -> CloudError | ConfigurationError:
    told = answers.printable(str(error))
    if isinstance(error, exceptions.Unauthorized | exceptions.Forbidden | exceptions.AuthorizationFailure):
        return AuthenticationFailed(
            f'Keystone at {auth_url} refused the credentials: {told}; check user and password.'
        )
    if isinstance(error, exceptions.SSLError):
        return ConfigurationError(
            f'The certificate of {auth_url} cannot be verified: {told}; set cacert for the cloud.'
        )
    if isinstance(error, exceptions.NotFound | exceptions.BadRequest):
        return ConfigurationError(f'There is no usable Keystone at {auth_url}: {told}; check auth_url.')
    return Unreachable(f'Keystone at {auth_url} cannot be reached: {told}; check auth_url and the network.')


def identity_of(access: AccessInfo, auth_url: str, region: str) -> CloudIdentity:
    """Return who we are in which cloud.

    :raises ConfigurationError: when the token is for no project, or the cloud cannot be told from another.
    """
    if not access.project_id:
        raise ConfigurationError(_without_project(access, auth_url))
    return CloudIdentity(
        auth_url=auth_url,
        region=region,
        user_id=str(access.user_id),
        project_id=access.project_id,
        fingerprint=_fingerprint(access, auth_url),
    )


def _without_project(access: AccessInfo, auth_url: str) -> str:
    needed = 'project_name (and project_domain_name) of an administrator'
    for is_meant, scope, option in (
        (access.system_scoped, 'the system', 'system_scope'),
        (access.domain_scoped, 'a domain', 'domain_name or domain_id'),
    ):
        if is_meant:
            return (
                f'The credentials for {auth_url} are scoped to {scope}, which is not supported; use project-scoped '
                f'ones: replace {option} in clouds.yaml by {needed}.'
            )
    return (
        f'The credentials for {auth_url} name no project; add {needed} to the cloud in clouds.yaml, or set '
        f'OS_PROJECT_NAME.'
    )


def _fingerprint(access: AccessInfo, auth_url: str) -> str:
    """Digest the ids that Keystone made when the cloud was installed, and that upgrades and passwords leave alone.

    They are the id of the identity service in the catalogue and the id of the role ``admin``, as far as the token
    has it. The domain's id is not used: ``default`` is the same everywhere, and administrators of two domains
    would not see each other's locks. Nor is the region: Keystone, and with it the projects, is shared by regions.
    """
    catalogue = access.service_catalog.catalog if access.service_catalog else []
    services = sorted(
        str(each['id']) for each in catalogue if each.get('type') == 'identity' and each.get('id')
    )
    names, ids = getattr(access, 'role_names', None) or [], getattr(access, 'role_ids', None) or []
    roles = sorted(str(i) for name, i in zip(names, ids, strict=False) if name == 'admin')
    if not services and not roles:
        raise ConfigurationError(
            f'The cloud at {auth_url} cannot be told from another: its catalogue has no identity service with an id; '
            f'log in as an administrator.'
        )
    return hashlib.sha256('\n'.join([*services, '-', *roles]).encode()).hexdigest()


def own_ids(access: AccessInfo) -> frozenset[str]:
    """Return the ids of the caller's user, project and application credential."""
    ids = (access.user_id, access.project_id, getattr(access, 'application_credential_id', None))
    return frozenset(str(each) for each in ids if each)


def scoped_to(project_id: str, region: CloudRegion, session: keystone.Session) -> keystone.Session:
    """Return a session with the same credentials and connections in another project.

    :raises ConfigurationError: when the credentials are bound to one project.
    """
    kind = str(region.config.get('auth_type'))
    if 'password' not in kind:
        raise ConfigurationError(
            f'Credentials of the type {kind!r} are bound to one project, but some services must be used from within '
            f'each project; use a user name and password.'
        )
    options: dict[str, Any] = {
        name: value
        for name, value in copy.deepcopy(dict(region.config['auth'])).items()
        if not name.startswith(_SCOPE)
    }
    auth: BaseAuthPlugin = loading.get_plugin_loader(kind).load_from_options(**options, project_id=project_id)
    return keystone.Session(
        auth=auth, session=session.session, verify=session.verify, cert=session.cert, timeout=session.timeout
    )
