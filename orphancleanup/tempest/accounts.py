"""The accounts that were provided beforehand: ``test_accounts_file``, as tempest's ``etc/accounts.yaml.sample`` has it.

Their users, projects, domains and networks are kept. What else is in their projects is not: there the tests work.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from orphancleanup.errors import ConfigurationError
from orphancleanup.judging.preserved import Preserved

#: tempest/lib/common/preprov_creds.py, ``HASH_CRED_FIELDS``
_FIELDS = {
    'username': 'keystone-user',
    'user_id': 'keystone-user',
    'project_name': 'keystone-project',
    'tenant_name': 'keystone-project',
    'project_id': 'keystone-project',
    'tenant_id': 'keystone-project',
    'domain_name': 'keystone-domain',
    'domain_id': 'keystone-domain',
    'user_domain_name': 'keystone-domain',
    'user_domain_id': 'keystone-domain',
    'project_domain_name': 'keystone-domain',
    'project_domain_id': 'keystone-domain',
}
_ON_NETWORK = frozenset({'neutron-subnet'})


def read(path: Path) -> tuple[Preserved, ...]:
    """Return what a file of accounts names.

    :raises ConfigurationError: when it cannot be read, or is no list of accounts.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding='utf-8'))
    # A ValueError is what a date that is none comes to (2026-13-01), in a password for instance.
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = getattr(error, 'strerror', None) or ' '.join(str(error).split())
        raise ConfigurationError(
            f'The test accounts {path} cannot be read ({reason}); nothing was removed.'
        ) from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ConfigurationError(f'The test accounts {path} are no list of accounts; nothing was removed.')
    return tuple(each for number, account in enumerate(found, 1) for each in _named(account, number, path))


def _named(account: dict[str, Any], number: int, path: Path) -> Iterator[Preserved]:
    source = f'account {number} of {path.name}'
    for field, kind in _FIELDS.items():
        if account.get(field):
            yield Preserved(kind, str(account[field]), f'{field} in {source}')
    roles, resources = account.get('roles') or (), account.get('resources') or {}
    if not isinstance(roles, list | tuple) or not isinstance(resources, dict):
        raise ConfigurationError(
            f'In {path}, account {number} has no list of roles, or no resources by name.'
        )
    for role in roles:
        yield Preserved('keystone-role', str(role), f'roles in {source}')
    if resources.get('network'):
        yield Preserved('neutron-network', str(resources['network']), f'network in {source}', _ON_NETWORK)
