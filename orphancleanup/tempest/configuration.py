"""What a ``tempest.conf`` names, option by option, read with oslo.config as tempest reads it.

What is kept is what the specification of 2014 lists (openstack/qa-specs, "Tempest Post Run Cleanup"), what the
clean-up of tempest keeps today (tempest/cmd/cleanup_service.py, ``init_conf`` and ``is_preserve``), and whatever else
an option names that a test run uses and does not make.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oslo_config import cfg

from orphancleanup.errors import ConfigurationError
from orphancleanup.judging.preserved import Preserved
from orphancleanup.tempest import accounts

_ON_NETWORK = frozenset({'neutron-subnet', 'neutron-port'})
_OF_ROUTER = frozenset({'neutron-port'})
_OF_ADMIN = frozenset({'neutron-security-group', 'neutron-subnetpool'})


@dataclass(frozen=True, slots=True)
class _Option:
    """An option that names something; see :class:`orphancleanup.judging.preserved.Preserved`.

    :param default: tempest's own, which it uses when the option is not there.
    """

    group: str
    name: str
    kind: str
    default: str | None = None
    along: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()


_OPTIONS = (
    _Option('auth', 'admin_username', 'keystone-user'),
    _Option('auth', 'admin_project_name', 'keystone-project', inside=_OF_ADMIN),
    _Option('auth', 'admin_domain_name', 'keystone-domain', 'Default'),
    _Option('auth', 'admin_user_domain_name', 'keystone-domain'),
    _Option('auth', 'admin_project_domain_name', 'keystone-domain'),
    _Option('auth', 'default_credentials_domain_name', 'keystone-domain', 'Default'),
    _Option('identity', 'default_domain_id', 'keystone-domain', 'default'),
    _Option('identity', 'admin_role', 'keystone-role', 'admin'),
    _Option('identity', 'region', 'keystone-region', 'RegionOne'),
    _Option('object-storage', 'operator_role', 'keystone-role', 'member'),
    _Option('object-storage', 'reseller_admin_role', 'keystone-role', 'ResellerAdmin'),
    _Option('compute', 'image_ref', 'glance-image'),
    _Option('compute', 'image_ref_alt', 'glance-image'),
    _Option('compute', 'certified_image_ref', 'glance-image'),
    _Option('compute', 'flavor_ref', 'nova-flavor', '1'),
    _Option('compute', 'flavor_ref_alt', 'nova-flavor', '2'),
    _Option('compute', 'fixed_network_name', 'neutron-network', along=_ON_NETWORK),
    _Option('network', 'public_network_id', 'neutron-network', along=_ON_NETWORK),
    _Option('network', 'floating_network_name', 'neutron-network', along=_ON_NETWORK),
    _Option('network', 'subnet_id', 'neutron-subnet'),
    _Option('network', 'public_router_id', 'neutron-router', along=_OF_ROUTER),
    _Option('validation', 'network_for_ssh', 'neutron-network', along=_ON_NETWORK),
    _Option('volume', 'volume_type', 'cinder-volume-type'),
    _Option('volume', 'volume_type_multiattach', 'cinder-volume-type'),
    # Names of before 2016, which files of that time still have.
    _Option('identity', 'username', 'keystone-user'),
    _Option('identity', 'tenant_name', 'keystone-project'),
    _Option('identity', 'alt_username', 'keystone-user'),
    _Option('identity', 'alt_tenant_name', 'keystone-project'),
    _Option('identity', 'admin_username', 'keystone-user'),
    _Option('identity', 'admin_tenant_name', 'keystone-project', inside=_OF_ADMIN),
    _Option('orchestration', 'image_ref', 'glance-image'),
    _Option('orchestration', 'instance_type', 'nova-flavor'),
    # heat_tempest_plugin/config.py
    _Option('heat_plugin', 'username', 'keystone-user'),
    _Option('heat_plugin', 'admin_username', 'keystone-user'),
    _Option('heat_plugin', 'project_name', 'keystone-project'),
    _Option('heat_plugin', 'admin_project_name', 'keystone-project', inside=_OF_ADMIN),
    _Option('heat_plugin', 'image_ref', 'glance-image'),
    _Option('heat_plugin', 'minimal_image_ref', 'glance-image'),
    _Option('heat_plugin', 'instance_type', 'nova-flavor'),
    _Option('heat_plugin', 'minimal_instance_type', 'nova-flavor'),
    _Option('heat_plugin', 'fixed_network_name', 'neutron-network', along=_ON_NETWORK),
    _Option('heat_plugin', 'floating_network_name', 'neutron-network', along=_ON_NETWORK),
    _Option('heat_plugin', 'fixed_subnet_name', 'neutron-subnet'),
    _Option('heat_plugin', 'volume_type', 'cinder-volume-type'),
)
_GROUPS = frozenset(option.group for option in _OPTIONS)


def read(path: Path) -> tuple[Preserved, ...]:
    """Return what a ``tempest.conf`` names, and the accounts of the file that its ``test_accounts_file`` names.

    :raises ConfigurationError: when it, or the file of the accounts, cannot be read, or is none.
    """
    conf = _loaded(path)
    found = [*_named(conf, path), *_roles(conf, path)]
    file = _value(conf, 'auth', 'test_accounts_file', path)
    if file:
        found += accounts.read(_beside(path, file))
    return tuple(found)


def _loaded(path: Path) -> cfg.ConfigOpts:
    conf = cfg.ConfigOpts()
    for option in _OPTIONS:
        conf.register_opt(cfg.StrOpt(option.name, default=option.default), option.group)
    conf.register_opts([cfg.ListOpt('tempest_roles', default=[]), cfg.StrOpt('test_accounts_file')], 'auth')
    try:
        conf(args=[], default_config_files=[str(path)], default_config_dirs=[], use_env=False)
        groups = set(conf.list_all_sections())
    except (cfg.Error, OSError, UnicodeDecodeError) as error:
        reason = ' '.join(str(error).split())
        raise ConfigurationError(
            f'The configuration of tempest {path} cannot be read ({reason}); nothing was removed.'
        ) from error
    if not groups & _GROUPS:
        raise ConfigurationError(
            f'{path} is no configuration of tempest: it has none of the groups [{"], [".join(sorted(_GROUPS))}]; '
            f'nothing was removed.'
        )
    return conf


def _named(conf: cfg.ConfigOpts, path: Path) -> Iterator[Preserved]:
    for option in _OPTIONS:
        word = _value(conf, option.group, option.name, path)
        if word:
            source = f'[{option.group}] {option.name} of {path.name}'
            yield Preserved(option.kind, word, source, option.along, option.inside)


def _value(conf: cfg.ConfigOpts, group: str, name: str, path: Path) -> Any:
    try:
        return conf[group][name]
    except cfg.Error as error:
        raise ConfigurationError(
            f'In {path}, group [{group}], option {name}: its value cannot be read ({error}); a dollar sign is written '
            f'twice there.'
        ) from error


def _roles(conf: cfg.ConfigOpts, path: Path) -> Iterator[Preserved]:
    for role in _value(conf, 'auth', 'tempest_roles', path):
        yield Preserved('keystone-role', role, f'[auth] tempest_roles of {path.name}')


def _beside(path: Path, name: str) -> Path:
    """Return the file that is meant: tempest takes a relative name from where it runs, which may be elsewhere."""
    file = Path(os.path.expanduser(name))
    return file if file.is_absolute() or os.path.exists(file) else path.parent / file
