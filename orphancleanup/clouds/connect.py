"""From clouds.yaml or the OS_* variables to a cloud. Imports the client libraries only when one is opened."""

import os
import urllib.parse
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orphancleanup.api import Options
from orphancleanup.clock import Clock, SystemClock
from orphancleanup.clouds import answers
from orphancleanup.errors import ConfigurationError
from orphancleanup.settings import HttpSettings

if TYPE_CHECKING:
    from keystoneauth1.session import Session
    from openstack.config import OpenStackConfig
    from openstack.config.cloud_region import CloudRegion

    from orphancleanup.clouds.cloud import RealCloud

_PASSWORD_OF_V3 = 'v3password'


@dataclass(frozen=True, slots=True)
class CloudSpec:
    """Which cloud; a plain value, so that another process can open it, too.

    :param cloud: its name in clouds.yaml; None for what the ``OS_*`` variables say (``OS_CLOUD`` is one of them).
    :param region: its region; None for the configured one.
    """

    cloud: str | None = None
    region: str | None = None


def open_cloud(
    spec: CloudSpec,
    http: HttpSettings,
    clock: Clock | None = None,
    options: Mapping[str, Options] | None = None,
) -> 'RealCloud':
    """Log in to a cloud; it is read-only until told otherwise.

    :param options: what the configuration file says for plugins; see :meth:`orphancleanup.api.Cloud.options`.

    :raises ConfigurationError: when it is not described well enough to log in.
    :raises AuthenticationFailed: when Keystone refuses us.
    :raises Unreachable: when Keystone does not answer.
    """
    from orphancleanup.clouds.attempts import Attempts
    from orphancleanup.clouds.cloud import RealCloud
    from orphancleanup.clouds.connection import Connection
    from orphancleanup.clouds.transport import Transport
    from orphancleanup.clouds.turns import Services

    used = clock or SystemClock()
    region = _region(spec)
    transport = Transport(http, used)
    transport.introduce_to(_hidden_login(region))
    services = Services(http.workers_of, used)
    session, attempts = _session(region, transport), Attempts(http, used)
    connection = Connection(region, session, transport, attempts, services, used, http.places, options or {})
    return RealCloud(connection)


def _region(spec: CloudSpec) -> 'CloudRegion':
    import yaml
    from keystoneauth1 import exceptions as keystone
    from openstack import config, exceptions

    try:
        # What the SDK is going to drop is its developers' matter, not that of who runs this.
        with warnings.catch_warnings():
            for category in (DeprecationWarning, PendingDeprecationWarning):
                warnings.simplefilter('ignore', category)
            loader = config.OpenStackConfig(app_name='orphancleanup')
            name = _name(spec, loader)
            region = loader.get_one(cloud=name, region_name=spec.region)
            if _is_of_v3(region):
                return loader.get_one(cloud=name, region_name=spec.region, auth_type=_PASSWORD_OF_V3)
            return region
    except (exceptions.SDKException, keystone.ClientException) as error:
        # Among them: an unknown region, a missing option, an unknown auth_type.
        raise ConfigurationError(
            f'The cloud {spec.cloud or "of the OS_* variables"} cannot be used: {answers.printable(str(error))}'
        ) from error
    except (yaml.YAMLError, OSError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(f'clouds.yaml cannot be read: {answers.printable(str(error))}') from error


def _is_of_v3(region: 'CloudRegion') -> bool:
    """Return whether the address says Keystone's version, and a password opens it: each login asks once less then."""
    from keystoneauth1 import loading

    given = region.config['auth']
    path = urllib.parse.urlsplit(str(given.get('auth_url') or '')).path
    if region.config.get('auth_type') != 'password' or not path.rstrip('/').endswith('/v3'):
        return False
    understood = {option.dest for option in loading.get_plugin_options(_PASSWORD_OF_V3)}
    return {name for name, value in given.items() if value is not None} <= understood


def _hidden_login(region: 'CloudRegion') -> str:
    """Take user and password out of ``auth_url``, and return what it was: no message, plan or log is to show them."""
    whole = str(region.config['auth'].get('auth_url') or '')
    shown = answers.without_password(whole)
    if shown != whole:
        region.config['auth']['auth_url'] = shown
        # The SDK has made it together with the region.
        region.get_auth().auth_url = shown  # type: ignore[union-attr]
    return whole


def _name(spec: CloudSpec, loader: 'OpenStackConfig') -> str:
    """Choose a cloud by name, never because it is the only one: what is removed cannot be brought back."""
    known = sorted(name for name in loader.get_cloud_names() if name not in ('defaults', loader.envvar_key))
    listed = f'{loader.config_filename} has: {", ".join(known)}' if known else 'there is no clouds.yaml'
    name = spec.cloud or os.environ.get('OS_CLOUD')
    if name is None and loader.envvar_key in loader.get_cloud_names():
        name = loader.envvar_key
    if name is None:
        raise ConfigurationError(
            f'No cloud is named ({listed}); use --os-cloud, or set OS_CLOUD or OS_AUTH_URL.'
        )
    if name not in loader.get_cloud_names():
        raise ConfigurationError(f'No cloud {name!r} is configured ({listed}).')
    return name


def _session(region: 'CloudRegion', transport: 'object') -> 'Session':
    session = region.get_session()
    # The environment is read once, here and in the transport; requests would read it for each request, netrc included.
    session.session.trust_env = False
    if session.verify is True:
        session.verify = os.environ.get('REQUESTS_CA_BUNDLE') or os.environ.get('CURL_CA_BUNDLE') or True
    for scheme in ('http://', 'https://'):
        session.session.mount(scheme, transport)  # type: ignore[arg-type]
    return session
