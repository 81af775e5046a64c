"""How Keystone shows what it has, and what of it is never taken.

Source of the facts: the Identity API reference, v3, and keystone/api of release 30.0.0.

Users, groups, projects and domains are read past their end: since 2025.1 Keystone cuts them at its ``max_db_limit``, a
thousand, without a word and without a link (keystone/identity/backends/sql.py, resource/backends/sql.py).
"""

import itertools
from collections.abc import Iterable, Iterator

from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Forbidden, IncompleteListing, NotFound
from orphancleanup.records import Record, first, identifier, one, required, segment

SERVICE = 'identity'
#: by these only goes what the whole cloud shares, or what is more than its content
MEANT = frozenset({'named', 'prefix', 'not-in-baseline'})
#: ``keystone-manage bootstrap`` makes the domain with this id, and its user and its project with this name
DEFAULT_DOMAIN, BOOTSTRAPPED = 'default', 'admin'
#: devstack and most others use the one or the other
SERVICE_PROJECTS = ('service', 'services')
OWN = 'it belongs to the account that runs the cleanup'
#: Heat describes so each project that it makes for the users of a stack (heat_keystoneclient.py)
STACK_PROJECT = 'Heat stack user project'
# As devstack, Kolla, Puppet, OpenStack-Ansible and Heat's own installation guide name and describe their domain.
_STACK_DOMAINS = frozenset({'heat', 'heat_stack', 'heat-stack', 'heat_user_domain', 'heat_stack_user_domain'})
_STACK_DOMAIN_WORDS = ('stack projects and users', 'projects created by heat')
_NO_ADMIN = (
    "Keystone shows only the account's own: it does not take the account for an administrator of the cloud; use a user "
    'with the role admin.'
)


def require_administrator(cloud: Cloud) -> None:
    """Return when Keystone takes the caller for an administrator of the cloud.

    To anybody else it shows fewer credentials and limits, and says nothing about that (api/credentials.py,
    api/limits.py). Users are shown to nobody else who comes with a project.

    :raises IncompleteListing: when it does not, or cannot be asked.
    """
    cloud.once('Keystone takes us for an administrator', lambda: _require_administrator(cloud))


def _require_administrator(cloud: Cloud) -> None:
    try:
        cloud.service(SERVICE).get('/users', {'name': BOOTSTRAPPED, 'domain_id': DEFAULT_DOMAIN})
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error
    except NotFound as error:
        raise IncompleteListing(f'Whether Keystone shows everything could not be told: {error}') from error


def domains(cloud: Cloud) -> list[Record]:
    """Return all domains, disabled ones too."""
    return list(cloud.service(SERVICE).pages('/domains', 'domains', past_end=True))


def in_domains(
    cloud: Cloud, within: Iterable[Record], path: str, key: str, past_end: bool = True
) -> Iterator[Record]:
    """Yield the records of some domains, each with its domain as ``domain``.

    Where domains have drivers of their own (LDAP), Keystone shows the users and groups of one domain at a time: unless
    it is asked for another, that of the caller (server/flask/common.py, ``_get_domain_id_for_list_request``).
    """
    for domain in within:
        query = {'domain_id': identifier(domain, 'keystone-domain')}
        for record in cloud.service(SERVICE).pages(path, key, query, past_end):
            yield {**record, 'domain': domain}


def domain_of(cloud: Cloud, record: Record) -> Record:
    """Return the domain of a record, which is asked for unless it came with it.

    :raises IncompleteListing: when it is gone, so that nobody knows whose it was.
    """
    if 'domain' in record:
        found: Record = record['domain']
        return found
    name = str(record.get('domain_id') or '')
    try:
        document = cloud.service(SERVICE).get(f'/domains/{segment(name)}')
    except NotFound as error:
        raise IncompleteListing(
            f'Whether the domain {name} is that of Heat could not be told: {error}'
        ) from error
    return one(document, 'domain', f'keystone-domain {name}')


def stack_domains(cloud: Cloud, found: Iterable[Record]) -> frozenset[str]:
    """Return those of some domains in which Heat keeps the users of its stacks.

    They are known by what Heat has written on the projects in them; one without a stack by how it is called.
    """
    wanted = {identifier(each, 'keystone-domain'): each for each in found}
    wanted.pop(DEFAULT_DOMAIN, None)
    if not wanted:
        return frozenset()
    called = {name for name, domain in wanted.items() if is_stack_domain(domain)}
    query = {'domain_id': next(iter(wanted))} if len(wanted) == 1 else {}
    projects = cloud.service(SERVICE).pages('/projects', 'projects', query, past_end=True)
    described = {str(each.get('domain_id')) for each in projects if each.get('description') == STACK_PROJECT}
    return frozenset(called | (described & wanted.keys()))


def stack_projects(projects: Iterable[Record]) -> frozenset[str]:
    """Return the ids of those projects that Heat made for the users of a stack."""
    return frozenset(
        identifier(each, 'keystone-project') for each in projects if each.get('description') == STACK_PROJECT
    )


def is_stack_domain(domain: Record) -> bool:
    """Return whether a domain is called as one of Heat's is."""
    description = str(domain.get('description') or '').lower()
    is_described = any(words in description for words in _STACK_DOMAIN_WORDS)
    return str(domain.get('name')).lower() in _STACK_DOMAINS or is_described


def immutable(record: Record) -> str:
    """Return why what is immutable stays; empty for anything else (Train and later have that option)."""
    return 'it is immutable (clear that option first)' if first(record, 'options.immutable') else ''


def home(record: Record, kind: str) -> frozenset[str]:
    """Return the project that a credential or a trust is for, without being of it; nothing when it is for none.

    :raises IncompleteListing: when it does not tell: it may be for one that the cloud's services use.
    """
    project = required(record, 'project_id', kind)
    return frozenset({project} if project else ())


def assignments(cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
    """Yield who has which role where; Keystone never cuts this listing."""
    return cloud.service(SERVICE).pages('/role_assignments', 'role_assignments', query)


def service_users(cloud: Cloud) -> frozenset[str]:
    """Return the users that have a role in a project that services use, as these are called everywhere."""
    called = cloud.ask_each(SERVICE_PROJECTS, lambda name: _projects_called(cloud, name))
    projects = [identifier(each, 'keystone-project') for each in itertools.chain.from_iterable(called)]
    scopes: list[Query] = [{'scope.project.id': project} for project in projects]
    found = cloud.ask_each(scopes, lambda scope: list(assignments(cloud, scope)))
    return frozenset(
        str(first(each, 'user.id')) for each in itertools.chain.from_iterable(found) if 'user' in each
    )


def _projects_called(cloud: Cloud, name: str) -> list[Record]:
    return list(cloud.service(SERVICE).pages('/projects', 'projects', {'name': name}))
